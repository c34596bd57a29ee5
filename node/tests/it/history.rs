//! A small history on the development chain: a space of two, a job from its proposal to its payment, with a dispute, and one
//! that waits.

use crate::{
    chain::{account, genesis, hash, key, submit},
    node::Node,
};
use codec::Encode;
use secureflow_primitives::{
    attestation::{
        leaf_payload, report_payload, Anchor, Evidence, Measurement, SimulatedEvidence, SimulatedReport,
        WorkerRegistration,
    },
    bounds::Name,
    hash::blake2_256,
    job::{result_payload, round_payload, Contribution, Deadlines, JobResult, JobSpec, Receipt, RoundCommitment},
    merkle,
    policy::{Column, ColumnRole, ColumnRule, DatasetRegistration, Operation, Policy, RowBand, WorkerRequirement},
    privacy::{PrivacyBudget, PrivacyCost, RdpCost, ORDERS},
    revenue::{Agreement, Figures, Formula, Ruling},
    DatasetId, JobId, OrgId, Round, SpaceId, H256,
};
use secureflow_runtime::{genesis::DEVELOPMENT_MEASUREMENT, Runtime, RuntimeCall};
use serde_json::{json, Value};
use sp_core::{ed25519, Pair};
use sp_runtime::Weight;

const SPACE: SpaceId = SpaceId(0);
const JOB: JobId = JobId(0);
/// Who took part in it, with the rows that each trained on.
const PARTIES: [(OrgId, u64); 2] = [(OrgId(0), 600), (OrgId(1), 200)];

fn text(text: &str) -> Name {
    text.as_bytes().to_vec().try_into().expect("short")
}

fn signing(name: &str) -> ed25519::Pair {
    ed25519::Pair::from_string(&format!("//{name}"), None).expect("a path")
}

/// Waits until the finalised chain answers a method in a way that `done` accepts.
pub fn wait(node: &Node, method: &str, params: Value, done: impl Fn(&Value) -> bool) -> Value {
    node.wait_for(&format!("{method}{params} as expected"), || {
        node.call(method, params.clone()).filter(|answer| done(answer))
    })
}

fn phase(node: &Node, job: JobId, phase: &str) {
    wait(node, "secureflow_job", json!([job]), |answer| answer["phase"] == phase);
}

/// Alice's space with Bob in it, an agreement and something to share.
fn space(node: &Node) {
    use pallet_collaborations::Call;
    let name = text("credit risk");
    submit(node, "Alice", Call::<Runtime>::create_space { name });
    let org = OrgId(1);
    submit(node, "Alice", Call::<Runtime>::invite { space: SPACE, org });
    let agreement = Agreement {
        formula: Formula::ByRows,
        reward: 100,
        // Blocks enough for a dispute that comes in the block of the settlement or in the next ones.
        dispute_window: 20,
    };
    let space = SPACE;
    submit(
        node,
        "Alice",
        pallet_revenue::Call::<Runtime>::set_agreement { space, agreement },
    );
    submit(
        node,
        "Alice",
        pallet_revenue::Call::<Runtime>::fund { space, amount: 250 },
    );
    wait(node, "secureflow_space", json!([space]), |answer| {
        answer["invited"][0]["id"] == 1
    });
    submit(node, "Bob", Call::<Runtime>::accept { space });
}

fn columns() -> Vec<Column> {
    let column = |name, role| Column { name: text(name), role };
    vec![
        column("income", ColumnRole::Feature),
        column("defaulted", ColumnRole::Label),
    ]
}

/// A dataset with a budget of ε = 4 at δ = 10^-5, and noise of at least four times what one row can change.
fn dataset(node: &Node, owner: &str, dataset: DatasetId) {
    let registration = DatasetRegistration {
        name: text("loans"),
        schema: H256::repeat_byte(1),
        rows: RowBand::Under1K,
        content_root: H256::repeat_byte(2),
    };
    submit(
        node,
        owner,
        pallet_policies::Call::<Runtime>::register_dataset { registration },
    );
    // Ids follow the order of the blocks.
    wait(node, "secureflow_datasetBudget", json!([dataset]), Value::is_object);
    let rules: Vec<_> = columns().into_iter().map(ColumnRule::from).collect();
    let policy = Policy {
        purposes: vec![text("credit scoring")].try_into().expect("one"),
        operations: vec![Operation::HorizontalTraining].try_into().expect("one"),
        columns: rules.try_into().expect("two"),
        min_parties: 2,
        min_group_size: 5,
        worker: WorkerRequirement::default(),
        budget: Some(PrivacyBudget {
            epsilon_micro: 4_000_000,
            delta_exponent: 5,
            min_noise_micro: Some(4_000_000),
        }),
        max_uses: Some(10),
        expires_at: None,
        counterparties: None,
        price: 10,
    };
    submit(
        node,
        owner,
        pallet_policies::Call::<Runtime>::set_policy { dataset, policy },
    );
}

