//! The audit log's entries.

mod range;

pub use range::{push_peak, push_peak_with, AuditProof};

use crate::{
    attestation::Measurement,
    bounds::{MAX_AUDITORS, MAX_CIPHERTEXT},
    hash::domain_hash,
    policy::chain_type,
    AccountId, BlockNumber, DatasetId, Epoch, JobId, OrgId, PolicyVersion, SpaceId,
};
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
        EscrowReleased,
    }
}

impl Kind {
    /// Whether data, or figures made from data, are at stake: in a space with auditors, whoever does such a thing tells
    /// the auditors its details. Ends without a result are not among them: a job must be able to end whatever happens.
    pub fn touches_data(self) -> bool {
        matches!(
            self,
            Self::JobProposed
                | Self::JobApproved
                | Self::JobAssigned
                | Self::RoundCommitted
                | Self::JobCompleted
                | Self::Settled
                | Self::PayoutClaimed
                | Self::ReceiptDisputed
        )
    }
}

/// What is encrypted to a space's auditors.
pub type Ciphertext = BoundedVec<u8, ConstU32<MAX_CIPHERTEXT>>;
/// To whom an epoch's ciphertexts are encrypted: each organisation with the X25519 key that it had registered when the
/// epoch began, in the order of their appointment.
pub type Roster = BoundedVec<(OrgId, [u8; 32]), ConstU32<MAX_AUDITORS>>;

chain_type! {
    /// The encrypted part of an entry.
    pub struct Details {
        /// To whose auditors it is encrypted.
        pub space: SpaceId,
        /// Whose roster and keys it is encrypted to.
        pub epoch: Epoch,
        /// The hash (BLAKE2b-256) of the encoded call that left the entry, as the runtime computed it; the plaintext
        /// must name the same one. A note has none.
        pub call: Option<H256>,
        pub ciphertext: Ciphertext,
    }
}

chain_type! {
    /// An entry. The skeleton is in clear; details, where there are any, are encrypted to a space's auditors.
    pub struct Entry {
        pub block: BlockNumber,
        pub actor: Option<AccountId>,
        pub space: Option<SpaceId>,
        pub subject: Subject,
        pub kind: Kind,
        /// The version of the one policy that this is about; a job's pinned versions stand in the job.
        pub policy: Option<PolicyVersion>,
        pub details: Option<Details>,
    }
}

impl Entry {
    /// The leaf of the log's Merkle mountain range, bound to its place.
    pub fn hash(&self, index: u64) -> H256 {
        domain_hash(b"secureflow/audit-entry/v2", &(index, self))
    }
}
