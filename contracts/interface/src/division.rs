//! Division of an amount in whole points.

use crate::{Payouts, Refusal};
use ink::prelude::vec::Vec;

/// The largest sum of weights: a remainder below it can be doubled.
const MAX_TOTAL: u128 = 1 << 127;

struct Part {
    party: u32,
    amount: u128,
    remainder: u128,
}

/// Divides the amount in proportion to the weights, by largest remainder (Hamilton's method): each gets its quota rounded
/// down, and the points left go one each to the largest remainders, the lower number first among equals. It comes out to
/// the unit, in the order of the weights.
///
/// Errors: `NobodyToPay` where all weights are zero, `WeightsTooLarge` where they add up to more than 2^127.
pub fn divide(amount: u128, weights: &[(u32, u128)]) -> Result<Payouts, Refusal> {
    let total = weights
        .iter()
        .try_fold(0u128, |sum, (_, weight)| sum.checked_add(*weight))
        .filter(|total| *total <= MAX_TOTAL)
        .ok_or(Refusal::WeightsTooLarge)?;
    let mut left = amount;
    let mut parts = Vec::with_capacity(weights.len());
    for (party, weight) in weights {
        let (quota, remainder) = quota(amount, *weight, total).ok_or(Refusal::NobodyToPay)?;
        left = left.saturating_sub(quota);
        parts.push(Part {
            party: *party,
            amount: quota,
            remainder,
        });
    }
    // Fewer points are left than there are parts with a remainder, so that nobody gets two.
    while left > 0 {
        let next = parts
            .iter_mut()
            .max_by(|a, b| a.remainder.cmp(&b.remainder).then(b.party.cmp(&a.party)))
            .ok_or(Refusal::NobodyToPay)?;
        next.amount = next.amount.saturating_add(1);
        next.remainder = 0;
        left = left.saturating_sub(1);
    }
    Ok(parts.into_iter().map(|part| (part.party, part.amount)).collect())
}

/// Quotient and remainder of `amount · weight / total`, whose product may need 256 bits; nothing where the total is zero.
/// The weight is at most the total, and the total at most [`MAX_TOTAL`].
fn quota(amount: u128, weight: u128, total: u128) -> Option<(u128, u128)> {
    // With amount = whole · total + rest, it is whole · weight plus rest · weight / total, whose product is added up bit by
    // bit from the top. The quotient stays below `amount`, the remainder below `total`: nothing saturates.
    let (whole, rest) = (amount.checked_div(total)?, amount.checked_rem(total)?);
    let (mut quotient, mut remainder) = (0u128, 0u128);
    let carry = |quotient: u128, sum: u128| match sum.checked_sub(total) {
        Some(less) => (quotient.saturating_add(1), less),
        None => (quotient, sum),
    };
    for bit in (0..u128::BITS.saturating_sub(weight.leading_zeros())).rev() {
        (quotient, remainder) = carry(quotient.saturating_mul(2), remainder.saturating_mul(2));
        if weight.checked_shr(bit).is_some_and(|shifted| shifted & 1 == 1) {
            (quotient, remainder) = carry(quotient, remainder.saturating_add(rest));
        }
    }
    Some((whole.saturating_mul(weight).saturating_add(quotient), remainder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(payouts: &[(u32, u128)]) -> u128 {
        payouts
            .iter()
            .fold(0, |sum, (_, amount)| sum.checked_add(*amount).expect("no overflow"))
    }

    #[test]
    fn the_largest_remainders_get_the_points_left() {
        // 10 over 1:1:1 leaves one point, which goes to the lowest number.
        assert_eq!(divide(10, &[(7, 1), (3, 1), (5, 1)]), Ok(vec![(7, 3), (3, 4), (5, 3)]));
        // 100 over 3:3:1 is 42.86, 42.86, 14.29: two points left.
        assert_eq!(
            divide(100, &[(0, 3), (1, 3), (2, 1)]),
            Ok(vec![(0, 43), (1, 43), (2, 14)])
        );
        assert_eq!(divide(5, &[(0, 0), (1, 2)]), Ok(vec![(0, 0), (1, 5)]));
        assert_eq!(divide(0, &[(0, 1), (1, 2)]), Ok(vec![(0, 0), (1, 0)]));
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        assert_eq!(divide(10, &[]), Err(Refusal::NobodyToPay));
        assert_eq!(divide(10, &[(0, 0), (1, 0)]), Err(Refusal::NobodyToPay));
        assert_eq!(divide(10, &[(0, MAX_TOTAL), (1, 1)]), Err(Refusal::WeightsTooLarge));
        assert_eq!(divide(10, &[(0, u128::MAX), (1, 1)]), Err(Refusal::WeightsTooLarge));
    }

    #[test]
    fn the_largest_figures_come_out_to_the_unit() {
        let halves = [(0, MAX_TOTAL / 2), (1, MAX_TOTAL / 2)];
        let payouts = divide(u128::MAX, &halves).expect("two halves");
        assert_eq!(payouts, [(0, u128::MAX / 2 + 1), (1, u128::MAX / 2)]);
        let weights: Vec<_> = (0..32).map(|party| (party, (1 << 96) + u128::from(party))).collect();
        assert_eq!(sum(&divide(u128::MAX, &weights).expect("32 parts")), u128::MAX);
    }

    /// Against the same method in numbers that are small enough to multiply.
    #[test]
    fn small_figures_agree_with_plain_arithmetic() {
        let mut state = 1u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            u128::from((state >> 33) % below)
        };
        for _ in 0..2_000 {
            let amount = next(100_000);
            let weights: Vec<_> = (0..1 + next(8)).map(|i| (i as u32, next(1_000))).collect();
            let total: u128 = weights.iter().map(|(_, weight)| weight).sum();
            let Ok(payouts) = divide(amount, &weights) else {
                assert_eq!(total, 0);
                continue;
            };
            assert_eq!(sum(&payouts), amount);
            for ((_, paid), (_, weight)) in payouts.iter().zip(&weights) {
                let exact = amount * weight / total;
                assert!(
                    *paid == exact || *paid == exact + 1,
                    "{paid} of {amount} for {weight} of {total}"
                );
            }
        }
    }
}
