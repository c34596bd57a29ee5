//! A mechanism's Rényi divergences at many orders, and what they mean as (ε, δ).

/// Whole orders above those that have a tenth.
const WHOLE: [u32; 57] = whole();

const fn whole() -> [u32; 57] {
    let mut orders = [0; 57];
    let mut at = 0;
    while at < 53 {
        orders[at] = 11 + at as u32;
        at += 1;
    }
    [orders[53], orders[54], orders[55], orders[56]] = [128, 256, 512, 1024];
    orders
}

/// How many orders a curve has.
const COUNT: usize = 99 + WHOLE.len();

/// The orders of a [`Curve`]: 1.1 to 10.9 in tenths, 11 to 63, 128, 256, 512 and 1024. They are those of Google's
/// dp-accounting, so that results can be compared.
pub fn orders() -> [f64; COUNT] {
    std::array::from_fn(|at| match at.checked_sub(99) {
        None => 1.0 + (at + 1) as f64 / 10.0,
        Some(at) => f64::from(WHOLE[at]),
    })
}

/// Rényi divergences in nats at [`orders`].
#[derive(Clone, Debug, PartialEq)]
pub struct Curve([f64; COUNT]);

impl Curve {
    /// Of what releases nothing.
    pub const NOTHING: Self = Self([0.0; COUNT]);

    /// Of a divergence as a function of the order: see [`renyi`].
    pub fn new(divergence: impl Fn(f64) -> f64) -> Self {
        Self(orders().map(divergence))
    }

    /// Of doing both. Mironov 2017, proposition 1.
    pub fn plus(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }

    /// Of doing it so many times.
    pub fn times(&self, steps: u32) -> Self {
        // Nothing of what is infinite is nothing.
        Self(
            self.0
                .map(|divergence| if steps == 0 { 0.0 } else { divergence * f64::from(steps) }),
        )
    }

    /// The smallest ε at this δ over the orders, by [`renyi_to_epsilon`]; infinite where nothing is known.
    pub fn epsilon(&self, delta: f64) -> f64 {
        self.best(delta).0
    }

    /// The same with the order that gave it.
    pub fn best(&self, delta: f64) -> (f64, f64) {
        let all = orders().into_iter().zip(&self.0);
        all.map(|(order, divergence)| (renyi_to_epsilon(order, *divergence, delta), order))
            .fold((f64::INFINITY, f64::INFINITY), |best, next| {
                if next.0 < best.0 {
                    next
                } else {
                    best
                }
            })
    }
}

/// ε at this δ of a mechanism with this divergence (in nats) at one order: ρ + ln(1-1/α) - (ln δ + ln α)/(α-1), by
/// Canonne, Kamath and Steinke 2020, proposition 12 (also Balle et al. 2020, theorem 21). Never negative; infinite for
/// what is no divergence and for a δ that is not between 0 and 1.
///
/// A divergence so small that the total variation distance √(1-e^(-ρ)) (Bretagnolle and Huber 1979; divergences grow with
/// the order) is below δ means ε = 0.
pub fn renyi_to_epsilon(order: f64, divergence: f64, delta: f64) -> f64 {
    if !(delta > 0.0 && delta < 1.0 && order > 1.0 && divergence >= 0.0) {
        return f64::INFINITY;
    }
    if -libm::expm1(-divergence) < delta * delta {
        return 0.0;
    }
    let epsilon = divergence + libm::log1p(-1.0 / order) - (libm::log(delta) + libm::log(order)) / (order - 1.0);
    epsilon.max(0.0)
}

/// δ at this ε: exp((α-1)(ρ-ε)) · (1-1/α)^(α-1) / α, the same proposition read the other way. At most 1.
pub fn renyi_to_delta(order: f64, divergence: f64, epsilon: f64) -> f64 {
    if !(epsilon >= 0.0 && order > 1.0 && divergence >= 0.0) {
        return 1.0;
    }
    let distance = (-libm::expm1(-divergence)).sqrt();
    let tail = (order - 1.0) * (divergence - epsilon + libm::log1p(-1.0 / order)) - libm::log(order);
    libm::exp(tail).min(distance).min(1.0)
}
