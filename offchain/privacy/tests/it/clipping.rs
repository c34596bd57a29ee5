//! Simulated norms, with fixed seeds.

use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};
use secureflow_privacy::{
    compose, gaussian_cost, gaussian_cost_micro, update_multiplier, AdaptiveClip, ClipRule, Error, Ring, CLIP_UNIT,
    ORDERS,
};

const RULE: ClipRule = ClipRule {
    quantile_micro: 500_000,
    rate_micro: 200_000,
    count_multiplier_micro: 30_000_000,
    min_parties: 3,
    least: 1 << 14,
    most: 1 << 34,
};

/// A party's entry: of rows with these norms, with its share of the noise.
fn share<R: Ring>(clip: &AdaptiveClip, norms: &[f64], rng: &mut ChaCha20Rng) -> R {
    let within = norms.iter().filter(|norm| **norm <= clip.clip()).count();
    let mut entry = [clip.entry(within as u64, (norms.len() - within) as u64)];
    clip.noise().add(&mut entry, rng).unwrap();
    entry[0]
}

fn units(clip: f64) -> u64 {
    (clip / CLIP_UNIT) as u64
}

/// Log-normal, by Box and Muller: median `median`, and a spread of one power of e.
fn norms(count: usize, median: f64, rng: &mut ChaCha20Rng) -> Vec<f64> {
    let mut uniform = || (rng.next_u64() >> 11) as f64 / 2f64.powi(53) + 2f64.powi(-54);
    (0..count)
        .map(|_| median * ((-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos()).exp())
        .collect()
}

/// Five parties of 60 rows, of which one or two drop out now and then, until the clip has settled.
fn settle(rule: ClipRule, first: f64, median: f64, seed: u64) -> f64 {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut clip = AdaptiveClip::new(rule, units(first)).unwrap();
    let mut settled = Vec::new();
    for round in 0..500 {
        let left = 5 - round % 3;
        let mut sum = 0u32;
        for _ in 0..left {
            let norms = norms(60, median, &mut rng);
            let share: u32 = share(&clip, &norms, &mut rng);
            sum = sum.wrapping_add(share);
        }
        clip.advance(sum, left * 60).unwrap();
        if round >= 300 {
            settled.push(clip.clip().ln());
        }
    }
    (settled.iter().sum::<f64>() / settled.len() as f64).exp()
}

#[test]
fn the_clip_settles_at_the_quantile() {
    // Of the log-normal: half below the median, 0.8413 below e times that, 0.1587 below an e-th.
    for (quantile_micro, times) in [(500_000, 1.0), (841_300, 1f64.exp()), (158_700, (-1f64).exp())] {
        for (seed, first) in [0.01, 1.0, 500.0].into_iter().enumerate() {
            let rule = ClipRule { quantile_micro, ..RULE };
            let median = 2.5;
            let clip = settle(rule, first, median, seed as u64);
            let off = (clip / (median * times)).ln();
            assert!(off.abs() < 0.1, "{quantile_micro} from {first}: {clip}");
        }
    }
}

#[test]
fn the_clip_keeps_its_bounds() {
    for (median, bound) in [(1e-9, RULE.least), (1e9, RULE.most)] {
        let clip = settle(RULE, 1.0, median, 3);
        assert!((clip / (bound as f64 * CLIP_UNIT) - 1.0).abs() < 1e-3, "{clip}");
    }
}

/// C·exp(-η(b - γ)) as floating point has it, in both rings.
#[test]
fn moves_are_those_of_the_paper() {
    let check = |rule: ClipRule, share: f64| {
        let rows = 1u64 << 20;
        let mut wide = AdaptiveClip::new(rule, units(3.0)).unwrap();
        // The weight is one: the noise is wide enough in whole rows.
        let sum = ((2.0 * share - 1.0) * rows as f64) as i64;
        let mut narrow = wide.clone();
        wide.advance(sum as u64, rows).unwrap();
        narrow.advance(sum as u32, rows).unwrap();
        assert_eq!(wide, narrow);
        let (rate, quantile) = (f64::from(rule.rate_micro) / 1e6, f64::from(rule.quantile_micro) / 1e6);
        let want = 3.0 * (-rate * (share.clamp(0.0, 1.0) - quantile)).exp();
        assert!(
            (wide.clip() - want).abs() < 2.0 * CLIP_UNIT,
            "{share}: {} {want}",
            wide.clip()
        );
    };
    for quantile_micro in [1, 250_000, 500_000, 999_999] {
        for rate_micro in [1, 200_000, 2_000_000] {
            for share in [0.0, 0.125, 0.5, 0.75, 1.0, 1.5, -3.0] {
                let rule = ClipRule {
                    quantile_micro,
                    rate_micro,
                    ..RULE
                };
                check(rule, share);
            }
        }
    }
}

#[test]
fn counts_of_little_noise_weigh_more() {
    // A share of a hundredth of a row would be lost in integers: rows count for 1024 then, and the clip moves the same.
    let rule = ClipRule {
        count_multiplier_micro: 17_320,
        ..RULE
    };
    let clip = AdaptiveClip::new(rule, units(1.0)).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let share: u64 = share(&clip, &[0.5, 0.9, 1.0, 1.1], &mut rng);
    assert!((share as i64 - 2 * 1024).unsigned_abs() < 200, "{}", share as i64);
    let mut moved = clip.clone();
    moved.advance(2048u64, 4).unwrap();
    assert!((moved.clip() - (-0.2 * 0.25f64).exp()).abs() < 2.0 * CLIP_UNIT);
}

#[test]
fn the_count_has_its_share_of_the_cost() {
    let clip = AdaptiveClip::new(RULE, RULE.least).unwrap();
    assert_eq!(clip.cost(), gaussian_cost_micro(30_000_000));
    for (total, count) in [(1.0, 30.0), (0.5, 0.6), (5.0, 1000.0)] {
        let vectors = update_multiplier(total, count).unwrap();
        assert!(vectors > total);
        let together = compose(&gaussian_cost(vectors), &gaussian_cost(count));
        // Both are rounded up, and the multiplier by a millionth.
        for (order, (have, want)) in ORDERS.iter().zip(together.iter().zip(gaussian_cost(total))) {
            assert!(*have <= want + 1, "{total} {count} at {order}");
            assert!(
                *have as f64 >= want as f64 * (1.0 - 1e-5) - 1.0,
                "{total} {count} at {order}"
            );
        }
    }
    for (total, count) in [
        (1.0, 1.0),
        (2.0, 1.0),
        (0.0, 1.0),
        (1.0, f64::INFINITY),
        (f64::NAN, 1.0),
    ] {
        assert!(update_multiplier(total, count).is_err());
    }
}

#[test]
fn rules_that_make_no_sense() {
    let check = |change: fn(&mut ClipRule)| {
        let mut rule = RULE;
        change(&mut rule);
        assert!(AdaptiveClip::new(rule, 1 << 20).is_err(), "{rule:?}");
    };
    assert!(AdaptiveClip::new(RULE, 1 << 20).is_ok());
    check(|rule| rule.quantile_micro = 0);
    check(|rule| rule.quantile_micro = 1_000_000);
    check(|rule| rule.rate_micro = 0);
    check(|rule| rule.rate_micro = 2_000_001);
    check(|rule| rule.count_multiplier_micro = 0);
    check(|rule| rule.min_parties = 0);
    check(|rule| rule.least = 0);
    check(|rule| rule.least = 1 << 21);
    check(|rule| rule.most = 1 << 49);
    check(|rule| (rule.least, rule.most) = (1 << 22, 1 << 23));
    let mut clip = AdaptiveClip::new(RULE, 1 << 20).unwrap();
    assert_eq!(clip.advance(0u64, 0), Err(Error::NoRows));
    assert_eq!(clip.units(), 1 << 20);
}
