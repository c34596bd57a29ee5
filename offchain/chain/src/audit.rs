//! What is encrypted to a space's auditors: the details of calls, and notes.
//!
//! A fresh key encrypts the content (XChaCha20-Poly1305) and is sealed for each auditor's X25519 key (`crypto_box`'s
//! sealed box). The list of auditors is authenticated with the content. A ciphertext can be copied: the details of a call
//! therefore name its hash, and a note should say what it is about.

mod details;
mod proof;
mod submit;

pub use details::{check, Description, MadeCall, Mismatch, MAX_REMARK};
pub use proof::{Bundle, FORMAT};
pub use secureflow_primitives::audit::Ciphertext;
pub(crate) use submit::{submit, submit_to};

use chacha20poly1305::{
    aead::{Aead, KeyInit, Payload},
    Key, XChaCha20Poly1305, XNonce,
};
use codec::{Decode, DecodeAll, Encode};
use crypto_box::PublicKey;
pub use crypto_box::SecretKey;
use rand::{rngs::OsRng, RngCore};
use secureflow_primitives::{
    bounds::{MAX_AUDITORS, MAX_CIPHERTEXT},
    OrgId,
};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
/// A key of 32 bytes, the ephemeral key that it is sealed under, and the tag.
const SEALED_KEY: usize = 32 + 32 + 16;
const TAG: usize = 16;

/// Why content cannot be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    #[error("there is no auditor to encrypt to")]
    NoAuditors,
    #[error("content is sealed for {MAX_AUDITORS} auditors at most")]
    TooManyAuditors,
    #[error("it has {found} bytes, {limit} are possible")]
    TooLong { found: usize, limit: usize },
    #[error("this is no ciphertext of this kind")]
    Malformed,
    #[error("it is sealed in version {0}, which this release does not know")]
    Version(u8),
    #[error("it is not encrypted to organisation {0}")]
    NotForUs(OrgId),
    #[error("it does not open: it was changed, or encrypted to another key")]
    DoesNotOpen,
}

#[derive(Encode, Decode)]
struct Recipient {
    org: OrgId,
    sealed: [u8; SEALED_KEY],
}

#[derive(Encode, Decode)]
struct Sealed {
    recipients: Vec<Recipient>,
    nonce: [u8; 24],
    content: Vec<u8>,
}

/// The longest content for this many auditors.
pub fn max_content(auditors: usize) -> usize {
    // Version, two lengths of up to two bytes, nonce and tag.
    (MAX_CIPHERTEXT as usize).saturating_sub(1 + 2 + 2 + 24 + TAG + auditors * (4 + SEALED_KEY))
}

/// Seals content for auditors, each known by its organisation and the X25519 key that it has registered.
pub fn seal(auditors: &[(OrgId, [u8; 32])], content: &[u8]) -> Result<Ciphertext, AuditError> {
    if auditors.is_empty() {
        return Err(AuditError::NoAuditors);
    }
    if auditors.len() > MAX_AUDITORS as usize {
        return Err(AuditError::TooManyAuditors);
    }
    let limit = max_content(auditors.len());
    let too_long = || AuditError::TooLong {
        found: content.len(),
        limit,
    };
    if content.len() > limit {
        return Err(too_long());
    }
    let mut key = Zeroizing::new([0u8; 32]);
    OsRng.fill_bytes(&mut key[..]);
    let mut nonce = [0u8; 24];
    OsRng.fill_bytes(&mut nonce);
    let recipients = auditors.iter().map(|(org, public)| {
        let sealed = PublicKey::from(*public)
            .seal(&mut OsRng, &key[..])
            .map_err(|_| AuditError::Malformed)?;
        Ok(Recipient {
            org: *org,
            sealed: sealed.try_into().map_err(|_| AuditError::Malformed)?,
        })
    });
    let recipients = recipients.collect::<Result<Vec<_>, AuditError>>()?;
    let aad = (VERSION, &recipients).encode();
    let cipher = XChaCha20Poly1305::new(Key::from_slice(&key[..]));
    let payload = Payload {
        msg: content,
        aad: &aad,
    };
    let content = cipher
        .encrypt(XNonce::from_slice(&nonce), payload)
        .map_err(|_| too_long())?;
    let mut bytes = vec![VERSION];
    Sealed {
        recipients,
        nonce,
        content,
    }
    .encode_to(&mut bytes);
    bytes.try_into().map_err(|_| AuditError::Malformed)
}

