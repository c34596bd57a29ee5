//! One release's loss on a grid, from above and from below.

use super::{
    pair::{Cell, Cut, Pair, Sharp},
    plan::Plan,
};

/// Masses of P on two grids of the plan's step.
///
/// Both are measures rather than distributions: what the loss and the mass stand for is at least, or at most, what the
/// mechanism does, in the order in which δ(ε) of every composition is monotone.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub upper: Masses,
    pub lower: Masses,
    /// Mass whose loss has no bound, for the upper measure.
    pub infinite: f64,
}

/// `masses[i]` at the loss start + i·h.
#[derive(Clone, Debug)]
pub(crate) struct Masses {
    pub start: f64,
    pub masses: Vec<f64>,
}

impl Step {
    pub fn new(pair: &Pair, range: [f64; 2], plan: &Plan) -> Self {
        let h = plan.step;
        let anchor = anchor(pair, h);
        // The middles of the cells are the lower grid, the cuts the upper one: atoms should lie on both.
        let cuts = Cuts::new(pair, range, anchor - h / 2.0, h);
        let at_atoms;
        let for_upper = match pair.top_atom() {
            None => &cuts,
            Some(loss) => {
                at_atoms = Cuts::new(pair, range, loss, h);
                &at_atoms
            }
        };
        // Merging over a distance g costs about (1+θ)·g/2 of what is moved, rounding down all of it.
        let reach = 1.0 / (1.0 + plan.tilt);
        Self {
            upper: for_upper.upper(),
            lower: cuts.lower(reach),
            infinite: for_upper.infinite(),
        }
    }
}

/// The outcomes cut into cells whose losses span one step each.
struct Cuts<'a> {
    pair: &'a Pair,
    start: f64,
    h: f64,
    cuts: Vec<Cut>,
}

impl<'a> Cuts<'a> {
    /// Over a range of losses, where `phase` is one of the cuts.
    fn new(pair: &'a Pair, [low, high]: [f64; 2], phase: f64, h: f64) -> Self {
        // One cell more below, for what is rounded down, and one above, for an atom at the end.
        let first = ((low - phase) / h).floor() - 1.0;
        let cells = (((high - phase) / h).ceil() + 1.0 - first).max(1.0) as usize;
        let start = phase + first * h;
        let cuts = (0..=cells).map(|at| pair.cut_at(start + at as f64 * h)).collect();
        Self { pair, start, h, cuts }
    }

    fn loss(&self, at: usize) -> f64 {
        self.start + at as f64 * self.h
    }

    fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        self.cuts.windows(2).map(|ends| self.pair.cell(&ends[0], &ends[1]))
    }

    fn upper(&self) -> Masses {
        let mut masses = vec![0.0; self.cuts.len()];
        masses[0] = self.pair.cell(&self.pair.start(), &self.cuts[0]).p.up.exp();
        for (at, cell) in self.cells().enumerate() {
            let slack = |at: usize| self.pair.slack(&self.cuts[at], self.loss(at));
            let (down, up) = connect_the_dots(&cell, self.loss(at), self.h, slack(at) + slack(at + 1));
            masses[at] += down;
            masses[at + 1] += up;
        }
        Masses {
            start: self.start,
            masses,
        }
    }

    fn lower(&self, reach: f64) -> Masses {
        let mut merged = Merged::with_capacity(self.cuts.len());
        for (at, cell) in self.cells().enumerate() {
            merged.push(&cell, self.loss(at) + self.h / 2.0, self.h);
        }
        Masses {
            start: self.start + self.h / 2.0,
            masses: merged.on_grid(self.h, reach),
        }
    }

    fn infinite(&self) -> f64 {
        self.pair
            .cell(&self.cuts[self.cuts.len() - 1], &self.pair.end())
            .p
            .up
            .exp()
    }
}

/// A loss that the lower grid should have as a point: that of the cell in which a distribution with a sharp end has its
/// end. Where it lay between two points, all of that mass would be rounded down.
fn anchor(pair: &Pair, h: f64) -> f64 {
    let Some(Sharp { loss, at_top }) = pair.sharp_end() else {
        return 0.0;
    };
    let mut anchor = loss;
    for _ in 0..20 {
        let cell = if at_top {
            pair.cell(&pair.cut_at(anchor - h / 2.0), &pair.end())
        } else {
            pair.cell(&pair.start(), &pair.cut_at(anchor + h / 2.0))
        };
        let merged = cell.p.down - cell.q.up;
        if !merged.is_finite() {
            return loss;
        }
        anchor = merged;
    }
    anchor
}

