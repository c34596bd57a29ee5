//! Rosters and epochs.

use super::*;
use crate::{CurrentEpoch, Rosters};
use secureflow_primitives::consortium::OrgStatus;

fn roster(epoch: u32) -> Vec<(OrgId, [u8; 32])> {
    Rosters::<Test>::get(SPACE, Epoch(epoch)).into_inner()
}

#[test]
fn every_change_of_the_readers_begins_an_epoch() {
    execute_and_check(|| {
        assert_eq!(Audit::audience(SPACE), None);
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, AUDITOR));
        assert_eq!(
            (last().kind, last().subject),
            (Kind::AuditorGranted, Subject::Organisation(AUDITOR))
        );
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, OrgId(6)));
        assert_ok!(Audit::revoke_auditor(signed(0), SPACE, AUDITOR));
        assert_eq!(
            (last().kind, last().subject),
            (Kind::AuditorRevoked, Subject::Organisation(AUDITOR))
        );
        let (space, org) = (SPACE, AUDITOR);
        System::assert_has_event(Event::AuditorGranted { space, org }.into());
        System::assert_has_event(Event::AuditorRevoked { space, org }.into());
        let (epoch, auditors) = (Epoch(3), 1);
        System::assert_has_event(Event::EpochBegun { space, epoch, auditors }.into());
        // What was encrypted to whom stays on record.
        assert_eq!(roster(1), [(AUDITOR, [3; 32])]);
        assert_eq!(roster(2), [(AUDITOR, [3; 32]), (OrgId(6), [3; 32])]);
        let now: Roster = vec![(OrgId(6), [3; 32])].try_into().expect("one");
        assert_eq!(Audit::audience(SPACE), Some((Epoch(3), now)));
        // The last one may go too, and one that went may come back, if not at once.
        assert_ok!(Audit::revoke_auditor(signed(0), SPACE, OrgId(6)));
        assert_eq!(roster(4), []);
        System::set_block_number(1 + NOTICE);
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, AUDITOR));
        assert_eq!(roster(5), [(AUDITOR, [3; 32])]);
    });
}

#[test]
fn a_rotation_takes_new_keys_and_leaves_out_who_has_gone() {
    execute_and_check(|| {
        for n in [5, 6, 7] {
            assert_ok!(Audit::grant_auditor(signed(0), SPACE, OrgId(n)));
        }
        Members::change(OrgId(5), OrgStatus::Active, [9; 32]);
        Members::change(OrgId(6), OrgStatus::Removed, [3; 32]);
        // Until the rotation the space's members encrypt to the stored keys.
        assert_eq!(roster(3).len(), 3);
        assert_ok!(Audit::rotate_epoch(signed(0), SPACE));
        assert_eq!(roster(4), [(OrgId(5), [9; 32]), (OrgId(7), [3; 32])]);
        assert_eq!(
            (last().kind, last().subject),
            (Kind::EpochRotated, Subject::Space(SPACE))
        );
        // An auditor whose key was stolen need not wait for the creator.
        System::set_block_number(1 + NOTICE);
        Members::change(OrgId(5), OrgStatus::Active, [8; 32]);
        assert_ok!(Audit::rotate_epoch(signed(5), SPACE));
        assert_eq!(roster(5)[0], (OrgId(5), [8; 32]));
    });
}

#[test]
fn a_removed_organisation_can_be_dismissed() {
    execute_and_check(|| {
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, AUDITOR));
        Members::change(AUDITOR, OrgStatus::Removed, [3; 32]);
        assert_ok!(Audit::revoke_auditor(signed(0), SPACE, AUDITOR));
        assert_eq!(roster(2), []);
    });
}

#[test]
fn an_appointment_is_refused() {
    execute_and_check(|| {
        let refused = |who: u8, space, org, error: Error<Test>| {
            assert_noop!(Audit::grant_auditor(signed(who), space, org), error);
        };
        refused(0, SpaceId(4), OrgId(5), Error::UnknownSpace);
        refused(1, SPACE, OrgId(5), Error::NotCreator);
        // Not even the creator's operator: the appointment is the organisation's own act.
        refused(OPERATOR, SPACE, OrgId(5), Error::NotCreator);
        refused(0, SPACE, OrgId(77), Error::InactiveAuditor);
        refused(0, SPACE, SUSPENDED, Error::InactiveAuditor);
        refused(0, SPACE, WITHOUT_KEYS, Error::AuditorWithoutKeys);
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, OrgId(10)));
        refused(0, SPACE, OrgId(10), Error::AlreadyAuditor);
        for n in 11..18 {
            assert_ok!(Audit::grant_auditor(signed(0), SPACE, OrgId(n)));
        }
        refused(0, SPACE, OrgId(18), Error::TooManyAuditors);
        // A place that a removed organisation held is free.
        Members::change(OrgId(12), OrgStatus::Removed, [3; 32]);
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, OrgId(18)));
    });
}

#[test]
fn a_dismissal_and_a_rotation_are_refused() {
    execute_and_check(|| {
        assert_noop!(Audit::rotate_epoch(signed(0), SPACE), Error::<Test>::NoAuditors);
        assert_noop!(
            Audit::revoke_auditor(signed(0), SPACE, AUDITOR),
            Error::<Test>::NotAuditor
        );
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, AUDITOR));
        assert_noop!(
            Audit::revoke_auditor(signed(1), SPACE, AUDITOR),
            Error::<Test>::NotCreator
        );
        assert_noop!(
            Audit::revoke_auditor(signed(0), SpaceId(4), AUDITOR),
            Error::<Test>::UnknownSpace
        );
        assert_noop!(Audit::rotate_epoch(signed(1), SPACE), Error::<Test>::NotCreator);
        assert_noop!(Audit::rotate_epoch(signed(0), SpaceId(4)), Error::<Test>::UnknownSpace);
        assert_noop!(Audit::rotate_epoch(signed(0), SPACE), Error::<Test>::NothingToRenew);
        Members::change(AUDITOR, OrgStatus::Active, [9; 32]);
        CurrentEpoch::<Test>::insert(SPACE, Epoch(u32::MAX));
        Rosters::<Test>::insert(SPACE, Epoch(u32::MAX), Rosters::<Test>::get(SPACE, Epoch(1)));
        assert_noop!(Audit::rotate_epoch(signed(0), SPACE), Error::<Test>::EpochsExhausted);
        CurrentEpoch::<Test>::insert(SPACE, Epoch(1));
        Rosters::<Test>::remove(SPACE, Epoch(u32::MAX));
    });
}
