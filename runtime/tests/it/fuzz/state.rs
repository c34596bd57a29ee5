//! What holds behind every block.

use frame_support::traits::fungible::Inspect;
use secureflow_primitives::{job::JobPhase, revenue::POINTS};
use secureflow_runtime::{
    constants::SESSION, Attestations, Audit, Balance, Collaborations, Consortium, Points, Policies, Revenue, Runtime,
    RuntimeEvent, System,
};

/// The points that there are.
pub fn issuance() -> Balance {
    Points::total_issuance()
}

/// What the members have made in this block.
pub fn minted() -> Balance {
    let made = |event: &RuntimeEvent| match event {
        RuntimeEvent::Revenue(pallet_revenue::Event::PointsMinted { amount, .. }) => *amount,
        _ => 0,
    };
    System::read_events_no_consensus()
        .map(|record| made(&record.event))
        .sum()
}

/// Every pallet's own invariants, and those of the chain as a whole, in which so many points should be.
pub fn check(expected: Balance) {
    let now = System::block_number();
    let holds = |pallet: &str, state: Result<(), sp_runtime::DispatchError>| {
        if let Err(broken) = state {
            panic!("{pallet} at block {now}: {broken:?}");
        }
    };
    holds("attestations", Attestations::do_try_state());
    holds("audit", Audit::do_try_state());
    holds("collaborations", Collaborations::do_try_state());
    holds("consortium", Consortium::do_try_state());
    holds("policies", Policies::do_try_state());
    holds("revenue", Revenue::do_try_state());

    assert_eq!(issuance(), expected);
    let held: Balance = pallet_assets::Account::<Runtime>::iter_prefix(POINTS)
        .map(|(_, account)| account.balance)
        .sum();
    assert_eq!(held, expected, "points were made or lost");
    let limit = <Runtime as frame_system::Config>::BlockWeights::get().max_block;
    let used = System::block_weight();
    // The session pallet claims a whole block for the change of a session, besides what is mandatory anyhow.
    let changes = now.is_multiple_of(SESSION);
    assert!(changes || used.total().all_lte(limit), "{used:?} of {limit:?}");
    for (id, job) in pallet_collaborations::Jobs::<Runtime>::iter() {
        let payable = matches!(
            job.phase,
            JobPhase::Approved | JobPhase::Assigned | JobPhase::Running { .. } | JobPhase::Completed
        );
        assert!(
            payable || !pallet_revenue::JobAgreements::<Runtime>::contains_key(id),
            "job {id:?} keeps an agreement and is never paid"
        );
        // A deadline that falls on a full block is handled in one of the next.
        let ahead = job.deadline + 2 > now;
        assert!(
            job.phase.is_terminal() || ahead,
            "job {id:?} of {:?} waits at {now}",
            job.deadline
        );
    }
}
