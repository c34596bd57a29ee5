//! A binary Merkle tree over hashes, built as RFC 6962 section 2.1 does it (leaves and nodes are told apart by a prefix,
//! so that no node can pass for a leaf), with BLAKE2b-256.

use crate::hash::blake2_256;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;

/// Leaves of the largest tree in which a proof is followed. More would overflow the 32 bits that a runtime counts with.
const MAX_LEAVES: u32 = 1 << 31;

/// The proof that a leaf stands at `index` in a tree of `leaves` leaves: the siblings from the leaf up.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize)]
pub struct Proof {
    pub index: u32,
    pub leaves: u32,
    pub siblings: Vec<H256>,
}

fn leaf_hash(leaf: H256) -> H256 {
    let mut bytes = [0u8; 33];
    bytes[1..].copy_from_slice(leaf.as_bytes());
    blake2_256(&bytes)
}

/// The hash of an inner node.
pub fn node_hash(left: H256, right: H256) -> H256 {
    let mut bytes = [1u8; 65];
    bytes[1..33].copy_from_slice(left.as_bytes());
    bytes[33..].copy_from_slice(right.as_bytes());
    blake2_256(&bytes)
}

/// The largest power of two below `n` (RFC 6962: the split point).
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// The root over the leaves; of none, the hash of nothing.
pub fn root(leaves: &[H256]) -> H256 {
    match leaves {
        [] => blake2_256(&[]),
        [leaf] => leaf_hash(*leaf),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(root(left), root(right))
        }
    }
}

/// The proof for the leaf at `index`, or `None` when there is no such leaf.
pub fn proof(leaves: &[H256], index: usize) -> Option<Proof> {
    if index >= leaves.len() {
        return None;
    }
    let mut siblings = Vec::new();
    collect(leaves, index, &mut siblings);
    Some(Proof {
        index: index as u32,
        leaves: leaves.len() as u32,
        siblings,
    })
}

fn collect(leaves: &[H256], index: usize, siblings: &mut Vec<H256>) {
    if leaves.len() < 2 {
        return;
    }
    let at = split(leaves.len());
    let (left, right) = leaves.split_at(at);
    if index < at {
        collect(left, index, siblings);
        siblings.push(root(right));
    } else {
        collect(right, index - at, siblings);
        siblings.push(root(left));
    }
}

/// Whether the proof leads from the leaf to the root.
pub fn verify(expected: H256, leaf: H256, proof: &Proof) -> bool {
    if proof.index >= proof.leaves || proof.leaves > MAX_LEAVES || proof.siblings.len() > 32 {
        return false;
    }
    let mut siblings = proof.siblings.iter();
    match climb(leaf, proof.index as usize, proof.leaves as usize, &mut siblings) {
        Some(found) => siblings.next().is_none() && found == expected,
        None => false,
    }
}

fn climb<'a>(leaf: H256, index: usize, n: usize, siblings: &mut impl Iterator<Item = &'a H256>) -> Option<H256> {
    if n == 1 {
        return Some(leaf_hash(leaf));
    }
    let at = split(n);
    if index < at {
        let left = climb(leaf, index, at, siblings)?;
        Some(node_hash(left, *siblings.next()?))
    } else {
        let right = climb(leaf, index - at, n - at, siblings)?;
        Some(node_hash(*siblings.next()?, right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_leaf_proves_itself_and_no_other() {
        for n in 1..20u32 {
            let leaves: Vec<H256> = (0..n).map(|i| blake2_256(&i.to_le_bytes())).collect();
            let root = root(&leaves);
            for i in 0..n as usize {
                let proof = proof(&leaves, i).expect("the leaf exists");
                assert!(verify(root, leaves[i], &proof), "leaf {i} of {n}");
                assert!(!verify(root, leaves[(i + 1) % n as usize], &proof) || n == 1);
                let moved = Proof {
                    index: (proof.index + 1) % n.max(2),
                    ..proof
                };
                assert!(!verify(root, leaves[i], &moved));
            }
        }
    }

    #[test]
    fn a_proof_that_claims_too_much_is_refused() {
        let claim = |index, leaves, siblings| Proof {
            index,
            leaves,
            siblings: [H256::zero()].repeat(siblings),
        };
        for index in [0, 1, u32::MAX - 1, u32::MAX] {
            for leaves in [0, 1, 2, MAX_LEAVES - 1, MAX_LEAVES, MAX_LEAVES + 1, u32::MAX] {
                for siblings in [0, 1, 31, 32, 33] {
                    assert!(!verify(H256::zero(), H256::zero(), &claim(index, leaves, siblings)));
                }
            }
        }
    }

    #[test]
    fn a_tree_of_one_is_not_its_leaf() {
        let leaf = blake2_256(b"x");
        assert_ne!(root(&[leaf]), leaf);
    }
}
