//! Random contributions and histories: what is paid adds up, and no point is made or lost.

use super::*;

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

#[test]
fn random_histories_make_and_lose_nothing() {
    let mut random = Random(seed());
    // `chain` checks the sum of all balances behind each history.
    for _ in 0..20 {
        chain(|| {
            for job in 0..20 {
                let parties = 1 + random.below(5) as u32;
                let contributions = (0..parties)
                    .map(|org| put_in(org, random.figure(), random.figure()))
                    .collect();
                Completed::add(job, contributions);
                assert_ok!(agree(random.formula(parties), random.below(1_000).into()));
                let _ = Revenue::fund(signed(random.below(7) as u8), SPACE, random.below(2_000).into());
                let before = Escrow::<Test>::get(SPACE);
                let settled = Revenue::settle(signed(0), JobId(job)).is_ok();
                let paid = Settlements::<Test>::get(JobId(job)).map_or(0, |settlement| settlement.amount);
                assert_eq!(settled, Settlements::<Test>::contains_key(JobId(job)));
                assert_eq!(Escrow::<Test>::get(SPACE), before - paid);
                assert_eq!(Balances::free_balance(Revenue::escrow_account(SPACE)), before - paid);
            }
        });
    }
}
