//! The chain's hash, with domain separation for everything that is signed.

use codec::Encode;
use sp_core::H256;

/// BLAKE2b with a 32-byte digest: the hash of every commitment on chain.
pub fn blake2_256(bytes: &[u8]) -> H256 {
    H256(sp_crypto_hashing::blake2_256(bytes))
}

/// The hash of a SCALE value under a domain. Two domains never share a digest, since the domain is encoded with its
/// length before the value.
pub fn domain_hash<T: Encode>(domain: &[u8], value: &T) -> H256 {
    let mut bytes = domain.encode();
    value.encode_to(&mut bytes);
    blake2_256(&bytes)
}
