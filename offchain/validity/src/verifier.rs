//! A worker's side.

use crate::{
    contribution::{scheme, Scheme},
    Bound, Contribution, Error, Party, Session, Sums, VerifyKey, Worker,
};
use prio::{
    codec::{Encode, ParameterizedDecode},
    field::Field128,
    vdaf::{
        prio3::{Prio3InputShare, Prio3PublicShare, Prio3VerifierShare, Prio3VerifyState},
        Aggregator, OutputShare, VerifyTransition,
    },
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What became of a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is within the bound, and may be in the sum.
    Holds,
    /// It is not, or the party's two parts do not belong together.
    Refused,
}

/// One worker of a session. Both do the same: they take their parts of the contributions, send each other one message about
/// each, and come to the same verdict.
pub struct Verifier {
    scheme: Scheme,
    bound: Bound,
    session: Session,
    worker: Worker,
    key: VerifyKey,
    parties: BTreeMap<Party, Standing>,
}

struct Standing {
    /// Of the party's contribution.
    digest: [u8; 32],
    /// To the other worker.
    message: Vec<u8>,
    judged: Judged,
}

enum Judged {
    Not(Box<Prio3VerifyState<Field128, 32>>),
    Holds {
        share: OutputShare<Field128>,
        peer: [u8; 32],
    },
    Refused {
        peer: [u8; 32],
    },
}

impl Verifier {
    /// A worker that has seen nothing.
    pub fn new(bound: Bound, session: Session, worker: Worker, key: VerifyKey) -> Result<Self, Error> {
        Ok(Self {
            scheme: scheme(&bound)?,
            bound,
            session,
            worker,
            key,
            parties: BTreeMap::new(),
        })
    }

    /// Takes a party's part; `party` is what the channel has authenticated. Gives the message about it for the other worker.
    /// A repeat gives the same message again.
    ///
    /// Errors: [`Error::Malformed`], [`Error::Conflicting`].
    pub fn take(&mut self, party: Party, contribution: &Contribution) -> Result<Vec<u8>, Error> {
        let digest = digest(&[&contribution.public, &contribution.share]);
        if let Some(standing) = self.parties.get(&party) {
            return match standing.digest == digest {
                true => Ok(standing.message.clone()),
                false => Err(Error::Conflicting(party)),
            };
        }
        let malformed = Error::Malformed(party);
        let public = Prio3PublicShare::get_decoded_with_param(&self.scheme, &contribution.public);
        let parameter = (&self.scheme, self.worker.index());
        let share = Prio3InputShare::get_decoded_with_param(&parameter, &contribution.share);
        let (Ok(public), Ok(share)) = (public, share) else {
            return Err(malformed);
        };
        let begun = self.scheme.verify_init(
            self.key.bytes(),
            &self.session.context(),
            self.worker.index(),
            &(),
            &self.session.nonce(party),
            &public,
            &share,
        );
        let (state, message) = begun.map_err(|_| malformed.clone())?;
        let message = message.get_encoded().map_err(|_| malformed)?;
        let standing = Standing {
            digest,
            message: message.clone(),
            judged: Judged::Not(Box::new(state)),
        };
        self.parties.insert(party, standing);
        Ok(message)
    }

    /// Takes the other worker's message about a party's contribution. A repeat gives the same verdict again.
    ///
    /// Errors: [`Error::Missing`] where the party's part has not come here yet, [`Error::Peer`].
    pub fn judge(&mut self, party: Party, message: &[u8]) -> Result<Verdict, Error> {
        let peer = digest(&[message]);
        let standing = self.parties.get_mut(&party).ok_or(Error::Missing(party))?;
        let state = match &standing.judged {
            Judged::Holds { peer: first, .. } if *first == peer => return Ok(Verdict::Holds),
            Judged::Refused { peer: first } if *first == peer => return Ok(Verdict::Refused),
            Judged::Holds { .. } | Judged::Refused { .. } => return Err(Error::Peer(party)),
            Judged::Not(state) => state,
        };
        let read =
            |bytes: &[u8]| Prio3VerifierShare::get_decoded_with_param(&**state, bytes).map_err(|_| Error::Peer(party));
        let (own, other) = (read(&standing.message)?, read(message)?);
        let mut both = [own, other];
        if self.worker == Worker::Second {
            both.reverse();
        }
        let context = self.session.context();
        let finished = self
            .scheme
            .verifier_shares_to_message(&context, &(), both)
            .and_then(|message| self.scheme.verify_next(&context, (**state).clone(), message));
        let (judged, verdict) = match finished {
            Ok(VerifyTransition::Finish(share)) => (Judged::Holds { share, peer }, Verdict::Holds),
            Ok(VerifyTransition::Continue(..)) | Err(_) => (Judged::Refused { peer }, Verdict::Refused),
        };
        standing.judged = judged;
        Ok(verdict)
    }

    /// Whose contributions hold.
    pub fn holding(&self) -> BTreeSet<Party> {
        let holds = |standing: &Standing| matches!(standing.judged, Judged::Holds { .. });
        let holding = self.parties.iter().filter(|(_, standing)| holds(standing));
        holding.map(|(party, _)| *party).collect()
    }

    /// Whose contributions do not.
    pub fn refused(&self) -> BTreeSet<Party> {
        let refused = |standing: &Standing| matches!(standing.judged, Judged::Refused { .. });
        let all = self.parties.iter().filter(|(_, standing)| refused(standing));
        all.map(|(party, _)| *party).collect()
    }

    /// This worker's share of the sum over these parties, which both workers must have agreed on; its end, since two sums over
    /// different parties would show the difference.
    ///
    /// Errors: [`Error::Empty`], [`Error::Missing`], [`Error::Refused`].
    pub fn finish(self, parties: &BTreeSet<Party>) -> Result<Sums, Error> {
        let shares = parties.iter().map(|party| match self.parties.get(party) {
            Some(Standing {
                judged: Judged::Holds { share, .. },
                ..
            }) => Ok(share.clone()),
            Some(Standing {
                judged: Judged::Refused { .. },
                ..
            }) => Err(Error::Refused(*party)),
            Some(_) | None => Err(Error::Missing(*party)),
        });
        let shares = shares.collect::<Result<Vec<_>, _>>()?;
        if shares.is_empty() {
            return Err(Error::Empty);
        }
        let share = self
            .scheme
            .aggregate(&(), shares)
            .map_err(|error| Error::Proof(error.to_string()))?;
        Ok(Sums::new(self.bound, parties.clone(), share.as_ref().to_vec()))
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
