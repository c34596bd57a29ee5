//! Why a method gives no answer. The codes are part of the interface: `docs/how-to/json-rpc.md` lists them.

use jsonrpsee::types::ErrorObjectOwned;
use secureflow_runtime::Hash;

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("the node could not read the block: {0}. Its log may say more")]
    Inside(String),
    #[error("this node knows no block {0:?}: leave the hash out for the newest final block, or ask another node")]
    UnknownBlock(Hash),
    #[error("this node has dropped the state of block {number}: ask for a newer block, or a node that was started with --state-pruning archive")]
    StateGone { number: u32 },
    #[error("there is no {what} {id}: {method} lists what there is")]
    NotFound {
        what: &'static str,
        id: String,
        method: &'static str,
    },
    #[error("job {0} has no result yet, and so no contributions: ask again when secureflow_job gives its phase as completed")]
    NoResult(u32),
    #[error("a limit of {limit} is not possible: give one from 1 to {most}")]
    Limit { limit: u32, most: u32 },
    #[error("the node serves as many subscriptions of this kind as it may ({0}): end one, or ask another node")]
    TooManySubscriptions(usize),
    #[error("the runtime at this block does not answer such questions: ask for a newer block")]
    OldRuntime,
}

impl Refusal {
    pub fn code(&self) -> i32 {
        match self {
            Self::Inside(_) => 20_000,
            Self::UnknownBlock(_) => 20_001,
            Self::StateGone { .. } => 20_002,
            Self::NotFound { .. } => 20_003,
            Self::NoResult(_) => 20_004,
            Self::Limit { .. } => 20_005,
            Self::TooManySubscriptions(_) => 20_006,
            Self::OldRuntime => 20_007,
        }
    }
}

impl From<Refusal> for ErrorObjectOwned {
    fn from(refusal: Refusal) -> Self {
        ErrorObjectOwned::owned(refusal.code(), refusal.to_string(), None::<()>)
    }
}
