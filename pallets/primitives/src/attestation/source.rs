//! What a measurement stands for: the source and the recipe from which anybody can build what was measured.

use super::Measurement;
use crate::{policy::chain_type, BlockNumber};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;

chain_type! {
    /// A git object id: SHA-1, or SHA-256 in repositories that name their objects by it.
    #[derive(Copy)]
    pub enum Revision { Sha1([u8; 20]), Sha256([u8; 32]) }
}

impl Revision {
    /// From the bytes of an object id; none where they are neither 20 nor 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            20 => bytes.try_into().ok().map(Self::Sha1),
            _ => bytes.try_into().ok().map(Self::Sha256),
        }
    }

    /// The object id.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha1(id) => id,
            Self::Sha256(id) => id,
        }
    }
}

chain_type! {
    /// The source behind a measurement: who builds this revision by this recipe gets an image that measures so.
    #[derive(Copy)]
    pub struct Source {
        pub revision: Revision,
        /// SHA-256 of the build recipe.
        pub recipe: H256,
    }
}

impl Source {
    /// Stands for no source: a measurement of development, which nobody can build again.
    pub const DEVELOPMENT: Self = Self {
        revision: Revision::Sha1([0; 20]),
        recipe: H256([0; 32]),
    };

    pub fn is_development(&self) -> bool {
        *self == Self::DEVELOPMENT
    }
}

chain_type! {
    /// When a measurement ends, and what takes its place.
    #[derive(Copy)]
    pub struct Replacement {
        pub by: Measurement,
        /// The first block at which workers with the old measurement are no longer active.
        pub at: BlockNumber,
    }
}

chain_type! {
    /// A measurement that the members have accepted.
    #[derive(Copy)]
    pub struct AcceptedMeasurement {
        pub source: Source,
        pub accepted_at: BlockNumber,
        pub replaced: Option<Replacement>,
    }
}

impl AcceptedMeasurement {
    /// One that counts until a successor is voted.
    pub fn new(source: Source, accepted_at: BlockNumber) -> Self {
        Self {
            source,
            accepted_at,
            replaced: None,
        }
    }

    /// Whether workers with it may compute at this block.
    pub fn counts(&self, now: BlockNumber) -> bool {
        self.replaced.is_none_or(|replacement| now < replacement.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_an_object_id_of_either_kind() {
        assert_eq!(Revision::from_bytes(&[1; 20]), Some(Revision::Sha1([1; 20])));
        assert_eq!(Revision::from_bytes(&[1; 32]), Some(Revision::Sha256([1; 32])));
        for length in [0, 19, 21, 31, 33, 48] {
            assert_eq!(Revision::from_bytes(&[1; 48][..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn a_replaced_measurement_ends_at_its_block() {
        let mut accepted = AcceptedMeasurement::new(Source::DEVELOPMENT, 3);
        assert!(accepted.counts(u32::MAX));
        accepted.replaced = Some(Replacement {
            by: Measurement::simulated(b"next"),
            at: 10,
        });
        assert!(accepted.counts(9) && !accepted.counts(10));
    }
}
