//! Thousands of random histories of jobs: the ledger must be what the events alone say, and never above any budget that allowed it.
//!
//! May happen: any job reserves, is refused, settles with any number of rounds, settles twice, at any time, on any of the
//! datasets; owners change budgets and limits. May not happen: a ledger that differs from the sum over the events, or a
//! reservation that the policy of its moment did not allow. A failure prints its seed.

use crate::{mock::*, Event, Ledgers};
use frame_support::assert_ok;
use secureflow_primitives::{
    job::JobSpec,
    policy::Policy,
    privacy::{Ledger, PrivacyBudget, PrivacyCost, RdpCost, ORDERS},
    traits::PolicyGate,
    DatasetId, JobId,
};
use std::collections::BTreeMap;

const DATASETS: u32 = 3;

/// SplitMix64: enough to draw histories, and the same everywhere.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

fn drawn_policy(draw: &mut Draw) -> Policy {
    let budget = PrivacyBudget {
        epsilon_micro: draw.below(20_000_000),
        delta_exponent: 1 + draw.below(9) as u8,
        min_noise_micro: None,
    };
    Policy {
        budget: (draw.below(3) > 0).then_some(budget),
        max_uses: (draw.below(4) == 0).then_some(draw.below(30) as u32),
        ..policy()
    }
}

fn drawn_spec(draw: &mut Draw) -> JobSpec {
    let privacy = match draw.below(8) {
        0 => PrivacyCost::Unbounded,
        // Far too much, so that the counters' ends are met too.
        1 => per_round(RdpCost(ORDERS.map(|_| u64::MAX >> draw.below(8)))),
        _ => {
            let unit = 1 + draw.below(2_000);
            per_round(RdpCost(ORDERS.map(|order| unit * u64::from(order))))
        }
    };
    JobSpec {
        privacy,
        rounds: 1 + draw.below(40) as u32,
        ..spec()
    }
}

/// The ledgers that the events amount to. Nothing else is asked: neither storage nor the jobs' specifications.
fn from_events(seed: u64) -> BTreeMap<DatasetId, Ledger> {
    let mut held = BTreeMap::new();
    let mut ledgers: BTreeMap<DatasetId, Ledger> = BTreeMap::new();
    for record in System::events() {
        match record.event {
            RuntimeEvent::PoliciesPallet(Event::BudgetReserved {
                job,
                dataset,
                held: wanted,
            }) => {
                let ledger = ledgers.entry(dataset).or_default();
                ledger.uses += 1;
                ledger.reserved = ledger.reserved.plus(wanted.whole().expect("what was reserved fitted"));
                assert_eq!(held.insert((job, dataset), wanted), None, "seed {seed}: reserved twice");
            }
            RuntimeEvent::PoliciesPallet(Event::BudgetSettled {
                job,
                dataset,
                rounds,
                spent,
            }) => {
                let ledger = ledgers.entry(dataset).or_default();
                let wanted = held.remove(&(job, dataset)).expect("what is settled was reserved");
                assert_eq!(wanted.of_rounds(rounds), Some(spent), "seed {seed}");
                ledger.reserved = ledger.reserved.minus(wanted.whole().expect("what was reserved fitted"));
                ledger.spent = ledger.spent.plus(spent);
                ledger.unbounded_uses += u32::from(rounds > 0 && wanted.cost == PrivacyCost::Unbounded);
            }
            _ => {}
        }
    }
    ledgers
}

fn run(seed: u64) -> u32 {
    let mut reservations = 0;
    execute_and_check(|| {
        let draw = &mut Draw(seed);
        let mut policies = BTreeMap::new();
        for n in 0..DATASETS {
            assert_ok!(PoliciesPallet::register_dataset(
                signed(0),
                registration(&format!("set {n}"))
            ));
            let policy = drawn_policy(draw);
            assert_ok!(PoliciesPallet::set_policy(signed(0), DatasetId(n), policy.clone()));
            policies.insert(DatasetId(n), policy);
        }
        for step in 0..60 {
            let dataset = DatasetId(draw.below(DATASETS.into()) as u32);
            match draw.below(10) {
                0..5 => {
                    let (job, spec) = (JobId(step), drawn_spec(draw));
                    if <PoliciesPallet as PolicyGate>::reserve(job, &spec, dataset).is_ok() {
                        reservations += 1;
                        let (ledger, policy) = (Ledgers::<Test>::get(dataset), &policies[&dataset]);
                        let sum = ledger.spent.plus(ledger.reserved);
                        if let Some(budget) = policy.budget {
                            assert!(
                                sum.epsilon_micro(budget.delta_exponent) <= budget.epsilon_micro,
                                "seed {seed}"
                            );
                            assert_ne!(spec.privacy, PrivacyCost::Unbounded, "seed {seed}");
                        }
                        assert!(policy.max_uses.is_none_or(|most| ledger.uses <= most), "seed {seed}");
                    }
                }
                5..9 => {
                    // Any job, open, ended or unknown.
                    let job = JobId(draw.below(60) as u32);
                    <PoliciesPallet as PolicyGate>::settle(job, dataset, draw.below(50) as u32);
                }
                _ => {
                    let policy = drawn_policy(draw);
                    assert_ok!(PoliciesPallet::set_policy(signed(0), dataset, policy.clone()));
                    policies.insert(dataset, policy);
                }
            }
        }
        let expected = from_events(seed);
        for dataset in (0..DATASETS).map(DatasetId) {
            let ledger = Ledgers::<Test>::get(dataset);
            assert_eq!(
                ledger,
                expected.get(&dataset).copied().unwrap_or_default(),
                "seed {seed}"
            );
        }
    });
    reservations
}

#[test]
fn the_ledger_is_the_sum_over_the_events() {
    let reservations: u32 = (0..2_000).map(run).sum();
    // The histories must be worth looking at.
    assert!(reservations > 8_000, "only {reservations} reservations");
}
