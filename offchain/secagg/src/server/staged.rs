//! A server that waits for the last share, without the session that leads there: for benchmarks.

use ed25519_dalek::SigningKey;
use rand_core::{CryptoRng, RngCore};

use super::*;
use crate::{
    parallel,
    shamir::{self, FieldSecret},
};

impl<R: Ring> Server<R> {
    /// The first `dropped` parties are gone. Of each secret there are as many shares as open it. `rng` makes a
    /// generator from a number.
    pub(crate) fn staged<G: CryptoRng + RngCore>(
        config: Config,
        dropped: usize,
        rng: impl Fn(u64) -> G + Sync,
    ) -> Self {
        let nobody = SigningKey::from_bytes(&[1; 32]).verifying_key();
        let verifying = config.parties.iter().map(|party| (*party, nobody)).collect();
        let mut server = Self::new(config, verifying).expect("benchmarks are set up right");
        let binding = server.config.binding::<R>();
        let survives = |party: &PartyId| party.0 as usize >= dropped;
        let parties: Vec<PartyId> = server.config.parties.iter().copied().collect();
        let threshold = server.config.share_threshold();
        let dealt = parallel::map(&parties, 1, |party| {
            let mut rng = rng(party.0.into());
            let (mask_key, seed) = (FieldSecret::generate(&mut rng), FieldSecret::generate(&mut rng));
            let holders = server.graph().of(*party).into_iter().filter(survives);
            let holders: Vec<PartyId> = holders.take(threshold).collect();
            let secret = if survives(party) { &seed } else { &mask_key };
            let shares = shamir::share(secret, threshold, &holders, &mut rng);
            let keys = Advertise {
                encryption_key: [0; 32],
                mask_key: keys::mask_secret(&binding, &mask_key).public(),
                seed_commitment: keys::seed_commitment(&binding, *party, &seed),
                signature: SignatureBytes([0; 64]),
            };
            (*party, keys, shares)
        });
        for party in parties {
            let steps = if survives(&party) { CLIENT_KINDS } else { 2 };
            for accepted in &mut server.accepted[..steps] {
                accepted.insert(party, [0; 32]);
            }
            if survives(&party) {
                let (mask_keys, seeds) = (BTreeMap::new(), BTreeMap::new());
                server.revealed.insert(party, Revealed { mask_keys, seeds });
            }
        }
        for (owner, keys, shares) in dealt {
            server.keys.insert(owner, keys);
            for (holder, share) in shares {
                if let Some(revealed) = server.revealed.get_mut(&holder) {
                    let of = if survives(&owner) {
                        &mut revealed.seeds
                    } else {
                        &mut revealed.mask_keys
                    };
                    of.insert(owner, share);
                }
            }
        }
        server.sum = vec![R::default(); server.config.length];
        server.step = ServerStep::Unmask;
        server
    }
}
