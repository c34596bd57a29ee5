//! Secrets, agreements and signatures. Every derivation names its purpose and is bound to the configuration.

mod partner;

use std::collections::{BTreeMap, BTreeSet};

use chacha20poly1305::{aead::AeadInPlace, KeyInit, XChaCha20Poly1305};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use rand_core::{CryptoRng, RngCore};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    config::{hash_parties, Binding},
    messages::{Advertise, SealedShares, SignatureBytes, SEALED_LENGTH},
    shamir::{FieldSecret, Share},
    Graph, PartyId,
};
pub(crate) use partner::Partner;

const MASK_KEY: &[u8] = b"secureflow/secagg/v1/mask-key";
const SELF_MASK: &[u8] = b"secureflow/secagg/v1/self-mask";
const SEED_COMMITMENT: &[u8] = b"secureflow/secagg/v1/seed-commitment";
const PAIR_MASK: &[u8] = b"secureflow/secagg/v1/pair-mask";
const SHARE_KEY: &[u8] = b"secureflow/secagg/v1/share-key";
const ADVERTISE: &[u8] = b"secureflow/secagg/v1/advertise";
const MASKED: &[u8] = b"secureflow/secagg/v1/masked";
const CONSISTENCY: &[u8] = b"secureflow/secagg/v1/consistency";

/// Agreements or signatures that make a thread worth its start: a millisecond of work.
pub(crate) const WORTH: usize = 16;

pub(crate) const NONCE_LENGTH: usize = 24;
const TAG_LENGTH: usize = 16;

/// An X25519 secret key of this session.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct AgreementSecret([u8; 32]);

impl AgreementSecret {
    pub(crate) fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        let secret = Self(bytes);
        bytes.zeroize();
        secret
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        PublicKey::from(&StaticSecret::from(self.0)).to_bytes()
    }

    /// `KA.agree` of section 3.1, before the hash. None where the other's key has small order: then the result would
    /// be known to everybody.
    fn agree(&self, other: &[u8; 32]) -> Option<Zeroizing<[u8; 32]>> {
        let shared = StaticSecret::from(self.0).diffie_hellman(&PublicKey::from(*other));
        shared.was_contributory().then(|| Zeroizing::new(shared.to_bytes()))
    }
}

/// Whether an agreement with this key would give the same result to everybody.
pub(crate) fn is_small_order(key: &[u8; 32]) -> bool {
    // Any secret tells: clamped secrets are multiples of the cofactor.
    AgreementSecret([1; 32]).agree(key).is_none()
}

/// The key of one mask's expansion.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct MaskSeed(pub(crate) [u8; 32]);

/// The mask key pair is derived from the field element that is shared, so that any share set opens exactly it.
pub(crate) fn mask_secret(binding: &Binding, secret: &FieldSecret) -> AgreementSecret {
    AgreementSecret(*derive(binding, secret.as_bytes(), &[MASK_KEY]))
}

/// `PRG(b_u)`'s key.
pub(crate) fn self_mask(binding: &Binding, seed: &FieldSecret) -> MaskSeed {
    MaskSeed(*derive(binding, seed.as_bytes(), &[SELF_MASK]))
}

/// Hides the seed since that has 252 bits of entropy, and binds to it since SHA-256 does.
pub(crate) fn seed_commitment(binding: &Binding, party: PartyId, seed: &FieldSecret) -> [u8; 32] {
    *derive(binding, seed.as_bytes(), &[SEED_COMMITMENT, &party.0.to_be_bytes()])
}

/// The mask that two parties share, the same from both sides. None where `their_key` is of small order.
pub(crate) fn pair_mask(
    binding: &Binding,
    secret: &AgreementSecret,
    ours: PartyId,
    theirs: PartyId,
    their_key: &Partner,
) -> Option<MaskSeed> {
    let shared = their_key.agree(secret)?;
    let (low, high) = (ours.min(theirs).0.to_be_bytes(), ours.max(theirs).0.to_be_bytes());
    Some(MaskSeed(*derive(binding, &shared, &[PAIR_MASK, &low, &high])))
}

