//! Reservation and settlement.

use crate::{mock::*, Event, Ledgers, Reservations};
use frame_support::assert_ok;
use secureflow_primitives::{
    job::JobSpec,
    policy::{Policy, Violation},
    privacy::{Ledger, PrivacyBudget, PrivacyCost, Reservation},
    traits::PolicyGate,
    DatasetId, JobId,
};

const LOANS: DatasetId = DatasetId(0);

fn with_dataset(policy: Policy) {
    assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
    assert_ok!(PoliciesPallet::set_policy(signed(0), LOANS, policy));
}

fn reserve(job: u32, spec: &JobSpec) -> Result<(), Violation> {
    <PoliciesPallet as PolicyGate>::reserve(JobId(job), spec, LOANS)
}

fn settle(job: u32, rounds: u32) {
    <PoliciesPallet as PolicyGate>::settle(JobId(job), LOANS, rounds);
}

fn ledger() -> Ledger {
    Ledgers::<Test>::get(LOANS)
}

#[test]
fn a_job_holds_back_its_cost_and_spends_what_ran() {
    execute_and_check(|| {
        with_dataset(policy());
        assert_ok!(reserve(7, &spec()));
        System::assert_last_event(
            Event::BudgetReserved {
                job: JobId(7),
                dataset: LOANS,
                held: Reservation::of(&spec()),
            }
            .into(),
        );
        assert_eq!(
            ledger(),
            Ledger {
                reserved: flat(1_000_000),
                uses: 1,
                ..Ledger::default()
            }
        );
        settle(7, 4);
        System::assert_last_event(
            Event::BudgetSettled {
                job: JobId(7),
                dataset: LOANS,
                rounds: 4,
                spent: flat(400_000),
            }
            .into(),
        );
        assert_eq!(
            ledger(),
            Ledger {
                spent: flat(400_000),
                uses: 1,
                ..Ledger::default()
            }
        );
    });
}

#[test]
fn a_job_reserves_and_settles_once() {
    execute_and_check(|| {
        with_dataset(policy());
        assert_ok!(reserve(7, &spec()));
        let before = ledger();
        assert_ok!(reserve(7, &spec()));
        assert_eq!(ledger(), before);
        settle(7, 10);
        let (after, events) = (ledger(), System::event_count());
        settle(7, 10);
        settle(8, 10);
        assert_eq!((ledger(), System::event_count()), (after, events));
        assert!(!Reservations::<Test>::contains_key(JobId(7), LOANS));
    });
}

#[test]
fn no_more_is_spent_than_was_reserved() {
    execute_and_check(|| {
        with_dataset(policy());
        assert_ok!(reserve(7, &spec()));
        settle(7, 1_000);
        System::assert_last_event(
            Event::BudgetSettled {
                job: JobId(7),
                dataset: LOANS,
                rounds: 10,
                spent: flat(1_000_000),
            }
            .into(),
        );
        assert_eq!(ledger().spent, flat(1_000_000));
    });
}

#[test]
fn jobs_under_way_share_one_budget() {
    execute_and_check(|| {
        // Room for two jobs, not for three: 2 · 1.0 and the tail 11.51/255.
        let budget = Some(PrivacyBudget {
            epsilon_micro: flat(2_000_000).epsilon_micro(5),
            delta_exponent: 5,
            min_noise_micro: None,
        });
        with_dataset(Policy {
            budget,
            max_uses: None,
            ..policy()
        });
        assert_ok!(reserve(1, &spec()));
        assert_ok!(reserve(2, &spec()));
        assert_eq!(reserve(3, &spec()), Err(Violation::BudgetExceeded));
        assert_eq!(ledger().uses, 2);
        // A job that never ran gives everything back.
        settle(1, 0);
        assert_ok!(reserve(3, &spec()));
        settle(2, 10);
        settle(3, 10);
        assert_eq!(ledger().spent, flat(2_000_000));
        assert_eq!(
            reserve(4, &JobSpec { rounds: 1, ..spec() }),
            Err(Violation::BudgetExceeded)
        );
    });
}

#[test]
fn a_reservation_obeys_the_newest_policy() {
    execute_and_check(|| {
        assert_eq!(reserve(1, &spec()), Err(Violation::UnknownDataset));
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        assert_eq!(reserve(1, &spec()), Err(Violation::NoPolicy));
        assert_ok!(PoliciesPallet::set_policy(
            signed(0),
            LOANS,
            Policy {
                max_uses: Some(0),
                ..policy()
            }
        ));
        assert_eq!(reserve(1, &spec()), Err(Violation::UsesExhausted));
        assert_ok!(PoliciesPallet::set_policy(signed(0), LOANS, policy()));
        assert_eq!(
            reserve(
                1,
                &JobSpec {
                    privacy: PrivacyCost::Unbounded,
                    ..spec()
                }
            ),
            Err(Violation::NoPrivacy)
        );
        assert_ok!(reserve(1, &spec()));
        // A smaller budget stops the next job, not the one under way.
        let budget = Some(PrivacyBudget {
            epsilon_micro: 1,
            delta_exponent: 5,
            min_noise_micro: None,
        });
        assert_ok!(PoliciesPallet::set_policy(
            signed(0),
            LOANS,
            Policy { budget, ..policy() }
        ));
        assert_eq!(reserve(2, &spec()), Err(Violation::BudgetExceeded));
        assert_ok!(PoliciesPallet::retire(signed(0), LOANS));
        assert_eq!(reserve(2, &spec()), Err(Violation::DatasetRetired));
        settle(1, 10);
        assert_eq!(ledger().spent, flat(1_000_000));
    });
}

#[test]
fn jobs_without_privacy_are_counted_when_they_ran() {
    execute_and_check(|| {
        with_dataset(Policy {
            budget: None,
            ..policy()
        });
        let open = JobSpec {
            privacy: PrivacyCost::Unbounded,
            ..spec()
        };
        assert_ok!(reserve(1, &open));
        assert_ok!(reserve(2, &open));
        settle(1, 0);
        settle(2, 3);
        assert_eq!(
            ledger(),
            Ledger {
                uses: 2,
                unbounded_uses: 1,
                ..Ledger::default()
            }
        );
    });
}

#[test]
fn a_cost_at_the_counters_end_cannot_hide_another() {
    execute_and_check(|| {
        // Were the sum to stick at the counter's end, the second job's cost would vanish with the first's.
        with_dataset(Policy {
            budget: None,
            max_uses: None,
            ..policy()
        });
        let huge = JobSpec {
            rounds: 1,
            privacy: per_round(flat(u64::MAX)),
            ..spec()
        };
        assert_ok!(reserve(1, &huge));
        assert_eq!(reserve(2, &spec()), Err(Violation::BudgetExceeded));
        settle(1, 0);
        assert_ok!(reserve(2, &spec()));
        assert_eq!(ledger().reserved, flat(1_000_000));
    });
}
