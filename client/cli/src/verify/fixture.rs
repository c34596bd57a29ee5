//! A job that went well, made by hand: two rounds of a logistic model between two parties.

use super::Facts;
use codec::Encode;
use ed25519_dalek::{Signer, SigningKey};
use secureflow_plan::{
    artefact, commitment::blake2_256, evaluate, moments, survey, threshold, Encoding, Evaluation, Model, Shape,
};
use secureflow_primitives::{
    attestation::{
        AcceptedMeasurement, Anchor, Evidence, Measurement, Revision, Source, TeeKind, Worker, WorkerRegistration,
    },
    audit::{Entry, Kind, Subject},
    job::{
        result_payload, round_payload, Contribution, Job, JobPhase, JobResult, PinnedPolicy, Receipt, RoundCommitment,
    },
    merkle,
    policy::{Dataset, DatasetRegistration, Policy, RowBand},
    revenue::{Agreement, Formula, Prices, Settlement},
    AccountId, DatasetId, JobId, OrgId, PolicyVersion, Round, SpaceId, H256,
};
use secureflow_tee::{Attester, SimulatedAttester};
use std::{collections::BTreeMap, path::Path};

const TEMPLATE: &str = r#"
name = "churn"
purpose = "churn"
label = { column = "left", positive = "yes" }
model = { kind = "logistic" }
training = { rounds = 2 }
feature = [{ name = "age", kind = "numeric" }, { name = "plan", kind = "categorical" }]
"#;
const POLICY: &str = r#"
purposes = ["churn"]
price = 100
[worker]
kinds = ["simulated"]
[columns]
left = "label"
age = "feature"
plan = "feature"
"#;
const ROWS: u64 = 100;
const ID: JobId = JobId(3);
const PARTIES: [OrgId; 2] = [OrgId(0), OrgId(1)];
const SOURCE: Source = Source {
    revision: Revision::Sha1([3; 20]),
    recipe: H256([4; 32]),
};

/// Writes the job's files and returns what a chain with this genesis would hold.
pub fn completed_job(folder: &Path, genesis: H256) -> Facts {
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let template = crate::proposal::parse(TEMPLATE).unwrap();
    let made = crate::proposal::Proposal::new(&template, vec![DatasetId(0), DatasetId(1)]).unwrap();
    let plan = made.plan.training().expect("the template trains").clone();
    let spec = made.spec;
    write(artefact::PLAN, &spec.plan);

    let survey = survey_sum(&plan);
    let moments = moments_sum(&plan, &survey);
    let encoding = Encoding::derive(&plan, &survey, &moments).unwrap();
    let survey = artefact::sum_bytes(&survey);
    write(artefact::SURVEY, &survey);
    write(artefact::MOMENTS, &artefact::sum_bytes(&moments));
    write(artefact::ENCODING, &encoding.to_bytes());
    let mut outputs = vec![blake2_256(&survey), encoding.hash()];
    let shape = Shape::new(&plan, &encoding).unwrap();
    let mut model = Model::initial(&plan, &encoding).unwrap();
    for round in 1..=plan.rounds() {
        model = Model::new(shape, model.parameters().iter().map(|value| value + 0.25).collect()).unwrap();
        write(&artefact::model(round), &model.to_safetensors());
        outputs.push(model.hash());
    }
    write(artefact::MODEL, &model.to_safetensors());
    let evaluation =
        Evaluation::from_sum(&evaluate::vector(&[-1.0, -0.5, 0.5, 1.0], &[false, true, false, true])).unwrap();
    write(artefact::EVALUATION, &evaluation.to_bytes());
    outputs.push(evaluation.hash());

    let session = SigningKey::from_bytes(&[5; 32]);
    let root = SigningKey::from_bytes(&[6; 32]);
    let account = AccountId::new([7; 32]);
    let registration = WorkerRegistration {
        endpoint: b"https://127.0.0.1:1".to_vec().try_into().unwrap(),
        tls_fingerprint: [4; 32],
        session_key: session.verifying_key().to_bytes(),
        anchor: Anchor {
            number: 5,
            hash: H256([5; 32]),
        },
    };
    let evidence = SimulatedAttester::new(&root, b"worker")
        .evidence(registration.report_data(genesis, &account))
        .unwrap();
    write(artefact::EVIDENCE, &evidence.encode());
    write(artefact::REGISTRATION, &registration.encode());
    let worker = worker(registration, &evidence);

    let rounds = outputs.iter().zip(0u32..).map(|(output, round)| {
        let participants = PARTIES.to_vec().try_into().unwrap();
        let commitment = RoundCommitment {
            round: Round(round),
            output: H256(*output),
            participants,
        };
        let signature = session
            .sign(round_payload(genesis, ID, &commitment).as_bytes())
            .to_bytes();
        (commitment, signature)
    });
    let rounds: Vec<_> = rounds.collect();
    let receipts = receipts(spec.steps());
    write(artefact::RECEIPTS, &serde_json::to_vec(&receipts).unwrap());
    let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
    let contributions: Vec<Contribution> = PARTIES
        .iter()
        .map(|party| Contribution {
            party: *party,
            rows: 2 * (40 + u64::from(party.0)),
            compute_ms: 5 * 7,
            utility: 2 * 700_000,
            steps: 5,
        })
        .collect();
    let result = JobResult {
        spec_hash: spec.hash(),
        model: H256(model.hash()),
        encoding: H256(encoding.hash()),
        evaluation: H256(evaluation.hash()),
        receipts_root: merkle::root(&leaves),
        contributions: contributions.clone().try_into().unwrap(),
        measurement: worker.measurement,
        simulated: true,
    };
    let signature = session.sign(result_payload(genesis, ID, &result).as_bytes()).to_bytes();

    let parties: Vec<u32> = PARTIES.iter().map(|org| org.0).collect();
    write(
        artefact::TRUST_LABEL,
        &artefact::trust_label(&made.plan, ID.0, true, &parties, threshold(2, spec.min_parties), None),
    );
    let asked = PARTIES.map(|party| (party, policy().price));
    let mut settlement = Settlement {
        space: SpaceId(0),
        agreement: Agreement {
            formula: Formula::ByRows,
            reward: 900,
            dispute_window: 5,
        },
        prices: Prices(asked.to_vec().try_into().unwrap()),
        payouts: Default::default(),
        at: 40,
        claimed_at: Some(47),
    };
    settlement.payouts = settlement.payouts_of(&contributions).unwrap().try_into().unwrap();
    Facts {
        genesis,
        block_number: 50,
        block_hash: H256([8; 32]),
        id: ID,
        job: job(&spec.hash(), account.clone()),
        rounds,
        result: Some((result, signature)),
        worker: Some((account, worker)),
        simulated_root: Some(root.verifying_key().to_bytes()),
        now: 0,
        measurement: Some(AcceptedMeasurement::new(SOURCE, 1)),
        datasets: PARTIES.iter().map(|org| (DatasetId(org.0), dataset(*org))).collect(),
        policies: PARTIES
            .iter()
            .map(|org| ((DatasetId(org.0), PolicyVersion(1)), policy()))
            .collect(),
        organisations: BTreeMap::new(),
        settlement: Some(settlement),
        disputes: Vec::new(),
        audit: audit(spec.steps()),
        spec,
    }
}

