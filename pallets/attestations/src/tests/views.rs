//! The verdicts as clients ask for them.

use super::*;
use secureflow_primitives::attestation::WorkerStatus;

#[test]
fn a_verdict_says_why_a_worker_may_not_compute() {
    development_chain(|| {
        assert_eq!(status(21), None);
        for n in [21, 31, 41] {
            assert_ok!(register(n));
        }
        assert_eq!(status(21), Some(WorkerStatus::Active { until: 55 }));
        let all = Attestations::worker_verdicts();
        assert!(all.is_sorted_by_key(|(account, _, _)| account.clone()) && all.len() == 3);

        Members::suspend(OrgId(3));
        assert_eq!(status(31), Some(WorkerStatus::Suspended));
        assert_ok!(Attestations::revoke(RuntimeOrigin::signed(account(4)), account(41)));
        assert_eq!(status(41), Some(WorkerStatus::Revoked));
        // Every verdict agrees with the registry that jobs ask.
        let now = System::block_number();
        let may: Vec<_> = Attestations::worker_verdicts()
            .into_iter()
            .filter(|(_, _, status)| status.is_active())
            .map(|(account, _, _)| account)
            .collect();
        assert_eq!(may, Attestations::active(now));

        run_to(55);
        assert_eq!(status(21), Some(WorkerStatus::Expired));
        // What cannot be undone comes first.
        assert_eq!(status(41), Some(WorkerStatus::Revoked));
    });
}
