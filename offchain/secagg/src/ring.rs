//! The rings that vectors live in: the integers modulo 2^32 and modulo 2^64.

use serde::{de::DeserializeOwned, Serialize};
use zeroize::Zeroize;

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// An entry of a vector. Addition wraps, so that a mask which is uniform in the ring hides the entry perfectly. Entries
/// of 32 bits cost half of what those of 64 bits do, in masks and on the wire.
pub trait Ring:
    sealed::Sealed
    + Copy
    + Default
    + PartialEq
    + std::fmt::Debug
    + Send
    + Sync
    + Serialize
    + DeserializeOwned
    + Zeroize
    + 'static
{
    const BITS: u32;

    /// Size of an entry, which is what it takes of a keystream.
    const BYTES: usize = Self::BITS as usize / 8;

    fn plus(self, other: Self) -> Self;

    fn minus(self, other: Self) -> Self;

    /// Two's complement.
    fn from_signed(number: i64) -> Self;

    /// Two's complement.
    fn to_signed(self) -> i64;

    /// Little-endian.
    fn to_bytes(self) -> impl AsRef<[u8]>;

    /// Entries from a keystream, little-endian; what is too short for an entry is left.
    fn from_keystream(bytes: &[u8]) -> impl Iterator<Item = Self>;
}

macro_rules! ring {
    ($word:ty, $signed:ty) => {
        impl Ring for $word {
            const BITS: u32 = <$word>::BITS;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }

            fn from_signed(number: i64) -> Self {
                number as Self
            }

            fn to_signed(self) -> i64 {
                i64::from(self as $signed)
            }

            fn to_bytes(self) -> impl AsRef<[u8]> {
                self.to_le_bytes()
            }

            #[inline(always)]
            fn from_keystream(bytes: &[u8]) -> impl Iterator<Item = Self> {
                let (words, _) = bytes.as_chunks::<{ size_of::<$word>() }>();
                words.iter().map(|word| Self::from_le_bytes(*word))
            }
        }
    };
}

ring!(u32, i32);
ring!(u64, i64);
