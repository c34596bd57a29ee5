#![doc = include_str!("../README.md")]

mod baseline;
pub mod dpsgd;
mod error;
pub mod ghost;
mod gradients;
mod local;
mod network;
mod together;

pub use baseline::train_alone;
pub use error::{LearningError, Result};
pub use gradients::{clipped_gradients, GradientSum};
pub use local::{contribute, local_update, round_seed, Contribution, Update};
pub use network::{auc, histogram, predict, set_threads};
pub use together::train_together;
