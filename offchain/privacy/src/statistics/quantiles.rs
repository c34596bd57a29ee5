//! Quantiles from a tree of counts.
//!
//! Each row is counted once per level: in one of 16 parts of the range, one of 256, and so on. A count of many cells is
//! then a sum of few nodes. The least squares fit, in which every node is the sum of its children, takes what every
//! node says of every other: Hay, Rastogi, Miklau and Suciu, *Boosting the Accuracy of Differentially Private
//! Histograms Through Consistency*, VLDB 2010. About 16 children are best: Qardaji, Yang and Li, *Understanding
//! Hierarchical Methods for Differentially Private Histograms*, VLDB 2013.

use super::{Bins, Bounds, Estimate, Noised, Statistic};
use crate::Error;

/// Children of a node.
pub const BRANCHES: usize = 16;

/// Any number of quantiles, at the cost of one release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantiles {
    bins: Bins,
    height: u32,
}

impl Quantiles {
    /// Between bounds that are chosen without looking at the numbers; to one in 16^`height` of the range, `height` 1 to 4.
    pub fn new(bounds: Bounds, height: u32) -> Result<Self, Error> {
        if !(1..=4).contains(&height) {
            return Err(Error::Statistic("a tree of counts is 1 to 4 levels high"));
        }
        Ok(Self {
            bins: Bins::new(bounds, BRANCHES.pow(height))?,
            height,
        })
    }
}

impl Statistic for Quantiles {
    type Row = f64;
    type Answer = Sketch;

    /// The levels one after the other, from the coarsest.
    fn length(&self) -> usize {
        (1..=self.height).map(|level| BRANCHES.pow(level)).sum()
    }

    fn sensitivity(&self) -> f64 {
        f64::from(self.height).sqrt() * (1.0 + f64::EPSILON)
    }

    fn add(&self, number: &f64, entries: &mut [i64]) -> Result<(), &'static str> {
        let cell = self.bins.cell(*number).ok_or("not a number: leave the row out")?;
        let mut begin = 0;
        for level in 1..=self.height {
            entries[begin + cell / BRANCHES.pow(self.height - level)] += 1;
            begin += BRANCHES.pow(level);
        }
        Ok(())
    }

    fn answer(&self, mut sums: Noised) -> Sketch {
        let mut levels = Vec::new();
        let mut rest = std::mem::take(&mut sums.sums);
        for level in 1..=self.height {
            let next = rest.split_off(BRANCHES.pow(level));
            levels.push(std::mem::replace(&mut rest, next));
        }
        fit(&mut levels);
        let leaves = levels.pop().expect("a height of one at least");
        let mut total = 0.0;
        let below = std::iter::once(0.0).chain(leaves.iter().map(|count| {
            total += count;
            total
        }));
        Sketch {
            below: below.collect(),
            bins: self.bins,
            height: self.height,
            noise: sums,
        }
    }
}

/// The least squares fit to all nodes' counts (theorem 3, for trees whose root was not counted).
fn fit(levels: &mut [Vec<f64>]) {
    let branches = BRANCHES as f64;
    let sum_of = |children: &[f64], node: usize| -> f64 { children[node * BRANCHES..][..BRANCHES].iter().sum() };
    // Upwards: the mean of a node's count and its children's sum, each by how certain it is.
    for level in (0..levels.len() - 1).rev() {
        let (above, below) = levels.split_at_mut(level + 1);
        // Levels of the subtree, and b^l.
        let leaves = branches.powi(below.len() as i32 + 1);
        let (own, theirs) = (leaves - leaves / branches, leaves / branches - 1.0);
        for (node, count) in above[level].iter_mut().enumerate() {
            *count = (own * *count + theirs * sum_of(&below[0], node)) / (leaves - 1.0);
        }
    }
    // Downwards: what children lack of their parent, they share.
    for level in 1..levels.len() {
        let (above, below) = levels.split_at_mut(level);
        for (node, count) in above[level - 1].iter().enumerate() {
            let missing = (count - sum_of(&below[0], node)) / branches;
            for child in &mut below[0][node * BRANCHES..][..BRANCHES] {
                *child += missing;
            }
        }
    }
}

/// Counts from which quantiles are read.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    /// How many rows lie below each cell's beginning, and below the last one's end.
    below: Vec<f64>,
    bins: Bins,
    height: u32,
    noise: Noised,
}

impl Sketch {
    /// How many rows there are.
    pub fn rows(&self) -> Estimate {
        self.noise.estimate(self.total(), BRANCHES as f64)
    }

    fn total(&self) -> f64 {
        self.below[self.bins.cells()]
    }

    /// The number below which this share of the rows lies, from 0 to 1. The interval holds the whole cell in which the
    /// quantile lies, with the wanted confidence or more.
    pub fn quantile(&self, share: f64) -> Result<Estimate, Error> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::Statistic("a quantile's share lies between 0 and 1"));
        }
        let cells = self.bins.cells();
        let (low, high) = (self.bins.edge(0), self.bins.edge(cells));
        if self.total() <= 0.0 {
            // There may be no row at all.
            let value = low + (high - low) / 2.0;
            return Ok(Estimate { value, low, high });
        }
        // How many rows too many lie below a cell's beginning. It rises from zero or less to zero or more.
        let over = |cell: usize| self.below[cell] - share * self.total();

        // Down the tree, so that the noise of all the cells has no say in where the sign changes first.
        let (mut cell, mut width) = (0, cells);
        while width > 1 {
            width /= BRANCHES;
            let ends = (1..BRANCHES).find(|child| over(cell + child * width) >= 0.0);
            cell += (ends.unwrap_or(BRANCHES) - 1) * width;
        }
        let (begin, end) = (over(cell), over(cell + 1));
        let part = if end > begin {
            (-begin / (end - begin)).clamp(0.0, 1.0)
        } else {
            0.5
        };
        let value = self.bins.edge(cell) + part * (self.bins.edge(cell + 1) - self.bins.edge(cell));

        let reach = self.noise.margin * self.noise.deviation * self.variance(share).sqrt();
        let possible = |cell: &usize| over(*cell) <= reach && over(*cell + 1) >= -reach;
        // The cell found above is possible.
        Ok(Estimate {
            value,
            low: self.bins.edge((0..cell).find(possible).unwrap_or(cell)),
            high: self.bins.edge((cell..cells).rev().find(possible).unwrap_or(cell) + 1),
        })
    }

    /// The variance of [`Self::quantile`]'s `over` is at most this many times an entry's. The fit is the best linear
    /// estimate, so no worse than to add up nodes: all of the coarsest level, each times `share` or 1 - `share`, and
    /// in every other level either the children before the one that the cell is in, or those from it on, which are to
    /// be taken off: half of them at most.
    fn variance(&self, share: f64) -> f64 {
        let branches = BRANCHES as f64;
        branches * share.max(1.0 - share).powi(2) + branches / 2.0 * f64::from(self.height - 1)
    }
}