fn survey_sum(plan: &secureflow_plan::Plan) -> Vec<u64> {
    let layout = survey::Layout::new(plan);
    let mut sum = vec![0; layout.length()];
    sum[survey::ROWS] = ROWS;
    sum[survey::POSITIVES] = 40;
    sum[survey::NEGATIVES] = 60;
    sum[layout.counts(0).start + survey::exponent_slot(1.5)] = ROWS;
    for value in ["basic", "gold"] {
        sum[layout.counts(1).start + survey::bucket("plan", value)] = ROWS / 2;
    }
    sum
}

fn moments_sum(plan: &secureflow_plan::Plan, survey: &[u64]) -> Vec<u64> {
    let exponent = moments::exponents(plan, survey).unwrap()[0].unwrap();
    let mut sums = moments::Sums::default();
    for row in 0..ROWS {
        sums.add(1.0 + (row % 2) as f64 * 0.9, exponent);
    }
    let layout = moments::Layout::new(plan);
    let mut sum = vec![0; layout.length()];
    sum[layout.rows()] = ROWS;
    sum[layout.start(0)..layout.start(1)].copy_from_slice(&sums.slots());
    sum
}

fn worker(registration: WorkerRegistration, evidence: &Evidence) -> Worker {
    let Evidence::Simulated(simulated) = evidence else {
        panic!("simulated evidence")
    };
    let measurement: Measurement = simulated.report.measurement;
    Worker {
        operator: OrgId(2),
        registration,
        kind: TeeKind::Simulated,
        measurement,
        evidence_hash: evidence.hash(),
        registered_at: 6,
        expires_at: 10_000,
        revoked: false,
    }
}

fn receipts(steps: u32) -> Vec<Receipt> {
    let receipt = |round, party: OrgId| Receipt {
        job: ID,
        round: Round(round),
        party,
        rows: 40 + u64::from(party.0),
        compute_ms: 7,
        // With the second training round and with the evaluation, of the round before each.
        utility: if round > 2 { 700_000 } else { 0 },
        bytes: 1000,
    };
    (0..steps)
        .flat_map(|round| PARTIES.map(|party| receipt(round, party)))
        .collect()
}

fn job(spec_hash: &H256, worker: AccountId) -> Job {
    let pinned = PARTIES.map(|owner| PinnedPolicy {
        dataset: DatasetId(owner.0),
        owner,
        version: PolicyVersion(1),
    });
    Job {
        space: SpaceId(0),
        proposer: OrgId(0),
        spec_hash: *spec_hash,
        phase: JobPhase::Completed,
        approvals: PARTIES.to_vec().try_into().unwrap(),
        policies: pinned.to_vec().try_into().unwrap(),
        requirement: policy().worker,
        worker: Some(worker),
        simulated: true,
        proposed_at: 10,
        deadline: 0,
    }
}

fn dataset(owner: OrgId) -> Dataset {
    let registration = DatasetRegistration {
        name: b"customers".to_vec().try_into().unwrap(),
        schema: H256([1; 32]),
        rows: RowBand::Under1K,
        content_root: H256([2; 32]),
    };
    Dataset {
        owner,
        registration,
        policy: PolicyVersion(1),
        retired: false,
        revoked: false,
    }
}

fn policy() -> Policy {
    let file = crate::policy_file::PolicyFile::parse(POLICY).unwrap();
    file.policy(&crate::network::Names::none(), 0).unwrap()
}

fn audit(steps: u32) -> Vec<(u64, Entry)> {
    let kinds = [
        Kind::JobProposed,
        Kind::JobApproved,
        Kind::JobApproved,
        Kind::JobAssigned,
    ]
    .into_iter();
    let kinds = kinds.chain(std::iter::repeat_n(Kind::RoundCommitted, steps as usize));
    let kinds = kinds.chain([Kind::JobCompleted, Kind::Settled, Kind::PayoutClaimed]);
    let entry = |kind| Entry {
        block: 12,
        actor: None,
        space: Some(SpaceId(0)),
        subject: Subject::Job(ID),
        kind,
        policy: None,
        details: None,
    };
    (20..).zip(kinds.map(entry)).collect()
}
