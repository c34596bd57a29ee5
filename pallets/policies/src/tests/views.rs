//! What a dataset has left.

use crate::mock::*;
use frame_support::assert_ok;
use secureflow_primitives::{
    job::JobSpec,
    privacy::{PrivacyBudget, RdpCost, ORDERS},
    traits::PolicyGate,
    DatasetId, JobId, OrgId, PolicyVersion,
};

const LOANS: DatasetId = DatasetId(0);

/// Costs ten times this in all.
fn job(cost: RdpCost) -> JobSpec {
    JobSpec {
        privacy: per_round(cost),
        ..spec()
    }
}

fn reserve(id: u32, spec: &JobSpec) -> bool {
    <PoliciesPallet as PolicyGate>::reserve(JobId(id), spec, LOANS).is_ok()
}

#[test]
fn a_budget_is_what_is_spent_held_back_and_left() {
    execute_and_check(|| {
        assert_eq!(PoliciesPallet::dataset_budget(LOANS, None), None);
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        let bare = PoliciesPallet::dataset_budget(LOANS, None).expect("registered");
        assert_eq!(
            (bare.policy, bare.budget, bare.remaining),
            (PolicyVersion(0), None, None)
        );
        assert_eq!((bare.spent_epsilon, bare.delta_exponent), (0, 5));

        assert_ok!(PoliciesPallet::set_policy(signed(0), LOANS, policy()));
        assert!(reserve(1, &job(flat(50_000))));
        assert!(reserve(2, &job(flat(20_000))));
        <PoliciesPallet as PolicyGate>::settle(JobId(1), LOANS, 4);
        let view = PoliciesPallet::dataset_budget(LOANS, None).expect("registered");
        assert_eq!((view.owner.org, view.name), (OrgId(0), name("loans")));
        assert_eq!(
            (view.ledger.spent, view.ledger.reserved),
            (flat(200_000), flat(200_000))
        );
        assert_eq!((view.uses_left, view.expires_at), (Some(1), Some(100)));
        // At δ = 10^-5 the order 256 is the best of equals: ln(10^5)/255.
        let tail = 11_512_930u64.div_ceil(255);
        assert_eq!(view.spent_epsilon, 200_000 + tail);
        assert_eq!(view.committed_epsilon, 400_000 + tail);
        assert_eq!(view.remaining_epsilon, Some(5_000_000 - 400_000 - tail));
        let left = view.remaining.expect("a budget");
        assert_eq!(left[ORDERS.len() - 1], Some(4_600_000 - tail));
        // At α = 2 the tail alone is beyond the budget.
        assert_eq!(left[0], None);

        // Another δ changes the figures in ε, not what is left.
        let other = PoliciesPallet::dataset_budget(LOANS, Some(6)).expect("registered");
        assert!(other.spent_epsilon > view.spent_epsilon);
        assert_eq!(
            (other.remaining_epsilon, other.remaining),
            (view.remaining_epsilon, view.remaining)
        );
    });
}

#[test]
fn what_is_left_is_what_the_gate_lets_through() {
    execute_and_check(|| {
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        let mut generous = policy();
        generous.max_uses = None;
        generous.budget = Some(PrivacyBudget {
            epsilon_micro: 2_000_000,
            delta_exponent: 5,
            min_noise_micro: None,
        });
        assert_ok!(PoliciesPallet::set_policy(signed(0), LOANS, generous));
        assert!(reserve(1, &job(flat(30_000))));
        let left = PoliciesPallet::dataset_budget(LOANS, None).and_then(|view| view.remaining);
        let room = left.expect("a budget")[ORDERS.len() - 1].expect("the best order has room");
        // Far over the budget at every order but the last one, where ten rounds take all that is left, or a hair more.
        let cost = |last: u64| {
            let mut cost = flat(1_000_000);
            cost.0[ORDERS.len() - 1] = last;
            cost
        };
        assert!(!reserve(2, &job(cost(room / 10 + 1))));
        assert!(reserve(3, &job(cost(room / 10))));
    });
}