/// Bonawitz et al. 2017, figure 4, round 1: seals both shares that `from` deals to `to`. The key serves one message; a
/// random nonce keeps two runs from one saved state harmless. None where the key of `to` is of small order.
pub(crate) fn seal_shares(
    binding: &Binding,
    secret: &AgreementSecret,
    (from, to): (PartyId, PartyId),
    their_key: &[u8; 32],
    (mask_key, seed): (&Share, &Share),
    nonce: &[u8; NONCE_LENGTH],
) -> Option<SealedShares> {
    let cipher = share_cipher(binding, secret, (from, to), their_key)?;
    let mut sealed = [0; SEALED_LENGTH];
    let (head, rest) = sealed.split_at_mut(NONCE_LENGTH);
    let (body, tag) = rest.split_at_mut(SEALED_LENGTH - NONCE_LENGTH - TAG_LENGTH);
    head.copy_from_slice(nonce);
    body[..32].copy_from_slice(mask_key.as_bytes());
    body[32..].copy_from_slice(seed.as_bytes());
    let computed = cipher
        .encrypt_in_place_detached(nonce.into(), &associated(binding, from, to), body)
        .expect("64 bytes are far below the cipher's limit");
    tag.copy_from_slice(&computed);
    Some(SealedShares(sealed))
}

/// Opens what `from` sealed for `to`: its share of `from`'s mask key and of `from`'s seed. None where it was not
/// sealed by `from` for `to` in this session, or does not hold field elements.
pub(crate) fn open_shares(
    binding: &Binding,
    secret: &AgreementSecret,
    (from, to): (PartyId, PartyId),
    their_key: &[u8; 32],
    sealed: &SealedShares,
) -> Option<(Share, Share)> {
    let cipher = share_cipher(binding, secret, (from, to), their_key)?;
    let (nonce, rest) = sealed.0.split_at(NONCE_LENGTH);
    let (body, tag) = rest.split_at(SEALED_LENGTH - NONCE_LENGTH - TAG_LENGTH);
    let mut plain = Zeroizing::new([0; 64]);
    plain.copy_from_slice(body);
    cipher
        .decrypt_in_place_detached(
            nonce.into(),
            &associated(binding, from, to),
            plain.as_mut_slice(),
            tag.into(),
        )
        .ok()?;
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&plain[..32]);
    let mask_key = Share::from_bytes(&half)?;
    half.copy_from_slice(&plain[32..]);
    Some((mask_key, Share::from_bytes(&half)?))
}

fn share_cipher(
    binding: &Binding,
    secret: &AgreementSecret,
    (from, to): (PartyId, PartyId),
    their_key: &[u8; 32],
) -> Option<XChaCha20Poly1305> {
    let shared = secret.agree(their_key)?;
    let key = derive(
        binding,
        &shared,
        &[SHARE_KEY, &from.0.to_be_bytes(), &to.0.to_be_bytes()],
    );
    Some(XChaCha20Poly1305::new((&*key).into()))
}

fn associated(binding: &Binding, from: PartyId, to: PartyId) -> [u8; 40] {
    let mut data = [0; 40];
    data[..32].copy_from_slice(&binding.0);
    data[32..36].copy_from_slice(&from.0.to_be_bytes());
    data[36..].copy_from_slice(&to.0.to_be_bytes());
    data
}

fn derive(binding: &Binding, secret: &[u8; 32], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut output = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(&binding.0), secret)
        .expand_multi_info(info, output.as_mut_slice())
        .expect("32 bytes are below the limit of HKDF");
    output
}

/// The registered signature keys of a session's parties.
#[derive(Serialize, Deserialize)]
pub(crate) struct Directory(BTreeMap<PartyId, [u8; 32]>);

impl Directory {
    pub(crate) fn new(keys: &BTreeMap<PartyId, VerifyingKey>, parties: &BTreeSet<PartyId>) -> Option<Self> {
        parties
            .iter()
            .map(|party| Some((*party, keys.get(party)?.to_bytes())))
            .collect::<Option<_>>()
            .map(Self)
    }

    pub(crate) fn is_key_of(&self, party: PartyId, key: &VerifyingKey) -> bool {
        self.0.get(&party) == Some(key.as_bytes())
    }

    /// Round 0's signature, checked as round 1 asks.
    pub(crate) fn verify_advertise(&self, binding: &Binding, party: PartyId, message: &Advertise) -> bool {
        self.verify(party, &advertised(binding, party, message), &message.signature)
    }

    pub(crate) fn verify(&self, party: PartyId, statement: &[u8], signature: &SignatureBytes) -> bool {
        self.0
            .get(&party)
            .and_then(|key| VerifyingKey::from_bytes(key).ok())
            .is_some_and(|key| {
                key.verify_strict(statement, &Signature::from_bytes(&signature.0))
                    .is_ok()
            })
    }
}

pub(crate) fn sign(key: &SigningKey, statement: &[u8]) -> SignatureBytes {
    SignatureBytes(key.sign(statement).to_bytes())
}

