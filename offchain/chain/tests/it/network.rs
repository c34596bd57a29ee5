//! A network with one worker, two owners and a job that they have approved.

use ed25519_dalek::{Signer, SigningKey};
use secureflow_chain::{fake::FakeChain, keys::AccountKey, storage, Call, Chain, Submitted, Wait, H256};
use secureflow_primitives::{
    attestation::{Anchor, Measurement, TeeKind, Worker, WorkerRegistration},
    consortium::OrgKeys,
    job::{
        result_payload, round_payload, Contribution, Deadlines, JobResult, JobSpec, RoundCommitment,
        STEPS_BESIDES_ROUNDS,
    },
    policy::{DatasetRegistration, Operation, Policy, RowBand, WorkerRequirement},
    privacy::PrivacyCost,
    DatasetId, JobId, OrgId, Round, SpaceId,
};

pub const ROUNDS: u32 = 2;
pub const STEPS: u32 = ROUNDS + STEPS_BESIDES_ROUNDS;

pub struct Network {
    pub chain: FakeChain,
    pub owners: Vec<AccountKey>,
    pub worker: AccountKey,
    pub session: SigningKey,
}

pub fn name(text: &str) -> secureflow_primitives::bounds::Name {
    text.as_bytes().to_vec().try_into().unwrap()
}

fn org_keys(seed: u8) -> OrgKeys {
    OrgKeys {
        tls_fingerprint: [seed; 32],
        signing: [seed; 32],
        encryption: [seed; 32],
    }
}

fn policy() -> Policy {
    Policy {
        purposes: vec![name("credit risk")].try_into().unwrap(),
        operations: vec![Operation::HorizontalTraining].try_into().unwrap(),
        columns: Default::default(),
        min_parties: 2,
        min_group_size: 5,
        worker: WorkerRequirement::default(),
        budget: None,
        max_uses: None,
        expires_at: None,
        counterparties: None,
        price: 0,
    }
}

pub fn spec() -> JobSpec {
    JobSpec {
        name: name("job"),
        operation: Operation::HorizontalTraining,
        purpose: name("credit risk"),
        datasets: vec![DatasetId(0), DatasetId(1)].try_into().unwrap(),
        columns: Default::default(),
        min_parties: 2,
        min_group_size: 5,
        rounds: ROUNDS,
        privacy: PrivacyCost::Unbounded,
        deadlines: Deadlines {
            approval: 50,
            start: 50,
            round: 50,
        },
        plan: Default::default(),
    }
}

impl Network {
    /// A job that is assigned.
    pub async fn assigned() -> Self {
        let chain = FakeChain::new();
        let owners = vec![
            AccountKey::development("Alice").unwrap(),
            AccountKey::development("Bob").unwrap(),
        ];
        let worker = AccountKey::development("Charlie").unwrap();
        let session = SigningKey::from_bytes(&[5; 32]);
        for (owner, seed) in owners.iter().zip(1..) {
            chain.add_organisation(&format!("org {seed}"), &owner.account(), Some(org_keys(seed)), &[]);
        }
        let registered = Worker {
            operator: OrgId(0),
            registration: WorkerRegistration {
                endpoint: b"https://127.0.0.1:1".to_vec().try_into().unwrap(),
                tls_fingerprint: [9; 32],
                session_key: session.verifying_key().to_bytes(),
                anchor: Anchor {
                    number: 0,
                    hash: chain.genesis(),
                },
            },
            kind: TeeKind::Simulated,
            measurement: Measurement::simulated(b"test"),
            evidence_hash: H256::zero(),
            registered_at: 0,
            expires_at: 1000,
            revoked: false,
        };
        chain.set(&storage::worker(&worker.account()), &registered);
        let this = Self {
            chain,
            owners,
            worker,
            session,
        };
        for (owner, id) in this.owners.iter().zip(0..) {
            let registration = DatasetRegistration {
                name: name("loans"),
                schema: H256::zero(),
                rows: RowBand::Under1K,
                content_root: H256::zero(),
            };
            this.submit(owner, Call::RegisterDataset { registration }).await;
            this.submit(
                owner,
                Call::SetPolicy {
                    dataset: DatasetId(id),
                    policy: policy(),
                },
            )
            .await;
        }
        let [alice, bob] = this.owners.as_slice() else {
            unreachable!()
        };
        this.submit(alice, Call::CreateSpace { name: name("space") }).await;
        this.submit(
            alice,
            Call::Invite {
                space: SpaceId(0),
                org: OrgId(1),
            },
        )
        .await;
        this.submit(bob, Call::Accept { space: SpaceId(0) }).await;
        this.submit(
            alice,
            Call::ProposeJob {
                space: SpaceId(0),
                spec: spec(),
            },
        )
        .await;
        this.submit(alice, Call::ApproveJob { job: JobId(0) }).await;
        this.submit(bob, Call::ApproveJob { job: JobId(0) }).await;
        this
    }

    pub async fn submit(&self, signer: &AccountKey, call: Call) -> Submitted {
        self.chain.submit(signer, call, Wait::default()).await.unwrap()
    }

    pub fn round(&self, round: u32) -> Call {
        let commitment = RoundCommitment {
            round: Round(round),
            output: H256::repeat_byte(round as u8),
            participants: vec![OrgId(0), OrgId(1)].try_into().unwrap(),
        };
        let payload = round_payload(self.chain.genesis(), JobId(0), &commitment);
        let signature = self.session.sign(payload.as_bytes()).to_bytes();
        Call::SubmitRound {
            job: JobId(0),
            commitment,
            signature,
        }
    }

    pub fn result(&self) -> Call {
        let contribution = |party| Contribution {
            party: OrgId(party),
            rows: 10,
            compute_ms: 1,
            utility: 0,
            steps: STEPS,
        };
        let result = JobResult {
            spec_hash: spec().hash(),
            model: H256::repeat_byte(1),
            encoding: H256::repeat_byte(2),
            evaluation: H256::repeat_byte(3),
            receipts_root: H256::repeat_byte(4),
            contributions: vec![contribution(0), contribution(1)].try_into().unwrap(),
            measurement: Measurement::simulated(b"test"),
            simulated: true,
        };
        let payload = result_payload(self.chain.genesis(), JobId(0), &result);
        let signature = self.session.sign(payload.as_bytes()).to_bytes();
        Call::CompleteJob {
            job: JobId(0),
            result,
            signature,
        }
    }

    /// Runs the job to its end.
    pub async fn complete(&self) {
        for round in 0..STEPS {
            self.submit(&self.worker, self.round(round)).await;
        }
        self.submit(&self.worker, self.result()).await;
    }
}
