//! The sum, from its two shares.

use crate::{Bound, Error, Party};
use prio::{
    field::{Field128, FieldElementWithInteger},
    flp::Type,
};
use std::{collections::BTreeSet, fmt};

/// One worker's share of a sum. By itself it says nothing.
#[derive(Clone)]
pub struct Sums {
    bound: Bound,
    parties: BTreeSet<Party>,
    share: Vec<Field128>,
}

impl fmt::Debug for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sums({} entries)", self.share.len())
    }
}

impl Sums {
    pub(crate) fn new(bound: Bound, parties: BTreeSet<Party>, share: Vec<Field128>) -> Self {
        Self { bound, parties, share }
    }

    /// Whose contributions are in it.
    pub fn parties(&self) -> &BTreeSet<Party> {
        &self.parties
    }

    /// Adds this worker's noise. Each of the two adds as much as privacy needs: one of them may not be honest.
    ///
    /// Errors: [`Error::Length`].
    pub fn add_noise(&mut self, noise: &[i64]) -> Result<(), Error> {
        if noise.len() != self.share.len() {
            return Err(Error::Length {
                have: noise.len(),
                need: self.share.len(),
            });
        }
        for (share, noise) in self.share.iter_mut().zip(noise) {
            let size = Field128::from(u128::from(noise.unsigned_abs()));
            match noise.is_negative() {
                true => *share -= size,
                false => *share += size,
            }
        }
        Ok(())
    }

    /// The share, for whoever may know the sum: 16 bytes an entry, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let bytes = self.share.iter().flat_map(|share| u128::from(*share).to_le_bytes());
        bytes.collect()
    }

    /// What [`Sums::to_bytes`] gave, of a sum over these parties. `None` where it is no share of such a sum.
    pub fn from_bytes(bound: Bound, parties: BTreeSet<Party>, bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<16>();
        let share: Option<Vec<Field128>> = words
            .iter()
            .map(|word| u128::from_le_bytes(*word))
            .map(|word| (word < Field128::modulus()).then(|| Field128::from(word)))
            .collect();
        let share = share.filter(|share| share.len() == bound.length() && rest.is_empty() && !parties.is_empty())?;
        Some(Self::new(bound, parties, share))
    }
}

/// The sum that two workers' shares are of, noise included.
///
/// Errors: [`Error::Apart`] where they are of sums over different parties or under different bounds.
pub fn sum(first: &Sums, second: &Sums) -> Result<Vec<i128>, Error> {
    if (first.bound, &first.parties) != (second.bound, &second.parties) {
        return Err(Error::Apart);
    }
    let total: Vec<Field128> = first
        .share
        .iter()
        .zip(&second.share)
        .map(|(first, second)| *first + *second)
        .collect();
    first
        .bound
        .decode_result(&total, first.parties.len())
        .map_err(|error| Error::Proof(error.to_string()))
}
