//! Statistics over all parties' rows, from one noised sum.
//!
//! Every party adds up what its rows stand for in a vector of integers, adds its share of the noise, and puts the
//! vector into a secure aggregation. From the sum, which everybody may see, follow the answer and how far the noise may
//! have moved it. The unit of privacy is a row: the noise hides whether any one of them was there.
//!
//! ```
//! use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
//! use secureflow_privacy::statistics::{Bounds, Mean, Query, Release};
//!
//! let release = Release { noise_multiplier_micro: 5_000_000, min_parties: 2 };
//! let ages = Query::new(Mean::new(Bounds::new(0.0, 120.0)?), release)?;
//!
//! // In production: `Generator::from_rng(&mut OsRng)`, and the sum by secure aggregation.
//! let mut rng = ChaCha20Rng::seed_from_u64(1);
//! let mut sum = vec![0u64; ages.length()];
//! for party in 0..3 {
//!     let rows = (0..12_000).map(|row| f64::from(20 + (row + party) % 60));
//!     for (sum, entry) in sum.iter_mut().zip(ages.contribution(rows, &mut rng)?.iter()) {
//!         *sum = sum.wrapping_add(*entry);
//!     }
//! }
//! let mean = ages.answer(&sum, 3, 0.95)?;
//! assert!(mean.low < 49.5 && 49.5 < mean.high && mean.high - mean.low < 0.1);
//! # Ok::<(), secureflow_privacy::Error>(())
//! ```

mod counts;
mod moments;
mod quantiles;

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::{gaussian_cost_micro, noise::SharedNoise, normal, Cost, Error, MAX_NOISE};

pub use counts::{Bins, Count, Histogram};
pub use moments::{Bounds, Mean, Sum};
pub use quantiles::{Quantiles, Sketch, BRANCHES};

/// The most rows of one party.
pub const MAX_ROWS: usize = 1 << 28;

/// The most parties of one sum.
pub const MAX_PARTIES: u32 = 256;

/// Least standard deviation of one party's share in units of the vector: the noise cannot be told from the normal
/// distribution then, by which intervals are reckoned.
const GRAIN: f64 = 128.0;

/// With the most rows and parties an entry stays below 2^62.
const MAX_STEP: f64 = (1u64 << 26) as f64;

/// How a statistic is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Standard deviation of the noise over what a row changes, in millionths.
    pub noise_multiplier_micro: u64,
    /// So many parties' shares reach that multiplier.
    pub min_parties: u32,
}

/// What can be found from a sum over rows.
pub trait Statistic {
    type Row;
    type Answer;

    /// The entries of the vector.
    fn length(&self) -> usize;

    /// The Euclidean norm of what one row adds, at most.
    fn sensitivity(&self) -> f64;

    /// Adds one row, or says why it has no place.
    fn add(&self, row: &Self::Row, entries: &mut [i64]) -> Result<(), &'static str>;

    fn answer(&self, sums: Noised) -> Self::Answer;
}

/// Sums with noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Noised {
    pub sums: Vec<f64>,
    /// Standard deviation of the noise on each.
    pub deviation: f64,
    /// How many of them to either side of a value the wanted confidence takes.
    pub margin: f64,
}

impl Noised {
    /// A value that holds noise of so many times the variance of an entry's.
    pub fn estimate(&self, value: f64, variance: f64) -> Estimate {
        let reach = self.margin * self.deviation * variance.sqrt();
        Estimate {
            value,
            low: value - reach,
            high: value + reach,
        }
    }
}

/// A value, and between what the value without noise lies with the wanted confidence. That rows are a sample of
/// something larger, and that they were clamped, is not in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// A statistic with its noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Query<S> {
    statistic: S,
    release: Release,
    /// A power of two that everything is multiplied by.
    scale: u64,
    noise: SharedNoise,
}

