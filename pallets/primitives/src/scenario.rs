//! States that benchmarks start from. The runtime gives them, since it knows all pallets; every one is as large as the
//! bounds allow unless it takes a number.

use crate::{
    attestation::{Evidence, Measurement, WorkerRegistration},
    bounds::{Name, MAX_PURPOSES, MAX_REQUIRED_MEASUREMENTS},
    job::{JobResult, JobSpec, Receipt, RoundCommitment},
    merkle::Proof,
    policy::{Column, ColumnRole, ColumnRule, Operation, Policy, WorkerRequirement},
    privacy::PrivacyBudget,
    AccountId, Balance, DatasetId, JobId, OrgId, SpaceId,
};
use alloc::{format, vec::Vec};
use sp_runtime::BoundedVec;

/// What every dataset asks per job.
pub const PRICE: Balance = 1;
/// The noise multiplier that every dataset asks for, in millionths.
pub const NOISE: u64 = 1_000_000;

pub fn text(text: &str) -> Name {
    Name::truncate_from(text.as_bytes().to_vec())
}

/// The n-th of as many purposes as a policy may allow.
pub fn purpose(n: u32) -> Name {
    text(&format!("purpose {n}"))
}

/// So many columns, the first a label, with names as long as they may be.
pub fn columns(count: u32) -> impl Iterator<Item = Column> {
    (0..count).map(|n| Column {
        name: text(&format!("{n:0>64}")),
        role: if n == 0 { ColumnRole::Label } else { ColumnRole::Feature },
    })
}

/// What the n-th of as many builds of the worker as a policy may list measures. Workers run the last.
pub fn measurement(n: u32) -> Measurement {
    Measurement::simulated(format!("scenario {n}").as_bytes())
}

/// The build that workers run.
pub const BUILD: u32 = MAX_REQUIRED_MEASUREMENTS - 1;

/// A policy with so many columns' rules and these counterparties, and everything else as long as it may be. It allows the
/// jobs of [`Scenario::job`].
pub fn policy(rules: u32, counterparties: Vec<OrgId>) -> Policy {
    let operations = [
        Operation::Statistics,
        Operation::VerticalTraining,
        Operation::Intersection,
        Operation::Inference,
        Operation::HorizontalTraining,
    ];
    let rule = |column: Column| ColumnRule {
        for_operations: BoundedVec::truncate_from(operations.to_vec()),
        for_purposes: BoundedVec::truncate_from((0..MAX_PURPOSES as u8).collect()),
        min_parties: 2,
        min_group_size: 1,
        ..ColumnRule::from(column)
    };
    Policy {
        purposes: BoundedVec::truncate_from((0..MAX_PURPOSES).map(purpose).collect()),
        operations: BoundedVec::truncate_from(operations.to_vec()),
        columns: BoundedVec::truncate_from(columns(rules).map(rule).collect()),
        min_parties: 2,
        min_group_size: 1,
        worker: WorkerRequirement {
            measurements: Some(BoundedVec::truncate_from((0..=BUILD).map(measurement).collect())),
            ..WorkerRequirement::default()
        },
        budget: Some(PrivacyBudget {
            epsilon_micro: u64::MAX,
            delta_exponent: 5,
            min_noise_micro: Some(NOISE),
        }),
        max_uses: Some(u32::MAX),
        expires_at: Some(u32::MAX),
        counterparties: Some(BoundedVec::truncate_from(counterparties)),
        price: PRICE,
    }
}

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Proposed,
    /// All owners but the last have approved.
    LastApprovalMissing,
    /// Approved by all, with a worker.
    Assigned,
    /// The commitments to all steps are in, but the result.
    ResultMissing,
    Completed,
}

/// Brings a chain into the state that a benchmark asks for. Whatever is asked for twice is there once.
pub trait Scenario {
    /// The n-th of as many organisations as may be members, with keys registered.
    fn organisation(n: u32) -> (OrgId, AccountId);

    /// As many organisations as a chain ever admits, as many of them active as may be; as many validators, with session
    /// keys; as many motions as may be open, with a vote of every member.
    fn crowd();

    /// A space of the first `members` organisations, created by the first, with all auditors that it may have.
    fn space(members: u32) -> SpaceId;

    /// A dataset of the n-th organisation under a policy with as many rules as there may be, which lets the jobs of
    /// [`Self::job`] run.
    fn dataset(owner: u32) -> DatasetId;

    /// The n-th worker, active, with the session key that signs for it. The host holds the key.
    fn worker(n: u32) -> (AccountId, [u8; 32]);

    /// What the n-th worker, which is not registered yet, registers with.
    fn registration(n: u32) -> (AccountId, WorkerRegistration, Evidence);

    /// Takes a worker's right to compute away.
    fn lose(worker: &AccountId);

    /// Sets the chain's clock (unix s).
    fn set_time(seconds: u64);

    /// A job that wants so many columns of a dataset of each of the first `parties` organisations, proposed by the first.
    /// The escrow covers the prices. It takes one of the workers that there are, or the first.
    fn job(parties: u32, columns: u32, stage: Stage) -> JobId;

    /// An encoded call that proposes a job with a plan of so many bytes in the space of two organisations, and who may make
    /// it.
    fn proposal(plan: u32) -> (AccountId, Vec<u8>);

    /// What a job is to do.
    fn spec(job: JobId) -> JobSpec;

    /// The commitment to the job's next step with the signature of its worker.
    fn commitment(job: JobId) -> (AccountId, RoundCommitment, [u8; 64]);

    /// A receipt of a party, and the proof that it leads to the root in the job's result.
    fn receipt(job: JobId, party: OrgId) -> (Receipt, Proof);

    /// The result of a job that waits for it, with the signature of its worker.
    fn result(job: JobId) -> (AccountId, JobResult, [u8; 64]);
}
