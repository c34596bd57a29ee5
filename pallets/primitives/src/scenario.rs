//! States that benchmarks start from. The runtime gives them, since it knows all pallets; every one is as large as the
//! bounds allow unless it takes a number.

use crate::{
    attestation::{Evidence, WorkerRegistration},
    job::{JobResult, JobSpec, Receipt, RoundCommitment},
    merkle::Proof,
    AccountId, DatasetId, JobId, OrgId, SpaceId,
};
use alloc::vec::Vec;

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

    /// A dataset of the n-th organisation under a policy with so many columns, which lets the jobs of [`Self::job`] run.
    fn dataset(owner: u32, columns: u32) -> DatasetId;

    /// The n-th worker, active, with the session key that signs for it. The host holds the key.
    fn worker(n: u32) -> (AccountId, [u8; 32]);

    /// What the n-th worker, which is not registered yet, registers with.
    fn registration(n: u32) -> (AccountId, WorkerRegistration, Evidence);

    /// Takes a worker's right to compute away.
    fn lose(worker: &AccountId);

    /// Sets the chain's clock (unix s).
    fn set_time(seconds: u64);

    /// A job over a dataset of each of the first `parties` organisations, proposed by the first.
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
