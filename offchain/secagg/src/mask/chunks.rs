//! Masks on vectors that are never in memory as a whole.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::Mask;
use crate::{Error, Ring};

/// A party's masks, for a vector that comes in chunks. Each entry is masked once: two inputs under one mask would show
/// their difference. Save the client after each chunk and before sending it; a process that dies goes on with the
/// chunk after the one that it saved, or masks the same entries of the same input again.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Masking<R> {
    masks: Vec<Mask>,
    masked: usize,
    length: usize,
    #[serde(skip)]
    ring: PhantomData<R>,
}

impl<R: Ring> Masking<R> {
    pub(crate) fn new(masks: Vec<Mask>, length: usize) -> Self {
        Self {
            masks,
            masked: 0,
            length,
            ring: PhantomData,
        }
    }

    /// Masks the next entries of the vector in place. With the last one the masks are gone.
    pub fn mask(&mut self, chunk: &mut [R]) -> Result<(), Error> {
        let end = self.masked.saturating_add(chunk.len());
        if end > self.length {
            return Err(Error::InputLength {
                have: end,
                need: self.length,
            });
        }
        super::apply(chunk, self.masked, &self.masks);
        self.masked = end;
        if self.is_complete() {
            self.masks.clear();
        }
        Ok(())
    }

    /// Entries that are masked.
    pub fn position(&self) -> usize {
        self.masked
    }

    pub fn is_complete(&self) -> bool {
        self.masked == self.length
    }
}

/// What the server takes off the sum of the survivors' masked vectors, in chunks, in any order and as often as needed.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Unmasking<R> {
    masks: Vec<Mask>,
    length: usize,
    #[serde(skip)]
    ring: PhantomData<R>,
}

impl<R: Ring> Unmasking<R> {
    pub(crate) fn new(masks: Vec<Mask>, length: usize) -> Self {
        Self {
            masks,
            length,
            ring: PhantomData,
        }
    }

    /// Unmasks a chunk of the sum in place, whose first entry is number `first` of the whole.
    pub fn unmask(&self, first: usize, chunk: &mut [R]) -> Result<(), Error> {
        let end = first.saturating_add(chunk.len());
        if end > self.length {
            return Err(Error::InputLength {
                have: end,
                need: self.length,
            });
        }
        super::apply(chunk, first, &self.masks);
        Ok(())
    }
}
