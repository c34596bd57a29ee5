//! The rings that vectors live in: the integers modulo 2^32 and modulo 2^64.

use zeroize::Zeroize;

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// An entry of a vector. Addition wraps, so that a mask which is uniform in the ring hides the entry perfectly.
pub trait Ring: sealed::Sealed + Copy + Default + Send + Sync + Zeroize + 'static {
    /// Size of an entry, which is what it takes of a keystream.
    const BYTES: usize;

    fn plus(self, other: Self) -> Self;

    fn minus(self, other: Self) -> Self;

    /// Entries of the ring from a keystream, little-endian; what is too short for an entry is left.
    fn from_keystream(bytes: &[u8]) -> impl Iterator<Item = Self>;
}

macro_rules! ring {
    ($word:ty) => {
        impl Ring for $word {
            const BYTES: usize = size_of::<$word>();

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            #[inline(always)]
            fn from_keystream(bytes: &[u8]) -> impl Iterator<Item = Self> {
                let (words, _) = bytes.as_chunks::<{ size_of::<$word>() }>();
                words.iter().map(|word| Self::from_le_bytes(*word))
            }
        }
    };
}

ring!(u32);
ring!(u64);