/// Opens a ciphertext with the first of an organisation's keys that fits: each epoch's is the one that it had registered
/// when the epoch began.
pub fn open_any(ciphertext: &[u8], org: OrgId, secrets: &[SecretKey]) -> Result<Vec<u8>, AuditError> {
    let mut last = AuditError::NotForUs(org);
    for secret in secrets {
        match open(ciphertext, org, secret) {
            Err(AuditError::DoesNotOpen) => last = AuditError::DoesNotOpen,
            other => return other,
        }
    }
    Err(last)
}

/// Opens a ciphertext with an auditor's key.
pub fn open(ciphertext: &[u8], org: OrgId, secret: &SecretKey) -> Result<Vec<u8>, AuditError> {
    let (version, mut sealed) = ciphertext.split_first().ok_or(AuditError::Malformed)?;
    if *version != VERSION {
        return Err(AuditError::Version(*version));
    }
    let sealed = Sealed::decode_all(&mut sealed).map_err(|_| AuditError::Malformed)?;
    let ours = sealed
        .recipients
        .iter()
        .find(|recipient| recipient.org == org)
        .ok_or(AuditError::NotForUs(org))?;
    let key = Zeroizing::new(secret.unseal(&ours.sealed).map_err(|_| AuditError::DoesNotOpen)?);
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(key.as_slice().try_into().map_err(|_| AuditError::Malformed)?);
    let cipher = XChaCha20Poly1305::new(Key::from_slice(&key[..]));
    let aad = (VERSION, &sealed.recipients).encode();
    let payload = Payload {
        msg: &sealed.content,
        aad: &aad,
    };
    cipher
        .decrypt(XNonce::from_slice(&sealed.nonce), payload)
        .map_err(|_| AuditError::DoesNotOpen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(n: u32) -> (Vec<SecretKey>, Vec<(OrgId, [u8; 32])>) {
        let secrets: Vec<_> = (0..n).map(|_| SecretKey::generate(&mut OsRng)).collect();
        let public = secrets
            .iter()
            .zip(0..)
            .map(|(secret, org)| (OrgId(org), *secret.public_key().as_bytes()))
            .collect();
        (secrets, public)
    }

    #[test]
    fn every_auditor_opens_it_and_nobody_else() {
        let (secrets, auditors) = keys(3);
        let sealed = seal(&auditors, b"a note").unwrap();
        for (secret, (org, _)) in secrets.iter().zip(&auditors) {
            assert_eq!(open(&sealed, *org, secret).unwrap(), b"a note");
        }
        assert_eq!(open(&sealed, OrgId(1), &secrets[0]), Err(AuditError::DoesNotOpen));
        assert_eq!(
            open(&sealed, OrgId(9), &secrets[0]),
            Err(AuditError::NotForUs(OrgId(9)))
        );
    }

    #[test]
    fn the_longest_content_fits_exactly() {
        for n in 1..=MAX_AUDITORS {
            let (secrets, auditors) = keys(n);
            let content = vec![7; max_content(n as usize)];
            let sealed = seal(&auditors, &content).unwrap();
            assert_eq!(open(&sealed, OrgId(0), &secrets[0]).unwrap(), content);
            let longer = vec![7; content.len() + 1];
            assert!(matches!(seal(&auditors, &longer), Err(AuditError::TooLong { .. })));
        }
        assert_eq!(seal(&[], b""), Err(AuditError::NoAuditors));
        assert_eq!(seal(&keys(MAX_AUDITORS + 1).1, b""), Err(AuditError::TooManyAuditors));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let (secrets, auditors) = keys(2);
        let sealed = seal(&auditors, b"a note").unwrap().into_inner();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&changed, OrgId(0), &secrets[0]).is_err(), "byte {at}");
        }
        assert!(open(&[&sealed[..], &[0]].concat(), OrgId(0), &secrets[0]).is_err());
        assert!(open(&sealed[..sealed.len() - 1], OrgId(0), &secrets[0]).is_err());
    }
}
