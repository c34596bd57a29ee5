//! The rings that vectors live in: the integers modulo 2^32 and modulo 2^64.

use std::borrow::Cow;

use serde::{
    de::{DeserializeOwned, Error},
    Deserialize, Deserializer, Serialize, Serializer,
};
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

    /// Entries one after the other, little-endian.
    fn pack(entries: &[Self]) -> Vec<u8>;

    /// What [`Ring::pack`] gave; `None` where the last entry is cut.
    fn unpack(bytes: &[u8]) -> Option<Vec<Self>>;
}

/// Vectors in checkpoints: bytes, which are written and read in one piece, or numbers where a reader is to see them.
pub(crate) mod packed {
    use super::*;

    pub fn serialize<R: Ring, S: Serializer>(entries: &[R], to: S) -> Result<S::Ok, S::Error> {
        match to.is_human_readable() {
            true => entries.serialize(to),
            false => serde_bytes::serialize(&R::pack(entries), to),
        }
    }

    pub fn deserialize<'de, R: Ring, D: Deserializer<'de>>(from: D) -> Result<Vec<R>, D::Error> {
        if from.is_human_readable() {
            return Vec::deserialize(from);
        }
        let bytes: Cow<'de, [u8]> = serde_bytes::deserialize(from)?;
        R::unpack(&bytes).ok_or_else(|| D::Error::custom("a vector is cut"))
    }
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

            fn pack(entries: &[Self]) -> Vec<u8> {
                let mut bytes = Vec::with_capacity(size_of_val(entries));
                for entry in entries {
                    bytes.extend_from_slice(&entry.to_le_bytes());
                }
                bytes
            }

            fn unpack(bytes: &[u8]) -> Option<Vec<Self>> {
                let (words, rest) = bytes.as_chunks::<{ size_of::<$word>() }>();
                let entries = words.iter().map(|word| Self::from_le_bytes(*word));
                rest.is_empty().then(|| entries.collect())
            }
        }
    };
}

ring!(u32, i32);
ring!(u64, i64);
