//! Tests, and the steps that they share.

mod approval;
mod charges;
mod deadlines;
mod model;
mod progress;
mod property;
mod proposal;
mod revocation;
mod spaces;
mod steps;
mod terms;
mod views;
mod workers;

use crate::{mock::*, Call, Error, Jobs, NextJob, Parties, Specs};
use frame_support::assert_ok;
use secureflow_primitives::{
    hash::blake2_256,
    job::{result_payload, round_payload, Contribution, Deadlines, Job, JobPhase, JobResult, JobSpec, RoundCommitment},
    policy::{Column, ColumnRole, Operation},
    privacy::PrivacyCost,
    AccountId, DatasetId, JobId, OrgId, Round, SpaceId, H256,
};
use sp_core::Pair;
use sp_runtime::{traits::Dispatchable, BoundedVec, DispatchError, DispatchResult};

const SPACE: SpaceId = SpaceId(0);
const JOB: JobId = JobId(0);
const ROUNDS: u32 = 2;

fn signed(n: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(n))
}

/// Dispatches a call as the executive does: what a failed call wrote goes back.
fn dispatch(who: AccountId, call: Call<Test>) -> DispatchResult {
    RuntimeCall::Collaborations(call)
        .dispatch(RuntimeOrigin::signed(who))
        .map(|_| ())
        .map_err(|error| error.error)
}

/// Checks that a call fails with the error and leaves no trace.
fn refused(who: AccountId, call: Call<Test>, expected: Error<Test>) {
    let before = sp_io::storage::root(sp_runtime::StateVersion::V1);
    assert_eq!(dispatch(who, call), Err(DispatchError::from(expected)));
    assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), before);
}

fn text<const N: u32>(text: &str) -> BoundedVec<u8, sp_core::ConstU32<N>> {
    text.as_bytes().to_vec().try_into().unwrap()
}

fn column(name: &str, role: ColumnRole) -> Column {
    Column { name: text(name), role }
}

/// Datasets 0, 1 and 2; at least two parties; ten blocks for approval, five to start, seven per round.
fn spec() -> JobSpec {
    JobSpec {
        name: text("credit risk"),
        operation: Operation::HorizontalTraining,
        purpose: text("risk"),
        datasets: vec![DatasetId(0), DatasetId(1), DatasetId(2)].try_into().unwrap(),
        columns: vec![column("age", ColumnRole::Feature), column("default", ColumnRole::Label)]
            .try_into()
            .unwrap(),
        min_parties: 2,
        min_group_size: 5,
        rounds: ROUNDS,
        privacy: PrivacyCost::Unbounded,
        deadlines: Deadlines {
            approval: 10,
            start: 5,
            round: 7,
        },
        plan: text("plan"),
    }
}

/// The same parties' statistics of one column.
fn statistics() -> JobSpec {
    JobSpec {
        operation: Operation::Statistics,
        columns: vec![column("age", ColumnRole::AggregateOnly)].try_into().unwrap(),
        rounds: 1,
        ..spec()
    }
}

/// Space 0 with the members 0, 1 and 2.
fn make_space() {
    assert_ok!(Collaborations::create_space(signed(0), text("credit")));
    for org in 1..3 {
        assert_ok!(Collaborations::invite(signed(0), SPACE, OrgId(org.into())));
        assert_ok!(Collaborations::accept(signed(org), SPACE));
    }
}

fn propose(spec: JobSpec) -> JobId {
    let id = NextJob::<Test>::get();
    assert_ok!(Collaborations::propose_job(signed(0), SPACE, spec));
    id
}

fn approve_all(job: JobId) {
    for org in 0..3 {
        assert_ok!(dispatch(account(org), Call::approve_job { job }));
    }
}

/// Job 0, approved by all at block 1 and assigned to worker 0.
fn assigned() {
    Registry::add(0, secureflow_primitives::attestation::TeeKind::Simulated);
    make_space();
    approve_all(propose(spec()));
    assert_eq!(phase(JOB), JobPhase::Assigned);
}

fn job(id: JobId) -> Job {
    Jobs::<Test>::get(id).unwrap()
}

fn phase(id: JobId) -> JobPhase {
    job(id).phase
}

fn output(round: u32) -> H256 {
    blake2_256(&round.to_le_bytes())
}

fn commitment(round: u32) -> RoundCommitment {
    let participants = vec![OrgId(0), OrgId(2)].try_into().unwrap();
    RoundCommitment {
        round: Round(round),
        output: output(round),
        participants,
    }
}

fn round_call(n: u8, job: JobId, commitment: RoundCommitment) -> Call<Test> {
    let payload = round_payload(System::block_hash(0), job, &commitment);
    Call::submit_round {
        job,
        signature: session_key(n).sign(payload.as_bytes()).0,
        commitment,
    }
}

fn submit(n: u8, job: JobId, round: u32) -> DispatchResult {
    dispatch(worker_account(n), round_call(n, job, commitment(round)))
}

fn result(n: u8, id: JobId) -> JobResult {
    let spec = Specs::<Test>::get(id).unwrap();
    let worker = <Registry as secureflow_primitives::traits::WorkerRegistry>::worker(&worker_account(n)).unwrap();
    let contributions: Vec<_> = Parties::<Test>::get(id)
        .unwrap()
        .into_iter()
        .map(|party| Contribution {
            party,
            rows: 100,
            compute_ms: 5,
            utility: u64::from(spec.rounds) * 1_000_000,
            steps: spec.steps(),
        })
        .collect();
    JobResult {
        spec_hash: spec.hash(),
        model: output(spec.rounds + 1),
        encoding: output(1),
        evaluation: output(spec.rounds + 2),
        receipts_root: H256::repeat_byte(1),
        contributions: contributions.try_into().unwrap(),
        measurement: worker.measurement,
        simulated: worker.is_simulated(),
    }
}

fn result_call(n: u8, job: JobId, result: JobResult) -> Call<Test> {
    let payload = result_payload(System::block_hash(0), job, &result);
    Call::complete_job {
        job,
        signature: session_key(n).sign(payload.as_bytes()).0,
        result,
    }
}

/// What the ledgers of datasets 0 to 2 settled for a job.
fn settled(job: JobId) -> [Option<u32>; 3] {
    [0, 1, 2].map(|dataset| Settled::get((job, DatasetId(dataset))))
}
