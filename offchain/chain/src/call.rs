//! The chain's calls, one variant per dispatchable that this project's programs send.

mod describe;

use std::any::Any;

use codec::{Compact, Decode, Encode};
use secureflow_evidence::{dcap::Family, registry::Policy as EvidencePolicy};
use secureflow_primitives::{
    attestation::{Evidence, Measurement, Source, WorkerRegistration},
    audit::{Ciphertext, Subject},
    bounds::{Name, MAX_OPERATORS},
    consortium::{NodeList, OrgKeys},
    job::{FailReason, JobResult, JobSpec, Party, Receipt, RoundCommitment},
    merkle::Proof,
    policy::{DatasetRegistration, Policy},
    revenue::{Agreement, Figures, Ruling},
    AccountId, Balance, BlockNumber, DatasetId, Epoch, JobId, OrgId, SpaceId, H256,
};
use sp_runtime::{traits::ConstU32, BoundedVec, MultiAddress};

use crate::{Error, Result};
use describe::{ByScale, BySerde, Field};

/// Finds a call's pallet index and call index by name, and its names by these indices.
pub(crate) trait CallIndices: Send + Sync {
    fn call_index(&self, pallet: &str, call: &str) -> Result<[u8; 2]>;
    fn call_name(&self, index: [u8; 2]) -> Result<(String, String)>;
}

