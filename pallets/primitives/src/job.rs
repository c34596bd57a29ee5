//! Collaboration spaces, jobs, their phases and commitments.

use crate::{
    attestation::Measurement,
    bounds::{Name, PerColumn, PerParty, MAX_PLAN},
    hash::domain_hash,
    policy::{chain_type, Column, Operation, WorkerRequirement},
    privacy::PrivacyCost,
    AccountId, BlockNumber, DatasetId, JobId, OrgId, PolicyVersion, Round, SpaceId,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_core::H256;
use sp_runtime::{traits::ConstU32, BoundedVec};

/// Aggregation steps of a training besides its rounds: survey, moments, evaluation.
pub const STEPS_BESIDES_ROUNDS: u32 = 3;
/// The steps before the first training round: survey and moments.
pub const STEPS_BEFORE_TRAINING: u32 = 2;
/// The step of a training whose output is the encoding.
const ENCODING_STEP: u32 = 1;

chain_type! {
    /// A place where organisations work together.
    pub struct Space {
        pub name: Name,
        pub creator: OrgId,
        /// Who has accepted; the creator first.
        pub members: PerParty<OrgId>,
        /// Who was asked and has not answered.
        pub invited: PerParty<OrgId>,
    }
}

chain_type! {
    /// How long each phase may take, in blocks.
    #[derive(Copy)]
    pub struct Deadlines {
        /// From the proposal to the last approval.
        pub approval: BlockNumber,
        /// From the last approval to the first commitment of the worker.
        pub start: BlockNumber,
        /// From one commitment to the next.
        pub round: BlockNumber,
    }
}

chain_type! {
    /// What a job is to do. Everything a policy can speak about is a field of its own.
    pub struct JobSpec {
        pub name: Name,
        pub operation: Operation,
        pub purpose: Name,
        /// One per party.
        pub datasets: PerParty<DatasetId>,
        pub columns: PerColumn<Column>,
        /// The fewest parties that a step may go on with.
        pub min_parties: u32,
        pub min_group_size: u32,
        /// Releases that cost privacy: the rounds of a training, and the one of statistics.
        pub rounds: u32,
        pub privacy: PrivacyCost,
        pub deadlines: Deadlines,
        /// How it is computed; read by agents and workers, opaque to the chain.
        pub plan: BoundedVec<u8, ConstU32<MAX_PLAN>>,
    }
}

impl JobSpec {
    /// The commitment to the specification.
    pub fn hash(&self) -> H256 {
        domain_hash(b"secureflow/job-spec/v1", self)
    }

    /// Aggregation steps in all, each with a commitment.
    pub fn steps(&self) -> u32 {
        match self.operation {
            Operation::Statistics => self.rounds,
            _ => self.rounds.saturating_add(STEPS_BESIDES_ROUNDS),
        }
    }

    /// The steps before the first round.
    pub fn steps_before_rounds(&self) -> u32 {
        match self.operation {
            Operation::Statistics => 0,
            _ => STEPS_BEFORE_TRAINING,
        }
    }

    /// The rounds whose outputs the worker may have seen once so many steps are committed to: those among them, and the one
    /// under way. A job that never had a worker has run none.
    pub fn rounds_run(&self, steps_committed: u32) -> u32 {
        match steps_committed.checked_sub(self.steps_before_rounds()) {
            Some(committed) => committed.saturating_add(1).min(self.rounds),
            None => 0,
        }
    }

    /// Whether the job may go to another worker before its first commitment. Where the first step is a round it may not: its
    /// first worker may have seen that round's output.
    pub fn may_change_worker(&self) -> bool {
        self.steps_before_rounds() > 0
    }

    /// The steps whose outputs are a result's model and encoding; `None` for statistics, which have neither.
    pub fn model_and_encoding_steps(&self) -> Option<(u32, u32)> {
        match self.operation {
            Operation::Statistics => None,
            _ => Some((self.evaluation_step().saturating_sub(1), ENCODING_STEP)),
        }
    }

    /// The step whose output is a result's evaluation: the last.
    pub fn evaluation_step(&self) -> u32 {
        self.steps().saturating_sub(1)
    }
}

chain_type! {
    /// Somebody that a job waits for.
    pub enum Party { Organisation(OrgId), Worker(AccountId) }
}

chain_type! {
    /// Why a job failed.
    #[derive(Copy)]
    pub enum FailReason {
        /// The phase's deadline passed.
        Deadline,
        /// Fewer parties than the threshold took part.
        TooFewParties,
        /// A party's data do not fit the job.
        DataMismatch,
        /// A party broke the protocol.
        Protocol,
        /// The worker lost its attestation.
        WorkerRevoked,
        /// An owner revoked its policy before the job began.
        PolicyRevoked,
    }
}

chain_type! {
    /// Where a job stands.
    pub enum JobPhase {
        Proposed,
        /// Approved by all; no worker is free.
        Approved,
        /// A worker is to begin.
        Assigned,
        /// Commitments up to and with this step are in.
        Running { round: Round },
        Completed,
        Failed { reason: FailReason, party: Option<Party> },
        Cancelled,
        /// Not approved, or not begun, in time.
        Expired { waiting_for: Option<Party> },
    }
}

impl JobPhase {
    /// Whether the job has ended for good.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed { .. } | Self::Cancelled | Self::Expired { .. }
        )
    }
}

