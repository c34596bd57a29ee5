//! Sampling from distributions on the integers whose weights fall with the magnitude.
//!
//! Rejection under a staircase (von Neumann 1951; Marsaglia and Tsang's ziggurat with equal widths): the magnitudes
//! stand in blocks of 2^w, and over each block a step as high as the weight of its first one, or a little higher. A
//! point uniform under the staircase is taken where it lies under the weights too. Points are integers, and the steps
//! are integers that only need to be high enough; what decides is the comparison with the weight, first with one of
//! [`Decay::fast`], and where that is too close to tell, once in some 2^30, with 256 bits of it.
//!
//! So the distribution comes out up to a statistical distance of 2^-230, which no number of samples shows.
//!
//! **Time.** For a value that is tried, no branch and no address depends on the value, apart from the close calls. How
//! many are tried before one is taken does not depend on the one that is taken. Measured times of whole samples
//! therefore tell nothing of the noise, as they do where a loop counts up to the magnitude (Jin et al., *Are We There
//! Yet? Timing and Floating-Point Attacks on Differential Privacy Systems*, S&P 2022).

use primitive_types::{U256, U512};
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::decay::{Decay, FAST_BITS};

/// Steps of the staircase that have a height of their own; those further out share one.
const STEPS: usize = 32;

/// Every height is one more than a multiple of this: the sum of the first few then says how many they are.
const COUNT: u64 = 2 * STEPS as u64;

/// Candidates that are drawn at a time: 4 KiB of randomness.
const BATCH: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sampler {
    decay: Decay,
    /// log2 of the width of a block.
    width: u32,
    /// The height that stands for a weight of one.
    unit: u64,
    heights: [u64; STEPS],
    /// The last point under each step, counted from the first one's.
    last: [u64; STEPS],
    /// log2 of the height of the steps further out.
    tail: u32,
    /// The largest magnitude that is drawn.
    reach: u64,
    /// What the fast weight may be off by, in points.
    slack: u64,
}

/// What became of a point.
struct Candidate {
    value: i64,
    magnitude: u64,
    /// How high above the ground the point lies.
    height: u64,
    accepted: bool,
    /// Whether that has to be found again with the precise weight.
    close: bool,
}

impl Sampler {
    /// `width` is the binary logarithm of a block's width: the scale of the weights is 2 to 8 of them, or less where the
    /// width is one.
    pub(crate) fn new(decay: Decay, width: u32) -> Self {
        let reach = decay.reach();
        let beyond = (reach >> width).saturating_sub(STEPS as u64 - 1);
        // Upper bounds of the weights at the beginning of each block.
        let bound = |block: usize| {
            let weight = match (block as u64) << width {
                first if first <= reach => decay.fast(first),
                _ => 0,
            };
            u128::from(weight) + (1 << (64 - FAST_BITS))
        };
        let total = (0..STEPS).map(bound).sum::<u128>() + 2 * u128::from(beyond) * bound(STEPS);
        // As high as fits 63 bits, less what rounding up adds.
        let unit = ((U256::from((1u64 << 63) - (1 << 20)) << 64) / U256::from(total)).low_u64();
        let points = |block: usize| ((u128::from(unit) * bound(block)) >> 64) as u64;
        let heights: [u64; STEPS] = std::array::from_fn(|block| (points(block) / COUNT + 1) * COUNT + 1);
        let mut end = 0;
        let last = heights.map(|height| {
            end += height;
            end - 1
        });
        Self {
            width,
            unit,
            heights,
            last,
            tail: (points(STEPS) + 1).next_power_of_two().trailing_zeros(),
            reach,
            slack: (unit >> FAST_BITS) + 2,
            decay,
        }
    }

    /// Fills the slice with samples.
    pub(crate) fn fill(&self, values: &mut [i64], rng: &mut (impl CryptoRng + RngCore)) {
        let mut random = Zeroizing::new([0u8; 16 * BATCH]);
        let mut done = 0;
        while done < values.len() {
            // Nine of ten are taken, or four of five.
            let left = values.len() - done;
            let batch = &mut random[..16 * BATCH.min(left + left / 8 + 1)];
            rng.fill_bytes(batch);
            for words in batch.chunks_exact(16) {
                let word = |at: usize| u64::from_le_bytes(words[at..at + 8].try_into().expect("eight bytes"));
                let candidate = self.draw(word(0), word(8), rng);
                // Written over by the next one if it is not taken.
                values[done] = candidate.value;
                done += usize::from(candidate.accepted);
                if done == values.len() {
                    break;
                }
            }
        }
    }