macro_rules! calls {
    ($($pallet:ident { $($(#[$doc:meta])* $variant:ident = $name:literal { $($field:ident: $ty:ty),* $(,)? })* })*) => {
        /// A call with its arguments.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Call {
            $($($(#[$doc])* $variant { $($field: $ty),* },)*)*
            /// Proposes a call to the council; with `threshold` below two it runs at once.
            Propose { threshold: u32, proposal: Box<Call> },
            /// Makes a call whose entries in the audit log carry details for a space's auditors.
            Detailed { space: SpaceId, epoch: Epoch, ciphertext: Ciphertext, call: Box<Call> },
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
                    Self::Detailed { .. } => ("Audit", "detailed"),
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
                    Self::Detailed { space, epoch, ciphertext, call } => {
                        (space, epoch, ciphertext).encode_to(to);
                        to.extend(call.encode(indices)?);
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

            /// The first space or job among the arguments.
            fn names(&self) -> Option<About> {
                let fields: &[&dyn Any] = match self {
                    $($(Self::$variant { $($field),* } => &[$($field),*],)*)*
                    _ => &[],
                };
                fields.iter().find_map(|field| match field.downcast_ref() {
                    Some(space) => Some(About::Space(*space)),
                    None => field.downcast_ref().map(|job| About::Job(*job)),
                })
            }

            /// The arguments by name, as people read them; equal for equal calls. See [`describe`].
            pub fn arguments(&self) -> serde_json::Value {
                let mut fields = serde_json::Map::new();
                match self {
                    $($(Self::$variant { $($field),* } => {
                        $(fields.insert(stringify!($field).into(), (&Field(stringify!($field), $field)).describe());)*
                    })*)*
                    Self::Propose { threshold, proposal } => {
                        fields.insert("threshold".into(), (*threshold).into());
                        fields.insert("proposal".into(), proposal.described());
                    }
                    Self::Detailed { space, epoch, call, .. } => {
                        fields.insert("space".into(), space.0.into());
                        fields.insert("epoch".into(), epoch.0.into());
                        fields.insert("call".into(), call.described());
                    }
                    Self::Close { proposal, index, .. } => {
                        fields.insert("proposal".into(), (&Field("proposal", proposal)).describe());
                        fields.insert("index".into(), (*index).into());
                    }
                    Self::Other { arguments, .. } => {
                        fields.insert("scale".into(), (&Field("scale", arguments)).describe());
                    }
                }
                serde_json::Value::Object(fields)
            }

            /// A call from its names and encoded arguments. What this crate does not send is [`Call::Other`].
            fn from_parts(pallet: &str, name: &str, arguments: &[u8]) -> Result<Self> {
                let mut input = arguments;
                let wrong = |reason: codec::Error| Error::decode(format!("the call {pallet}.{name}"), reason);
                let call = match (pallet, name) {
                    $($((stringify!($pallet), $name) => Self::$variant {
                        $($field: Decode::decode(&mut input).map_err(wrong)?),*
                    },)*)*
                    _ => return Ok(Self::Other {
                        pallet: pallet.into(),
                        name: name.into(),
                        arguments: arguments.to_vec(),
                    }),
                };
                match input {
                    [] => Ok(call),
                    _ => Err(wrong("bytes trail it".into())),
                }
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
        AcceptMeasurement = "accept_measurement" {
            measurement: Measurement,
            source: Source,
            replaces: Option<Measurement>,
        }
        DropMeasurement = "drop_measurement" { measurement: Measurement }
        SubmitCollateral = "submit_collateral" { collateral: Vec<u8> }
        SubmitRevocations = "submit_revocations" { list: Vec<u8> }
        RemoveCollateral = "remove_collateral" { family: Family }
        SetEvidencePolicy = "set_evidence_policy" { policy: EvidencePolicy, grace: BlockNumber }
    }
    Revenue {
        SetAgreement = "set_agreement" { space: SpaceId, agreement: Agreement }
        Fund = "fund" { space: SpaceId, amount: Balance }
        Settle = "settle" { job: JobId }
        Claim = "claim" { job: JobId }
        Dispute = "dispute" { job: JobId, receipt: Receipt, proof: Proof, claimed: Figures, evidence: H256 }
        Resolve = "resolve" { job: JobId, party: OrgId, ruling: Ruling }
        MintPoints = "mint" { org: OrgId, amount: Balance }
        SetTransferable = "set_transferable" { transferable: bool }
        ReleaseEscrow = "release" { space: SpaceId, org: OrgId, amount: Balance }
    }
    Audit {
        AppendNote = "append" { space: SpaceId, epoch: Epoch, subject: Subject, ciphertext: Ciphertext }
        GrantAuditor = "grant_auditor" { space: SpaceId, org: OrgId }
        RevokeAuditor = "revoke_auditor" { space: SpaceId, org: OrgId }
        RotateEpoch = "rotate_epoch" { space: SpaceId }
    }
    Assets {
        /// Sends points; the asset is [`POINTS`](secureflow_primitives::revenue::POINTS).
        Transfer = "transfer" { asset: Compact<u32>, to: MultiAddress<AccountId, ()>, amount: Compact<Balance> }
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

/// What a call names, by which the space is found whose auditors are to be told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    Space(SpaceId),
    Job(JobId),
}

impl Call {
    /// The space or the job that the call is about, where its entry in the audit log is one of that space. A call about
    /// datasets, workers or the log itself has none.
    pub(crate) fn about(&self) -> Option<About> {
        match self.name().0 {
            "Collaborations" | "Revenue" => self.names(),
            _ => None,
        }
    }

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

    /// Reads what [`Call::encode`] writes. Motions come back as [`Call::Other`].
    pub(crate) fn decode(bytes: &[u8], indices: &dyn CallIndices) -> Result<Self> {
        let wrong = |reason: codec::Error| Error::decode("a call", reason);
        let mut input = bytes;
        let index = <[u8; 2]>::decode(&mut input).map_err(wrong)?;
        let (pallet, name) = indices.call_name(index)?;
        if (pallet.as_str(), name.as_str()) != ("Audit", "detailed") {
            return Self::from_parts(&pallet, &name, input);
        }
        let (space, epoch, ciphertext) = Decode::decode(&mut input).map_err(wrong)?;
        // The chain lets no call with details carry another one; nor does this recursion follow any.
        let (pallet, name) = indices.call_name(<[u8; 2]>::decode(&mut input).map_err(wrong)?)?;
        Ok(Self::Detailed {
            space,
            epoch,
            ciphertext,
            call: Box::new(Self::from_parts(&pallet, &name, input)?),
        })
    }

    /// Name and arguments.
    fn described(&self) -> serde_json::Value {
        let (pallet, name) = self.name();
        serde_json::json!({ "name": format!("{pallet}.{name}"), "arguments": self.arguments() })
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

        fn call_name(&self, index: [u8; 2]) -> Result<(String, String)> {
            match index {
                [14, 6] => Ok(("Collaborations".into(), "invite".into())),
                [5, 8] => Ok(("Audit".into(), "detailed".into())),
                [7, 7] => Ok(("Council".into(), "propose".into())),
                _ => Err(Error::Incompatible(format!("no call {index:?}"))),
            }
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

    #[test]
    fn a_call_is_about_the_space_or_the_job_that_it_names() {
        let (space, job, org) = (SpaceId(1), JobId(2), OrgId(3));
        let check = |call: Call, about| assert_eq!(call.about(), about, "{call:?}");
        check(Call::Fund { space, amount: 1 }, Some(About::Space(space)));
        check(Call::ApproveJob { job }, Some(About::Job(job)));
        check(Call::Settle { job }, Some(About::Job(job)));
        check(Call::GrantAuditor { space, org }, None);
        check(Call::Retire { dataset: DatasetId(1) }, None);
        check(Call::Suspend { org }, None);
    }

    #[test]
    fn calls_decode_as_they_were_encoded() {
        let invite = Call::Invite {
            space: SpaceId(1),
            org: OrgId(2),
        };
        let detailed = Call::Detailed {
            space: SpaceId(1),
            epoch: Epoch(4),
            ciphertext: vec![1, 2, 3].try_into().unwrap(),
            call: Box::new(invite.clone()),
        };
        for call in [invite.clone(), detailed.clone()] {
            let bytes = call.encode(&Fixed).unwrap();
            assert_eq!(Call::decode(&bytes, &Fixed).unwrap(), call);
            assert!(Call::decode(&bytes[..bytes.len() - 1], &Fixed).is_err());
            assert!(Call::decode(&[&bytes[..], &[0]].concat(), &Fixed).is_err());
        }
        let motion = Call::Propose {
            threshold: 3,
            proposal: Box::new(invite),
        };
        let bytes = motion.encode(&Fixed).unwrap();
        let Call::Other {
            pallet,
            name,
            arguments,
        } = Call::decode(&bytes, &Fixed).unwrap()
        else {
            panic!("a motion is not decoded");
        };
        assert_eq!(
            (pallet.as_str(), name.as_str(), &arguments[..]),
            ("Council", "propose", &bytes[2..])
        );
    }
}