impl<S: Statistic> Query<S> {
    pub fn new(statistic: S, release: Release) -> Result<Self, Error> {
        let multiplier = release.noise_multiplier_micro as f64 / 1e6;
        if multiplier > MAX_NOISE || release.min_parties > MAX_PARTIES {
            let problem = "at most a million is the noise multiplier, and 256 the number of parties";
            return Err(Error::Statistic(problem));
        }
        let sensitivity = statistic.sensitivity();
        let coarse = SharedNoise::new(multiplier, sensitivity, release.min_parties)?.share();
        let scale = ((GRAIN / coarse).ceil().max(1.0) as u64).next_power_of_two();
        let sensitivity = sensitivity * scale as f64;
        if sensitivity > MAX_STEP {
            return Err(Error::Statistic("the noise multiplier is too small for integers"));
        }
        Ok(Self {
            noise: SharedNoise::new(multiplier, sensitivity, release.min_parties)?,
            statistic,
            release,
            scale,
        })
    }

    /// The same on a finer grid: a row's step is as large as powers of two let it be, and no larger than `most`. Where several
    /// statistics are parts of one vector whose norm is bounded, steps that are alike leave each about its share of it.
    pub fn with_step(mut self, most: f64) -> Result<Self, Error> {
        while self.step() * 2.0 <= most.min(MAX_STEP) {
            self.scale *= 2;
        }
        let multiplier = self.release.noise_multiplier_micro as f64 / 1e6;
        self.noise = SharedNoise::new(multiplier, self.step(), self.release.min_parties)?;
        Ok(self)
    }

    pub fn statistic(&self) -> &S {
        &self.statistic
    }

    /// The entries of the vector.
    pub fn length(&self) -> usize {
        self.statistic.length()
    }

    /// What the answer costs the rows of every party that is in the sum.
    pub fn cost(&self) -> Cost {
        gaussian_cost_micro(self.release.noise_multiplier_micro)
    }

    /// The noise that parties make together, in units of the vector.
    pub fn noise(&self) -> &SharedNoise {
        &self.noise
    }

    /// The Euclidean norm of what one row adds to the vector, at most.
    pub fn step(&self) -> f64 {
        self.statistic.sensitivity() * self.scale as f64
    }

    /// A party's vector, without noise.
    pub fn encode(&self, rows: impl IntoIterator<Item = S::Row>) -> Result<Zeroizing<Vec<u64>>, Error> {
        let mut entries = Zeroizing::new(vec![0i64; self.length()]);
        for (index, row) in rows.into_iter().enumerate() {
            let problem = match index < MAX_ROWS {
                true => self.statistic.add(&row, &mut entries).err(),
                false => Some("a party may have 2^28 rows at most"),
            };
            if let Some(problem) = problem {
                return Err(Error::Row { index, problem });
            }
        }
        let scaled = entries.iter().map(|entry| (entry * self.scale as i64) as u64);
        Ok(Zeroizing::new(scaled.collect()))
    }

    /// A party's vector with its share of the noise: what goes into the secure aggregation. One share is less than the
    /// noise that hides a row, so this must not be shown to anybody.
    pub fn contribution(
        &self,
        rows: impl IntoIterator<Item = S::Row>,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Zeroizing<Vec<u64>>, Error> {
        let mut vector = self.encode(rows)?;
        self.noise.add(&mut vector, rng)?;
        Ok(vector)
    }

    /// The answer from the sum of so many parties' vectors, with intervals of this confidence.
    pub fn answer(&self, sum: &[u64], parties: u32, confidence: f64) -> Result<S::Answer, Error> {
        if sum.len() != self.length() {
            return Err(Error::Length {
                expected: self.length(),
                found: sum.len(),
            });
        }
        let least = self.release.min_parties;
        if !(least..=MAX_PARTIES).contains(&parties) {
            return Err(Error::Parties {
                least,
                most: MAX_PARTIES,
                found: parties,
            });
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(Error::Confidence(confidence));
        }
        let scale = self.scale as f64;
        Ok(self.statistic.answer(Noised {
            sums: sum.iter().map(|entry| *entry as i64 as f64 / scale).collect(),
            deviation: self.noise.deviation(parties) / scale,
            margin: normal::margin(confidence),
        }))
    }
}
