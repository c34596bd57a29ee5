//! The formulas that are part of the chain, shared with everyone who checks a settlement.

use super::{Formula, Mixture};
use crate::{job::Contribution, Balance, OrgId};
use alloc::vec::Vec;
use sp_core::U512;

/// What the parts of a mixture add up to.
pub const MILLION: u32 = 1_000_000;

/// Shares an amount by the formula, to the unit; `None` for a contract, which only the chain can run.
///
/// Every formula becomes one weight per party, an exact integer, and the amount is divided once by largest remainder
/// (Hamilton's method). A part of a mixture that nobody has a share in (no rows, no compute time) is shared equally, and
/// so is a reward by rows, compute time or utility of which there is none.
pub fn payouts(formula: &Formula, contributions: &[Contribution], amount: Balance) -> Option<Vec<(OrgId, Balance)>> {
    let mixture = match formula {
        Formula::Equal => whole(|mixture| &mut mixture.equal),
        Formula::ByRows => whole(|mixture| &mut mixture.rows),
        Formula::ByComputeTime => whole(|mixture| &mut mixture.compute),
        Formula::ByUtility => whole(|mixture| &mut mixture.utility),
        Formula::Mixture(mixture) => mixture.clone(),
        Formula::Fixed(shares) => {
            let weights = fixed(shares, contributions);
            return Some(largest_remainder(contributions, &weights, amount));
        }
        Formula::Contract(_) => return None,
    };
    Some(largest_remainder(
        contributions,
        &weights(&mixture, contributions),
        amount,
    ))
}

/// A mixture of one part.
fn whole(part: impl Fn(&mut Mixture) -> &mut u32) -> Mixture {
    let mut mixture = Mixture::default();
    *part(&mut mixture) = MILLION;
    mixture
}

fn fixed(shares: &[(OrgId, u32)], contributions: &[Contribution]) -> Vec<U512> {
    column(contributions, |c| {
        let share = shares.iter().find(|(org, _)| *org == c.party);
        share.map_or(0, |(_, weight)| u64::from(*weight))
    })
}

/// One weight per contribution: the parties' shares in each part, over a common denominator.
///
/// With S₁ … S₅ the sums of the columns, party i's share is the sum over k of partₖ·cₖᵢ/Sₖ, in millionths; times the product
/// of the sums it is an integer. Equal shares add up to at most 2^5, fixed ones to 2^37, and rows, compute time and
/// utility to 2^69 each, so that the product is at most 2^249 and all weights together are below 2^269.
fn weights(mixture: &Mixture, contributions: &[Contribution]) -> Vec<U512> {
    let columns = [
        column(contributions, |c| u64::from(c.steps > 0)),
        fixed(&mixture.shares, contributions),
        column(contributions, |c| c.rows),
        column(contributions, |c| c.compute_ms),
        column(contributions, |c| c.utility),
    ]
    .map(|values| match values.iter().all(U512::is_zero) {
        true => column(contributions, |_| 1),
        false => values,
    });
    let sums = columns.each_ref().map(|column| sum(column));
    let parts = mixture.parts();
    (0..contributions.len())
        .map(|i| {
            (0..parts.len()).fold(U512::zero(), |weight, k| {
                let value = U512::from(parts[k]) * columns[k][i];
                let others = (0..parts.len()).filter(|other| *other != k);
                weight + others.fold(value, |product, other| product * sums[other])
            })
        })
        .collect()
}

fn column(contributions: &[Contribution], value: impl Fn(&Contribution) -> u64) -> Vec<U512> {
    contributions.iter().map(|c| value(c).into()).collect()
}

fn sum(values: &[U512]) -> U512 {
    values.iter().fold(U512::zero(), |sum, value| sum + *value)
}

/// Divides the amount in proportion to the weights: each gets its quota rounded down, and the units left go one each to
/// the largest remainders, the lower organisation first among equals. Nobody has a payout when all weights are zero.
fn largest_remainder(contributions: &[Contribution], weights: &[U512], amount: Balance) -> Vec<(OrgId, Balance)> {
    let total = sum(weights);
    if total.is_zero() {
        return Vec::new();
    }
    let mut left = amount;
    let mut quotas: Vec<(OrgId, Balance, U512)> = contributions
        .iter()
        .zip(weights)
        .map(|(contribution, weight)| {
            // Below 2^128 · 2^269, and the quotient is no more than the amount.
            let (quota, remainder) = (U512::from(amount) * *weight).div_mod(total);
            let quota = quota.low_u128();
            left = left.saturating_sub(quota);
            (contribution.party, quota, remainder)
        })
        .collect();
    quotas.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    // Fewer units are left than there are parties with a remainder.
    for (_, quota, _) in quotas.iter_mut() {
        if left == 0 {
            break;
        }
        *quota = quota.saturating_add(1);
        left -= 1;
    }
    quotas.sort_by_key(|(party, _, _)| *party);
    quotas.into_iter().map(|(party, quota, _)| (party, quota)).collect()
}
