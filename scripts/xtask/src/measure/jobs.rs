//! Jobs from proposal to payment, driven by keys that are at hand: what agents and a worker would send to the chain, without
//! any computation. The chain cannot tell them from real ones.

use super::{
    burst::{self, Burst, Sender, Step, Target},
    progress::Progress,
};
use crate::{
    checks,
    network::{Network, SUPERVISOR},
    rpc::Rpc,
};
use anyhow::{ensure, Context, Result};
use ed25519_dalek::{Signer, SigningKey};
use secureflow_chain::{
    keys::{AccountKey, OrgHome, WorkerHome},
    Call, Chain, ChainEvent, ChainExt, Client, Wait,
};
use secureflow_primitives::{
    bounds::{Name, PerColumn},
    job::{
        result_payload, round_payload, Contribution, Deadlines, JobPhase, JobResult, JobSpec, RoundCommitment,
        STEPS_BESIDES_ROUNDS,
    },
    policy::{Column, ColumnRole, ColumnRule, DatasetRegistration, Operation, Policy, RowBand, WorkerRequirement},
    privacy::PrivacyCost,
    revenue::{Agreement, Formula},
    DatasetId, JobId, OrgId, Round, SpaceId, H256,
};
use std::{fs, path::Path, time::Duration};
use tokio::runtime::Runtime;

/// As many as the demonstration's job has.
const ROUNDS: u32 = 10;
/// Bytes of a plan, as long as the demonstration's.
const PLAN: usize = 512;
const OWNERS: u32 = 3;
const REWARD: u128 = 3;
/// Points in escrow: for all jobs that are measured.
const FUND: u128 = 3_000;
/// How long one call, and the worker's registration, may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long jobs may be sent. What is signed when they begin is valid for 64 blocks.
const LIMIT: Duration = Duration::from_secs(60);
/// Blocks, more than a measurement takes.
const DEADLINE: u32 = 2_000;

/// A network with datasets, a space and a worker's keys.
pub(super) struct Jobs {
    pub target: Target,
    /// The accounts of the organisations: three with data, then the supervisor.
    pub members: Vec<AccountKey>,
    worker: AccountKey,
    session: SigningKey,
    spec: JobSpec,
    space: SpaceId,
    measurement: secureflow_primitives::attestation::Measurement,
    /// Stops its processes when it goes.
    _network: Network,
}

impl Jobs {
    pub fn prepare(folder: &Path, validators: usize, progress: &Progress) -> Result<Self> {
        let mut network = super::network(folder, validators, progress)?;
        let nodes = (0..validators)
            .map(|at| Ok(Rpc::new(&network.rpc(at)?)))
            .collect::<Result<_>>()?;
        let members = network
            .organisations
            .iter()
            .map(|it| Ok(OrgHome::open(&it.home).account()?));
        let members = members.collect::<Result<Vec<_>>>()?;
        progress.say("a worker registers");
        // The real worker registers with its evidence; then it is stopped, and its keys sign here.
        let account = network.worker_account.clone();
        network.as_org(SUPERVISOR, &["org", "add-operator", &account])?;
        network.start_worker()?;
        crate::devnet::wait_for_worker(&network, PATIENCE)?;
        network.worker = None;
        let home = WorkerHome::open(&folder.join("worker"));
        let runtime = Runtime::new()?;
        let url = network.rpc(0)?;
        let client = runtime.block_on(Client::connect(&url, PATIENCE))?;
        let worker = home.account()?;
        let registered = runtime.block_on(async { client.finalized_state().await?.worker(&worker.account()).await })?;
        let columns = columns()?;
        progress.say("the organisations register data and agree on a space");
        let space = runtime.block_on(agree(&client, &members, &columns))?;
        Ok(Self {
            target: Target {
                runtime,
                client,
                nodes,
                progress: progress.clone(),
            },
            members,
            worker,
            session: home.session()?,
            spec: spec(columns),
            space,
            measurement: registered.context("the worker is registered")?.measurement,
            _network: network,
        })
    }

