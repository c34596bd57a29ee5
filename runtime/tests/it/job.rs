//! A job from its space to its result, as small as the chain lets it be.

use crate::blocks::send;
use frame_support::assert_ok;
use secureflow_primitives::{
    attestation::{
        leaf_payload, report_payload, Anchor, Evidence, Measurement, SimulatedEvidence, SimulatedReport,
        WorkerRegistration,
    },
    bounds::Name,
    job::{
        result_payload, round_payload, Contribution, Deadlines, Job, JobPhase, JobResult, JobSpec, Receipt,
        RoundCommitment,
    },
    merkle,
    policy::{Column, ColumnRole, ColumnRule, DatasetRegistration, Operation, Policy, RowBand, WorkerRequirement},
    privacy::PrivacyCost,
    DatasetId, JobId, OrgId, Round, SpaceId,
};
use secureflow_runtime::{Hash, Runtime, System};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Signs the evidence of simulated workers.
pub const ROOT: Ed25519Keyring = Ed25519Keyring::One;
/// Signs what a worker commits to.
const SESSION_KEY: Ed25519Keyring = Ed25519Keyring::Two;
/// Blocks that a job waits in each of its phases.
pub const PATIENCE: u32 = 20;

pub fn measurement() -> Measurement {
    Measurement::simulated(b"worker")
}

fn text(text: &str) -> Name {
    text.as_bytes().to_vec().try_into().expect("short")
}

pub fn job(id: JobId) -> Job {
    pallet_collaborations::Jobs::<Runtime>::get(id).expect("the job was proposed")
}

/// A space of organisations, each given with the key of its account; the first one creates it.
pub fn space(members: &[(OrgId, Sr25519Keyring)]) -> SpaceId {
    let space = pallet_collaborations::NextSpace::<Runtime>::get();
    let (_, creator) = members[0];
    let name = text("a space");
    assert_ok!(send(creator, pallet_collaborations::Call::create_space { name }));
    for (org, account) in &members[1..] {
        let org = *org;
        assert_ok!(send(creator, pallet_collaborations::Call::invite { space, org }));
        assert_ok!(send(*account, pallet_collaborations::Call::accept { space }));
    }
    space
}

fn columns() -> Vec<Column> {
    let column = |name, role| Column { name: text(name), role };
    vec![column("x", ColumnRole::Feature), column("y", ColumnRole::Label)]
}

/// A dataset that anyone in the space may train on.
fn dataset(owner: Sr25519Keyring) -> DatasetId {
    let dataset = pallet_policies::NextDataset::<Runtime>::get();
    let registration = DatasetRegistration {
        name: text(&format!("rows {}", dataset.0)),
        schema: Hash::zero(),
        rows: RowBand::Under1K,
        content_root: Hash::zero(),
    };
    assert_ok!(send(owner, pallet_policies::Call::register_dataset { registration }));
    let rules: Vec<_> = columns().into_iter().map(ColumnRule::from).collect();
    let policy = Policy {
        purposes: vec![text("a test")].try_into().expect("one"),
        operations: vec![Operation::HorizontalTraining].try_into().expect("one"),
        columns: rules.try_into().expect("two"),
        min_parties: 2,
        min_group_size: 1,
        worker: WorkerRequirement::default(),
        budget: None,
        max_uses: None,
        expires_at: None,
        counterparties: None,
        price: 0,
    };
    assert_ok!(send(owner, pallet_policies::Call::set_policy { dataset, policy }));
    dataset
}

/// A job over a dataset of each owner, proposed and not approved.
pub fn propose(by: Sr25519Keyring, space: SpaceId, owners: [Sr25519Keyring; 2]) -> JobId {
    let job = pallet_collaborations::NextJob::<Runtime>::get();
    let spec = JobSpec {
        name: text("a job"),
        operation: Operation::HorizontalTraining,
        purpose: text("a test"),
        datasets: owners.map(dataset).to_vec().try_into().expect("two"),
        columns: columns().try_into().expect("two"),
        min_parties: 2,
        min_group_size: 1,
        rounds: 1,
        privacy: PrivacyCost::Unbounded,
        deadlines: Deadlines {
            approval: PATIENCE,
            start: PATIENCE,
            round: PATIENCE,
        },
        plan: vec![1].try_into().expect("short"),
    };
    assert_ok!(send(by, pallet_collaborations::Call::propose_job { space, spec }));
    job
}