chain_type! {
    /// The policy version under which a dataset takes part in a job, pinned at approval.
    #[derive(Copy)]
    pub struct PinnedPolicy { pub dataset: DatasetId, pub owner: OrgId, pub version: PolicyVersion }
}

chain_type! {
    /// A job. Its specification is stored beside it.
    pub struct Job {
        pub space: SpaceId,
        pub proposer: OrgId,
        pub spec_hash: H256,
        pub phase: JobPhase,
        /// Who has approved.
        pub approvals: PerParty<OrgId>,
        /// Set when the last approval arrives.
        pub policies: PerParty<PinnedPolicy>,
        /// What all pinned policies together ask of the worker.
        pub requirement: WorkerRequirement,
        pub worker: Option<AccountId>,
        /// Whether the assigned worker's evidence is simulated.
        pub simulated: bool,
        pub proposed_at: BlockNumber,
        /// When the present phase ends by itself; zero once the job has ended.
        pub deadline: BlockNumber,
    }
}

chain_type! {
    /// What the worker commits to after each aggregation step.
    pub struct RoundCommitment {
        pub round: Round,
        /// The hash of the step's output.
        pub output: H256,
        /// Whose inputs are in the sum.
        pub participants: PerParty<OrgId>,
    }
}

chain_type! {
    /// What a party put in over the whole job.
    #[derive(Copy)]
    pub struct Contribution {
        pub party: OrgId,
        /// Rows trained on, summed over the training rounds.
        pub rows: u64,
        pub compute_ms: u64,
        /// How well the party's updates went with the joint ones, in millionths summed over the training rounds; see
        /// `docs/protocols/horizontal-training.md`.
        pub utility: u64,
        /// Steps the party took part in.
        pub steps: u32,
    }
}

chain_type! {
    /// What the worker commits to at the end.
    pub struct JobResult {
        pub spec_hash: H256,
        /// Hash of the final model's safetensors bytes; zero for statistics.
        pub model: H256,
        /// Hash of the encoding; zero for statistics.
        pub encoding: H256,
        /// Hash of the evaluation; for statistics, of the sum that the answers follow from.
        pub evaluation: H256,
        /// Merkle root over the receipts' hashes.
        pub receipts_root: H256,
        pub contributions: PerParty<Contribution>,
        /// Of the worker that computed it.
        pub measurement: Measurement,
        pub simulated: bool,
    }
}

chain_type! {
    /// The worker's receipt for one party and one step; its hash is a leaf under [`JobResult::receipts_root`].
    #[derive(Copy)]
    pub struct Receipt {
        pub job: JobId,
        pub round: Round,
        pub party: OrgId,
        pub rows: u64,
        pub compute_ms: u64,
        /// The utility of the party's update in the training round before this step, in millionths.
        pub utility: u64,
        /// Payload bytes the party sent in this step.
        pub bytes: u64,
    }
}

impl Receipt {
    /// The leaf of the receipts' Merkle tree.
    pub fn hash(&self) -> H256 {
        domain_hash(b"secureflow/receipt/v1", self)
    }
}

/// What the session key signs for a step: bound to the chain by its genesis hash.
pub fn round_payload(genesis: H256, job: JobId, commitment: &RoundCommitment) -> H256 {
    domain_hash(b"secureflow/round/v1", &(genesis, job, commitment))
}

/// What the session key signs for a result.
pub fn result_payload(genesis: H256, job: JobId, result: &JobResult) -> H256 {
    domain_hash(b"secureflow/result/v1", &(genesis, job, result))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(operation: Operation, rounds: u32) -> JobSpec {
        JobSpec {
            name: Name::default(),
            operation,
            purpose: Name::default(),
            datasets: PerParty::default(),
            columns: PerColumn::default(),
            min_parties: 2,
            min_group_size: 10,
            rounds,
            privacy: PrivacyCost::Unbounded,
            deadlines: Deadlines {
                approval: 1,
                start: 1,
                round: 1,
            },
            plan: BoundedVec::default(),
        }
    }

    #[test]
    fn a_round_under_way_counts_as_run() {
        let spec = spec(Operation::HorizontalTraining, 3);
        let check = |steps, expected| assert_eq!(spec.rounds_run(steps), expected, "after {steps} steps");
        check(0, 0);
        check(1, 0); // the survey is in, the moments are under way
        check(2, 1); // the first training round is under way
        check(3, 2);
        check(4, 3);
        check(5, 3); // all are in, the evaluation is under way
        check(6, 3);
        assert_eq!((spec.steps(), spec.evaluation_step()), (6, 5));
        assert_eq!(spec.model_and_encoding_steps(), Some((4, 1)));
        assert!(spec.may_change_worker());
    }

    #[test]
    fn statistics_are_one_release_from_the_start() {
        let spec = spec(Operation::Statistics, 1);
        assert_eq!((spec.steps(), spec.evaluation_step()), (1, 0));
        assert_eq!((spec.rounds_run(0), spec.rounds_run(1)), (1, 1));
        assert_eq!(spec.model_and_encoding_steps(), None);
        assert!(!spec.may_change_worker());
    }
}