    /// So many jobs, from proposal to payment. Each call is sent as soon as those that it rests on are in blocks: the worker
    /// begins with the first job while the owners approve the others.
    pub fn run(&self, jobs: usize) -> Result<Burst> {
        let first = self.target.runtime.block_on(next_job(&self.target.client))?;
        let ids: Vec<JobId> = (first.0..).take(jobs).map(JobId).collect();
        let owners = OWNERS as usize;
        let propose = Call::ProposeJob {
            space: self.space,
            spec: self.spec.clone(),
        };
        // Owners take turns with proposals, settlements and claims: how many of the first jobs are whose.
        let share = |of: usize, jobs: usize| (jobs + owners - 1 - of) / owners;
        let proposed = |jobs: usize| (0..owners).map(|of| (of, share(of, jobs))).collect();
        let approved = |jobs: usize| {
            let approvals = |of| (of, share(of, ids.len()) + jobs);
            (0..owners).map(approvals).collect()
        };
        let steps = self.spec.rounds + STEPS_BESIDES_ROUNDS;
        let completed = |jobs: usize| vec![(owners, jobs * (steps as usize + 1))];

        let owner = |of: usize| -> Vec<Step> {
            let mut calls = vec![Step::from(propose.clone()); share(of, jobs)];
            for (at, job) in ids.iter().enumerate() {
                calls.push(Step {
                    call: Call::ApproveJob { job: *job },
                    after: proposed(at + 1),
                });
            }
            for (at, job) in ids.iter().enumerate().skip(of).step_by(owners) {
                calls.push(Step {
                    call: Call::Settle { job: *job },
                    after: completed(at + 1),
                });
                calls.push(Call::Claim { job: *job }.into());
            }
            calls
        };
        let worker = ids.iter().enumerate().flat_map(|(at, job)| {
            let after: Vec<_> = approved(at + 1);
            let step = move |call| Step {
                call,
                after: after.clone(),
            };
            self.steps(*job).into_iter().map(step)
        });
        let mut senders: Vec<_> = self.members[..owners]
            .iter()
            .enumerate()
            .map(|(of, key)| Sender { key, calls: owner(of) })
            .collect();
        senders.push(Sender {
            key: &self.worker,
            calls: worker.collect(),
        });
        let all: usize = senders.iter().map(|sender| sender.calls.len()).sum();
        let burst = burst::send(&self.target, "jobs", &senders, LIMIT)?;
        let sent = burst.transactions();
        ensure!(
            sent as usize == all,
            "blocks took {sent} of {all} transactions of {jobs} jobs in {LIMIT:?}"
        );
        self.target.runtime.block_on(ended_well(&self.target.client, &ids))?;
        Ok(burst)
    }

    /// What the worker sends for a job: a commitment per step, and the result.
    fn steps(&self, job: JobId) -> Vec<Call> {
        let steps = self.spec.rounds + STEPS_BESIDES_ROUNDS;
        let genesis = self.target.client.genesis();
        let parties = || (0..OWNERS).map(OrgId);
        let output = |step: u32| H256::from_low_u64_be(u64::from(job.0) << 32 | u64::from(step + 1));
        let mut calls: Vec<Call> = (0..steps)
            .map(|step| {
                let commitment = RoundCommitment {
                    round: Round(step),
                    output: output(step),
                    participants: parties().collect::<Vec<_>>().try_into().expect("three parties fit"),
                };
                let payload = round_payload(genesis, job, &commitment);
                let signature = self.session.sign(payload.as_bytes()).to_bytes();
                Call::SubmitRound {
                    job,
                    commitment,
                    signature,
                }
            })
            .collect();
        let contribution = |party| Contribution {
            party,
            rows: 1_000,
            compute_ms: 1_000,
            utility: 1_000_000,
            steps,
        };
        let result = JobResult {
            spec_hash: self.spec.hash(),
            model: output(steps - 2),
            encoding: output(1),
            evaluation: output(steps - 1),
            receipts_root: output(steps),
            contributions: parties()
                .map(contribution)
                .collect::<Vec<_>>()
                .try_into()
                .expect("three parties fit"),
            measurement: self.measurement,
            simulated: true,
        };
        let payload = result_payload(genesis, job, &result);
        let signature = self.session.sign(payload.as_bytes()).to_bytes();
        calls.push(Call::CompleteJob { job, result, signature });
        calls
    }
}

async fn next_job(client: &Client) -> Result<JobId> {
    let state = client.finalized_state().await?;
    Ok(state
        .get(&secureflow_chain::storage::next_job())
        .await?
        .unwrap_or(JobId(0)))
}

