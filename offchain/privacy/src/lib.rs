#![doc = include_str!("../README.md")]

mod accountant;
mod calibration;
mod clipping;
mod curve;
mod decay;
mod error;
mod gaussian;
mod generator;
mod laplace;
mod mechanism;
mod noise;
mod normal;
pub mod pld;
pub mod renyi;
mod sampler;
mod special;
pub mod statistics;

pub use accountant::{epsilon, epsilon_plain, gaussian_cost, gaussian_cost_micro, sampled_gaussian_cost_micro};
pub use calibration::{calibrate, calibrate_on_chain, Accountant, Target, MAX_NOISE, MIN_NOISE};
pub use clipping::{update_multiplier, AdaptiveClip, ClipRule, CLIP_UNIT};
pub use curve::{orders, renyi_to_delta, renyi_to_epsilon, Curve};
pub use error::Error;
pub use gaussian::{DiscreteGaussian, MAX_VARIANCE};
pub use generator::Generator;
pub use laplace::{DiscreteLaplace, MAX_SCALE};
pub use mechanism::{curve, Mechanism, Releases};
pub use noise::{add_noise, share_deviation, Ring, SharedNoise, MIN_DEVIATION};
pub use pld::{epsilon_bounds, Bounds};
pub use secureflow_renyi::{epsilon_micro as epsilon_on_chain, plus as compose, times as repeat, Cost, ORDERS};
