//! What goes on chain for each step: BLAKE2b-256 of the step's public output.

/// BLAKE2b-256, the chain's hash.
pub fn blake2_256(bytes: &[u8]) -> [u8; 32] {
    sp_crypto_hashing::blake2_256(bytes)
}

/// The commitment to a sum: the hash of its elements as little-endian bytes.
pub fn of_sum(sum: &[u64]) -> [u8; 32] {
    let bytes: Vec<u8> = sum.iter().flat_map(|element| element.to_le_bytes()).collect();
    blake2_256(&bytes)
}
