//! Random contributions and histories: what is paid adds up, and no point is made or lost.

use super::*;
use std::collections::BTreeMap;

/// SplitMix64: the whole run follows from one seed.
struct Random(u64);

impl Random {
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

    /// Small numbers, large ones and zero.
    fn figure(&mut self) -> u64 {
        match self.below(4) {
            0 => 0,
            1 => self.below(10),
            2 => self.below(1_000_000),
            _ => self.next(),
        }
    }

    fn formula(&mut self, orgs: u32) -> Formula {
        let weights =
            |random: &mut Self| -> Vec<_> { (0..orgs).map(|org| (org, 1 + random.below(100) as u32)).collect() };
        match self.below(7) {
            0 => Formula::Equal,
            1 => fixed(&weights(self)),
            2 => Formula::ByRows,
            3 => Formula::ByComputeTime,
            4 => Formula::ByUtility,
            _ => {
                let mut left = 1_000_000;
                let mut part = || {
                    let part = self.below(left + 1);
                    left -= part;
                    part as u32
                };
                let [fixed, rows, compute, utility] = [(); 4].map(|()| part());
                Formula::Mixture(Mixture {
                    equal: left as u32,
                    fixed,
                    rows,
                    compute,
                    utility,
                    shares: shares(&if fixed > 0 { weights(self) } else { Vec::new() }),
                })
            }
        }
    }
}

fn seed() -> u64 {
    let drawn = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.expect("the clock is past 1970").as_nanos() as u64
    };
    let seed = std::env::var("SEED").map_or_else(|_| drawn(), |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    seed
}

#[test]
fn any_contributions_are_paid_to_the_unit() {
    let mut random = Random(seed());
    for _ in 0..2_000 {
        let parties = 1 + random.below(32) as u32;
        let contributions: Vec<_> = (0..parties)
            .map(|org| Contribution {
                steps: random.below(3) as u32,
                utility: random.figure(),
                ..put_in(org, random.figure(), random.figure())
            })
            .collect();
        let amount = if random.below(2) == 0 {
            random.figure().into()
        } else {
            Balance::MAX - Balance::from(random.next())
        };
        let formula = random.formula(parties);
        let paid = payouts(formula.clone(), contributions.clone(), amount);
        let sum = paid
            .iter()
            .try_fold(0, |sum: Balance, (_, amount)| sum.checked_add(*amount));
        assert_eq!(sum, Some(amount), "{formula:?} {contributions:?}");
        assert_eq!(paid.len(), contributions.len());
        // The order in which the worker lists contributions makes no difference.
        let reversed = contributions.into_iter().rev().collect();
        assert_eq!(payouts(formula, reversed, amount), paid);
    }
}

/// One of the items, where there is any.
fn pick<T>(random: &mut Random, items: impl Iterator<Item = T>) -> Option<T> {
    let mut items: Vec<T> = items.collect();
    match items.len() as u64 {
        0 => None,
        count => Some(items.swap_remove(random.below(count) as usize)),
    }
}

/// One random call in one history, and whether it worked.
fn step(random: &mut Random) -> bool {
    let who = random.below(7) as u8;
    let job = JobId(random.below(6) as u32);
    let org = OrgId(random.below(6) as u32);
    let figures = Figures {
        rows: random.figure(),
        compute_ms: random.figure(),
        utility: random.figure(),
    };
    let done = match random.below(11) {
        0 => {
            let agreement = Agreement {
                formula: random.formula(5),
                reward: random.below(1_000).into(),
                dispute_window: random.below(30) as u32,
            };
            Revenue::set_agreement(signed(who % 2), SPACE, agreement)
        }
        1 => Revenue::fund(signed(who), SPACE, random.below(2_000).into()),
        2 => Revenue::settle(signed(who), job)
            .map(|_| ())
            .map_err(|error| error.error),
        3 => Revenue::claim(signed(who), job)
            .map(|_| ())
            .map_err(|error| error.error),
        4 | 5 => {
            let job = pick(random, Settlements::<Test>::iter_keys()).unwrap_or(job);
            match Completed::receipt(job, org) {
                Some((receipt, proof)) => {
                    Revenue::dispute(signed(org.0 as u8), job, receipt, proof, figures, H256::zero())
                }
                None => return false,
            }
        }
        6 | 7 => {
            let open = Disputes::<Test>::iter()
                .flat_map(|(job, disputes)| disputes.into_iter().map(move |dispute| (job, dispute.party)));
            let (job, org) = pick(random, open).unwrap_or((job, org));
            let ruling = match random.below(3) {
                0 => Ruling::Rejected,
                _ => Ruling::Corrected(figures),
            };
            Revenue::resolve(root(), job, org, ruling)
        }
        8 => match random.below(3) {
            0 => Revenue::release(root(), SPACE, org, random.below(500).into()),
            1 => Revenue::mint(root(), org, random.below(500).into()),
            // Some leave, and come back: as if they had been suspended.
            _ => {
                Left::set(vec![OrgId(1 + random.below(5) as u32)]);
                Ok(())
            }
        },
        9 => {
            // A job is approved once, and settled afterwards.
            if JobAgreements::<Test>::contains_key(job) || Settlements::<Test>::contains_key(job) {
                return false;
            }
            return Revenue::hold(job, SPACE, Prices::default()).is_ok();
        }
        _ => {
            let blocks = if random.below(10) == 0 { DISPUTE_PERIOD } else { 5 };
            System::set_block_number(System::block_number() + random.below(blocks.into()) as u32);
            Ok(())
        }
    };
    done.is_ok()
}