/// A worker of Bob's with simulated evidence.
fn worker(node: &Node) {
    let worker = account("Worker");
    submit(
        node,
        "Bob",
        pallet_consortium::Call::<Runtime>::add_operator {
            account: worker.clone(),
        },
    );
    let head = hash(node, "chain_getFinalizedHead", json!([]));
    let header = node.call("chain_getHeader", json!([head])).expect("a header");
    let number = header["number"].as_str().expect("a number");
    let number = u32::from_str_radix(&number[2..], 16).expect("hexadecimal");
    let registration = WorkerRegistration {
        endpoint: b"https://127.0.0.1:4433".to_vec().try_into().expect("short"),
        tls_fingerprint: [1; 32],
        session_key: signing("Worker").public().0,
        anchor: Anchor { number, hash: head },
    };
    let report = SimulatedReport {
        measurement: Measurement::simulated(DEVELOPMENT_MEASUREMENT),
        report_data: registration.report_data(genesis(node), &worker),
        tcb: 1,
        debug: false,
    };
    // The root that the development chain names.
    let root = signing("Ferdie");
    let leaf = root.public().0;
    let evidence = Evidence::Simulated(SimulatedEvidence {
        leaf,
        leaf_signature: root.sign(leaf_payload(&leaf).as_bytes()).0,
        report_signature: root.sign(report_payload(&report).as_bytes()).0,
        report,
    });
    // The account may send once it acts for somebody.
    wait(node, "system_accountNextIndex", json!([worker]), Value::is_number);
    node.wait_for("the worker's account", || {
        let key = frame_system_account(&worker);
        node.call("state_getStorage", json!([key])).filter(Value::is_string)
    });
    submit(
        node,
        "Worker",
        pallet_attestations::Call::<Runtime>::register_worker { registration, evidence },
    );
    wait(node, "secureflow_workers", json!([]), |answer| {
        answer["workers"][0]["status"] == "active"
    });
}

fn frame_system_account(account: &secureflow_runtime::AccountId) -> String {
    let key = frame_system::Account::<Runtime>::hashed_key_for(account);
    sp_core::bytes::to_hex(&key, false)
}

fn propose(node: &Node, name: &str) {
    let spec = JobSpec {
        name: text(name),
        operation: Operation::HorizontalTraining,
        purpose: text("credit scoring"),
        datasets: vec![DatasetId(0), DatasetId(1)].try_into().expect("two"),
        columns: columns().try_into().expect("two"),
        min_parties: 2,
        min_group_size: 5,
        rounds: 1,
        // The Gaussian mechanism with σ = 5: α/50.
        privacy: PrivacyCost::PerRound {
            noise_micro: 5_000_000,
            cost: RdpCost(ORDERS.map(|order| 20_000 * u64::from(order))),
        },
        deadlines: Deadlines {
            approval: 3_600,
            start: 600,
            round: 600,
        },
        plan: b"plan".to_vec().try_into().expect("short"),
    };
    let space = SPACE;
    submit(
        node,
        "Alice",
        pallet_collaborations::Call::<Runtime>::propose_job { space, spec },
    );
}

/// The worker's receipts for the first job.
fn receipts() -> Vec<Receipt> {
    let receipt = |round, (party, rows)| Receipt {
        job: JOB,
        round: Round(round),
        party,
        rows,
        compute_ms: 30,
        utility: if round == 3 { 900_000 } else { 0 },
        bytes: 100,
    };
    (0..4)
        .flat_map(|round| PARTIES.map(|party| receipt(round, party)))
        .collect()
}

/// The steps of the first job, and its result.
fn compute(node: &Node) {
    use pallet_collaborations::Call;
    let (genesis, session) = (genesis(node), signing("Worker"));
    let parties = PARTIES.map(|(party, _)| party);
    let output = |step: u32| H256::repeat_byte(16 + step as u8);
    for step in 0..4 {
        let commitment = RoundCommitment {
            round: Round(step),
            output: output(step),
            participants: parties.to_vec().try_into().expect("two"),
        };
        let signature = session.sign(round_payload(genesis, JOB, &commitment).as_bytes()).0;
        submit(
            node,
            "Worker",
            Call::<Runtime>::submit_round {
                job: JOB,
                commitment,
                signature,
            },
        );
    }
    let job = wait(node, "secureflow_job", json!([JOB]), |answer| answer["step"] == 3);
    let contribution = |(party, rows)| Contribution {
        party,
        rows,
        compute_ms: 120,
        utility: 900_000,
        steps: 4,
    };
    let leaves: Vec<H256> = receipts().iter().map(Receipt::hash).collect();
    let result = JobResult {
        spec_hash: serde_json::from_value(job["specHash"].clone()).expect("a hash"),
        model: output(2),
        encoding: output(1),
        evaluation: output(3),
        receipts_root: merkle::root(&leaves),
        contributions: PARTIES.map(contribution).to_vec().try_into().expect("two"),
        measurement: Measurement::simulated(DEVELOPMENT_MEASUREMENT),
        simulated: true,
    };
    let signature = session.sign(result_payload(genesis, JOB, &result).as_bytes()).0;
    submit(
        node,
        "Worker",
        Call::<Runtime>::complete_job {
            job: JOB,
            result,
            signature,
        },
    );
    phase(node, JOB, "completed");
}

