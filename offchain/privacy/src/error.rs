//! What cannot be computed.

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("epsilon must be a positive number, not {0}")]
    Epsilon(f64),
    #[error("delta must lie between 0 and 1, not {0}")]
    Delta(f64),
    #[error("loss distributions resolve no delta below 1e-200, and {0:e} was asked for: account by Rényi divergences")]
    SmallDelta(f64),
    #[error("the probability of sampling must lie between 0 and 1, not {0}: it is the batch over the rows")]
    Sampling(f64),
    #[error("noise must be a positive number of sensitivities, not {0}")]
    Noise(f64),
    #[error("the sensitivity of whole numbers must be a positive whole number, not {0}")]
    Sensitivity(f64),
    #[error("this mechanism has no loss distribution here: account by Rényi divergences")]
    NoLossDistribution,
    #[error("at least one round is needed")]
    NoRounds,
    #[error("a sum over no rows says nothing: wait for a round that has some")]
    NoRows,
    #[error("no noise multiplier up to a million reaches this budget")]
    Unreachable,
    #[error("a standard deviation of {0} units is out of range: a share of noise has 8 at least, which more fraction bits give, and 2^50 at most")]
    Deviation(f64),
    #[error("a Laplace scale of {0} units is out of range: it may be 1/32 to 2^50")]
    Scale(f64),
    #[error("noise of {deviation} units does not fit {bits} bits: use fewer fraction bits, or a ring with more bits")]
    Ring { deviation: f64, bits: u32 },
    #[error("a rule for clipping is out of range: {0}")]
    ClipRule(&'static str),
    #[error("the noise's sensitivity and multiplier must be positive numbers, for at least one party")]
    Share,
    #[error("a statistic cannot be asked for like this: {0}")]
    Statistic(&'static str),
    #[error("row {index}: {problem}")]
    Row { index: usize, problem: &'static str },
    #[error("a sum of {found} entries, where {expected} were asked for")]
    Length { expected: usize, found: usize },
    #[error("{found} parties are in the sum, and the noise is for {least} to {most}: the sum must not be used")]
    Parties { least: u32, most: u32, found: u32 },
    #[error("a confidence must lie between 0 and 1, not {0}")]
    Confidence(f64),
}