/// What a party signs of its keys.
pub(crate) fn advertised(binding: &Binding, party: PartyId, message: &Advertise) -> Vec<u8> {
    [
        ADVERTISE,
        &binding.0,
        &party.0.to_be_bytes(),
        &message.encryption_key,
        &message.mask_key,
        &message.seed_commitment,
    ]
    .concat()
}

/// What a party's masks depend on: its key book (`U1`) and those who dealt shares (`U2`).
pub(crate) fn transcript(key_book: &[u8; 32], dealers: &BTreeSet<PartyId>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"secureflow/secagg/v1/transcript");
    hash.update(key_book);
    hash_parties(&mut hash, dealers);
    hash.finalize().into()
}

/// What all parties must have been told alike before survivors are named: on the full graph the transcript, on a regular
/// one, where everybody has a key book of its own, the dealers.
pub(crate) fn ground(graph: Graph, transcript: &[u8; 32], dealers: &BTreeSet<PartyId>) -> [u8; 32] {
    match graph {
        Graph::Full => *transcript,
        Graph::Regular { .. } => {
            let mut hash = Sha256::new();
            hash.update(b"secureflow/secagg/v1/dealers");
            hash_parties(&mut hash, dealers);
            hash.finalize().into()
        }
    }
}

/// What a party signs with its masked input on a regular graph.
pub(crate) fn masked_statement(binding: &Binding, ground: &[u8; 32]) -> Vec<u8> {
    [MASKED, &binding.0, ground].concat()
}

/// What a party signs of the survivors. The paper signs `U3`; the ground is added, so that parties which were shown
/// different ones notice.
pub(crate) fn consistency_statement(binding: &Binding, ground: &[u8; 32], survivors: &BTreeSet<PartyId>) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash_parties(&mut hash, survivors);
    [CONSISTENCY, &binding.0, ground, hash.finalize().as_slice()].concat()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    const BINDING: Binding = Binding([3; 32]);

    #[test]
    fn keys_of_small_order_are_noticed() {
        // The neutral element, the points of order two and four, and one of order eight (Bernstein's list).
        let mut one = [0; 32];
        one[0] = 1;
        let eight = [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
            0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ];
        let secret = AgreementSecret::generate(&mut ChaCha20Rng::seed_from_u64(1));
        for key in [[0; 32], one, eight] {
            assert!(is_small_order(&key));
            assert!(pair_mask(&BINDING, &secret, PartyId(1), PartyId(2), &Partner::new(&key, 1)).is_none());
        }
        assert!(!is_small_order(&secret.public()));
    }

    #[test]
    fn both_sides_derive_one_mask_and_others_another() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let (a, b) = (AgreementSecret::generate(&mut rng), AgreementSecret::generate(&mut rng));
        let (one, two) = (PartyId(1), PartyId(2));
        let (of_a, of_b) = (a.public(), b.public());
        let mask = |binding, secret: &AgreementSecret, ours, theirs, key| {
            pair_mask(binding, secret, ours, theirs, &Partner::new(key, 1)).map(|seed| seed.0)
        };
        let ours = mask(&BINDING, &a, one, two, &of_b);
        assert_eq!(ours, mask(&BINDING, &b, two, one, &of_a));
        assert_ne!(ours, mask(&BINDING, &a, one, PartyId(3), &of_b));
        assert_ne!(ours, mask(&Binding([4; 32]), &a, one, two, &of_b));
    }

    #[test]
    fn sealed_shares_open_for_the_receiver_in_the_session_only() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let (a, b) = (AgreementSecret::generate(&mut rng), AgreementSecret::generate(&mut rng));
        let (one, two) = (PartyId(1), PartyId(2));
        let secret = FieldSecret::generate(&mut rng);
        let shares = crate::shamir::share(&secret, 2, &[one, two], &mut rng);
        let (mask_key, seed) = (&shares[0].1, &shares[1].1);
        let sealed = seal_shares(
            &BINDING,
            &a,
            (one, two),
            &b.public(),
            (mask_key, seed),
            &[7; NONCE_LENGTH],
        )
        .unwrap();
        let opened = open_shares(&BINDING, &b, (one, two), &a.public(), &sealed).unwrap();
        assert_eq!(
            (opened.0.as_bytes(), opened.1.as_bytes()),
            (mask_key.as_bytes(), seed.as_bytes())
        );
        assert!(open_shares(&Binding([4; 32]), &b, (one, two), &a.public(), &sealed).is_none());
        assert!(open_shares(&BINDING, &b, (two, one), &a.public(), &sealed).is_none());
        assert!(open_shares(&BINDING, &b, (one, PartyId(3)), &a.public(), &sealed).is_none());
        assert!(open_shares(&BINDING, &a, (one, two), &a.public(), &sealed).is_none());
    }
}
