//! A party's side.

use crate::{Bound, Error, Party, Session, Worker};
use prio::{
    codec::Encode,
    vdaf::{prio3::Prio3, xof::XofTurboShake128, Client},
};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Of the numbers that the draft leaves to private use.
const ALGORITHM: u32 = 0xFFFF_5346;
/// One proof in a field of 128 bits: that a wrong one passes has odds below 2^-100.
const PROOFS: u8 = 1;

pub(crate) type Scheme = Prio3<Bound, XofTurboShake128, 32>;

pub(crate) fn scheme(bound: &Bound) -> Result<Scheme, Error> {
    Prio3::new(2, PROOFS, ALGORITHM, *bound).map_err(|error| Error::Proof(error.to_string()))
}

/// What goes to one worker, over a channel that only this worker reads: both parts together are the vector.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Contribution {
    /// The same in both: commitments that the proof's randomness follows from.
    pub public: Vec<u8>,
    /// This worker's share.
    pub share: Vec<u8>,
}

impl fmt::Debug for Contribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contribution({} bytes)", self.public.len() + self.share.len())
    }
}

/// Splits a vector into a part for each worker, with the proof that it is within the bound. A party does this once a session:
/// two different vectors under one name are refused.
///
/// Errors, all about the own vector: [`Error::Length`], [`Error::Entry`], [`Error::Norm`].
pub fn contribute(bound: &Bound, session: &Session, party: Party, values: &[i64]) -> Result<[Contribution; 2], Error> {
    bound.check(values)?;
    let mut values = values.to_vec();
    let sharded = scheme(bound)?.shard(&session.context(), &values, &session.nonce(party));
    values.zeroize();
    let failed = |error: &dyn fmt::Display| Error::Proof(error.to_string());
    let (public, shares) = sharded.map_err(|error| failed(&error))?;
    let public = public.get_encoded().map_err(|error| failed(&error))?;
    let part = |worker: Worker| {
        let share = shares[worker.index()].get_encoded().map_err(|error| failed(&error))?;
        Ok(Contribution {
            public: public.clone(),
            share,
        })
    };
    Ok([part(Worker::First)?, part(Worker::Second)?])
}
