//! The audit log's entries.

use crate::{
    attestation::Measurement, bounds::MAX_CIPHERTEXT, hash::domain_hash, merkle::node_hash, policy::chain_type,
    AccountId, BlockNumber, DatasetId, JobId, OrgId, SpaceId,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_runtime::{traits::ConstU32, BoundedVec};

chain_type! {
    /// What an entry is about.
    pub enum Subject {
        Organisation(OrgId),
        Dataset(DatasetId),
        Space(SpaceId),
        Job(JobId),
        Worker(AccountId),
        Measurement(Measurement),
        /// What all members decide together.
        Consortium,
        /// Code of the runtime, by its hash.
        Code(H256),
    }
}

chain_type! {
    /// What happened.
    #[derive(Copy)]
    pub enum Kind {
        OrganisationAdmitted, OrganisationSuspended, KeysSet, OperatorAdded, OperatorRemoved,
        DatasetRegistered, PolicySet, DatasetRetired,
        SpaceCreated, Invited, InvitationAccepted,
        JobProposed, JobApproved, JobAssigned, RoundCommitted, JobCompleted, JobFailed, JobCancelled, JobExpired,
        WorkerRegistered, WorkerRevoked, MeasurementAccepted,
        AgreementSet, EscrowFunded, Settled,
        AuditorGranted,
        /// An entry by a member, its content in the ciphertext only.
        Note,
        OrganisationReinstated,
        MeasurementDropped,
        PolicyRevoked,
        EvidencePolicySet,
        ValidatorsNamed,
        OrganisationRemoved,
        UpgradeAuthorized,
        ValidatorEquivocated,
        AuditorRevoked, EpochRotated,
        PointsMinted, PointsConfigured, PayoutClaimed, ReceiptDisputed, DisputeResolved,
        NodesNamed,
        JobUnassigned,
    }
}

chain_type! {
    /// An entry. The skeleton is in clear; details, where there are any, are encrypted to the space's auditors.
    pub struct Entry {
        pub block: BlockNumber,
        pub actor: Option<AccountId>,
        pub space: Option<SpaceId>,
        pub subject: Subject,
        pub kind: Kind,
        pub ciphertext: Option<BoundedVec<u8, ConstU32<MAX_CIPHERTEXT>>>,
    }
}

impl Entry {
    /// The leaf of the log's Merkle mountain range, bound to its place.
    pub fn hash(&self, index: u64) -> H256 {
        domain_hash(b"secureflow/audit-entry/v1", &(index, self))
    }
}

/// Adds a leaf to the peaks of a Merkle mountain range, each a height with the root of a perfect tree of that height, the
/// highest first. The chain does this entry by entry; a verifier that folds all leaves over an empty range must arrive
/// at the same peaks. A leaf is an entry's [`Entry::hash`]; its domain keeps it apart from an inner node.
pub fn push_peak(peaks: &mut Vec<(u32, H256)>, leaf: H256) {
    let mut carry = (0, leaf);
    while let Some((_, left)) = peaks.pop_if(|(height, _)| *height == carry.0) {
        carry = (carry.0 + 1, node_hash(left, carry.1));
    }
    peaks.push(carry);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

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
}
