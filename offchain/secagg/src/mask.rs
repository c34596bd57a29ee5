//! Masks on vectors: many at once, on all threads.

mod chunks;
mod keystream;

use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{keys::MaskSeed, parallel, Ring};
pub use chunks::{Masking, Unmasking};
use keystream::{Keystream, TILE_BYTES};

/// Bytes of the vector that go through all masks before the next come: they stay in the second-level cache, and are
/// long enough that a key's schedule costs a hundredth of its stream.
const BLOCK_BYTES: usize = 128 << 10;

/// A thread with a shorter part of the vector would spend too much on key schedules.
const SHORTEST_BYTES: usize = 16 << 10;

/// Entries of keystream that are worth a thread: 20 µs of work.
const WORTH: usize = 1 << 16;

/// Which way a mask goes into the vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A mask as its seed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Mask {
    pub(crate) seed: MaskSeed,
    pub(crate) sign: Sign,
}

/// Puts all masks on entries of a vector, the first of which is number `first` of the whole. No mask ever exists at
/// full length.
pub(crate) fn apply<R: Ring>(values: &mut [R], first: usize, masks: &[Mask]) {
    let threads = parallel::threads(values.len().saturating_mul(masks.len()) / WORTH);
    apply_in(threads, values, first, masks);
}

pub(crate) fn apply_in<R: Ring>(threads: usize, values: &mut [R], first: usize, masks: &[Mask]) {
    if threads == 1 || size_of_val(values) >= threads * SHORTEST_BYTES {
        by_blocks(values, first, masks, threads);
    } else {
        by_masks(values, first, masks, threads);
    }
}

/// Every thread takes blocks of the vector through all masks.
fn by_blocks<R: Ring>(values: &mut [R], first: usize, masks: &[Mask], threads: usize) {
    let length = block_length::<R>(values.len(), threads);
    let blocks = Mutex::new(values.chunks_mut(length).zip((first..).step_by(length)));
    parallel::run(threads, || {
        let mut keystream = Keystream::new();
        loop {
            let next = blocks.lock().expect("nothing panics with the lock").next();
            let Some((block, first)) = next else { return };
            for mask in masks {
                keystream.apply(block, first, mask);
            }
        }
    });
}

/// Equal blocks, the same number for every thread, none longer than [`BLOCK_BYTES`] and each of whole tiles.
fn block_length<R: Ring>(values: usize, threads: usize) -> usize {
    let part = values.div_ceil(threads).max(1);
    let blocks = (part * R::BYTES).div_ceil(BLOCK_BYTES);
    part.div_ceil(blocks).next_multiple_of(TILE_BYTES / R::BYTES)
}