/// P's mass at the lower and at the upper end of a cell whose losses lie between them: with (a, b), a + b = p and
/// a·e^(-ε) + b·e^(-ε-h) = q. Doroshenko et al. 2022, section 3.
///
/// The cell's ends lie where rounding put them, up to `slack` away: the part of the mass that stands for that distance
/// moves up as well.
fn connect_the_dots(cell: &Cell, point: f64, h: f64, slack: f64) -> (f64, f64) {
    let mass = cell.p.up.exp();
    if mass == 0.0 {
        return (0.0, 0.0);
    }
    let deficit = -(cell.q.down + point - cell.p.up).exp_m1();
    let part = ((deficit + 2.0 * slack) / -(-h).exp_m1()).clamp(0.0, 1.0);
    (mass * (1.0 - part), mass * part)
}

/// Takes as much from the points below as lowers a loss to its point: Σ m·(e^gap - 1) = `needed`, which is p·(1 - e^(-d))
/// in units of e^(-point). Where there is less, the rest is rounded down.
fn take_from_below(grid: &mut [f64], at: usize, mut needed: f64, h: f64, reach: f64) {
    for cell in (0..at).rev().take(MOST_TAKEN) {
        let gap = (at - cell) as f64 * h;
        if needed <= 0.0 || (cell + 1 < at && gap >= reach) {
            return;
        }
        let factor = gap.exp_m1();
        let taken = grid[cell].min(needed / factor);
        grid[cell] -= taken;
        grid[at] += taken;
        needed -= taken * factor;
    }
}

/// How many cells one cell may take from.
const MOST_TAKEN: usize = 4_096;

/// Cells as single outcomes: each one's mass, and its loss relative to the middle of the cell.
struct Merged {
    masses: Vec<f64>,
    offsets: Vec<f64>,
}

impl Merged {
    fn with_capacity(cells: usize) -> Self {
        Self {
            masses: Vec::with_capacity(cells),
            offsets: Vec::with_capacity(cells),
        }
    }

    fn push(&mut self, cell: &Cell, middle: f64, h: f64) {
        let mass = cell.p.down.exp();
        // Without the mass, the logarithms say nothing.
        let offset = if mass > 0.0 {
            (cell.p.down - cell.q.up - middle).min(h / 2.0)
        } else {
            0.0
        };
        self.masses.push(mass);
        self.offsets.push(offset);
    }

    /// Merges on until all losses are points of the grid, from below: a cell whose loss is above its point takes in what
    /// it needs of the points below, one whose loss is under its point takes it from the cells above. Where there is not
    /// enough within `reach`, the loss is rounded down. All of these lower δ(ε); the first two keep the mean loss up to
    /// O(h²).
    fn on_grid(mut self, h: f64, reach: f64) -> Vec<f64> {
        let mut grid = vec![0.0; self.masses.len()];
        for at in 0..grid.len() {
            let (mass, offset) = (self.masses[at], self.offsets[at]);
            if mass == 0.0 {
                continue;
            }
            if offset >= 0.0 {
                grid[at] += mass;
                take_from_below(&mut grid, at, mass * -(-offset).exp_m1(), h, reach);
            } else if let Some(taken) = self.take_from_above(at, h, reach) {
                grid[at] += mass + taken;
            } else {
                // So many points down; below the first one the mass is left out.
                let down = (-offset / h).ceil();
                if down <= at as f64 {
                    grid[at - down as usize] += mass;
                }
            }
        }
        grid
    }

    /// Takes as much from the cells above as raises this one's loss to its point: Σ m·(1 - e^(-gap)) = p·(e^(-d) - 1).
    fn take_from_above(&mut self, at: usize, h: f64, reach: f64) -> Option<f64> {
        let gap = |cells: &Self, cell: usize| (cell - at) as f64 * h + cells.offsets[cell];
        let supply = |cells: &Self, cell: usize| cells.masses[cell] * -(-gap(cells, cell)).exp_m1();
        let needed = self.masses[at] * (-self.offsets[at]).exp_m1();
        let mut rest = needed;
        let last = (at + 1..self.masses.len())
            .take_while(|cell| *cell == at + 1 || ((*cell - at) as f64 * h < reach && cell - at < MOST_TAKEN))
            .find(|cell| {
                let supplied = supply(self, *cell).max(0.0);
                if supplied >= rest {
                    return true;
                }
                rest -= supplied;
                false
            })?;
        let mut taken = 0.0;
        for cell in at + 1..last {
            if supply(self, cell) > 0.0 {
                taken += self.masses[cell];
                self.masses[cell] = 0.0;
            }
        }
        let part = (self.masses[last] * (rest / supply(self, last))).min(self.masses[last]);
        self.masses[last] -= part;
        Some(taken + part)
    }
}

#[cfg(test)]
mod tests;