async fn ended_well(client: &Client, ids: &[JobId]) -> Result<()> {
    let state = client.finalized_state().await?;
    for id in ids {
        let phase = state.job(*id).await?.map(|job| job.phase);
        ensure!(phase == Some(JobPhase::Completed), "job {} ended as {phase:?}", id.0);
        let paid = state
            .settlement(*id)
            .await?
            .and_then(|settlement| settlement.claimed_at);
        ensure!(paid.is_some(), "job {} was not paid", id.0);
    }
    Ok(())
}

fn name(text: &str) -> Name {
    Name::truncate_from(text.as_bytes().to_vec())
}

/// The columns of the demonstration's policy.
fn columns() -> Result<PerColumn<Column>> {
    let file = checks::root().join("docs/samples/credit-risk/policy.toml");
    let policy: toml::Table = fs::read_to_string(file)?.parse()?;
    let columns = policy
        .get("columns")
        .and_then(toml::Value::as_table)
        .context("columns")?;
    let column = |(column, role): (&String, &toml::Value)| Column {
        name: name(column),
        role: if role.as_str() == Some("label") {
            ColumnRole::Label
        } else {
            ColumnRole::Feature
        },
    };
    Ok(PerColumn::truncate_from(columns.iter().map(column).collect()))
}

fn spec(columns: PerColumn<Column>) -> JobSpec {
    JobSpec {
        name: name("credit-risk"),
        operation: Operation::HorizontalTraining,
        purpose: name("credit-risk"),
        datasets: (0..OWNERS)
            .map(DatasetId)
            .collect::<Vec<_>>()
            .try_into()
            .expect("three datasets fit"),
        columns,
        min_parties: 2,
        min_group_size: 10,
        rounds: ROUNDS,
        privacy: PrivacyCost::Unbounded,
        deadlines: Deadlines {
            approval: DEADLINE,
            start: DEADLINE,
            round: DEADLINE,
        },
        plan: vec![7; PLAN].try_into().expect("a plan of that length fits"),
    }
}

/// Datasets with policies, a space of the owners, a reward and what pays it.
async fn agree(client: &Client, members: &[AccountKey], columns: &PerColumn<Column>) -> Result<SpaceId> {
    let wait = Wait::best(PATIENCE);
    let owners = &members[..OWNERS as usize];
    for (id, owner) in (0..).zip(owners) {
        let registration = DatasetRegistration {
            name: name("credit"),
            schema: H256::zero(),
            rows: RowBand::Under1K,
            content_root: H256::zero(),
        };
        client
            .submit(owner, Call::RegisterDataset { registration }, wait)
            .await?;
        let policy = Policy {
            purposes: vec![name("credit-risk")].try_into().expect("one purpose fits"),
            operations: vec![Operation::HorizontalTraining]
                .try_into()
                .expect("one operation fits"),
            columns: PerColumn::truncate_from(columns.iter().cloned().map(ColumnRule::from).collect()),
            min_parties: 2,
            min_group_size: 10,
            worker: WorkerRequirement::default(),
            budget: None,
            max_uses: None,
            expires_at: None,
            counterparties: None,
            price: 0,
        };
        let dataset = DatasetId(id);
        client.submit(owner, Call::SetPolicy { dataset, policy }, wait).await?;
    }
    let first = &owners[0];
    let made = client
        .submit(first, Call::CreateSpace { name: name("measured") }, wait)
        .await?;
    let space = made.find(|event| match event {
        ChainEvent::SpaceCreated { space, .. } => Some(*space),
        _ => None,
    });
    let space = space.context("the space was not created")?;
    for (org, owner) in (0..).map(OrgId).zip(owners).skip(1) {
        client.submit(first, Call::Invite { space, org }, wait).await?;
        client.submit(owner, Call::Accept { space }, wait).await?;
    }
    let agreement = Agreement {
        formula: Formula::Equal,
        reward: REWARD,
        dispute_window: 0,
    };
    client
        .submit(first, Call::SetAgreement { space, agreement }, wait)
        .await?;
    // Once this is final, all before it is.
    let wait = Wait::finalized(PATIENCE);
    client.submit(first, Call::Fund { space, amount: FUND }, wait).await?;
    Ok(space)
}
