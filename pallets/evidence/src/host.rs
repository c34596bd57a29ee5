//! What a runtime of the feature `native-snp` leaves to the node: the signatures in SEV-SNP evidence. When it may:
//! `docs/decisions/0008-native-snp.md`.

// The macro's calls out of the Wasm are unsafe, and it asks for a condition that only the runtime's build sets.
#![allow(unsafe_code, unexpected_cfgs)]

#[cfg(feature = "std")]
use alloc::vec::Vec;
use sp_runtime_interface::{
    pass_by::{PassFatPointerAndRead, PassPointerAndRead},
    runtime_interface,
};

/// Cryptography of hardware evidence. Outside a runtime these are plain functions.
///
/// A function never changes: one that would answer differently is another version of it (`#[version(2)]`), since a chain's
/// past blocks are executed again with the first.
#[runtime_interface]
pub trait EvidenceCrypto {
    /// Whether an ECDSA signature (r before s, big-endian) on P-384 is one of the key (SEC1) over what has this SHA-384.
    fn p384_verify(
        key: PassFatPointerAndRead<&[u8]>,
        digest: PassPointerAndRead<&[u8; 48], 48>,
        signature: PassPointerAndRead<&[u8; 96], 96>,
    ) -> bool {
        crate::ecdsa::compute(key, digest, signature)
    }

    /// Whether an RSASSA-PSS signature (SHA-384, salt of 48 bytes) is one of the key with this modulus of 4096 bits and the
    /// exponent 65,537 over what has this SHA-384. All are big-endian.
    fn rsa4096_pss_verify(
        modulus: PassPointerAndRead<&[u8; 512], 512>,
        digest: PassPointerAndRead<&[u8; 48], 48>,
        signature: PassPointerAndRead<&[u8; 512], 512>,
    ) -> bool {
        crate::pss::compute(modulus, digest, signature)
    }
}

#[cfg(feature = "std")]
pub use evidence_crypto::HostFunctions;
