//! The end of round 4: opens what masks the sum, and takes it off.

use std::{collections::BTreeSet, sync::OnceLock};

use crate::{
    client::pair_sign,
    config::Binding,
    keys::{self, Partner},
    mask::{self, Mask, Sign, Unmasking},
    parallel,
    server::{Outcome, Revealed, Server, ServerStep},
    shamir::{FieldSecret, Recovery, Share},
    Error, Graph, PartyId, Ring,
};

impl<R: Ring> Server<R> {
    /// Reconstructs every secret that is needed, checks each against what its owner advertised, and only then touches
    /// the sum.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let binding = self.config.binding::<R>();
        let survivors = self.survivors();
        if self.sum.len() != self.values() {
            return Err(Error::Apart);
        }
        let masks = self.masks(&binding, &survivors)?;
        let mut sum = std::mem::take(&mut self.sum);
        if self.streamed {
            self.unmasking = Some(Unmasking::new(masks, self.config.length));
        } else {
            mask::apply(&mut sum, 0, &masks);
        }
        self.outcome = Some(Outcome {
            sum,
            included: survivors,
        });
        self.revealed.clear();
        self.step = ServerStep::Done;
        Ok(())
    }

    /// Every mask that is still in the sum, with the sign that takes it off.
    fn masks(&self, binding: &Binding, survivors: &BTreeSet<PartyId>) -> Result<Vec<Mask>, Error> {
        let opener = Opener::new(self);
        let owners: Vec<PartyId> = survivors.iter().copied().collect();
        let own = parallel::map(&owners, keys::WORTH, |owner| {
            let is_right =
                |seed: &FieldSecret| keys::seed_commitment(binding, *owner, seed) == self.keys[owner].seed_commitment;
            let seed = opener.open(*owner, |revealed| revealed.seeds.get(owner), is_right);
            let seed = seed.ok_or_else(|| self.unrecoverable(*owner))?;
            Ok(Mask {
                seed: keys::self_mask(binding, &seed),
                sign: Sign::Subtract,
            })
        });
        let owners: Vec<PartyId> = self.dropped(survivors).into_iter().collect();
        let secrets = parallel::map(&owners, keys::WORTH, |owner| {
            let is_right =
                |secret: &FieldSecret| keys::mask_secret(binding, secret).public() == self.keys[owner].mask_key;
            let secret = opener.open(*owner, |revealed| revealed.mask_keys.get(owner), is_right);
            let secret = secret.ok_or_else(|| self.unrecoverable(*owner))?;
            Ok((*owner, keys::mask_secret(binding, &secret)))
        });
        let secrets = secrets.into_iter().collect::<Result<Vec<_>, Error>>()?;
        // By survivor: one key for many agreements.
        let survivors: Vec<PartyId> = survivors.iter().copied().collect();
        let between = parallel::map(&survivors, 1, |survivor| {
            let near = secrets
                .iter()
                .filter(|(owner, _)| self.graph().adjacent(*owner, *survivor));
            let near: Vec<_> = near.collect();
            let partner = Partner::new(&self.keys[survivor].mask_key, near.len());
            let masks = near.into_iter().map(|(owner, secret)| {
                let seed = keys::pair_mask(binding, secret, *owner, *survivor, &partner);
                Ok(Mask {
                    seed: seed.ok_or(Error::CorruptState(*survivor))?,
                    sign: pair_sign(*survivor, *owner).opposite(),
                })
            });
            masks.collect::<Vec<_>>()
        });
        own.into_iter().chain(between.into_iter().flatten()).collect()
    }

    fn unrecoverable(&self, owner: PartyId) -> Error {
        Error::Unrecoverable {
            owner,
            missing: self.waiting_for(),
        }
    }
}

/// Opens secrets from what was revealed. With more shares than the threshold, runs of as many holders as the threshold
/// (in a ring) are tried until one opens what was advertised: a few wrong shares then do no harm.
struct Opener<'a, R: Ring> {
    server: &'a Server<R>,
    threshold: usize,
    /// On the full graph, where all secrets have the same holders: one a run, made when first needed. All secrets
    /// usually open with the first.
    recoveries: Vec<OnceLock<Recovery>>,
}

impl<'a, R: Ring> Opener<'a, R> {
    fn new(server: &'a Server<R>) -> Self {
        Self {
            server,
            threshold: server.config.share_threshold(),
            recoveries: (0..server.revealed.len()).map(|_| OnceLock::new()).collect(),
        }
    }

    fn open(
        &self,
        owner: PartyId,
        share: impl Fn(&'a Revealed) -> Option<&'a Share>,
        is_right: impl Fn(&FieldSecret) -> bool,
    ) -> Option<FieldSecret> {
        let revealed = &self.server.revealed;
        let near = revealed
            .keys()
            .filter(|holder| self.server.graph().adjacent(owner, **holder));
        let holders: Vec<PartyId> = near.copied().collect();
        let runs = match holders.len() {
            fewer if fewer < self.threshold => 0,
            enough if enough == self.threshold => 1,
            more => more,
        };
        (0..runs).find_map(|run| {
            let make = || {
                let members = holders.iter().cycle().skip(run).take(self.threshold);
                Recovery::new(&members.copied().collect::<Vec<_>>())
            };
            let own;
            let recovery = match self.server.config.graph {
                Graph::Full => self.recoveries[run].get_or_init(make),
                Graph::Regular { .. } => {
                    own = make();
                    &own
                }
            };
            let secret = recovery.recover(|holder| revealed.get(&holder).and_then(&share));
            secret.filter(&is_right)
        })
    }
}
