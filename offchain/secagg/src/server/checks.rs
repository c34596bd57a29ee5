//! What a client's message must be.

use super::*;

impl<R: Ring> Server<R> {
    /// Bounds everything before work is spent on it.
    pub(super) fn check_size(&self, from: PartyId, msg: &ClientMessage<R>) -> Result<(), Error> {
        let parties = self.config.parties.len();
        let fits = match msg {
            ClientMessage::Advertise(_) | ClientMessage::Consistency(_) => true,
            ClientMessage::Shares(message) => message.sealed.len() < parties,
            ClientMessage::MaskedInput(message) => message.values.len() == self.values(),
            ClientMessage::Unmask(message) => message.mask_key_shares.len() + message.seed_shares.len() <= parties,
        };
        fits.then_some(()).ok_or(Error::Misbehaved {
            party: from,
            reason: "the message has the wrong length",
        })
    }

    /// Round 0. The paper leaves these checks to the users; here a party that would make them all abort is kept out.
    pub(super) fn advertise(&mut self, from: PartyId, message: Advertise) -> Result<(), Error> {
        let refuse = |reason| Err(Error::Misbehaved { party: from, reason });
        if !self
            .directory
            .verify_advertise(&self.config.binding::<R>(), from, &message)
        {
            return refuse("the signature of its keys is not valid");
        }
        let own = [message.encryption_key, message.mask_key];
        let taken = self
            .keys
            .values()
            .any(|other| own.contains(&other.encryption_key) || own.contains(&other.mask_key));
        if taken || message.encryption_key == message.mask_key {
            return refuse("it advertises a key twice, or that of another party");
        }
        if own.iter().any(keys::is_small_order) {
            return refuse("it advertises a key of small order");
        }
        self.keys.insert(from, message);
        Ok(())
    }

    /// Round 1.
    pub(super) fn shares(&mut self, from: PartyId, sealed: BTreeMap<PartyId, SealedShares>) -> Result<(), Error> {
        let near = self.graph().of(from).into_iter();
        let others = near.filter(|party| *party != from && self.keys.contains_key(party));
        if !sealed.keys().copied().eq(others) {
            return Err(Error::Misbehaved {
                party: from,
                reason: "its shares are not for the parties of the key book",
            });
        }
        self.sealed.insert(from, sealed);
        Ok(())
    }

    /// Round 2: the first half of the sum, z = Σ y_u.
    pub(super) fn masked_input(&mut self, from: PartyId, message: MaskedInput<R>) -> Result<(), Error> {
        let refuse = |reason| Err(Error::Misbehaved { party: from, reason });
        let (transcript, signed) = match (self.config.graph, &message.signature) {
            (Graph::Full, None) => (self.ground, true),
            (Graph::Full, Some(_)) | (Graph::Regular { .. }, None) => {
                return refuse("its signature of the dealers is missing, or was not asked for")
            }
            (Graph::Regular { .. }, Some(signature)) => {
                let statement = keys::masked_statement(&self.config.binding::<R>(), &self.ground);
                let signed = self.directory.verify(from, &statement, signature);
                (self.transcript_of(from), signed)
            }
        };
        if message.transcript != transcript {
            return refuse("its masks come from other keys than were delivered");
        }
        if !signed {
            return refuse("its signature of the dealers is not valid");
        }
        if self.sum.len() != message.values.len() {
            return Err(Error::Apart);
        }
        if let Some(signature) = message.signature {
            self.masked.insert(from, signature);
        }
        for (sum, value) in self.sum.iter_mut().zip(message.values) {
            *sum = sum.plus(value);
        }
        Ok(())
    }

    /// Round 3. A bad signature would make the others refuse the book.
    pub(super) fn consistency(&mut self, from: PartyId, signature: SignatureBytes) -> Result<(), Error> {
        let statement = keys::consistency_statement(&self.config.binding::<R>(), &self.ground, &self.survivors());
        if !self.directory.verify(from, &statement, &signature) {
            return Err(Error::Misbehaved {
                party: from,
                reason: "its signature of the survivors is not valid",
            });
        }
        self.signatures.insert(from, signature);
        Ok(())
    }

    /// Round 4: exactly the shares that follow from the survivors.
    pub(super) fn unmask(&mut self, from: PartyId, message: &Unmask) -> Result<(), Error> {
        let survivors = self.survivors();
        let dropped = self.dropped(&survivors);
        let near = |parties: &BTreeSet<PartyId>| {
            let near = parties.iter().filter(|party| self.graph().adjacent(from, **party));
            near.copied().collect::<BTreeSet<_>>()
        };
        let (seeds, mask_keys) = (near(&survivors), near(&dropped));
        if !message.seed_shares.keys().eq(&seeds) || !message.mask_key_shares.keys().eq(&mask_keys) {
            return Err(Error::Misbehaved {
                party: from,
                reason: "its shares are not those of the survivors signed",
            });
        }
        let parse = |shares: &BTreeMap<PartyId, crate::ShareBytes>| {
            shares
                .iter()
                .map(|(owner, share)| Some((*owner, Share::from_bytes(&share.0)?)))
                .collect::<Option<BTreeMap<_, _>>>()
                .ok_or(Error::Misbehaved {
                    party: from,
                    reason: "a share is no field element",
                })
        };
        let revealed = Revealed {
            mask_keys: parse(&message.mask_key_shares)?,
            seeds: parse(&message.seed_shares)?,
        };
        self.revealed.insert(from, revealed);
        Ok(())
    }

    /// `U2 \ U3`: those whose masks are in the sum without their input.
    pub(super) fn dropped(&self, survivors: &BTreeSet<PartyId>) -> BTreeSet<PartyId> {
        let members = self.accepted[ServerStep::Shares as usize].keys();
        members.filter(|party| !survivors.contains(party)).copied().collect()
    }
}