/// What the accounts that nobody has a key to hold: the escrow, what is held back for jobs, and what is settled.
fn in_escrow() -> Balance {
    let held: Balance = Held::<Test>::iter_values().map(|(_, prices)| prices.total()).sum();
    let unclaimed = Settlements::<Test>::iter_values().filter(|settlement| settlement.claimed_at.is_none());
    Escrow::<Test>::get(SPACE) + held + unclaimed.map(|settlement| settlement.amount()).sum::<Balance>()
}

#[test]
fn random_histories_make_and_lose_nothing() {
    let mut random = Random(seed());
    let (mut claimed, mut corrected, mut held_back, mut kept) = (0, 0, 0, 0);
    for _ in 0..40 {
        chain(|| {
            // What happens to a job is seen best where there is something to settle.
            assert_ok!(Revenue::fund(signed(0), SPACE, 2_000));
            for job in 0..6 {
                let parties = 1 + random.below(5) as u32;
                let contributions = (0..parties)
                    .map(|org| Contribution {
                        utility: random.figure(),
                        ..put_in(org, random.figure(), random.figure())
                    })
                    .collect();
                Completed::add(job, contributions);
                // As at an approval, where the agreement and the escrow cover it; some jobs end without a result.
                let job = JobId(job);
                let agreement = Agreement {
                    dispute_window: random.below(30) as u32,
                    ..agreement(random.formula(5), 200)
                };
                assert_ok!(Revenue::set_agreement(signed(0), SPACE, agreement));
                let asked = prices(&[(0, random.below(60).into()), (1, 1 + Balance::from(random.below(300)))]);
                if <Revenue as Treasury>::hold(job, SPACE, asked).is_ok() {
                    held_back += 1;
                }
                if random.below(4) == 0 {
                    <Revenue as Treasury>::give_back(job);
                }
            }
            let mut paid: BTreeMap<JobId, Settlement> = BTreeMap::new();
            let mut approved: BTreeMap<JobId, Agreement> = JobAgreements::<Test>::iter().collect();
            for _ in 0..150 {
                let before = (held(), in_escrow());
                // A call that fails must leave nothing behind, so that it runs as the executive runs it.
                let worked = frame_support::storage::with_storage_layer(|| match step(&mut random) {
                    true => Ok(()),
                    false => Err(DispatchError::Other("failed")),
                });
                if worked.is_err() {
                    assert_eq!((held(), in_escrow()), before);
                }
                Revenue::do_try_state().unwrap();
                assert_eq!(Points::balance(&Revenue::escrow_account(SPACE)), in_escrow());
                // What a job was approved under stays, and is what it is settled by.
                for (job, agreement) in JobAgreements::<Test>::iter() {
                    let first = approved.entry(job).or_insert_with(|| agreement.clone());
                    assert_eq!(*first, agreement);
                }
                for (job, settlement) in Settlements::<Test>::iter() {
                    let agreement = approved.get(&job).unwrap_or(&settlement.agreement);
                    assert_eq!(*agreement, settlement.agreement);
                }
                // What is paid stays as it is for good.
                for (job, settlement) in Settlements::<Test>::iter() {
                    for (org, price) in &settlement.prices.0 {
                        let paid = settlement.payouts.iter().find(|(payee, _)| payee == org);
                        let took_part = Completed::receipt(job, *org).is_some();
                        assert!(!took_part || paid.is_some_and(|(_, amount)| amount >= price));
                    }
                    if settlement.claimed_at.is_some() {
                        let first = paid.entry(job).or_insert_with(|| settlement.clone());
                        assert_eq!(*first, settlement);
                    }
                }
            }
            claimed += paid.len();
            kept += approved
                .keys()
                .filter(|job| Settlements::<Test>::contains_key(job))
                .count();
            corrected += Disputes::<Test>::iter_values()
                .flatten()
                .filter(|dispute| matches!(dispute.ruling, Some(Ruling::Corrected(_))))
                .count();
        });
    }
    assert!(
        claimed > 20 && corrected > 2 && held_back > 60 && kept > 20,
        "{claimed} claimed, {corrected} corrected, {held_back} held back, {kept} settled as approved"
    );
}
