//! Closed forms, published properties and statistics with fixed seeds.

mod accountant;
mod fit;
mod noise;
mod oracle;
mod sampler;
