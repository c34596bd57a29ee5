//! The log's Merkle mountain range: perfect trees over the entries, one per binary digit of their number, the highest
//! first (P. Todd, *Merkle Mountain Ranges*, 2012). A leaf is an entry's [`Entry::hash`]; its domain keeps it apart from
//! an inner node, which is [`node_hash`] of its two children.

use super::Entry;
use crate::merkle::node_hash;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;

/// Adds a leaf to the peaks of a Merkle mountain range, each a height with the root of a perfect tree of that height, the
/// highest first. The chain does this entry by entry; a verifier that folds all leaves over an empty range must arrive
/// at the same peaks.
pub fn push_peak(peaks: &mut Vec<(u32, H256)>, leaf: H256) {
    push_peak_with(peaks, leaf, |_, _| ());
}

/// [`push_peak`], telling every inner node that it makes: its height, one for the parent of two leaves, and its hash.
pub fn push_peak_with(peaks: &mut Vec<(u32, H256)>, leaf: H256, mut made: impl FnMut(u32, H256)) {
    let mut carry = (0, leaf);
    while let Some((_, left)) = peaks.pop_if(|(height, _)| *height == carry.0) {
        carry = (carry.0.saturating_add(1), node_hash(left, carry.1));
        made(carry.0, carry.1);
    }
    peaks.push(carry);
}

/// The proof that an entry stands at `index` in the log that has these peaks. Whether the chain has these peaks is
/// another question: a storage proof of `Audit.Peaks` under a finalised header answers it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
pub struct AuditProof {
    pub index: u64,
    /// From the leaf up to below its peak.
    pub siblings: Vec<H256>,
    /// Height and root, highest first.
    pub peaks: Vec<(u32, H256)>,
}

impl AuditProof {
    /// Collects a proof; `node` gives the hash of the node of a height at a place among those of its height, counted
    /// from zero, where height zero is the entries. `None` when there is no such entry, or when a node is missing.
    pub fn collect(index: u64, peaks: Vec<(u32, H256)>, node: impl Fn(u32, u64) -> Option<H256>) -> Option<Self> {
        let (_, height, _) = peak_of(index, &peaks)?;
        let sibling = |height: u32| node(height, index.checked_shr(height)? ^ 1);
        let siblings = (0..height).map(sibling).collect::<Option<_>>()?;
        Some(Self { index, siblings, peaks })
    }

    /// How many entries the log has that has these peaks; `None` where no log can have them.
    pub fn count(&self) -> Option<u64> {
        let mut count = 0u64;
        let mut above = 64;
        for (height, _) in &self.peaks {
            if *height >= above {
                return None;
            }
            above = *height;
            count |= 1 << height;
        }
        Some(count)
    }

    /// Whether the entry stands where the proof says.
    pub fn verify(&self, entry: &Entry) -> bool {
        if self.count().is_none_or(|count| self.index >= count) {
            return false;
        }
        let Some((first, height, root)) = peak_of(self.index, &self.peaks) else {
            return false;
        };
        if self.siblings.len() != height as usize {
            return false;
        }
        let mut place = self.index - first;
        let mut hash = entry.hash(self.index);
        for sibling in &self.siblings {
            hash = match place & 1 {
                0 => node_hash(hash, *sibling),
                _ => node_hash(*sibling, hash),
            };
            place >>= 1;
        }
        hash == root
    }
}

/// The peak over a leaf: the first leaf under it, its height and its root.
fn peak_of(index: u64, peaks: &[(u32, H256)]) -> Option<(u64, u32, H256)> {
    let mut first = 0u64;
    for (height, root) in peaks {
        let after = first.checked_add(1u64.checked_shl(*height)?)?;
        if index < after {
            return Some((first, *height, *root));
        }
        first = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audit::{Kind, Subject},
        JobId,
    };
    use alloc::{collections::BTreeMap, vec, vec::Vec};

    fn entry(n: u32) -> Entry {
        Entry {
            block: n,
            actor: None,
            space: None,
            subject: Subject::Job(JobId(n)),
            kind: Kind::JobExpired,
            policy: None,
            details: None,
        }
    }

    /// All nodes of a range by height and place.
    type Nodes = BTreeMap<(u32, u64), H256>;

    /// A log of so many entries: its peaks and its nodes.
    fn log(count: u64) -> (Vec<(u32, H256)>, Nodes) {
        let (mut peaks, mut nodes) = (Vec::new(), BTreeMap::new());
        for index in 0..count {
            let leaf = entry(index as u32).hash(index);
            nodes.insert((0, index), leaf);
            push_peak_with(&mut peaks, leaf, |height, hash| {
                nodes.insert((height, index >> height), hash);
            });
        }
        (peaks, nodes)
    }

    #[test]
    fn peaks_are_the_binary_digits_of_the_count() {
        let mut peaks = Vec::new();
        for n in 1..200u64 {
            push_peak(&mut peaks, H256::from_low_u64_be(n));
            let heights: Vec<u32> = peaks.iter().map(|(height, _)| *height).collect();
            let digits: Vec<u32> = (0..64).rev().filter(|bit| n >> bit & 1 == 1).collect();
            assert_eq!(heights, digits, "after {n} leaves");
        }
    }

    #[test]
    fn a_peak_commits_to_its_leaves_and_their_order() {
        let leaves = [1, 2, 3, 4].map(H256::from_low_u64_be);
        let fold = |leaves: &[H256]| {
            let mut peaks = Vec::new();
            leaves.iter().for_each(|leaf| push_peak(&mut peaks, *leaf));
            peaks
        };
        let root = node_hash(node_hash(leaves[0], leaves[1]), node_hash(leaves[2], leaves[3]));
        assert_eq!(fold(&leaves), vec![(2, root)]);
        assert_ne!(fold(&leaves), fold(&[leaves[1], leaves[0], leaves[2], leaves[3]]));
    }

    #[test]
    fn every_entry_has_a_proof_and_no_other_passes() {
        for count in 1..40u64 {
            let (peaks, nodes) = log(count);
            let node = |height, place| nodes.get(&(height, place)).copied();
            for index in 0..count {
                let proof = AuditProof::collect(index, peaks.clone(), node).unwrap();
                assert_eq!(proof.count(), Some(count));
                assert!(proof.verify(&entry(index as u32)), "{index} of {count}");
                assert!(!proof.verify(&entry(index as u32 + 1)));
                for at in 0..proof.siblings.len() {
                    let mut changed = proof.clone();
                    changed.siblings[at].0[7] ^= 1;
                    assert!(!changed.verify(&entry(index as u32)));
                }
                for other in (0..count + 2).filter(|other| *other != index) {
                    let moved = AuditProof {
                        index: other,
                        ..proof.clone()
                    };
                    assert!(!moved.verify(&entry(index as u32)), "{index} as {other} of {count}");
                }
            }
            assert_eq!(AuditProof::collect(count, peaks, node), None);
        }
    }

    #[test]
    fn peaks_that_no_log_has_prove_nothing() {
        let leaf = entry(0).hash(0);
        for peaks in [
            vec![],
            vec![(0, leaf), (0, leaf)],
            vec![(0, leaf), (3, leaf)],
            vec![(64, leaf)],
        ] {
            let proof = AuditProof {
                index: 0,
                siblings: vec![],
                peaks,
            };
            assert!(!proof.verify(&entry(0)), "{proof:?}");
        }
    }
}
