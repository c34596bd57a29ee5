//! What can go wrong, and whose fault it is.

use std::collections::BTreeSet;

use crate::{PartyId, ServerStep};

/// Whom an error is to be blamed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller's: its configuration, its keys or its input.
    Own,
    /// This party sent it, or made it.
    Peer(PartyId),
    /// The server sent it.
    Server,
    /// Nobody's: something that has to come first has not come.
    NotYet,
}

/// Error of a [`Client`](crate::Client) or a [`Server`](crate::Server). A message that leads to an error changes
/// nothing in the machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("invalid configuration: {0}")]
    Config(&'static str),
    #[error("party {0} is not in the configuration")]
    NotAParty(PartyId),
    #[error("the signing key is not the one registered for this party")]
    WrongSigningKey,
    #[error("the input has {have} entries, {need} are expected")]
    InputLength { have: usize, need: usize },
    #[error("the mask of party {0} cannot be derived from what this machine has saved")]
    CorruptState(PartyId),
    #[error("this machine was saved apart from its vector, and has not got it back")]
    Apart,

    #[error("message from unknown party {0}")]
    UnknownParty(PartyId),
    #[error("party {party} sent two different messages of one kind")]
    Conflicting { party: PartyId },
    #[error("message from party {party} came too late")]
    TooLate { party: PartyId },
    #[error("invalid message from party {party}: {reason}")]
    Misbehaved { party: PartyId, reason: &'static str },
    #[error("the shares of party {owner}'s secret do not open what it advertised")]
    Unrecoverable { owner: PartyId, missing: BTreeSet<PartyId> },

    #[error("the server sent two different messages of one kind")]
    ServerConflicting,
    #[error("invalid message from the server: {0}")]
    ServerMisbehaved(&'static str),

    #[error("message for a step that has not begun")]
    TooEarly,
    #[error("{have} of {need} parties answered in step {step:?}, {} are missing", missing.len())]
    BelowThreshold {
        step: ServerStep,
        have: usize,
        need: usize,
        missing: BTreeSet<PartyId>,
    },
}

impl Error {
    pub fn fault(&self) -> Fault {
        match self {
            Error::Config(_)
            | Error::NotAParty(_)
            | Error::WrongSigningKey
            | Error::InputLength { .. }
            | Error::Apart
            | Error::CorruptState(_) => Fault::Own,
            Error::UnknownParty(party)
            | Error::Conflicting { party }
            | Error::TooLate { party }
            | Error::Misbehaved { party, .. }
            | Error::Unrecoverable { owner: party, .. } => Fault::Peer(*party),
            Error::ServerConflicting | Error::ServerMisbehaved(_) => Fault::Server,
            Error::TooEarly | Error::BelowThreshold { .. } => Fault::NotYet,
        }
    }

    /// Whether the same machine may still succeed with later messages. Where this is false, another attempt needs
    /// another session.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::TooEarly => true,
            // Before unmasking nothing is lost by starting again without those who are missing. Once shares may have
            // been revealed, only they can end the session.
            Error::BelowThreshold { step, .. } => *step == ServerStep::Unmask,
            // More shares may contain enough right ones.
            Error::Unrecoverable { missing, .. } => !missing.is_empty(),
            _ => false,
        }
    }
}
