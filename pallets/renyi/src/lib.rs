#![doc = include_str!("../README.md")]
#![no_std]

/// The orders α at which divergences are kept.
pub const ORDERS: [u32; 17] = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256];

/// Rényi divergences at [`ORDERS`], in millionths, rounded up.
pub type Cost = [u64; ORDERS.len()];

/// ln(10) in millionths, rounded up: what one decimal digit of δ costs at α = 2.
const LN_10_MICRO: u64 = 2_302_586;

/// The cost of doing both (Proposition 1); saturates.
pub fn plus(one: &Cost, other: &Cost) -> Cost {
    core::array::from_fn(|at| one[at].saturating_add(other[at]))
}

/// The cost of doing it `n` times; saturates.
pub fn times(cost: &Cost, n: u32) -> Cost {
    cost.map(|divergence| divergence.saturating_mul(u64::from(n)))
}

/// What is left after taking `other` back; never below zero.
pub fn minus(one: &Cost, other: &Cost) -> Cost {
    core::array::from_fn(|at| one[at].saturating_sub(other[at]))
}

/// [`plus`], or `None` where a sum does not fit: a sum that stuck at its end could not be taken back.
pub fn checked_plus(one: &Cost, other: &Cost) -> Option<Cost> {
    let mut sum = *one;
    for (a, b) in sum.iter_mut().zip(other) {
        *a = a.checked_add(*b)?;
    }
    Some(sum)
}

/// [`times`], or `None` where a product does not fit.
pub fn checked_times(cost: &Cost, n: u32) -> Option<Cost> {
    let mut total = *cost;
    for divergence in &mut total {
        *divergence = divergence.checked_mul(u64::from(n))?;
    }
    Some(total)
}

/// ε in millionths at δ = 10^-`delta_exponent`: the smallest ε(α) + ln(1/δ)/(α-1) over the orders (Proposition 3),
/// rounded up. Zero cost has ε zero.
pub fn epsilon_micro(cost: &Cost, delta_exponent: u8) -> u64 {
    if cost.iter().all(|divergence| *divergence == 0) {
        return 0;
    }
    epsilon_at(cost, deciding(cost, delta_exponent), delta_exponent)
}

/// Which of the [`ORDERS`] has the smallest ε, by its place; the first of several. As long as it is the same, ε grows by what
/// the divergence there grows by.
pub fn deciding(cost: &Cost, delta_exponent: u8) -> usize {
    (0..ORDERS.len())
        .min_by_key(|at| epsilon_at(cost, *at, delta_exponent))
        .unwrap_or_default()
}

fn epsilon_at(cost: &Cost, at: usize, delta_exponent: u8) -> u64 {
    cost[at].saturating_add(tail(ORDERS[at], delta_exponent))
}

/// ln(1/δ)/(α-1) in millionths, rounded up.
fn tail(order: u32, delta_exponent: u8) -> u64 {
    LN_10_MICRO
        .saturating_mul(u64::from(delta_exponent))
        .div_ceil(u64::from(order) - 1)
}

/// What a budget of `epsilon` millionths at δ = 10^-`delta_exponent` leaves at each order once `used` is taken: a further cost
/// keeps [`epsilon_micro`] within the budget exactly if at some order it is no more than what is left there. `None` at an
/// order that the budget does not reach any more, or never did.
pub fn remaining(used: &Cost, epsilon: u64, delta_exponent: u8) -> [Option<u64>; ORDERS.len()] {
    core::array::from_fn(|at| {
        epsilon
            .checked_sub(tail(ORDERS[at], delta_exponent))?
            .checked_sub(used[at])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epsilon_takes_the_best_order() {
        // The Gaussian mechanism with σ = 5, twenty times: ε_α = 20·α/(2·25) = 0.4·α.
        let cost = ORDERS.map(|order| 400_000 * u64::from(order));
        // At δ = 1e-5 the best of the fixed orders is 6: 2.4 + 11.51293/5.
        assert_eq!(epsilon_micro(&cost, 5), 2_400_000 + 11_512_930u64.div_ceil(5));
        assert_eq!(ORDERS[deciding(&cost, 5)], 6);
        // Less δ makes the tail longer, and a larger order better.
        assert!(deciding(&cost, 15) > deciding(&cost, 5));
        assert_eq!(epsilon_micro(&[0; ORDERS.len()], 5), 0);
        assert_eq!(epsilon_micro(&[u64::MAX; ORDERS.len()], 5), u64::MAX);
    }

    #[test]
    fn a_cost_fits_exactly_if_some_order_has_room_for_it() {
        let used = ORDERS.map(|order| 1_000 * u64::from(order));
        let (epsilon, delta) = (1_500_000, 5);
        let left = remaining(&used, epsilon, delta);
        // At α = 2 the tail alone is 11.5: a budget of 1.5 never reaches it.
        assert_eq!(left[0], None);
        // At α = 32: 1.5 - 11.51293/31 - 0.032.
        assert_eq!(left[11], Some(1_500_000 - 11_512_930u64.div_ceil(31) - 32_000));
        // One order decides: a cost that fills it is the last that fits, whatever it is at the others.
        for at in 0..ORDERS.len() {
            let mut cost = [10_000_000; ORDERS.len()];
            let Some(room) = left[at] else { continue };
            cost[at] = room;
            assert!(epsilon_micro(&plus(&used, &cost), delta) <= epsilon);
            cost[at] += 1;
            assert!(epsilon_micro(&plus(&used, &cost), delta) > epsilon);
        }
        assert_eq!(
            remaining(&[u64::MAX; ORDERS.len()], epsilon, delta),
            [None; ORDERS.len()]
        );
    }

    #[test]
    fn costs_add_and_take_back() {
        let cost = [7; ORDERS.len()];
        assert_eq!(times(&cost, 3), plus(&plus(&cost, &cost), &cost));
        assert_eq!(minus(&times(&cost, 3), &cost), times(&cost, 2));
        assert_eq!(minus(&cost, &times(&cost, 2)), [0; ORDERS.len()]);
    }

    #[test]
    fn what_does_not_fit_is_said_or_saturates() {
        let (large, one) = ([u64::MAX - 1; ORDERS.len()], [1; ORDERS.len()]);
        assert_eq!(checked_plus(&large, &one), Some([u64::MAX; ORDERS.len()]));
        assert_eq!(checked_plus(&large, &times(&one, 2)), None);
        assert_eq!(plus(&large, &times(&one, 2)), [u64::MAX; ORDERS.len()]);
        assert_eq!(checked_times(&large, 1), Some(large));
        assert_eq!(checked_times(&large, 2), None);
        assert_eq!(times(&large, 2), [u64::MAX; ORDERS.len()]);
    }
}
