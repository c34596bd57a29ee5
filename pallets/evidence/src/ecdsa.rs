//! ECDSA on P-384 over a SHA-384: how SEV-SNP reports are signed.

use p384::ecdsa::{signature::hazmat::PrehashVerifier, Signature, VerifyingKey};

/// Bytes of a scalar of P-384, and of a SHA-384.
pub(crate) const SCALAR: usize = 48;

#[cfg(not(feature = "native-snp"))]
pub(crate) use self::compute as verify;
#[cfg(feature = "native-snp")]
pub(crate) use crate::host::evidence_crypto::p384_verify as verify;

/// Whether `signature`, r before s and both big-endian, is one of `key` (SEC1) over what has this digest. Either form of s
/// counts; a scalar that is zero or not less than the group's order does not.
///
/// The same code in Wasm and in the node: which of them runs it must not change a verdict.
// A runtime that asks the node does not contain it.
#[cfg_attr(feature = "native-snp", allow(dead_code))]
pub(crate) fn compute(key: &[u8], digest: &[u8; SCALAR], signature: &[u8; 2 * SCALAR]) -> bool {
    let verified = Signature::from_slice(signature).and_then(|signature| {
        let key = VerifyingKey::from_sec1_bytes(key)?;
        key.verify_prehash(digest, &signature)
    });
    verified.is_ok()
}
