use super::*;
use crate::{pld::pair::Noise, special::log_normal_above};

/// δ(ε) of one release, with the record as P, or without it.
fn exact(sigma: f64, sampling: f64, reversed: bool, epsilon: f64) -> f64 {
    let above = |z: f64| log_normal_above(z).exp();
    let sign = if reversed { -1.0 } else { 1.0 };
    let excess = (sign * epsilon).exp_m1() / sampling;
    if excess <= -1.0 {
        // All losses, or none, are above.
        return if reversed { 0.0 } else { -epsilon.exp_m1() };
    }
    let x = sigma * sigma * excess.ln_1p() + 0.5;
    let (without, with) = (above(sign * x / sigma), above(sign * (x - 1.0) / sigma));
    let mixed = (1.0 - sampling) * without + sampling * with;
    if reversed {
        without - epsilon.exp() * mixed
    } else {
        mixed - epsilon.exp() * without
    }
}

fn hockey_stick(Masses { start, masses }: &Masses, h: f64, epsilon: f64) -> f64 {
    let losses = (0..).map(|at: u32| start + f64::from(at) * h);
    losses
        .zip(masses)
        .map(|(loss, mass)| mass * -(epsilon - loss).exp_m1().min(0.0))
        .sum()
}

/// Far coarser than in use: whatever the step is, one lies above and the other below, at every ε.
#[test]
fn the_exact_curve_lies_between() {
    for (sigma, sampling, reversed) in [
        (1.0, 1.0, false),
        (0.5, 0.01, false),
        (0.5, 0.01, true),
        (1.1, 0.2, false),
        (1.1, 0.2, true),
        (3.0, 0.7, true),
    ] {
        for h in [1e-3, 0.02, 0.3] {
            let pair = Pair::new(Noise::Gaussian(sigma), sampling, reversed);
            let range = pair.span(-40.0).map(|outcome| pair.loss(outcome));
            let plan = Plan {
                step: h,
                tilt: 5.0,
                above: 1.0,
                below: 1.0,
                epsilon: 1.0,
                ranges: vec![range],
            };
            let step = Step::new(&pair, range, &plan);
            assert!(step.infinite < 1e-15 && step.masses_are_sound());
            for at in -40..80 {
                let epsilon = 0.05 * f64::from(at);
                let want = exact(sigma, sampling, reversed, epsilon).max(0.0);
                let (low, high) = (
                    hockey_stick(&step.lower, h, epsilon),
                    hockey_stick(&step.upper, h, epsilon) + step.infinite,
                );
                let about =
                    format!("σ = {sigma}, q = {sampling}, {reversed}, h = {h}, ε = {epsilon}: {low} {want} {high}");
                assert!(low <= want + 1e-14 && want <= high + 1e-14, "{about}");
                // And they are no further apart than rounding up by a step and down by two would put them.
                let (wider, narrower) = (
                    exact(sigma, sampling, reversed, epsilon - h),
                    exact(sigma, sampling, reversed, epsilon + 2.0 * h),
                );
                assert!(high <= wider + 1e-12 && low >= narrower - 1e-12, "{about}");
            }
        }
    }
}

impl Step {
    fn masses_are_sound(&self) -> bool {
        let total = |masses: &[f64]| masses.iter().sum::<f64>();
        let all = self.upper.masses.iter().chain(&self.lower.masses);
        all.clone().all(|mass| *mass >= 0.0)
            && (1.0..1.0 + 1e-9).contains(&(total(&self.upper.masses) + self.infinite))
            && (1.0 - 1e-9..=1.0).contains(&total(&self.lower.masses))
    }
}

/// The Laplace mechanism's atoms lie on both grids when the step divides their distance, and nothing is rounded then.
#[test]
fn atoms_are_kept() {
    let pair = Pair::new(Noise::Laplace(2.0), 1.0, false);
    let h = 1.0 / 16.0;
    let plan = Plan {
        step: h,
        tilt: 5.0,
        above: 1.0,
        below: 1.0,
        epsilon: 0.5,
        ranges: vec![[-0.5, 0.5]],
    };
    let step = Step::new(&pair, [-0.5, 0.5], &plan);
    let heaviest = |Masses { start, masses }: &Masses| {
        let (at, mass) = masses
            .iter()
            .enumerate()
            .max_by(|one, other| one.1.total_cmp(other.1))
            .unwrap();
        (start + at as f64 * h, *mass)
    };
    let (loss, mass) = heaviest(&step.upper);
    assert!((loss - 0.5).abs() < 1e-12 && mass >= 0.5, "{loss} {mass}");
    let (loss, mass) = heaviest(&step.lower);
    assert!((0.5 - h..=0.5).contains(&loss) && mass >= 0.5, "{loss} {mass}");
}
