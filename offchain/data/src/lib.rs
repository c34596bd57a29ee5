#![doc = include_str!("../README.md")]

mod encode;
mod error;
mod holdout;
mod inspect;
mod source;
pub mod split;
mod statistics;
mod sums;
mod table;
mod units;

pub use encode::Examples;
pub use error::{DataError, Result};
pub use holdout::is_held_out;
pub use inspect::{inspect, ColumnKind, ColumnSummary, Inspection, LabelSummary};
pub use statistics::Values;
pub use table::{Rows, Table};
