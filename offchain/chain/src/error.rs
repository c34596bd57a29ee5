//! What can go wrong between a client and the chain.

use std::time::Duration;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node could not be reached until the deadline. Nothing was changed by the call that says so.
    #[error("no answer from {url} within {} s: {reason}", waited.as_secs())]
    Unreachable {
        url: String,
        waited: Duration,
        reason: String,
    },
    /// Another chain answers at this address.
    #[error("the node at {url} serves another chain: its genesis is {found}, not {expected}")]
    WrongChain {
        url: String,
        expected: String,
        found: String,
    },
    /// The chain's encoding of calls is not the one that this program was built for.
    #[error(
        "the chain speaks transaction version {chain}, this program version {ours}: {}",
        if chain > ours { "install the newer release of secureflow" } else { "the chain is older; use the release it was started with" }
    )]
    Version { chain: u32, ours: u32 },
    /// The runtime lacks something that this program needs.
    #[error("the runtime does not fit this program: {0}")]
    Incompatible(String),
    /// The node answered a request with an error.
    #[error("the node refused the request: {message} ({code})")]
    Rpc { code: i32, message: String },
    /// What the chain holds or sent does not decode.
    #[error("{what} does not decode: {reason}")]
    Decode { what: String, reason: String },
    /// The node did not take the transaction into its pool. It has had no effect.
    #[error("the transaction was not accepted: {0}")]
    Refused(String),
    /// The transaction is in a block and its call failed.
    #[error("{pallet}.{error}: {docs}")]
    Dispatch {
        pallet: String,
        error: String,
        docs: String,
    },
    /// The deadline passed before the transaction was seen in a block.
    #[error(
        "the transaction was not seen in a block within {} s{}",
        waited.as_secs(),
        if *maybe_submitted { "; it may still take effect, so look at the chain before sending it again" } else { " and was not sent" }
    )]
    Deadline { waited: Duration, maybe_submitted: bool },
    /// The block is not known or its state is no longer kept.
    #[error("the node does not know block {0}")]
    UnknownBlock(String),
    /// The node has claimed what its proof does not bear out. It is not asked again; nothing was changed by the claim.
    #[error("the node at {url} is not believed any more: it claimed {claimed}, but {proven}")]
    Untrusted {
        url: String,
        claimed: String,
        proven: String,
    },
}

impl Error {
    /// Whether the same call may succeed later without any change.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Deadline { .. } | Self::UnknownBlock(_)
        )
    }

    /// Whether this is a failed call with that error of that pallet.
    pub fn is_dispatch(&self, in_pallet: &str, name: &str) -> bool {
        matches!(self, Self::Dispatch { pallet, error, .. } if pallet == in_pallet && error == name)
    }

    pub(crate) fn decode(what: impl Into<String>, reason: impl ToString) -> Self {
        Self::Decode {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}
