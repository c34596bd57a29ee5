use crate::Party;

/// What can go wrong. Where it is a party's doing, the party is named; its contribution does not count then, and nothing
/// else has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bound makes no sense or has no proof in this field.
    #[error("invalid bound: {0}")]
    Bound(&'static str),
    /// Own vector: another length than the bound's.
    #[error("the vector has {have} entries, {need} are expected")]
    Length {
        /// Entries that there are.
        have: usize,
        /// Entries of the bound.
        need: usize,
    },
    /// Own vector: an entry has more bits than it may.
    #[error("entry {index} has more than {bits} bits")]
    Entry {
        /// Its position.
        index: usize,
        /// What the bound allows.
        bits: u32,
    },
    /// Own vector: its norm is above the bound.
    #[error("the vector's norm is above {norm}")]
    Norm {
        /// What the bound allows.
        norm: u64,
    },
    /// A contribution is not of the right form.
    #[error("party {0} sent a share of the wrong form")]
    Malformed(Party),
    /// A party sent two contributions that differ.
    #[error("party {0} sent two different shares")]
    Conflicting(Party),
    /// The other worker's message is not of the right form, or differs from its first one.
    #[error("the other worker's message about party {0} cannot be used")]
    Peer(Party),
    /// Nothing is known of the party's contribution yet.
    #[error("the share of party {0} has not come")]
    Missing(Party),
    /// A party whose contribution does not hold is asked to be in the sum.
    #[error("the contribution of party {0} does not hold")]
    Refused(Party),
    /// A sum over nobody.
    #[error("a sum needs a party")]
    Empty,
    /// The two workers' shares are of sums over different parties, or of other lengths.
    #[error("the two shares are not of one sum")]
    Apart,
    /// `prio` failed where it cannot by what was checked before.
    #[error("the proof system refuses: {0}")]
    Proof(String),
}
