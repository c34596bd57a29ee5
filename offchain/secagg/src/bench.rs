//! What the benchmarks measure that the machines keep to themselves. No part of the interface.

use rand_core::{CryptoRng, RngCore};

use crate::{
    config::Binding,
    keys::{self, AgreementSecret, MaskSeed, Partner},
    mask::{self, Mask, Sign},
    parallel, Config, Error, PartyId, Ring, Server,
};

/// Masks without parties.
pub struct Masks(Vec<Mask>);

impl Masks {
    pub fn of(count: usize) -> Self {
        let seeds = (0..count).map(|number| {
            let mut seed = [0; 32];
            seed[..8].copy_from_slice(&number.to_le_bytes());
            Mask {
                seed: MaskSeed(seed),
                sign: if number % 2 == 0 { Sign::Add } else { Sign::Subtract },
            }
        });
        Self(seeds.collect())
    }

    pub fn apply<R: Ring>(&self, values: &mut [R]) {
        mask::apply(values, 0, &self.0);
    }

    /// In this thread only.
    pub fn apply_alone<R: Ring>(&self, values: &mut [R]) {
        mask::apply_in(1, values, 0, &self.0);
    }
}

/// Agrees with so many others on masks.
pub fn agree(others: usize, rng: &mut (impl CryptoRng + RngCore)) -> impl Fn() -> Masks {
    let binding = Binding([1; 32]);
    let own = AgreementSecret::generate(rng);
    let others: Vec<[u8; 32]> = (0..others).map(|_| AgreementSecret::generate(rng).public()).collect();
    move || {
        let masks = parallel::map(&others, keys::WORTH, |other| Mask {
            seed: keys::pair_mask(&binding, &own, PartyId(0), PartyId(1), &Partner::new(other, 1))
                .expect("others are honest"),
            sign: Sign::Add,
        });
        Masks(masks)
    }
}

/// A server whose last share has come, and what it does then.
pub struct LastShare<R: Ring>(Server<R>);

impl<R: Ring> LastShare<R> {
    pub fn new<G: CryptoRng + RngCore>(config: Config, dropped: usize, rng: impl Fn(u64) -> G + Sync) -> Self {
        Self(Server::staged(config, dropped, rng))
    }

    pub fn finish(&mut self) -> Result<(), Error> {
        self.0.finish()
    }
}
