//! Expansion of masks: AES-256 in counter mode, added to the vector as it is made.

use aes::Aes256;
use ctr::{
    cipher::{KeyIvInit, StreamCipher},
    Ctr128BE,
};
use zeroize::Zeroize;

use crate::keys::MaskSeed;

/// Bytes of keystream made at a time: small enough that they are still in the first-level cache when they are added,
/// and no mask ever exists at full length.
const TILE: usize = 4096;

/// Which way a mask goes into the vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Add,
    Subtract,
}

impl Sign {
    pub(crate) fn opposite(self) -> Self {
        match self {
            Sign::Add => Sign::Subtract,
            Sign::Subtract => Sign::Add,
        }
    }
}

/// Adds or subtracts the mask of a seed, entry by entry in the ring of integers modulo 2^64. The seed's key is used
/// for this one stream, which is why the counter may start at zero.
pub(crate) fn apply(values: &mut [u64], seed: &MaskSeed, sign: Sign) {
    let mut cipher = Ctr128BE::<Aes256>::new((&seed.0).into(), &[0; 16].into());
    let mut tile = [0u8; TILE];
    for chunk in values.chunks_mut(TILE / 8) {
        let bytes = &mut tile[..chunk.len() * 8];
        bytes.fill(0);
        cipher.apply_keystream(bytes);
        for (value, word) in chunk.iter_mut().zip(bytes.chunks_exact(8)) {
            let mask = u64::from_le_bytes(word.try_into().expect("chunks of eight bytes"));
            *value = match sign {
                Sign::Add => value.wrapping_add(mask),
                Sign::Subtract => value.wrapping_sub(mask),
            };
        }
    }
    tile.zeroize();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtracting_undoes_adding_at_every_tile_boundary() {
        for length in [1, 2, 511, 512, 513, 1024, 1500] {
            let original: Vec<u64> = (0..length).map(|i| i * i).collect();
            let mut values = original.clone();
            apply(&mut values, &MaskSeed([7; 32]), Sign::Add);
            assert!(values.iter().zip(&original).all(|(masked, plain)| masked != plain));
            apply(&mut values, &MaskSeed([7; 32]), Sign::Subtract);
            assert_eq!(values, original);
        }
    }

    #[test]
    fn the_stream_goes_on_across_tiles() {
        let mut values = vec![0; 2048];
        apply(&mut values, &MaskSeed([1; 32]), Sign::Add);
        let distinct: std::collections::BTreeSet<_> = values.iter().collect();
        assert_eq!(distinct.len(), values.len());
    }

    /// First block of AES-256 in counter mode with zero key and counter is the encryption of the zero block, which
    /// NIST's AESAVS gives as dc95c078a2408989ad48a21492842087.
    #[test]
    fn published_vector() {
        let mut values = vec![0; 2];
        apply(&mut values, &MaskSeed([0; 32]), Sign::Add);
        assert_eq!(
            values[0].to_le_bytes(),
            [0xdc, 0x95, 0xc0, 0x78, 0xa2, 0x40, 0x89, 0x89]
        );
        assert_eq!(
            values[1].to_le_bytes(),
            [0xad, 0x48, 0xa2, 0x14, 0x92, 0x84, 0x20, 0x87]
        );
    }
}
