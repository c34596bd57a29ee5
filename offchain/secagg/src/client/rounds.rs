//! The four answers of a party, one per round.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use rand_core::{CryptoRng, RngCore};

use super::{pair_sign, Client, HeldShares, PeerKeys, Secrets, State};
use crate::{
    config::Binding,
    keys::{self, Partner},
    mask::{self, Mask, Masking, Sign},
    parallel, shamir, Consistency, ConsistencyBook, Deliver, Error, Graph, KeyBook, MaskedInput, PartyId, Ring,
    ShareBytes, Shares, Survivors, Unmask,
};

impl<R: Ring> Client<R> {
    /// Round 1, ShareKeys: checks everyone's keys, deals shares of the own secrets.
    pub(super) fn share_keys(
        &mut self,
        book: &KeyBook,
        key_book: [u8; 32],
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Shares, Error> {
        let State::Advertised(secrets) = &self.state else {
            return Err(Error::TooEarly);
        };
        let binding = self.config.binding::<R>();
        self.check_key_book(&binding, secrets, book)?;

        let threshold = self.config.share_threshold();
        let mask_key_shares = shamir::share(&secrets.mask_key, threshold, book.keys.keys(), rng);
        let seed_shares = shamir::share(&secrets.seed, threshold, book.keys.keys(), rng);
        let mut own = None;
        let mut dealt = Vec::with_capacity(book.keys.len());
        for ((peer, mask_key), (_, seed)) in mask_key_shares.into_iter().zip(seed_shares) {
            let shares = HeldShares { mask_key, seed };
            if peer == self.me {
                own = Some(shares);
                continue;
            }
            let mut nonce = [0; keys::NONCE_LENGTH];
            rng.fill_bytes(&mut nonce);
            dealt.push((peer, shares, nonce));
        }
        let sealed = parallel::map(&dealt, keys::WORTH, |(peer, shares, nonce)| {
            let sealed = keys::seal_shares(
                &binding,
                &secrets.encryption,
                (self.me, *peer),
                &book.keys[peer].encryption_key,
                (&shares.mask_key, &shares.seed),
                nonce,
            );
            let sealed = sealed.ok_or(Error::Misbehaved {
                party: *peer,
                reason: "its encryption key is of small order",
            });
            Ok((*peer, sealed?))
        });
        let sealed = sealed.into_iter().collect::<Result<_, Error>>()?;
        let own = own.ok_or(Error::ServerMisbehaved("the key book leaves this party out"))?;

        let peers = book
            .keys
            .iter()
            .filter(|(peer, _)| **peer != self.me)
            .map(|(peer, keys)| {
                (
                    *peer,
                    PeerKeys {
                        encryption_key: keys.encryption_key,
                        mask_key: keys.mask_key,
                    },
                )
            })
            .collect();
        if let State::Advertised(secrets) = std::mem::replace(&mut self.state, State::Done) {
            self.state = State::Shared {
                secrets,
                own,
                peers,
                key_book,
            };
        }
        Ok(Shares { sealed })
    }

    /// The assertions of round 1.
    fn check_key_book(&self, binding: &Binding, secrets: &Secrets<R>, book: &KeyBook) -> Result<(), Error> {
        if book.keys.len() < self.config.share_threshold() {
            return Err(Error::ServerMisbehaved("the key book is below the threshold"));
        }
        let own = book
            .keys
            .get(&self.me)
            .ok_or(Error::ServerMisbehaved("the key book leaves this party out"))?;
        if own.encryption_key != secrets.encryption.public()
            || own.seed_commitment != keys::seed_commitment(binding, self.me, &secrets.seed)
        {
            return Err(Error::ServerMisbehaved("the key book changes this party's keys"));
        }
        let graph = self.config.neighbourhoods::<R>();
        if !book.keys.keys().all(|party| graph.adjacent(self.me, *party)) {
            return Err(Error::ServerMisbehaved(
                "the key book names a party that is no neighbour",
            ));
        }
        let entries: Vec<_> = book.keys.iter().collect();
        let valid = parallel::map(&entries, keys::WORTH, |(party, advertise)| {
            self.directory.verify_advertise(binding, **party, advertise)
        });
        let mut distinct = BTreeSet::new();
        for ((party, advertise), valid) in entries.into_iter().zip(valid) {
            if !valid {
                return Err(Error::Misbehaved {
                    party: *party,
                    reason: "the signature of its keys is not valid",
                });
            }
            if !distinct.insert(advertise.encryption_key) || !distinct.insert(advertise.mask_key) {
                return Err(Error::Misbehaved {
                    party: *party,
                    reason: "it advertises a key of another party",
                });
            }
        }
        Ok(())
    }

    /// Round 2, MaskedInputCollection. The shares are opened here already (the paper opens them in round 4), so that
    /// a dealer whose shares cannot be opened is named before the input leaves, and the key that opens them is gone
    /// before anything can be asked for.
    pub(super) fn mask_input(&mut self, deliver: &Deliver, signing: &SigningKey) -> Result<MaskedInput<R>, Error> {
        let State::Shared { secrets, peers, .. } = &self.state else {
            return Err(Error::TooEarly);
        };
        if deliver.sealed.len() + 1 < self.config.share_threshold() {
            return Err(Error::ServerMisbehaved("the delivered shares are below the threshold"));
        }
        let dealers = self.check_dealers(deliver)?;
        if secrets
            .input
            .as_ref()
            .is_some_and(|input| input.0.len() != self.config.length)
        {
            return Err(Error::Apart);
        }
        if !self.directory.is_key_of(self.me, &signing.verifying_key()) {
            return Err(Error::WrongSigningKey);
        }
        let binding = self.config.binding::<R>();
        let mask_secret = keys::mask_secret(&binding, &secrets.mask_key);
        let sealed: Vec<_> = deliver.sealed.iter().collect();
        let opened = parallel::map(&sealed, keys::WORTH, |(peer, sealed)| {
            // The own number is not among the peers either.
            let keys = peers
                .get(peer)
                .ok_or(Error::ServerMisbehaved("shares from a party not in the key book"))?;
            let refuse = |reason| Error::Misbehaved { party: **peer, reason };
            let between = (**peer, self.me);
            let (mask_key, seed) =
                keys::open_shares(&binding, &secrets.encryption, between, &keys.encryption_key, sealed)
                    .ok_or(refuse("its shares cannot be opened"))?;
            let mask = Mask {
                seed: keys::pair_mask(
                    &binding,
                    &mask_secret,
                    self.me,
                    **peer,
                    &Partner::new(&keys.mask_key, 1),
                )
                .ok_or(refuse("its mask key is of small order"))?,
                sign: pair_sign(self.me, **peer),
            };
            Ok((**peer, HeldShares { mask_key, seed }, mask))
        });
        let mut held = BTreeMap::new();
        let mut masks = Vec::with_capacity(opened.len() + 1);
        for opened in opened {
            let (peer, shares, mask) = opened?;
            held.insert(peer, shares);
            masks.push(mask);
        }

        let State::Shared {
            mut secrets,
            own,
            key_book,
            ..
        } = std::mem::replace(&mut self.state, State::Done)
        else {
            return Err(Error::TooEarly);
        };
        // y_u = x_u + PRG(b_u) + Σ ±PRG(s_{u,v}), in place. The vector is no secret once it is done.
        masks.push(Mask {
            seed: keys::self_mask(&binding, &secrets.seed),
            sign: Sign::Add,
        });
        let (values, masking) = match &mut secrets.input {
            Some(input) => {
                mask::apply(&mut input.0, 0, &masks);
                (std::mem::take(&mut input.0), None)
            }
            None => (Vec::new(), Some(Masking::new(masks, self.config.length))),
        };
        held.insert(self.me, own);
        let transcript = keys::transcript(&key_book, &dealers);
        let ground = keys::ground(self.config.graph, &transcript, &dealers);
        self.state = State::Masked { held, ground, masking };
        let signature = match self.config.graph {
            Graph::Full => None,
            Graph::Regular { .. } => Some(keys::sign(signing, &keys::masked_statement(&binding, &ground))),
        };
        Ok(MaskedInput {
            transcript,
            values,
            signature,
        })
    }

    /// Those who dealt shares, this party among them. On a regular graph the server names all, and they must agree with
    /// what it delivers: whether two neighbours have each other's shares is then the same for both.
    fn check_dealers(&self, deliver: &Deliver) -> Result<BTreeSet<PartyId>, Error> {
        let near: BTreeSet<PartyId> = deliver.sealed.keys().copied().chain([self.me]).collect();
        let Graph::Regular { .. } = self.config.graph else {
            return match deliver.dealers.is_empty() {
                true => Ok(near),
                false => Err(Error::ServerMisbehaved("it names dealers on the full graph")),
            };
        };
        let graph = self.config.neighbourhoods::<R>();
        let named = deliver.dealers.iter().filter(|party| graph.adjacent(self.me, **party));
        if !deliver.dealers.is_subset(&self.config.parties) || !named.eq(&near) {
            return Err(Error::ServerMisbehaved(
                "the dealers are not those whose shares it delivers",
            ));
        }
        Ok(deliver.dealers.clone())
    }

    /// Round 3, ConsistencyCheck: signs the one list of survivors that this party will ever open a sum for.
    pub(super) fn sign_survivors(&mut self, message: &Survivors, signing: &SigningKey) -> Result<Consistency, Error> {
        let State::Masked { held, ground, masking } = &self.state else {
            return Err(Error::TooEarly);
        };
        // Once the survivors are named, masks may be opened: what is not masked by then must not be any more.
        if masking.as_ref().is_some_and(|masking| !masking.is_complete()) {
            return Err(Error::ServerMisbehaved(
                "it names the survivors before this party's vector is complete",
            ));
        }
        let survivors = &message.parties;
        if survivors.len() < self.config.threshold {
            return Err(Error::ServerMisbehaved("the survivors are below the threshold"));
        }
        if !survivors.contains(&self.me) {
            return Err(Error::ServerMisbehaved("the survivors leave this party out"));
        }
        if !survivors.is_subset(&self.config.parties) {
            return Err(Error::ServerMisbehaved("the survivors name an unknown party"));
        }
        let graph = self.config.neighbourhoods::<R>();
        let near: Vec<_> = survivors
            .iter()
            .filter(|party| graph.adjacent(self.me, **party))
            .collect();
        if near.len() < self.config.share_threshold() {
            return Err(Error::ServerMisbehaved("too few neighbours are among the survivors"));
        }
        if !near.into_iter().all(|party| held.contains_key(party)) {
            return Err(Error::ServerMisbehaved(
                "the survivors name a party that shared nothing",
            ));
        }
        if !self.directory.is_key_of(self.me, &signing.verifying_key()) {
            return Err(Error::WrongSigningKey);
        }
        let statement = keys::consistency_statement(&self.config.binding::<R>(), ground, survivors);
        let signature = keys::sign(signing, &statement);
        if let State::Masked { held, ground, .. } = std::mem::replace(&mut self.state, State::Done) {
            self.state = State::Consistent {
                held,
                ground,
                survivors: survivors.clone(),
            };
        }
        Ok(Consistency { signature })
    }

    /// Round 4, Unmasking: of each party either the share of its mask key or the one of its seed, never both. Which
    /// one follows from the list that was signed, the server has no say in it.
    pub(super) fn reveal(&mut self, book: &ConsistencyBook) -> Result<Unmask, Error> {
        let State::Consistent {
            held,
            ground,
            survivors,
        } = &self.state
        else {
            return Err(Error::TooEarly);
        };
        if book.signatures.len() < self.config.share_threshold() {
            return Err(Error::ServerMisbehaved(
                "the consistency signatures are below the threshold",
            ));
        }
        // Neighbours' only: they are the ones who hold shares of what this party's answer protects, its own secrets.
        if !book
            .signatures
            .keys()
            .all(|party| survivors.contains(party) && held.contains_key(party))
        {
            return Err(Error::ServerMisbehaved(
                "a consistency signature of a party that is no survivor",
            ));
        }
        // A neighbour that was told of other dealers has masks with others than this party can know of.
        let asked_of = held.keys().filter(|party| survivors.contains(party));
        let as_asked = match self.config.graph {
            Graph::Full => book.masked.is_empty(),
            Graph::Regular { .. } => book.masked.keys().eq(asked_of),
        };
        if !as_asked {
            return Err(Error::ServerMisbehaved(
                "the masked inputs' signatures are not those of the survivors",
            ));
        }
        let binding = self.config.binding::<R>();
        let consistency = keys::consistency_statement(&binding, ground, survivors);
        let masked = keys::masked_statement(&binding, ground);
        let signatures = book
            .signatures
            .iter()
            .map(|(party, signature)| (party, signature, &consistency));
        let signatures = signatures.chain(book.masked.iter().map(|(party, signature)| (party, signature, &masked)));
        let valid = parallel::map(
            &signatures.collect::<Vec<_>>(),
            keys::WORTH,
            |(party, signature, statement)| self.directory.verify(**party, statement, signature),
        );
        if valid.contains(&false) {
            return Err(Error::ServerMisbehaved(
                "a consistency signature is not valid for these survivors",
            ));
        }
        let mut unmask = Unmask {
            mask_key_shares: BTreeMap::new(),
            seed_shares: BTreeMap::new(),
        };
        for (party, shares) in held {
            if survivors.contains(party) {
                unmask.seed_shares.insert(*party, ShareBytes(*shares.seed.as_bytes()));
            } else {
                unmask
                    .mask_key_shares
                    .insert(*party, ShareBytes(*shares.mask_key.as_bytes()));
            }
        }
        self.state = State::Revealed;
        self.revealed = true;
        Ok(unmask)
    }
}
