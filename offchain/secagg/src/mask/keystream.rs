//! `PRG` of Bonawitz et al. (section 3.3): AES-256 in counter mode, added to the vector while it is in registers and the
//! first-level cache.
//!
//! The cipher is the `aes` crate's. It chooses VAES on 512 or 256 bits, AES-NI or portable code at run time and calls
//! [`Fused::call`] inside the function that is compiled for these instructions, so that counters and additions use them
//! too. See docs/decisions/0009-the-masks-cipher.md.

use aes::{
    cipher::{
        consts::U16, Array, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, KeyInit,
        ParBlocks,
    },
    Aes256Enc, Block,
};
use zeroize::Zeroize;

use super::{Mask, Sign};
use crate::Ring;

/// Blocks of a tile: a divisor of 256, so that only the last byte of the counter changes within one.
const TILE: usize = 64;
const BLOCK_BYTES: usize = 16;
pub(super) const TILE_BYTES: usize = TILE * BLOCK_BYTES;

/// What the blocks of a tile add to its first counter.
const STEPS: [u8; TILE_BYTES] = {
    let mut steps = [0; TILE_BYTES];
    let mut block = 0;
    while block < TILE {
        steps[block * BLOCK_BYTES + BLOCK_BYTES - 1] = block as u8;
        block += 1;
    }
    steps
};

/// Room for a tile of keystream. One serves any number of masks, and forgets the last when it is dropped.
pub(super) struct Keystream([Block; TILE]);

impl Keystream {
    pub(super) fn new() -> Self {
        Self([Block::default(); TILE])
    }

    /// Puts a mask on entries of a vector, the first of which is number `first` of the whole. The mask's key is used
    /// for this one stream, which is why the counter may start at zero.
    pub(super) fn apply<R: Ring>(&mut self, values: &mut [R], first: usize, mask: &Mask) {
        Aes256Enc::new((&mask.seed.0).into()).encrypt_with_backend(Fused {
            values,
            first: first as u128,
            sign: mask.sign,
            keystream: &mut self.0,
        });
    }
}

impl Drop for Keystream {
    fn drop(&mut self) {
        Array::slice_as_flattened_mut(&mut self.0).zeroize();
    }
}

struct Fused<'a, R> {
    values: &'a mut [R],
    first: u128,
    sign: Sign,
    keystream: &'a mut [Block; TILE],
}

impl<R> BlockSizeUser for Fused<'_, R> {
    type BlockSize = U16;
}

impl<R: Ring> BlockCipherEncClosure for Fused<'_, R> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let Self {
            mut values,
            first,
            sign,
            keystream,
        } = self;
        let entries = TILE_BYTES / R::BYTES;
        let mut tile = first / entries as u128;
        let mut skip = (first % entries as u128) as usize;
        let mut counters = [Block::default(); TILE];
        count(&mut counters, tile);
        while !values.is_empty() {
            let (plain, plain_rest) = ParBlocks::<B>::slice_as_chunks(&counters);
            let (cipher, cipher_rest) = ParBlocks::<B>::slice_as_chunks_mut(keystream);
            for (plain, cipher) in plain.iter().zip(cipher) {
                backend.encrypt_par_blocks((plain, cipher).into());
            }
            for (plain, cipher) in plain_rest.iter().zip(cipher_rest) {
                backend.encrypt_block((plain, cipher).into());
            }
            // The next counters are written here already: the processor does it, and the additions, beside the cipher.
            tile += 1;
            count(&mut counters, tile);

            let (now, later) = values.split_at_mut((entries - skip).min(values.len()));
            let words = R::from_keystream(&Array::slice_as_flattened(keystream)[skip * R::BYTES..]);
            match sign {
                Sign::Add => now
                    .iter_mut()
                    .zip(words)
                    .for_each(|(value, word)| *value = value.plus(word)),
                Sign::Subtract => now
                    .iter_mut()
                    .zip(words)
                    .for_each(|(value, word)| *value = value.minus(word)),
            }
            values = later;
            skip = 0;
        }
    }
}

/// Sets the counters of a tile: big-endian, as SP 800-38A's example has them.
#[inline(always)]
fn count(counters: &mut [Block; TILE], tile: u128) {
    let first = (tile * TILE as u128).to_be_bytes();
    // Two blocks at a time, since vectors are that long.
    let mut pair = [0; 2 * BLOCK_BYTES];
    pair[..BLOCK_BYTES].copy_from_slice(&first);
    pair[BLOCK_BYTES..].copy_from_slice(&first);
    let counters = Array::slice_as_flattened_mut(counters).chunks_exact_mut(pair.len());
    for (counters, steps) in counters.zip(STEPS.chunks_exact(pair.len())) {
        for ((counter, step), first) in counters.iter_mut().zip(steps).zip(pair) {
            *counter = first.wrapping_add(*step);
        }
    }
}