/// What Bob put in, as he says or as the members find.
fn figures(rows: u64) -> Figures {
    Figures {
        rows,
        compute_ms: 120,
        utility: 900_000,
    }
}

/// The motion on Bob's dispute, with its hash.
fn motion() -> (RuntimeCall, H256) {
    let call = RuntimeCall::from(pallet_revenue::Call::<Runtime>::resolve {
        job: JOB,
        party: OrgId(1),
        ruling: Ruling::Corrected(figures(300)),
    });
    let hash = blake2_256(&call.encode());
    (call, hash)
}

fn vote(node: &Node, by: &str) {
    let (_, proposal) = motion();
    let vote = RuntimeCall::Council(pallet_collective::Call::vote {
        proposal,
        index: 0,
        approve: true,
    });
    submit(node, by, vote);
}

/// Bob settles the first job and contests what the worker says of him; Alice asks the members to meet him halfway.
fn dispute(node: &Node) {
    let receipts = receipts();
    let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
    // The last one is Bob's.
    let at = receipts.len() - 1;
    submit(node, "Bob", pallet_revenue::Call::<Runtime>::settle { job: JOB });
    // Not before it: an account's transactions keep their order.
    submit(
        node,
        "Bob",
        pallet_revenue::Call::<Runtime>::dispute {
            job: JOB,
            receipt: receipts[at],
            proof: merkle::proof(&leaves, at).expect("it is there"),
            claimed: figures(400),
            evidence: H256::repeat_byte(48),
        },
    );
    wait(node, "secureflow_job", json!([JOB]), |answer| {
        answer["settlement"]["disputes"][0]["open"] == true
    });
    let (call, _) = motion();
    let proposal = RuntimeCall::Council(pallet_collective::Call::propose {
        threshold: 2,
        length_bound: call.encoded_size() as u32,
        proposal: Box::new(call),
    });
    submit(node, "Alice", proposal);
    vote(node, "Alice");
    wait(node, "secureflow_job", json!([JOB]), |answer| {
        answer["settlement"]["disputes"][0]["motions"][0]["ayes"] == json!([0])
    });
}

/// Bob's own vote decides his dispute, and the first job is paid.
pub fn conclude(node: &Node) {
    vote(node, "Bob");
    let (call, proposal_hash) = motion();
    let close = RuntimeCall::Council(pallet_collective::Call::close {
        proposal_hash,
        index: 0,
        // More than a ruling can weigh.
        proposal_weight_bound: Weight::from_parts(100_000_000_000, 1_000_000),
        length_bound: call.encoded_size() as u32,
    });
    submit(node, "Bob", close);
    wait(node, "secureflow_job", json!([JOB]), |answer| {
        let settlement = &answer["settlement"];
        settlement["disputes"][0]["ruling"].is_object()
            && answer["block"]["number"].as_u64() >= settlement["claimableFrom"].as_u64()
    });
    submit(node, "Bob", pallet_revenue::Call::<Runtime>::claim { job: JOB });
    wait(node, "secureflow_contributions", json!([JOB]), |answer| {
        answer["claimedAt"].is_number()
    });
}

/// All of it up to an open dispute. `watched` is called before the first job gets its approvals.
pub fn make(node: &Node, watched: impl FnOnce()) {
    use pallet_collaborations::Call;
    assert_eq!(account("Alice"), sp_runtime::AccountId32::from(key("Alice").public()));
    space(node);
    dataset(node, "Alice", DatasetId(0));
    dataset(node, "Bob", DatasetId(1));
    worker(node);
    for dataset in [0, 1] {
        wait(node, "secureflow_datasetBudget", json!([dataset]), |answer| {
            answer["policy"] == 1
        });
    }
    propose(node, "default risk");
    phase(node, JOB, "proposed");
    watched();
    // One after the other, so that the log has them in this order.
    submit(node, "Alice", Call::<Runtime>::approve_job { job: JOB });
    wait(node, "secureflow_job", json!([JOB]), |answer| {
        answer["parties"][0]["approved"] == true
    });
    submit(node, "Bob", Call::<Runtime>::approve_job { job: JOB });
    phase(node, JOB, "assigned");
    compute(node);
    dispute(node);
    propose(node, "default risk again");
    phase(node, JobId(1), "proposed");
}
