//! How many parties a step needs.

/// The parties that every aggregation step needs: the declared minimum, and more than half of all, so that no two
/// disjoint groups can each open a sum.
pub fn threshold(parties: usize, min_parties: u32) -> usize {
    (min_parties as usize).max(parties / 2 + 1).max(2)
}
