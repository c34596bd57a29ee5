//! How many rows there are, and how many of each kind.

use super::{Bounds, Estimate, Noised, Statistic};
use crate::Error;

/// The most cells of a histogram.
const MAX_CELLS: usize = 1 << 20;

/// How many rows there are. The answer may be below zero, so that sums of answers are right on average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count;

impl Statistic for Count {
    type Row = ();
    type Answer = Estimate;

    fn length(&self) -> usize {
        1
    }

    fn sensitivity(&self) -> f64 {
        1.0
    }

    fn add(&self, _: &(), entries: &mut [i64]) -> Result<(), &'static str> {
        entries[0] += 1;
        Ok(())
    }

    fn answer(&self, sums: Noised) -> Estimate {
        sums.estimate(sums.sums[0], 1.0)
    }
}

/// How many rows fall into each of some cells; every row is in one. Each interval by itself has the confidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram {
    cells: usize,
}

impl Histogram {
    pub fn new(cells: usize) -> Result<Self, Error> {
        if cells == 0 || cells > MAX_CELLS {
            return Err(Error::Statistic("a histogram has one to 2^20 cells"));
        }
        Ok(Self { cells })
    }
}

impl Statistic for Histogram {
    /// The cell, counted from zero.
    type Row = usize;
    type Answer = Vec<Estimate>;

    fn length(&self) -> usize {
        self.cells
    }

    fn sensitivity(&self) -> f64 {
        1.0
    }

    fn add(&self, cell: &usize, entries: &mut [i64]) -> Result<(), &'static str> {
        *entries.get_mut(*cell).ok_or("the histogram has no such cell")? += 1;
        Ok(())
    }

    fn answer(&self, sums: Noised) -> Vec<Estimate> {
        sums.sums.iter().map(|sum| sums.estimate(*sum, 1.0)).collect()
    }
}

/// Cells of equal width between two bounds, for numbers; what lies beyond belongs to the outermost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    bounds: Bounds,
    cells: usize,
}

impl Bins {
    pub fn new(bounds: Bounds, cells: usize) -> Result<Self, Error> {
        Histogram::new(cells)?;
        Ok(Self { bounds, cells })
    }

    pub fn cells(&self) -> usize {
        self.cells
    }

    /// The cell of a number; `None` if it is none.
    pub fn cell(&self, number: f64) -> Option<usize> {
        let clamped = self.bounds.clamp(number)?;
        let share = (clamped - self.bounds.lower()) / self.bounds.width();
        Some(((share * self.cells as f64) as usize).min(self.cells - 1))
    }

    /// Where a cell begins, or the last one ends.
    pub fn edge(&self, cell: usize) -> f64 {
        self.bounds.lower() + self.bounds.width() * (cell as f64 / self.cells as f64)
    }
}
