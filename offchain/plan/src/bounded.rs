//! Jobs in which every contribution is proven to be bounded, to two workers: `docs/protocols/validity.md`.

use crate::error::{PlanError, Result};
use secureflow_validity::Bound;
use serde::{Deserialize, Serialize};

/// The most candidates for the second worker.
const MAX_WORKERS: usize = 16;
/// A contribution has 16 bytes for each of so many bits at most: 56 MB, below what a message may have.
const MAX_BITS: usize = 3_500_000;
/// What rounding to the nearest single-precision number may add to a norm.
const ROUNDING: f64 = 1.0 + 1e-6;

/// Asks for two workers and for proofs. The workers add the noise then, each all that privacy needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounded {
    /// No party may count for more rows.
    pub most_rows: u64,
    /// Accounts of workers, `0x` and 64 digits. The chain assigns the first worker of a job; the second is the first of these
    /// that another organisation operates. In a template the list may be empty: then it is the active workers'.
    #[serde(default)]
    pub workers: Vec<String>,
}

impl Bounded {
    /// The candidates' accounts, in the plan's order.
    pub fn accounts(&self) -> Result<Vec<[u8; 32]>> {
        let account = |text: &String| {
            let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 64);
            let lower = |digits: &&str| digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            let digits = digits.filter(lower).ok_or_else(|| {
                let problem = format!("{text:?} is no account: write 0x and 64 hexadecimal digits");
                PlanError::invalid("bounded.workers", problem)
            })?;
            let mut account = [0; 32];
            for (byte, pair) in account.iter_mut().zip(digits.as_bytes().chunks(2)) {
                let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
                *byte = value(pair[0]) << 4 | value(pair[1]);
            }
            Ok(account)
        };
        self.workers.iter().map(account).collect()
    }

    /// Checks what stands in a template.
    pub(crate) fn check(&self) -> Result<()> {
        crate::spec::within("bounded.most_rows", self.most_rows, 1, crate::MAX_PARTY_ROWS)
    }

    /// Checks what stands in a plan.
    pub(crate) fn validate(&self) -> Result<()> {
        self.check()?;
        let accounts = self.accounts()?;
        if !(2..=MAX_WORKERS).contains(&accounts.len()) {
            let problem = format!("there are {} and must be 2 to {MAX_WORKERS}", accounts.len());
            return Err(PlanError::invalid("bounded.workers", problem));
        }
        match (1..accounts.len()).find(|at| accounts[..*at].contains(&accounts[*at])) {
            None => Ok(()),
            Some(at) => {
                let problem = format!("{} stands there twice: remove one", self.workers[at]);
                Err(PlanError::invalid("bounded.workers", problem))
            }
        }
    }

    /// The bound of vectors of `length` integers, of which a row adds `norm` to the L2 norm and `entry` to an entry at most, and
    /// rounding `rest` to the norm.
    pub(crate) fn bound(&self, length: usize, norm: f64, entry: f64, rest: f64) -> Result<Bound> {
        let rows = self.most_rows as f64;
        let norm = (rows * norm * ROUNDING + rest).ceil();
        let entry = (rows * entry * ROUNDING + rest).ceil();
        // Below 2^62, where integers are exact enough: a bound that is not has no proof either.
        let bits = 65 - (entry.min(4e18) as u64).leading_zeros();
        let too_large = |problem: String| {
            PlanError::invalid(
                "bounded",
                format!("contributions cannot be proven to be bounded: {problem}"),
            )
        };
        if length.saturating_mul(bits as usize) > MAX_BITS {
            let problem =
                format!("{length} entries of {bits} bits are too many; smaller models and fewer rows have less");
            return Err(too_large(problem));
        }
        Bound::new(length, bits, norm.min(4e18) as u64).map_err(|error| too_large(error.to_string()))
    }
}

/// Of the two workers' noise, each reaches the multiplier by itself.
pub(crate) const NOISE_NEEDED: u32 = 1;
/// And both are in the sum.
pub(crate) const NOISE_SHARES: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(workers: &[&str]) -> Bounded {
        Bounded {
            most_rows: 1000,
            workers: workers.iter().map(ToString::to_string).collect(),
        }
    }

    fn account(digit: char) -> String {
        format!("0x{}", digit.to_string().repeat(64))
    }

    #[test]
    fn candidates_are_accounts() {
        let (one, two) = (account('1'), account('f'));
        let both = bounded(&[&one, &two]);
        both.validate().unwrap();
        assert_eq!(both.accounts().unwrap(), [[0x11; 32], [0xff; 32]]);
        for wrong in ["", "0x12", &one[2..], &account('F'), &account('g')] {
            assert!(bounded(&[&one, wrong]).validate().is_err(), "{wrong}");
        }
        for wrong in [&[one.as_str()][..], &[], &[&one, &two, &one]] {
            assert!(bounded(wrong).validate().is_err(), "{wrong:?}");
        }
        assert!(Bounded { most_rows: 0, ..both }.validate().is_err());
    }

    #[test]
    fn bounds_hold_what_rows_add() {
        let bound = bounded(&[]).bound(3, 5.0, 4.0, 1.0).unwrap();
        // 1,000 rows of 4 and the rest are 4,002 with rounding: twelve bits and the sign.
        assert_eq!((bound.length(), bound.bits(), bound.norm()), (3, 13, 5_002));
        assert!(bounded(&[]).bound(1, 1e12, 1e12, 0.0).is_err());
        assert!(bounded(&[]).bound(1_000_000, 5.0, 4.0, 1.0).is_err());
    }
}
