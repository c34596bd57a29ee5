//! Closed forms, published properties and statistics with fixed seeds.

mod accountant;
mod sampler;
