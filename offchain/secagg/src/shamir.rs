//! Shamir's secret sharing over the scalar field of Curve25519, whose arithmetic `curve25519-dalek` does in constant
//! time. A secret is one uniform field element (252 bits); what needs other bytes derives them from it.
//!
//! Party `p` holds the value at `p + 1`, so that nobody holds the value at zero.

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::PartyId;

/// A secret that can be shared.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct FieldSecret([u8; 32]);

impl FieldSecret {
    pub(crate) fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self(Zeroizing::new(uniform(rng)).to_bytes())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// One party's share of a secret.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Share([u8; 32]);

impl Share {
    /// None where the bytes are not the canonical encoding of a field element.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        Option::from(Scalar::from_canonical_bytes(*bytes)).map(|scalar: Scalar| Self(scalar.to_bytes()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// `SS.share` of section 3.2: any `threshold` of the shares open the secret, fewer say nothing about it.
pub(crate) fn share<'a>(
    secret: &FieldSecret,
    threshold: usize,
    holders: impl IntoIterator<Item = &'a PartyId>,
    rng: &mut (impl CryptoRng + RngCore),
) -> Vec<(PartyId, Share)> {
    // Capacity up front: a growing vector would leave coefficients behind in freed memory.
    let mut coefficients = Zeroizing::new(Vec::with_capacity(threshold));
    coefficients.push(Scalar::from_bytes_mod_order(secret.0));
    for _ in 1..threshold {
        coefficients.push(uniform(rng));
    }
    holders
        .into_iter()
        .map(|holder| {
            let x = point(*holder);
            let y = coefficients
                .iter()
                .rev()
                .fold(Zeroizing::new(Scalar::ZERO), |sum, coefficient| {
                    Zeroizing::new(*sum * x + coefficient)
                });
            (*holder, Share(y.to_bytes()))
        })
        .collect()
}

/// Coefficients that turn the shares of certain holders into the secret; the same for every secret that they hold.
pub(crate) struct Recovery(Vec<(PartyId, Scalar)>);

impl Recovery {
    /// Lagrange's coefficients at zero, Π x_j / (x_i · Π (x_j - x_i)). The holders must be distinct and as many as the
    /// threshold.
    pub(crate) fn new(holders: &[PartyId]) -> Self {
        let numerator = product(holders.iter().map(|holder| i64::from(holder.0) + 1));
        let mut coefficients: Vec<Scalar> = holders
            .iter()
            .map(|own| {
                let others = holders.iter().filter(|other| *other != own);
                let apart = others.map(|other| i64::from(other.0) - i64::from(own.0));
                product(apart.chain([i64::from(own.0) + 1]))
            })
            .collect();
        Scalar::batch_invert(&mut coefficients);
        let coefficients = coefficients.into_iter().map(|inverse| inverse * numerator);
        Self(holders.iter().copied().zip(coefficients).collect())
    }

    /// `SS.recon`. None where a holder's share is missing.
    pub(crate) fn recover<'a>(&self, share_of: impl Fn(PartyId) -> Option<&'a Share>) -> Option<FieldSecret> {
        let mut sum = Zeroizing::new(Scalar::ZERO);
        for (holder, coefficient) in &self.0 {
            *sum += coefficient * Scalar::from_bytes_mod_order(share_of(*holder)?.0);
        }
        Some(FieldSecret(sum.to_bytes()))
    }
}

/// Product of numbers that are small beside the field's: as many of them as fit are multiplied as integers first.
fn product(factors: impl Iterator<Item = i64>) -> Scalar {
    let (mut product, mut few, mut negative) = (Scalar::ONE, 1u128, false);
    for factor in factors {
        negative ^= factor < 0;
        let factor = u128::from(factor.unsigned_abs());
        few = few.checked_mul(factor).unwrap_or_else(|| {
            product *= Scalar::from(few);
            factor
        });
    }
    product *= Scalar::from(few);
    if negative {
        -product
    } else {
        product
    }
}

fn point(party: PartyId) -> Scalar {
    Scalar::from(u64::from(party.0) + 1)
}

fn uniform(rng: &mut (impl CryptoRng + RngCore)) -> Scalar {
    let mut wide = Zeroizing::new([0; 64]);
    rng.fill_bytes(wide.as_mut_slice());
    Scalar::from_bytes_mod_order_wide(&wide)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rand::{seq::SliceRandom, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn check(parties: &[u32], threshold: usize, used: usize) -> bool {
        let mut rng = ChaCha20Rng::seed_from_u64(parties.len() as u64 * 1000 + threshold as u64);
        let parties: Vec<PartyId> = parties.iter().copied().map(PartyId).collect();
        let secret = FieldSecret::generate(&mut rng);
        let shares: BTreeMap<_, _> = share(&secret, threshold, &parties, &mut rng).into_iter().collect();
        let holders: Vec<PartyId> = parties.choose_multiple(&mut rng, used).copied().collect();
        let recovered = Recovery::new(&holders).recover(|party| shares.get(&party)).unwrap();
        recovered.0 == secret.0
    }

    #[test]
    fn threshold_many_shares_open_the_secret_and_fewer_do_not() {
        for (parties, threshold) in [(vec![0, 1], 2), (vec![7, 0, u32::MAX], 2), ((0..40).collect(), 27)] {
            assert!(check(&parties, threshold, threshold));
            assert!(check(&parties, threshold, parties.len()));
            assert!(!check(&parties, threshold, threshold - 1));
        }
    }

    /// f(x) = 5 + 3x + 2x², so shares at 1, 2, 3 are 10, 19, 32.
    #[test]
    fn recovers_a_polynomial_worked_by_hand() {
        let shares: Vec<Share> = [10u64, 19, 32]
            .iter()
            .map(|y| Share(Scalar::from(*y).to_bytes()))
            .collect();
        let holders = [PartyId(0), PartyId(1), PartyId(2)];
        let secret = Recovery::new(&holders)
            .recover(|party| shares.get(party.0 as usize))
            .unwrap();
        assert_eq!(secret.0, Scalar::from(5u64).to_bytes());
    }

    #[test]
    fn only_canonical_field_elements_are_shares() {
        assert!(Share::from_bytes(&[0xff; 32]).is_none());
        assert!(Share::from_bytes(&[0; 32]).is_some());
    }
}
