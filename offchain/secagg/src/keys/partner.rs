//! Agreements of many secrets with one public key, as the server has them for the masks between those who dropped out
//! and a survivor.

use curve25519_dalek::{
    edwards::EdwardsBasepointTable,
    montgomery::MontgomeryPoint,
    traits::{BasepointTable, IsIdentity},
};
use zeroize::Zeroizing;

use super::AgreementSecret;

/// Agreements that are worth a table of multiples, which costs as much as some twenty of them.
const WORTH: usize = 64;

/// A public key that is agreed with more than once.
pub(crate) struct Partner {
    key: [u8; 32],
    /// Multiples of the key as a point of the Edwards curve. None where that is not worth it, or where the key lies on
    /// the twist: nobody's does who made it from a secret.
    multiples: Option<Box<EdwardsBasepointTable>>,
}

impl Partner {
    pub(crate) fn new(key: &[u8; 32], agreements: usize) -> Self {
        // Either of the two points: X25519 leaves the sign out.
        let point = (agreements >= WORTH)
            .then(|| MontgomeryPoint(*key).to_edwards(0))
            .flatten();
        Self {
            key: *key,
            multiples: point.map(|point| Box::new(EdwardsBasepointTable::create(&point))),
        }
    }

    /// The same as [`AgreementSecret::agree`] in a third of the time.
    pub(super) fn agree(&self, secret: &AgreementSecret) -> Option<Zeroizing<[u8; 32]>> {
        let Some(multiples) = &self.multiples else {
            return secret.agree(&self.key);
        };
        let shared = Zeroizing::new(multiples.mul_base_clamped(secret.0));
        (!shared.is_identity()).then(|| Zeroizing::new(shared.to_montgomery().to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::{constants::EIGHT_TORSION, edwards::EdwardsPoint};
    use rand::{RngCore, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn check(key: &[u8; 32], rng: &mut ChaCha20Rng) -> bool {
        let secret = AgreementSecret::generate(rng);
        let expected = secret.agree(key);
        assert_eq!(Partner::new(key, WORTH).agree(&secret), expected);
        assert_eq!(Partner::new(key, 1).agree(&secret), expected);
        expected.is_some()
    }

    #[test]
    fn agrees_as_the_ladder_does() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for _ in 0..8 {
            let key = AgreementSecret::generate(&mut rng).public();
            assert!(Partner::new(&key, WORTH).multiples.is_some());
            assert!(check(&key, &mut rng));
        }
    }

    #[test]
    fn agrees_on_keys_that_nobody_should_have() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for torsion in EIGHT_TORSION {
            // Of small order: refused. With a part of small order: as good as without.
            assert!(!check(&torsion.to_montgomery().to_bytes(), &mut rng));
            let point = EdwardsPoint::mul_base_clamped([7; 32]) + torsion;
            assert!(check(&point.to_montgomery().to_bytes(), &mut rng));
        }
        // Half of all numbers lie on the twist.
        let mut on_twist = 0;
        for _ in 0..20 {
            let mut key = [0; 32];
            rng.fill_bytes(&mut key);
            on_twist += usize::from(Partner::new(&key, WORTH).multiples.is_none());
            assert!(check(&key, &mut rng));
        }
        assert!((1..20).contains(&on_twist));
    }
}
