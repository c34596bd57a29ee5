//! The entries about one subject.

use super::*;
use secureflow_primitives::view::MAX_HISTORY;

fn record(job: u32) {
    assert_ok!(Audit::record(None, None, Subject::Job(JobId(job)), Kind::JobExpired));
}

fn history(job: u32, from: u64, limit: u32) -> Vec<u64> {
    let entries = Audit::history(Subject::Job(JobId(job)), from, limit);
    entries
        .into_iter()
        .map(|(index, entry)| {
            assert_eq!(Some(entry), Entries::<Test>::get(index));
            index
        })
        .collect()
}

#[test]
fn a_subjects_entries_come_in_their_order() {
    execute_and_check(|| {
        // More than a byte counts, so that the order of the bytes matters.
        for n in 0..600 {
            record(n % 2);
        }
        let even: Vec<u64> = (0..600).step_by(2).collect();
        assert_eq!(history(0, 0, u32::MAX), even);
        assert_eq!(history(0, 0, 3), [0, 2, 4]);
        assert_eq!(history(0, 1, 2), [2, 4]);
        assert_eq!(history(0, 2, 2), [2, 4]);
        assert_eq!(history(0, 598, 9), [598]);
        assert!(history(0, 599, 9).is_empty() && history(0, u64::MAX, 9).is_empty());
        assert!(history(2, 0, 9).is_empty());
        // Another kind of subject with the same number is another subject.
        assert!(Audit::history(Subject::Dataset(DatasetId(0)), 0, 9).is_empty());
    });
}

#[test]
fn a_history_is_bounded() {
    execute_and_check(|| {
        for _ in 0..MAX_HISTORY + 1 {
            record(0);
        }
        assert_eq!(history(0, 0, u32::MAX).len() as u32, MAX_HISTORY);
    });
}
