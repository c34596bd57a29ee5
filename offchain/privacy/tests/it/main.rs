//! Closed forms, published properties and statistics with fixed seeds.

mod accountant;
mod clipping;
mod fit;
mod noise;
mod oracle;
mod sampler;
mod statistics;