/// Every thread sums some of the masks. For short vectors, of which there is no block for each.
fn by_masks<R: Ring>(values: &mut [R], first: usize, masks: &[Mask], threads: usize) {
    let parts = Mutex::new(masks.chunks(masks.len().div_ceil(threads)));
    let values = Mutex::new(values);
    let length = values.lock().expect("nothing has panicked").len();
    parallel::run(threads, || {
        let next = parts.lock().expect("nothing panics with the lock").next();
        let Some(masks) = next else { return };
        let mut sum = Zeroizing::new(vec![R::default(); length]);
        by_blocks(&mut sum, first, masks, 1);
        let mut values = values.lock().expect("nothing panics with the lock");
        for (value, sum) in values.iter_mut().zip(sum.iter()) {
            *value = value.plus(*sum);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aes::{
        cipher::{BlockCipherEncrypt, KeyInit},
        Aes256Enc, Block,
    };

    use super::*;

    fn mask(seed: u8, sign: Sign) -> Mask {
        Mask {
            seed: MaskSeed([seed; 32]),
            sign,
        }
    }

    /// The definition, a block at a time: entry i is the i-th little-endian word of the encryptions of 0, 1, 2, …
    fn defined<const BYTES: usize>(seed: u8, entries: usize) -> Vec<[u8; BYTES]> {
        let cipher = Aes256Enc::new(&[seed; 32].into());
        let blocks = (0u128..).flat_map(|counter| {
            let mut block: Block = counter.to_be_bytes().into();
            cipher.encrypt_block(&mut block);
            block.0
        });
        let bytes: Vec<u8> = blocks.take(entries * BYTES).collect();
        bytes.as_chunks().0.to_vec()
    }

    #[test]
    fn masks_are_as_defined_in_both_rings() {
        for length in [1, 2, 3, 63, 127, 128, 129, 255, 256, 257, 1000, 9000] {
            let mut words = vec![5u64; length];
            apply(&mut words, 0, &[mask(7, Sign::Add)]);
            let expected = defined(7, length).into_iter().map(u64::from_le_bytes);
            assert!(words
                .iter()
                .zip(expected)
                .all(|(have, mask)| *have == mask.wrapping_add(5)));
            let mut words = vec![5u32; length];
            apply(&mut words, 0, &[mask(7, Sign::Subtract)]);
            let expected = defined(7, length).into_iter().map(u32::from_le_bytes);
            assert!(words
                .iter()
                .zip(expected)
                .all(|(have, mask)| *have == 5u32.wrapping_sub(mask)));
        }
    }

    #[test]
    fn a_part_gets_its_part_of_the_mask() {
        let masks = [mask(1, Sign::Add), mask(2, Sign::Subtract), mask(3, Sign::Add)];
        let mut whole = vec![0u32; 3000];
        apply(&mut whole, 0, &masks);
        for (first, length) in [(0, 3000), (1, 2), (255, 2), (256, 256), (257, 1500), (2999, 1)] {
            let mut part = vec![0u32; length];
            apply(&mut part, first, &masks);
            assert_eq!(part, whole[first..first + length], "{length} from {first}");
        }
        // Far into the stream, where the counter's low byte has wrapped many times.
        let far = 1 << 26;
        let mut whole = vec![0u64; 600];
        apply(&mut whole, far, &masks);
        for first in [1, 2, 127, 128, 511] {
            let mut part = vec![0u64; 88];
            apply(&mut part, far + first, &masks);
            assert_eq!(part, whole[first..first + 88]);
        }
    }

    #[test]
    fn however_the_work_is_divided() {
        let masks: Vec<Mask> = (0..40)
            .map(|seed| mask(seed, if seed % 3 == 0 { Sign::Add } else { Sign::Subtract }))
            .collect();
        for length in [1, 100, 5000, 70_000] {
            let mut alone = vec![9u64; length];
            by_blocks(&mut alone, 11, &masks, 1);
            for threads in [2, 3, 8, 64] {
                let mut blocks = vec![9u64; length];
                by_blocks(&mut blocks, 11, &masks, threads);
                assert!(blocks == alone);
                let mut sums = vec![9u64; length];
                by_masks(&mut sums, 11, &masks, threads);
                assert!(sums == alone);
            }
        }
    }

    #[test]
    fn every_thread_gets_as_many_blocks() {
        for threads in [1, 2, 3, 16] {
            for values in [1, 255, 256, 100_000, 1 << 20] {
                let length = block_length::<u32>(values, threads);
                assert!(length * 4 <= BLOCK_BYTES + TILE_BYTES);
                assert_eq!(length * 4 % TILE_BYTES, 0);
                let blocks = values.div_ceil(length);
                let even = blocks.div_ceil(threads) * length;
                // But for rounding to tiles, nobody has more than its part.
                assert!(even <= values.div_ceil(threads) + blocks * TILE_BYTES / 4);
            }
        }
    }

    #[test]
    fn subtracting_undoes_adding() {
        let original: Vec<u64> = (0..1500).map(|i| i * i).collect();
        let mut values = original.clone();
        apply(&mut values, 0, &[mask(7, Sign::Add)]);
        assert!(values.iter().zip(&original).all(|(masked, plain)| masked != plain));
        apply(&mut values, 0, &[mask(7, Sign::Subtract)]);
        assert_eq!(values, original);
    }

    #[test]
    fn the_stream_does_not_repeat() {
        let mut values = vec![0u64; 4096];
        apply(&mut values, 0, &[mask(1, Sign::Add)]);
        let distinct: BTreeSet<_> = values.iter().collect();
        assert_eq!(distinct.len(), values.len());
    }

    /// First block of AES-256 in counter mode with zero key and counter is the encryption of the zero block, which
    /// NIST's AESAVS gives as dc95c078a2408989ad48a21492842087.
    #[test]
    fn published_vector() {
        let mut values = vec![0u64; 2];
        apply(&mut values, 0, &[mask(0, Sign::Add)]);
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
