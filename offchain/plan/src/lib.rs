#![doc = include_str!("../README.md")]

pub mod artefact;
mod bounded;
pub mod commitment;
pub mod encoding;
mod error;
pub mod evaluate;
mod job;
pub mod label;
pub mod metrics;
pub mod model;
pub mod moments;
mod plan;
mod privacy;
mod session;
mod spec;
pub mod statistics;
mod step;
pub mod survey;
mod template;
pub mod train;
pub mod utility;

pub use bounded::Bounded;
pub use encoding::{Encoding, EncodingColumn};
pub use error::{PlanError, Result};
pub use job::{JobPlan, JobTemplate, Use};
pub use label::Label;
pub use metrics::Evaluation;
pub use model::{Model, ServerState, Shape};
pub use plan::{Plan, MAX_PLAN_BYTES};
pub use privacy::{Clip, Privacy, Unit};
pub use session::threshold;
pub use spec::{Deadlines, Feature, FeatureKind, LabelSpec, ModelKind, ModelSpec, Training};
pub use statistics::{Answers, Statistic, StatisticsPlan, StatisticsTemplate};
pub use step::{steps_total, Step, Steps};
pub use template::{DatasetRef, PrivacyTemplate, Template};

/// The most rows that one party may bring. Eight parties of this size still leave the sums of all steps far inside the
/// signed range of the ring (see [`moments`] and [`train`]).
pub const MAX_PARTY_ROWS: u64 = 1 << 19;

/// The most rows that a sum may stand for.
pub const MAX_TOTAL_ROWS: u64 = 1 << 22;
