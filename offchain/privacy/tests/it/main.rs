//! Closed forms, published properties, other implementations' results, and statistics with fixed seeds.

mod accountant;
mod calibration;
mod clipping;
mod fit;
mod loss_distribution;
mod noise;
mod oracle;
mod reference;
mod renyi;
mod sampler;
mod statistics;
