//! The chain's calls, one variant per dispatchable that this project's programs send.

use codec::{Compact, Encode};
use secureflow_evidence::registry::Policy as EvidencePolicy;
use secureflow_primitives::{
    attestation::{Evidence, Measurement, WorkerRegistration},
    audit::Subject,
    bounds::{Name, MAX_CIPHERTEXT, MAX_OPERATORS},
    consortium::{NodeList, OrgKeys},
    job::{FailReason, JobResult, JobSpec, Party, RoundCommitment},
    policy::{DatasetRegistration, Policy},
    revenue::Agreement,
    AccountId, Balance, BlockNumber, DatasetId, JobId, OrgId, SpaceId, H256,
};
use sp_runtime::{traits::ConstU32, BoundedVec, MultiAddress};

use crate::Result;

/// Finds a call's pallet index and call index by name.
pub(crate) trait CallIndices {
    fn call_index(&self, pallet: &str, call: &str) -> Result<[u8; 2]>;
}

macro_rules! calls {
    ($($pallet:ident { $($(#[$doc:meta])* $variant:ident = $name:literal { $($field:ident: $ty:ty),* $(,)? })* })*) => {
        /// A call with its arguments.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Call {
            $($($(#[$doc])* $variant { $($field: $ty),* },)*)*
            /// Proposes a call to the council; with `threshold` below two it runs at once.
            Propose { threshold: u32, proposal: Box<Call> },
            /// Closes a motion whose votes suffice.
            Close { proposal: H256, index: u32, weight: (u64, u64), length: u32 },
            /// Any other call; the arguments are SCALE bytes.
            Other { pallet: String, name: String, arguments: Vec<u8> },
        }

        impl Call {
            /// Pallet and call by name.
            pub fn name(&self) -> (&str, &str) {
                match self {
                    $($(Self::$variant { .. } => (stringify!($pallet), $name),)*)*
                    Self::Propose { .. } => ("Council", "propose"),
                    Self::Close { .. } => ("Council", "close"),
                    Self::Other { pallet, name, .. } => (pallet, name),
                }
            }

            /// Appends the arguments to an encoded call.
            fn encode_arguments(&self, indices: &dyn CallIndices, to: &mut Vec<u8>) -> Result<()> {
                match self {
                    $($(Self::$variant { $($field),* } => { $($field.encode_to(to);)* })*)*
                    Self::Propose { threshold, proposal } => {
                        let proposal = proposal.encode(indices)?;
                        Compact(*threshold).encode_to(to);
                        to.extend_from_slice(&proposal);
                        Compact(u32::try_from(proposal.len()).unwrap_or(u32::MAX)).encode_to(to);
                    }
                    Self::Close { proposal, index, weight, length } => {
                        proposal.encode_to(to);
                        Compact(*index).encode_to(to);
                        Compact(weight.0).encode_to(to);
                        Compact(weight.1).encode_to(to);
                        Compact(*length).encode_to(to);
                    }
                    Self::Other { arguments, .. } => to.extend_from_slice(arguments),
                }
                Ok(())
            }
        }
    };
}

calls! {
    Consortium {
        Admit = "admit" { name: Name, account: AccountId }
        Suspend = "suspend" { org: OrgId }
        Reinstate = "reinstate" { org: OrgId }
        SetKeys = "set_keys" { keys: OrgKeys }
        AddOperator = "add_operator" { account: AccountId }
        RemoveOperator = "remove_operator" { account: AccountId }
        NameValidators = "name_validators" { validators: BoundedVec<AccountId, ConstU32<{ MAX_OPERATORS + 1 }>> }
        NameNodes = "name_nodes" { nodes: NodeList }
        Remove = "remove" { org: OrgId }
        AuthorizeUpgrade = "authorize_upgrade" { code_hash: H256 }
    }
    Policies {
        RegisterDataset = "register_dataset" { registration: DatasetRegistration }
        SetPolicy = "set_policy" { dataset: DatasetId, policy: Policy }
        Retire = "retire" { dataset: DatasetId }
        RevokePolicy = "revoke" { dataset: DatasetId }
    }
    Collaborations {
        CreateSpace = "create_space" { name: Name }
        Invite = "invite" { space: SpaceId, org: OrgId }
        Accept = "accept" { space: SpaceId }
        ProposeJob = "propose_job" { space: SpaceId, spec: JobSpec }
        ApproveJob = "approve_job" { job: JobId }
        AssignJob = "assign_job" { job: JobId }
        SubmitRound = "submit_round" { job: JobId, commitment: RoundCommitment, signature: [u8; 64] }
        CompleteJob = "complete_job" { job: JobId, result: JobResult, signature: [u8; 64] }
        FailJob = "fail_job" { job: JobId, reason: FailReason, party: Option<Party> }
        CancelJob = "cancel" { job: JobId }
    }
    Attestations {
        RegisterWorker = "register_worker" { registration: WorkerRegistration, evidence: Evidence }
        RemoveExpiredWorker = "remove_expired" { worker: AccountId }
        RevokeWorker = "revoke" { worker: AccountId }
        AcceptMeasurement = "accept_measurement" { measurement: Measurement }
        DropMeasurement = "drop_measurement" { measurement: Measurement }
        SubmitCollateral = "submit_collateral" { collateral: Vec<u8> }
        SubmitRevocations = "submit_revocations" { list: Vec<u8> }
        SetEvidencePolicy = "set_evidence_policy" { policy: EvidencePolicy, grace: BlockNumber }
    }
    Revenue {
        SetAgreement = "set_agreement" { space: SpaceId, agreement: Agreement }
        Fund = "fund" { space: SpaceId, amount: Balance }
        Settle = "settle" { job: JobId }
    }
    Audit {
        AppendNote = "append" {
            space: Option<SpaceId>,
            subject: Subject,
            ciphertext: BoundedVec<u8, ConstU32<MAX_CIPHERTEXT>>,
        }
        GrantAuditor = "grant_auditor" { space: SpaceId, org: OrgId }
    }
    Balances {
        Transfer = "transfer_keep_alive" { to: MultiAddress<AccountId, ()>, amount: Compact<Balance> }
    }
    System {
        /// Brings the code whose hash the members have authorised.
        ApplyUpgrade = "apply_authorized_upgrade" { code: Vec<u8> }
    }
    Council {
        /// Votes on a motion of the council.
        Vote = "vote" { proposal: H256, index: Compact<u32>, approve: bool }
    }
}

impl Call {
    /// Registers session keys for the signer, with the proof that their holder wants it so. Both come from a node.
    pub fn set_session_keys(keys: &[u8], proof: &[u8]) -> Self {
        Self::Other {
            pallet: "Session".into(),
            name: "set_keys".into(),
            arguments: [keys, &proof.encode()].concat(),
        }
    }

    /// The call as the chain reads it: pallet index, call index, arguments.
    pub(crate) fn encode(&self, indices: &dyn CallIndices) -> Result<Vec<u8>> {
        let (pallet, name) = self.name();
        let mut bytes = indices.call_index(pallet, name)?.to_vec();
        self.encode_arguments(indices, &mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl CallIndices for Fixed {
        fn call_index(&self, pallet: &str, call: &str) -> Result<[u8; 2]> {
            Ok([pallet.len() as u8, call.len() as u8])
        }
    }

    #[test]
    fn calls_are_indices_then_arguments() {
        let call = Call::Invite {
            space: SpaceId(1),
            org: OrgId(2),
        };
        assert_eq!(call.encode(&Fixed).unwrap(), [14, 6, 1, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(call.name(), ("Collaborations", "invite"));
    }

    #[test]
    fn a_proposal_holds_its_call_and_length() {
        let call = Call::Propose {
            threshold: 3,
            proposal: Box::new(Call::Suspend { org: OrgId(1) }),
        };
        assert_eq!(call.encode(&Fixed).unwrap(), [7, 7, 3 << 2, 10, 7, 1, 0, 0, 0, 6 << 2]);
    }
}
