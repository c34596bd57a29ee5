#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod bound;
mod contribution;
mod error;
mod session;
mod sums;
mod verifier;

pub use bound::Bound;
pub use contribution::{contribute, Contribution};
pub use error::Error;
pub use session::{Party, Session, VerifyKey, Worker};
pub use sums::{sum, Sums};
pub use verifier::{Verdict, Verifier};
