//! The end of round 4: opens what masks the sum, and takes it off.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    client::pair_sign,
    config::Binding,
    keys::{self, MaskSeed},
    mask::{self, Sign},
    server::{Outcome, Revealed, Server, ServerStep},
    shamir::{FieldSecret, Recovery, Share},
    Error, PartyId,
};

impl Server {
    /// Reconstructs every secret that is needed, checks each against what its owner advertised, and only then touches
    /// the sum.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        let binding = self.config.binding();
        let survivors = self.survivors();
        let masks = self.masks(&binding, &survivors)?;
        let mut sum = std::mem::take(&mut self.sum);
        for (seed, sign) in &masks {
            mask::apply(&mut sum, seed, *sign);
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
    fn masks(&self, binding: &Binding, survivors: &BTreeSet<PartyId>) -> Result<Vec<(MaskSeed, Sign)>, Error> {
        let mut opener = Opener::new(&self.revealed, self.config.threshold);
        let mut masks = Vec::new();
        for owner in survivors {
            let seed = opener
                .open(
                    |revealed| revealed.seeds.get(owner),
                    |seed| keys::seed_commitment(binding, *owner, seed) == self.keys[owner].seed_commitment,
                )
                .ok_or_else(|| self.unrecoverable(*owner))?;
            masks.push((keys::self_mask(binding, &seed), Sign::Subtract));
        }
        for owner in self.dropped(survivors) {
            let secret = opener
                .open(
                    |revealed| revealed.mask_keys.get(&owner),
                    |secret| keys::mask_secret(binding, secret).public() == self.keys[&owner].mask_key,
                )
                .ok_or_else(|| self.unrecoverable(owner))?;
            let mask_secret = keys::mask_secret(binding, &secret);
            for survivor in survivors {
                let seed = keys::pair_mask(binding, &mask_secret, owner, *survivor, &self.keys[survivor].mask_key)
                    .ok_or(Error::CorruptState(*survivor))?;
                masks.push((seed, pair_sign(*survivor, owner).opposite()));
            }
        }
        Ok(masks)
    }

    fn unrecoverable(&self, owner: PartyId) -> Error {
        Error::Unrecoverable {
            owner,
            missing: self.waiting_for(),
        }
    }
}

/// Opens secrets from what was revealed. With more shares than the threshold, runs of as many neighbours as the
/// threshold (in a ring) are tried until one opens what was advertised: a few wrong shares then do no harm.
struct Opener<'a> {
    revealed: &'a BTreeMap<PartyId, Revealed>,
    threshold: usize,
    /// Made when first needed. All secrets usually open with the first.
    recoveries: Vec<Recovery>,
}

impl<'a> Opener<'a> {
    fn new(revealed: &'a BTreeMap<PartyId, Revealed>, threshold: usize) -> Self {
        Self {
            revealed,
            threshold,
            recoveries: Vec::new(),
        }
    }

    fn open(
        &mut self,
        share: impl Fn(&'a Revealed) -> Option<&'a Share>,
        is_right: impl Fn(&FieldSecret) -> bool,
    ) -> Option<FieldSecret> {
        let holders = self.revealed.len();
        let runs = if holders > self.threshold { holders } else { 1 };
        for run in 0..runs {
            if run == self.recoveries.len() {
                let members: Vec<PartyId> = self
                    .revealed
                    .keys()
                    .cycle()
                    .skip(run)
                    .take(self.threshold)
                    .copied()
                    .collect();
                self.recoveries.push(Recovery::new(&members));
            }
            let secret = self.recoveries[run].recover(|holder| self.revealed.get(&holder).and_then(&share));
            if let Some(secret) = secret.filter(&is_right) {
                return Some(secret);
            }
        }
        None
    }
}