    pub(crate) fn sample(&self, rng: &mut (impl CryptoRng + RngCore)) -> i64 {
        loop {
            let candidate = self.draw(rng.next_u64(), rng.next_u64(), rng);
            if candidate.accepted {
                return candidate.value;
            }
        }
    }

    /// The candidate for 128 random bits, with more of them where it needs them.
    #[inline(always)]
    fn draw(&self, point: u64, place: u64, rng: &mut (impl CryptoRng + RngCore)) -> Candidate {
        let mut candidate = self.candidate(point, place);
        if candidate.close {
            candidate.accepted = self.decide(&candidate, rng);
        }
        candidate
    }

    /// What 128 random bits stand for: a sign, a point under the staircase, and a place in its block.
    #[inline(always)]
    fn candidate(&self, point: u64, place: u64) -> Candidate {
        let negative = point >> 63;
        let point = point & (u64::MAX >> 1);
        // Where the point's step begins: the sum of the heights of all that end before it.
        let begin = self.last.iter().zip(&self.heights).fold(0, |sum, (last, height)| {
            let passed = (last.wrapping_sub(point) >> 63).wrapping_neg();
            sum + (height & passed)
        });
        let step = begin % COUNT;
        let above = point - begin;
        // All ones beyond the steps with a height of their own.
        let far = (step / STEPS as u64).wrapping_neg();
        let further = (above >> self.tail) & far;
        let height = above - (further << self.tail);
        let magnitude = ((step + further) << self.width) | (place & ((1 << self.width) - 1));

        let threshold = ((u128::from(self.unit) * u128::from(self.decay.fast(magnitude))) >> 64) as u64;
        // Zero has one sign only, and nothing is drawn from beyond the reach.
        let possible = (magnitude <= self.reach) & ((magnitude | (negative ^ 1)) != 0);
        Candidate {
            value: (magnitude ^ negative.wrapping_neg()).wrapping_add(negative) as i64,
            magnitude,
            height,
            accepted: possible & (height < threshold),
            close: possible & (height.abs_diff(threshold) <= self.slack),
        }
    }

