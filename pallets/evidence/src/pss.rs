//! RSASSA-PSS with 4096 bits, SHA-384 and a salt of 48 bytes: how AMD signs certificates and revocation lists (AMD 57230,
//! section 3).

use rsa::{sha2::Sha384, BoxedUint, Pss, PublicKey};

/// Bytes of a modulus and of a signature.
pub(crate) const RSA_BYTES: usize = 512;
/// 65,537, big-endian: the exponent of all of AMD's keys.
pub(crate) const PUBLIC_EXPONENT: [u8; 3] = [1, 0, 1];

#[cfg(not(feature = "native-snp"))]
pub(crate) use self::compute as verify;
#[cfg(feature = "native-snp")]
pub(crate) use crate::host::evidence_crypto::rsa4096_pss_verify as verify;

/// Whether `signature` is one of the key with this modulus over what has this digest, all big-endian. A signature that is
/// not less than the modulus is refused before it is reduced (RFC 8017, 5.2.2), and so is an even modulus.
///
/// The same code in Wasm and in the node: which of them runs it must not change a verdict.
// A runtime that asks the node does not contain it.
#[cfg_attr(feature = "native-snp", allow(dead_code))]
pub(crate) fn compute(modulus: &[u8; RSA_BYTES], digest: &[u8; 48], signature: &[u8; RSA_BYTES]) -> bool {
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    PublicKey::new(number(modulus), number(&PUBLIC_EXPONENT))
        .and_then(|key| key.verify(Pss::<Sha384>::new(), digest, signature))
        .is_ok()
}
