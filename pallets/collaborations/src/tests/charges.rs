//! What calls are charged: for the parties and workers that there are, and no more than they were let in with.

use super::*;
use crate::WeightInfo;
use frame_support::dispatch::GetDispatchInfo;
use secureflow_primitives::attestation::TeeKind;
use sp_runtime::Weight;

/// What a call was charged in the end.
fn charged(who: AccountId, call: Call<Test>) -> Weight {
    let most = call.get_dispatch_info().call_weight;
    let done = RuntimeCall::Collaborations(call).dispatch(RuntimeOrigin::signed(who));
    let weight = done.unwrap().actual_weight.expect("the call knows what it did");
    assert!(weight.all_lte(most));
    weight
}

#[test]
fn a_job_is_charged_for_its_parties_and_the_workers() {
    chain(|| {
        Registry::add(0, TeeKind::Simulated);
        Registry::add(1, TeeKind::Simulated);
        make_space();
        propose(spec());
        let approve = |org| charged(account(org), Call::approve_job { job: JOB });
        assert_eq!(approve(0), <()>::approve_early(3));
        assert_eq!(approve(1), <()>::approve_early(3));
        assert_eq!(approve(2), <()>::approve_job(3, 2));
        let step = |n| charged(worker_account(0), round_call(0, JOB, commitment(n)));
        assert_eq!(step(0), <()>::submit_round(3));
        for n in 1..ROUNDS + 3 {
            assert_eq!(step(n), <()>::submit_later_round(3));
        }
        let result = result_call(0, JOB, result(0, JOB));
        assert_eq!(charged(worker_account(0), result), <()>::complete_job(3));
    });
}

#[test]
fn looking_for_a_worker_is_charged_for_those_that_there_are() {
    chain(|| {
        make_space();
        propose(spec());
        for org in [0, 1, 2] {
            assert_ok!(dispatch(account(org), Call::approve_job { job: JOB }));
        }
        for n in 0..3 {
            Registry::add(n, TeeKind::Simulated);
        }
        let assign = || charged(account(0), Call::assign_job { job: JOB });
        assert_eq!(assign(), <()>::assign_job(3));
        assert_ok!(submit(0, JOB, 0));
        Registry::change(0, |worker| worker.revoked = true);
        // The job ends instead.
        assert_eq!(assign(), <()>::end_job());
    });
}
