//! Jobs from proposal to payment, driven by keys that are at hand: what agents and a worker would send to the chain, without
//! any computation. The chain cannot tell them from real ones.

use super::burst::{self, Burst, Sender};
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
    policy::{Column, ColumnRole, DatasetRegistration, Operation, Policy, RowBand},
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
const PATIENCE: Duration = Duration::from_secs(120);
/// Blocks, more than a measurement takes.
const DEADLINE: u32 = 2_000;

/// A network with datasets, a space and a worker's keys.
pub(super) struct Jobs {
    pub runtime: Runtime,
    pub client: Client,
    pub nodes: Vec<Rpc>,
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
    pub fn prepare(folder: &Path, validators: usize) -> Result<Self> {
        let mut network = super::network(folder, validators)?;
        let nodes = (0..validators)
            .map(|at| Ok(Rpc::new(&network.rpc(at)?)))
            .collect::<Result<_>>()?;
        let members = network
            .organisations
            .iter()
            .map(|it| Ok(OrgHome::open(&it.home).account()?));
        let members = members.collect::<Result<Vec<_>>>()?;
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
        let space = runtime.block_on(agree(&client, &members, &columns))?;
        Ok(Self {
            runtime,
            client,
            nodes,
            members,
            worker,
            session: home.session()?,
            spec: spec(columns),
            space,
            measurement: registered.context("the worker is registered")?.measurement,
            _network: network,
        })
    }

    /// So many jobs at the same time, from proposal to payment.
    pub fn run(&mut self, jobs: usize) -> Result<Burst> {
        let first = self.runtime.block_on(next_job(&self.client))?;
        let ids: Vec<JobId> = (first.0..).take(jobs).map(JobId).collect();
        let owners = &self.members[..OWNERS as usize];
        let propose = Call::ProposeJob {
            space: self.space,
            spec: self.spec.clone(),
        };
        let mut all = Burst::default();
        let share = |at: usize, of: usize| ids.iter().skip(at).step_by(of).copied();
        let each = |calls: &dyn Fn(usize) -> Vec<Call>, keys: &'_ [AccountKey]| -> Vec<Vec<Call>> {
            (0..keys.len()).map(calls).collect()
        };

        let proposals = each(&|at| share(at, owners.len()).map(|_| propose.clone()).collect(), owners);
        all.add(self.send(owners, proposals)?);
        let approvals = each(
            &|_| ids.iter().map(|job| Call::ApproveJob { job: *job }).collect(),
            owners,
        );
        all.add(self.send(owners, approvals)?);
        let steps = vec![ids.iter().flat_map(|job| self.steps(*job)).collect()];
        all.add(self.send(std::slice::from_ref(&self.worker), steps)?);
        let of = self.members.len();
        let settlements = each(
            &|at| share(at, of).map(|job| Call::Settle { job }).collect(),
            &self.members,
        );
        all.add(self.send(&self.members, settlements)?);
        let claims = each(
            &|at| share(at, of).map(|job| Call::Claim { job }).collect(),
            &self.members,
        );
        all.add(self.send(&self.members, claims)?);
        self.runtime.block_on(ended_well(&self.client, &ids))?;
        Ok(all)
    }

    fn send(&self, keys: &[AccountKey], calls: Vec<Vec<Call>>) -> Result<Burst> {
        let senders: Vec<_> = keys
            .iter()
            .zip(calls)
            .map(|(key, calls)| Sender { key, calls })
            .collect();
        burst::send(&self.runtime, &self.client, &self.nodes, &senders)
    }

    /// What the worker sends for a job: a commitment per step, and the result.
    fn steps(&self, job: JobId) -> Vec<Call> {
        let steps = self.spec.rounds + STEPS_BESIDES_ROUNDS;
        let genesis = self.client.genesis();
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
    let wait = Wait::finalized(PATIENCE);
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
            columns: columns.clone(),
            min_parties: 2,
            min_group_size: 10,
            allow_simulated: true,
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
    client.submit(first, Call::Fund { space, amount: FUND }, wait).await?;
    Ok(space)
}