    /// Whether a point, and 256 more bits below its last one, lies under the weight.
    #[cold]
    fn decide(&self, candidate: &Candidate, rng: &mut (impl CryptoRng + RngCore)) -> bool {
        let threshold = U512::from(self.decay.precise(candidate.magnitude)) * U512::from(self.unit);
        let mut random = Zeroizing::new([0u8; 32]);
        rng.fill_bytes(&mut *random);
        (U512::from(candidate.height) << 256) + U512::from(U256::from_little_endian(&*random)) < threshold
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

    use super::*;

    fn samplers() -> Vec<Sampler> {
        let gaussians = [
            (1u128, 0),
            (4, 0),
            (63, 0),
            (64, 1),
            (1 << 20, 8),
            (255 * 255, 5),
            (1 << 100, 48),
        ];
        let laplaces = [(1u128, 0), (3, 0), (4, 1), (1_000_003, 18), (1 << 50, 49)];
        let gaussians = gaussians.map(|(variance, width)| Sampler::new(Decay::new(true, 1, 2 * variance), width));
        let laplaces = laplaces.map(|(scale, width)| Sampler::new(Decay::new(false, 1, scale), width));
        let steep = Sampler::new(Decay::new(false, 32, 1), 0);
        gaussians.into_iter().chain(laplaces).chain([steep]).collect()
    }

    /// The weight of a magnitude in points and 2^-256 of a point.
    fn weight(sampler: &Sampler, magnitude: u64) -> U512 {
        U512::from(sampler.decay.precise(magnitude)) * U512::from(sampler.unit)
    }

    /// What makes rejection right: over every block the staircase is as high as the weights, each step has as many
    /// points as it is high, and they fit the random bits.
    #[test]
    fn the_staircase_covers_the_weights() {
        for sampler in samplers() {
            let blocks = sampler.reach >> sampler.width;
            let mut begin = 0;
            for block in 0..=blocks {
                let step = usize::try_from(block).unwrap();
                let height = sampler.heights.get(step).copied().unwrap_or(1 << sampler.tail);
                assert!(
                    U512::from(height) << 256 >= weight(&sampler, block << sampler.width),
                    "block {block} of {sampler:?}"
                );
                for (point, want) in [
                    (begin, 0),
                    (begin + height / 3, height / 3),
                    (begin + height - 1, height - 1),
                ] {
                    let candidate = sampler.candidate(point, 0);
                    assert_eq!((candidate.magnitude, candidate.height), (block << sampler.width, want));
                }
                begin += height;
            }
            assert!(begin <= 1 << 63, "{sampler:?}");
            // And little is wasted: most points are taken.
            assert!(sampler.unit > 1 << 58, "{sampler:?}");
        }
    }

    /// Whether a point is judged right: neither the lowest nor the highest place within it makes a difference, or it is
    /// left to the precise weight.
    fn check_decision(sampler: &Sampler, candidate: &Candidate) {
        let weight = weight(sampler, candidate.magnitude);
        let (low, high) = (
            U512::from(candidate.height) << 256,
            U512::from(candidate.height + 1) << 256,
        );
        match (candidate.close, candidate.accepted) {
            (true, _) => {}
            (false, true) => assert!(high <= weight, "{} of {sampler:?}", candidate.magnitude),
            (false, false) => assert!(low >= weight, "{} of {sampler:?}", candidate.magnitude),
        }
    }

    #[test]
    fn points_are_taken_exactly_if_they_lie_under_the_weights() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (mut taken, mut refused, mut edges) = (0, 0, 0);
        for sampler in samplers() {
            for _ in 0..2000 {
                let (point, place) = (rng.next_u64(), rng.next_u64());
                let candidate = sampler.candidate(point, place);
                // Zero of the negative sign, and what lies beyond the reach, is refused wherever the point lies.
                if candidate.magnitude == 0 || candidate.magnitude > sampler.reach {
                    continue;
                }
                assert_eq!(candidate.value.unsigned_abs(), candidate.magnitude);
                check_decision(&sampler, &candidate);
                taken += usize::from(candidate.accepted);
                refused += usize::from(!candidate.accepted);

                // The same magnitude with the point near the weight's edge, where chance never goes.
                let edge = (weight(&sampler, candidate.magnitude) >> 256).low_u64();
                for off in [
                    0,
                    1,
                    sampler.slack - 1,
                    sampler.slack,
                    sampler.slack + 1,
                    2 * sampler.slack + 2,
                ] {
                    for height in [edge.saturating_sub(off), edge + off] {
                        let near = sampler.candidate(point - candidate.height + height, place);
                        if near.magnitude == candidate.magnitude {
                            check_decision(&sampler, &near);
                            edges += usize::from(!near.close);
                        }
                    }
                }
            }
        }
        assert!(
            taken > 3 * refused && refused > 100 && edges > 10_000,
            "{taken} {refused} {edges}"
        );
    }

    /// A point that the weight's edge goes through is taken as often as it lies below the edge.
    #[test]
    fn close_calls_are_decided_by_chance() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for sampler in samplers() {
            let magnitude = sampler.reach / 9;
            let weight = weight(&sampler, magnitude);
            let height = (weight >> 256).low_u64();
            let share = ((weight >> 192).low_u64() as f64) / 2f64.powi(64);
            let mut candidate = Candidate {
                value: 0,
                magnitude,
                height,
                accepted: false,
                close: true,
            };
            let taken = (0..4000).filter(|_| sampler.decide(&candidate, &mut rng)).count() as f64 / 4000.0;
            // Five standard errors at most.
            assert!((taken - share).abs() < 0.04, "{taken} {share}");
            candidate.height = height + 1;
            assert!(!sampler.decide(&candidate, &mut rng));
            candidate.height = height.wrapping_sub(1);
            assert!(height == 0 || sampler.decide(&candidate, &mut rng));
        }
    }

    #[test]
    fn far_out_is_close_and_beyond_the_reach_is_nothing() {
        for sampler in samplers() {
            let far = sampler.candidate((1 << 63) - 1, 0);
            assert!(!far.accepted || far.magnitude <= sampler.reach);
            let zero = sampler.candidate(1 << 63, 0);
            assert!(zero.magnitude == 0 && !zero.accepted && !zero.close);
            assert!(sampler.candidate(0, 0).accepted);
        }
        let sampler = Sampler::new(Decay::new(true, 1, 2 << 40), 18);
        let begin: u64 = sampler.heights.iter().sum();
        let far = sampler.candidate(begin + (30 << sampler.tail), 77);
        assert_eq!((far.magnitude, far.height, far.close), ((62 << 18) + 77, 0, true));
    }
}