pub fn approve(id: JobId, owners: [Sr25519Keyring; 2]) {
    for owner in owners {
        assert_ok!(send(owner, pallet_collaborations::Call::approve_job { job: id }));
    }
}

/// Makes an account a worker of an organisation.
pub fn register_worker(operator: Sr25519Keyring, worker: Sr25519Keyring) {
    let account = worker.to_account_id();
    let number = System::block_number() - 1;
    assert_ok!(send(
        operator,
        pallet_consortium::Call::add_operator {
            account: account.clone()
        }
    ));
    let registration = WorkerRegistration {
        endpoint: b"https://127.0.0.1:4433".to_vec().try_into().expect("short"),
        tls_fingerprint: [1; 32],
        session_key: SESSION_KEY.to_raw_public(),
        anchor: Anchor {
            number,
            hash: System::block_hash(number),
        },
    };
    let report = SimulatedReport {
        measurement: measurement(),
        report_data: registration.report_data(System::block_hash(0), &account),
        tcb: 1,
        debug: false,
    };
    let leaf = ROOT.to_raw_public();
    let evidence = Evidence::Simulated(SimulatedEvidence {
        leaf,
        leaf_signature: ROOT.sign(leaf_payload(&leaf).as_bytes()).0,
        report_signature: ROOT.sign(report_payload(&report).as_bytes()).0,
        report,
    });
    assert_ok!(send(
        worker,
        pallet_attestations::Call::register_worker { registration, evidence }
    ));
}

/// A worker's receipts for a job, one per party and step.
pub fn receipts(job: JobId, parties: [OrgId; 2]) -> Vec<Receipt> {
    let receipt = |round, party| Receipt {
        job,
        round: Round(round),
        party,
        rows: 10,
        compute_ms: 2,
        utility: 0,
        bytes: 100,
    };
    (0..4)
        .flat_map(|round| parties.map(|party| receipt(round, party)))
        .collect()
}

fn output(step: u32) -> Hash {
    Hash::repeat_byte(step as u8 + 1)
}

/// Commits to a step of a job that has its worker.
pub fn commit(id: JobId, worker: Sr25519Keyring, parties: [OrgId; 2], step: u32) {
    let commitment = RoundCommitment {
        round: Round(step),
        output: output(step),
        participants: parties.to_vec().try_into().expect("two"),
    };
    let payload = round_payload(System::block_hash(0), id, &commitment);
    let signature = SESSION_KEY.sign(payload.as_bytes()).0;
    assert_ok!(send(
        worker,
        pallet_collaborations::Call::submit_round {
            job: id,
            commitment,
            signature
        }
    ));
}

/// Does all the steps of a job that has its worker; the parties put in the same.
pub fn complete(id: JobId, worker: Sr25519Keyring, parties: [OrgId; 2]) {
    assert_eq!(job(id).phase, JobPhase::Assigned);
    let genesis = System::block_hash(0);
    for step in 0..4 {
        commit(id, worker, parties, step);
    }
    let contribution = |party| Contribution {
        party,
        rows: 10,
        compute_ms: 8,
        utility: 0,
        steps: 4,
    };
    let leaves: Vec<Hash> = receipts(id, parties).iter().map(Receipt::hash).collect();
    let result = JobResult {
        spec_hash: job(id).spec_hash,
        model: output(2),
        encoding: output(1),
        evaluation: output(3),
        receipts_root: merkle::root(&leaves),
        contributions: parties.map(contribution).to_vec().try_into().expect("two"),
        measurement: measurement(),
        simulated: true,
    };
    let signature = SESSION_KEY.sign(result_payload(genesis, id, &result).as_bytes()).0;
    assert_ok!(send(
        worker,
        pallet_collaborations::Call::complete_job {
            job: id,
            result,
            signature
        }
    ));
}
