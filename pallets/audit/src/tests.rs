use crate::{mock::*, Auditors, Count, Entries, Error, Event, Peaks};
use frame_support::{assert_noop, assert_ok};
use secureflow_primitives::{
    audit::{push_peak, Entry, Kind, Subject},
    traits::AuditLog,
    DatasetId, JobId, OrgId, SpaceId, H256,
};
use sp_runtime::BoundedVec;

const SPACE: SpaceId = SpaceId(0);

fn text(bytes: &[u8]) -> crate::Ciphertext {
    BoundedVec::try_from(bytes.to_vec()).expect("short")
}

/// The peaks as a verifier recomputes them from the entries alone.
fn recomputed() -> Vec<(u32, H256)> {
    let mut peaks = Vec::new();
    for index in 0..Count::<Test>::get() {
        push_peak(&mut peaks, Entries::<Test>::get(index).expect("no gaps").hash(index));
    }
    peaks
}

#[test]
fn a_recorded_entry_stands_in_the_log() {
    execute_and_check(|| {
        System::set_block_number(7);
        assert_ok!(Audit::record(
            Some(&account(1)),
            Some(SPACE),
            Subject::Job(JobId(3)),
            Kind::JobProposed
        ));
        let entry = Entry {
            block: 7,
            actor: Some(account(1)),
            space: Some(SPACE),
            subject: Subject::Job(JobId(3)),
            kind: Kind::JobProposed,
            ciphertext: None,
        };
        assert_eq!(Entries::<Test>::get(0), Some(entry));
        assert_eq!(Count::<Test>::get(), 1);
        let subject = Subject::Job(JobId(3));
        System::assert_last_event(
            Event::Appended {
                index: 0,
                subject,
                kind: Kind::JobProposed,
            }
            .into(),
        );
    });
}

#[test]
fn peaks_follow_the_entries() {
    execute_and_check(|| {
        for n in 0..100 {
            assert_ok!(Audit::record(
                None,
                None,
                Subject::Dataset(DatasetId(n)),
                Kind::DatasetRegistered
            ));
            assert_eq!(Peaks::<Test>::get().into_inner(), recomputed());
        }
        // 100 = 64 + 32 + 4.
        let heights: Vec<u32> = Peaks::<Test>::get().iter().map(|(height, _)| *height).collect();
        assert_eq!(heights, [6, 5, 2]);
    });
}

#[test]
fn a_changed_entry_is_found() {
    execute_and_check(|| {
        for n in 0..5 {
            assert_ok!(Audit::record(
                None,
                None,
                Subject::Dataset(DatasetId(n)),
                Kind::DatasetRegistered
            ));
        }
        let honest = Entries::<Test>::get(2).expect("written");
        Entries::<Test>::insert(
            2,
            Entry {
                subject: Subject::Dataset(DatasetId(9)),
                ..honest.clone()
            },
        );
        assert!(Audit::do_try_state().is_err());
        Entries::<Test>::insert(2, honest);
    });
}

#[test]
fn members_add_notes() {
    execute_and_check(|| {
        assert_ok!(Audit::append(
            signed(0),
            Some(SPACE),
            Subject::Space(SPACE),
            text(b"sealed")
        ));
        // An operator writes for its organisation, and a note may belong to no space.
        assert_ok!(Audit::append(
            signed(OPERATOR),
            None,
            Subject::Organisation(OrgId(0)),
            text(b"sealed")
        ));
        let note = Entries::<Test>::get(1).expect("written");
        assert_eq!(
            (note.kind, note.actor, note.ciphertext),
            (Kind::Note, Some(account(OPERATOR)), Some(text(b"sealed")))
        );
    });
}

#[test]
fn a_note_is_refused() {
    execute_and_check(|| {
        let refused = |who: u8, space, note: &[u8], error: Error<Test>| {
            assert_noop!(
                Audit::append(signed(who), space, Subject::Space(SPACE), text(note)),
                error
            );
        };
        refused(200, None, b"x", Error::NotMember);
        refused(SUSPENDED.0 as u8, None, b"x", Error::NotMember);
        refused(5, Some(SPACE), b"x", Error::NotInSpace);
        refused(0, Some(SpaceId(4)), b"x", Error::NotInSpace);
        refused(0, Some(SPACE), b"", Error::EmptyNote);
        assert_eq!(Count::<Test>::get(), 0);
    });
}

#[test]
fn the_creator_names_auditors() {
    execute_and_check(|| {
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, OrgId(5)));
        System::assert_has_event(
            Event::AuditorGranted {
                space: SPACE,
                org: OrgId(5),
            }
            .into(),
        );
        assert_eq!(Auditors::<Test>::get(SPACE).into_inner(), [OrgId(5)]);
        let entry = Entries::<Test>::get(0).expect("recorded");
        assert_eq!(
            (entry.kind, entry.subject),
            (Kind::AuditorGranted, Subject::Organisation(OrgId(5)))
        );
    });
}

#[test]
fn an_auditor_is_refused() {
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
    });
}
