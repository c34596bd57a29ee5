//! The formulas that are part of the chain, shared with everyone who checks a settlement.

use super::Formula;
use crate::{job::Contribution, Balance, OrgId};
use alloc::vec::Vec;
use sp_core::U512;

/// What the parts of a mixture add up to.
pub const MILLION: u32 = 1_000_000;

/// Shares an amount by the formula, to the unit.
///
/// Every formula becomes one weight per party, an exact integer, and the amount is divided once by largest remainder
/// (Hamilton's method). A part of a mixture that nobody has a share in (no rows, no compute time) is shared equally, and
/// so is a reward by rows or by compute time of which there is none.
pub fn payouts(formula: &Formula, contributions: &[Contribution], amount: Balance) -> Vec<(OrgId, Balance)> {
    let parties: Vec<OrgId> = contributions.iter().map(|c| c.party).collect();
    let weights = match formula {
        Formula::Equal => mixture(contributions, [MILLION, 0, 0]),
        Formula::ByRows => mixture(contributions, [0, MILLION, 0]),
        Formula::ByComputeTime => mixture(contributions, [0, 0, MILLION]),
        Formula::Mixture { equal, rows, compute } => mixture(contributions, [*equal, *rows, *compute]),
        Formula::Fixed(shares) => parties
            .iter()
            .map(|party| {
                shares
                    .iter()
                    .find(|(org, _)| org == party)
                    .map_or(U512::zero(), |(_, w)| (*w).into())
            })
            .collect(),
    };
    largest_remainder(&parties, &weights, amount)
}

/// One weight per contribution: the parties' shares in equal parts, rows and compute time, over a common denominator.
///
/// With E, R and C the three sums, party i's share is e·eᵢ/E + r·rᵢ/R + c·cᵢ/C parts per million, which times E·R·C is
/// an integer below 2^20 · 2^5 · 2^69 · 2^69.
fn mixture(contributions: &[Contribution], parts: [u32; 3]) -> Vec<U512> {
    let one = |_: &Contribution| 1u64;
    let columns = [
        column(contributions, |c| u64::from(c.steps > 0)),
        column(contributions, |c| c.rows),
        column(contributions, |c| c.compute_ms),
    ]
    .map(|column| column.unwrap_or_else(|| column_of(contributions, one)));
    let sums = columns
        .each_ref()
        .map(|column| column.iter().fold(U512::zero(), |sum, value| sum + *value));
    (0..contributions.len())
        .map(|i| {
            (0..3).fold(U512::zero(), |weight, k| {
                let others = sums[(k + 1) % 3] * sums[(k + 2) % 3];
                weight + U512::from(parts[k]) * columns[k][i] * others
            })
        })
        .collect()
}

fn column_of(contributions: &[Contribution], value: impl Fn(&Contribution) -> u64) -> Vec<U512> {
    contributions.iter().map(|c| value(c).into()).collect()
}

/// The values of all parties, or none when all are zero.
fn column(contributions: &[Contribution], value: impl Fn(&Contribution) -> u64) -> Option<Vec<U512>> {
    let values = column_of(contributions, value);
    values.iter().any(|value| !value.is_zero()).then_some(values)
}

/// Divides the amount in proportion to the weights: each gets its quota rounded down, and the units left go one each to
/// the largest remainders, the lower organisation first among equals. Nobody has a payout when all weights are zero.
fn largest_remainder(parties: &[OrgId], weights: &[U512], amount: Balance) -> Vec<(OrgId, Balance)> {
    let total = weights.iter().fold(U512::zero(), |sum, weight| sum + *weight);
    if total.is_zero() {
        return Vec::new();
    }
    let mut left = amount;
    let mut quotas: Vec<(OrgId, Balance, U512)> = parties
        .iter()
        .zip(weights)
        .map(|(party, weight)| {
            // Below 2^128 · 2^163, and the quotient is no more than the amount.
            let (quota, remainder) = (U512::from(amount) * *weight).div_mod(total);
            let quota = quota.low_u128();
            left = left.saturating_sub(quota);
            (*party, quota, remainder)
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
