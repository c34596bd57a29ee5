//! What the chain says has happened.

use codec::Decode;
use secureflow_evidence::{dcap::Family, snp::Product};
use secureflow_primitives::{
    attestation::{Measurement, Source, TeeKind, WorkerStatus},
    audit::{Kind, Subject},
    consortium::NodeList,
    job::{FailReason, Party},
    privacy::{RdpCost, Reservation},
    revenue::Ruling,
    AccountId, Balance, BlockNumber, DatasetId, Epoch, JobId, OrgId, PolicyVersion, Round, SpaceId, H256,
};

use crate::{Error, Result};

macro_rules! events {
    ($($pallet:ident { $($variant:ident { $($field:ident: $ty:ty),* $(,)? })* })*) => {
        /// An event of this project's pallets, or another one undecoded.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum ChainEvent {
            $($($variant { $($field: $ty),* },)*)*
            Other { pallet: String, name: String, fields: Vec<u8> },
        }

        impl ChainEvent {
            /// Decodes the fields of an event known by its names.
            pub(crate) fn decode(pallet: &str, name: &str, fields: &[u8]) -> Result<Self> {
                let mut input = fields;
                let wrong = |reason: codec::Error| Error::decode(format!("the event {pallet}.{name}"), reason);
                let event = match (pallet, name) {
                    $($((stringify!($pallet), stringify!($variant)) => Self::$variant {
                        $($field: Decode::decode(&mut input).map_err(wrong)?),*
                    },)*)*
                    _ => return Ok(Self::Other { pallet: pallet.into(), name: name.into(), fields: fields.to_vec() }),
                };
                if !input.is_empty() {
                    return Err(wrong("bytes trail it".into()));
                }
                Ok(event)
            }

            /// Pallet and event by name.
            pub fn name(&self) -> (&str, &str) {
                match self {
                    $($(Self::$variant { .. } => (stringify!($pallet), stringify!($variant)),)*)*
                    Self::Other { pallet, name, .. } => (pallet, name),
                }
            }
        }
    };
}

events! {
    Consortium {
        OrganisationAdmitted { org: OrgId, account: AccountId }
        OrganisationSuspended { org: OrgId }
        OrganisationReinstated { org: OrgId }
        KeysSet { org: OrgId }
        OperatorAdded { org: OrgId, account: AccountId }
        OperatorRemoved { org: OrgId, account: AccountId }
        ValidatorsNamed { org: OrgId, validators: Vec<AccountId> }
        NodesNamed { org: OrgId, nodes: NodeList }
        OrganisationRemoved { org: OrgId }
        UpgradeAuthorized { code_hash: H256 }
    }
    Policies {
        DatasetRegistered { dataset: DatasetId, owner: OrgId }
        PolicySet { dataset: DatasetId, version: PolicyVersion }
        DatasetRetired { dataset: DatasetId }
        PolicyRevoked { dataset: DatasetId, version: PolicyVersion, jobs: u32 }
        BudgetReserved { job: JobId, dataset: DatasetId, held: Reservation }
        BudgetSettled { job: JobId, dataset: DatasetId, rounds: u32, spent: RdpCost }
    }
    Collaborations {
        SpaceCreated { space: SpaceId, creator: OrgId }
        Invited { space: SpaceId, org: OrgId }
        InvitationAccepted { space: SpaceId, org: OrgId }
        JobProposed { job: JobId, space: SpaceId }
        JobApproved { job: JobId, org: OrgId }
        JobAssigned { job: JobId, worker: AccountId }
        RoundSubmitted { job: JobId, round: Round }
        JobCompleted { job: JobId }
        JobFailed { job: JobId, reason: FailReason, party: Option<Party> }
        JobCancelled { job: JobId }
        JobExpired { job: JobId, waiting_for: Option<Party> }
        JobUnassigned { job: JobId, worker: AccountId }
    }
    Attestations {
        WorkerRegistered { worker: AccountId, measurement: Measurement, kind: TeeKind, expires_at: BlockNumber }
        WorkerRevoked { worker: AccountId }
        MeasurementAccepted { measurement: Measurement, source: Source, replaces: Option<(Measurement, BlockNumber)> }
        MeasurementDropped { measurement: Measurement }
        CollateralUpdated { family: Family, evaluation: u32, valid_until: u64 }
        RevocationsUpdated { product: Product, number: u64 }
        EvidencePolicySet { short: u32, until: BlockNumber }
        WorkerExpiresSoon { worker: AccountId, at: BlockNumber }
        WorkerStale { worker: AccountId, status: WorkerStatus, jobs: u32 }
        WorkerExpired { worker: AccountId, jobs: u32 }
        CollateralExpiresSoon { family: Family, at: u64 }
        RevocationsExpireSoon { product: Product, at: u64 }
        CollateralRemoved { family: Family }
    }
    Revenue {
        AgreementSet { space: SpaceId }
        PricesHeld { job: JobId, amount: Balance }
        PricesReturned { job: JobId, amount: Balance }
        EscrowFunded { space: SpaceId, org: OrgId, amount: Balance }
        Settled { job: JobId, amount: Balance, claimable_from: BlockNumber }
        Claimed { job: JobId, amount: Balance }
        Disputed { job: JobId, party: OrgId, falls_at: BlockNumber }
        DisputeResolved { job: JobId, party: OrgId, ruling: Ruling }
        PointsMinted { org: OrgId, amount: Balance }
        PointsConfigured { transferable: bool }
        EscrowReleased { space: SpaceId, org: OrgId, amount: Balance }
    }
    Audit {
        Appended { index: u64, subject: Subject, kind: Kind }
        AuditorGranted { space: SpaceId, org: OrgId }
        AuditorRevoked { space: SpaceId, org: OrgId }
        EpochBegun { space: SpaceId, epoch: Epoch, auditors: u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;

    #[test]
    fn known_events_decode_and_unknown_ones_pass() {
        let fields = (JobId(3), FailReason::TooFewParties, Some(Party::Organisation(OrgId(1)))).encode();
        assert_eq!(
            ChainEvent::decode("Collaborations", "JobFailed", &fields).unwrap(),
            ChainEvent::JobFailed {
                job: JobId(3),
                reason: FailReason::TooFewParties,
                party: Some(Party::Organisation(OrgId(1)))
            }
        );
        let trailing = [&fields[..], &[0]].concat();
        assert!(ChainEvent::decode("Collaborations", "JobFailed", &trailing).is_err());
        assert!(ChainEvent::decode("Collaborations", "JobFailed", &fields[..3]).is_err());
        let other = ChainEvent::decode("Balances", "Transfer", &[1, 2]).unwrap();
        assert_eq!(other.name(), ("Balances", "Transfer"));
    }
}
