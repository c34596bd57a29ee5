//! A generator for noise, faster than asking the operating system for every value.

use chacha20::{
    cipher::{KeyIvInit, StreamCipher},
    ChaCha20,
};
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

const KEY: usize = 32;
const BUFFER: usize = 4096;

/// ChaCha20 with fast key erasure (Bernstein 2017): each buffer of keystream begins with the key of the next one, and
/// what was given out is overwritten. Who reads the generator's memory learns nothing of the noise that came before; what
/// is left is zeroised.
pub struct Generator {
    /// The next key, then keystream of which so many bytes are used up and zero.
    buffer: Zeroizing<[u8; BUFFER]>,
    used: usize,
}

impl Generator {
    /// Seeded with 32 bytes of another generator: the operating system's.
    pub fn from_rng(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        let mut buffer = Zeroizing::new([0; BUFFER]);
        rng.fill_bytes(&mut buffer[..KEY]);
        Self { buffer, used: BUFFER }
    }

    fn refill(&mut self) {
        let mut key = Zeroizing::new([0; KEY]);
        key.copy_from_slice(&self.buffer[..KEY]);
        self.buffer.fill(0);
        // Every key makes one stream, so the nonce may be zero.
        ChaCha20::new((&*key).into(), &[0; 12].into()).apply_keystream(&mut *self.buffer);
        self.used = KEY;
    }
}

impl RngCore for Generator {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, mut wanted: &mut [u8]) {
        while !wanted.is_empty() {
            if self.used == BUFFER {
                self.refill();
            }
            let count = wanted.len().min(BUFFER - self.used);
            let given = &mut self.buffer[self.used..][..count];
            let (now, later) = wanted.split_at_mut(count);
            now.copy_from_slice(given);
            given.fill(0);
            self.used += count;
            wanted = later;
        }
    }

    fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(wanted);
        Ok(())
    }
}

impl CryptoRng for Generator {}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator that gives a key.
    struct Given([u8; KEY]);

    impl RngCore for Given {
        fn next_u32(&mut self) -> u32 {
            rand_core::impls::next_u32_via_fill(self)
        }

        fn next_u64(&mut self) -> u64 {
            rand_core::impls::next_u64_via_fill(self)
        }

        fn fill_bytes(&mut self, wanted: &mut [u8]) {
            wanted.copy_from_slice(&self.0[..wanted.len()]);
        }

        fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), rand_core::Error> {
            self.fill_bytes(wanted);
            Ok(())
        }
    }

    impl CryptoRng for Given {}

    /// RFC 8439, appendix A.1, test vector 1: the keystream of the zero key. Its first half is the next key.
    const BLOCK: [u8; 64] = [
        0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28, 0xbd, 0xd2,
        0x19, 0xb8, 0xa0, 0x8d, 0xed, 0x1a, 0xa8, 0x36, 0xef, 0xcc, 0x8b, 0x77, 0x0d, 0xc7, 0xda, 0x41, 0x59, 0x7c,
        0x51, 0x57, 0x48, 0x8d, 0x77, 0x24, 0xe0, 0x3f, 0xb8, 0xd8, 0x4a, 0x37, 0x6a, 0x43, 0xb8, 0xf4, 0x15, 0x18,
        0xa1, 0x1c, 0xc3, 0x87, 0xb6, 0x69, 0xb2, 0xee, 0x65, 0x86,
    ];

    #[test]
    fn published_vector_and_the_next_key() {
        let mut generator = Generator::from_rng(&mut Given([0; KEY]));
        let mut first = [0; BUFFER - KEY];
        generator.fill_bytes(&mut first);
        assert_eq!(first[..32], BLOCK[32..]);

        let mut following = Generator::from_rng(&mut Given(BLOCK[..KEY].try_into().expect("32 bytes")));
        let (mut next, mut same) = ([0; 100], [0; 100]);
        generator.fill_bytes(&mut next);
        following.fill_bytes(&mut same);
        assert_eq!(next, same);
    }

    #[test]
    fn the_pieces_do_not_matter_and_nothing_given_is_kept() {
        let mut whole = [0; 3 * BUFFER];
        Generator::from_rng(&mut Given([7; KEY])).fill_bytes(&mut whole);
        let mut generator = Generator::from_rng(&mut Given([7; KEY]));
        let (mut at, mut size) = (0, 1);
        while at + size <= whole.len() {
            let mut piece = vec![0; size];
            generator.fill_bytes(&mut piece);
            assert_eq!(piece, whole[at..at + size]);
            assert!(generator.buffer[KEY..generator.used].iter().all(|byte| *byte == 0));
            (at, size) = (at + size, size * 3 % 1009);
        }
        assert!(at > 2 * BUFFER, "{at}");
    }
}
