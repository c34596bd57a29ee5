mod auditors;
mod changes;
mod details;
mod history;

use crate::{mock::*, BySubject, Count, Entries, Error, Event, Nodes, Peaks};
use frame_support::{assert_noop, assert_ok};
use secureflow_primitives::{
    audit::{push_peak, Ciphertext, Entry, Kind, Roster, Subject},
    traits::AuditLog,
    DatasetId, Epoch, JobId, OrgId, PolicyVersion, SpaceId, H256,
};
use sp_runtime::BoundedVec;

const SPACE: SpaceId = SpaceId(0);
const AUDITOR: OrgId = OrgId(5);

fn text(bytes: &[u8]) -> Ciphertext {
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

fn last() -> Entry {
    Entries::<Test>::get(Count::<Test>::get() - 1).expect("there is one")
}

fn fill(count: u32) {
    for n in 0..count {
        let subject = Subject::Dataset(DatasetId(n));
        assert_ok!(Audit::record(None, None, subject, Kind::DatasetRegistered));
    }
}

#[test]
fn a_recorded_entry_stands_in_the_log() {
    execute_and_check(|| {
        System::set_block_number(7);
        let (who, subject) = (account(1), Subject::Job(JobId(3)));
        assert_ok!(Audit::record(
            Some(&who),
            Some(SPACE),
            subject.clone(),
            Kind::JobProposed
        ));
        let entry = Entry {
            block: 7,
            actor: Some(account(1)),
            space: Some(SPACE),
            subject: subject.clone(),
            kind: Kind::JobProposed,
            policy: None,
            details: None,
        };
        assert_eq!(Entries::<Test>::get(0), Some(entry));
        assert_eq!(Count::<Test>::get(), 1);
        let kind = Kind::JobProposed;
        System::assert_last_event(
            Event::Appended {
                index: 0,
                subject,
                kind,
            }
            .into(),
        );
        let subject = Subject::Dataset(DatasetId(1));
        assert_ok!(Audit::record_under(
            Some(&who),
            None,
            subject,
            Kind::PolicySet,
            PolicyVersion(4)
        ));
        assert_eq!(last().policy, Some(PolicyVersion(4)));
    });
}

#[test]
fn peaks_follow_the_entries() {
    execute_and_check(|| {
        for _ in 0..100 {
            fill(1);
            assert_eq!(Peaks::<Test>::get().into_inner(), recomputed());
        }
        // 100 = 64 + 32 + 4.
        let heights: Vec<u32> = Peaks::<Test>::get().iter().map(|(height, _)| *height).collect();
        assert_eq!(heights, [6, 5, 2]);
        // A node for every two below it.
        assert_eq!(Nodes::<Test>::iter_keys().count(), 63 + 31 + 3);
    });
}

#[test]
fn every_entry_is_proven_by_stored_nodes() {
    execute_and_check(|| {
        fill(45);
        for index in 0..45 {
            let (entry, proof) = Audit::proof(index).expect("there is such an entry");
            assert_eq!(Some(&entry), Entries::<Test>::get(index).as_ref());
            assert_eq!(proof.peaks, recomputed());
            assert!(proof.verify(&entry), "entry {index}");
        }
        assert_eq!(Audit::proof(45), None);
    });
}

#[test]
fn a_changed_entry_is_found() {
    execute_and_check(|| {
        fill(5);
        let honest = Entries::<Test>::get(2).expect("written");
        let subject = Subject::Dataset(DatasetId(9));
        Entries::<Test>::insert(
            2,
            Entry {
                subject,
                ..honest.clone()
            },
        );
        assert!(Audit::do_try_state().is_err());
        Entries::<Test>::insert(2, honest.clone());
        let place = 2u64.to_be_bytes();
        BySubject::<Test>::remove(&honest.subject, place);
        assert!(Audit::do_try_state().is_err());
        BySubject::<Test>::insert(&honest.subject, place, ());
        let node = Nodes::<Test>::take(1, 1).expect("the parent of entries two and three");
        assert!(Audit::do_try_state().is_err());
        Nodes::<Test>::insert(1, 1, node);
    });
}

#[test]
fn members_add_notes() {
    execute_and_check(|| {
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, AUDITOR));
        // An operator writes for its organisation.
        let note = |who| Audit::append(signed(who), SPACE, Epoch(1), Subject::Space(SPACE), text(b"sealed"));
        assert_ok!(note(OPERATOR));
        let entry = last();
        assert_eq!(
            (entry.kind, entry.actor, entry.space),
            (Kind::Note, Some(account(OPERATOR)), Some(SPACE))
        );
        let details = entry.details.expect("a note has details");
        assert_eq!((details.space, details.epoch, details.call), (SPACE, Epoch(1), None));
        assert_eq!(details.ciphertext, text(b"sealed"));
        // A member that is not in the space, as a worker's operator may be, writes to its auditors all the same.
        assert_ok!(note(5));
        assert_eq!(last().space, None);
    });
}

#[test]
fn a_note_is_refused() {
    execute_and_check(|| {
        let refused = |who: u8, space, epoch, note: &[u8], error: Error<Test>| {
            assert_noop!(
                Audit::append(signed(who), space, Epoch(epoch), Subject::Space(SPACE), text(note)),
                error
            );
        };
        refused(0, SPACE, 0, b"x", Error::NoAuditors);
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, AUDITOR));
        refused(200, SPACE, 1, b"x", Error::NotMember);
        refused(SUSPENDED.0 as u8, SPACE, 1, b"x", Error::NotMember);
        refused(0, SpaceId(4), 1, b"x", Error::NoAuditors);
        refused(0, SPACE, 0, b"x", Error::StaleEpoch);
        refused(0, SPACE, 2, b"x", Error::StaleEpoch);
        refused(0, SPACE, 1, b"", Error::EmptyCiphertext);
        assert_ok!(Audit::revoke_auditor(signed(0), SPACE, AUDITOR));
        refused(0, SPACE, 2, b"x", Error::NoAuditors);
    });
}
