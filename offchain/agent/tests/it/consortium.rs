//! A consortium for tests: a chain in memory, organisations with data, a worker, agents.

use crate::{
    http,
    material::{bounded, policy, spec, synthetic},
    process::Process,
};
use ed25519_dalek::SigningKey;
use secureflow_agent::app as agent_app;
use secureflow_chain::{
    fake::FakeChain,
    keys::{AccountKey, OrgHome, WorkerHome},
    storage, At, Call, ChainEvent, ChainExt, Submitted, Wait,
};
use secureflow_plan::JobTemplate;
use secureflow_primitives::{
    attestation::{AcceptedMeasurement, Measurement, Source},
    job::{Job, JobPhase, JobSpec, RoundCommitment},
    policy::{DatasetRegistration, RowBand},
    AccountId, DatasetId, JobId, OrgId, SpaceId, H256,
};
use secureflow_tee::SimulatedAttester;
use secureflow_wire::tls;
use secureflow_worker::{app as worker_app, config::LimitsConfig as WorkerLimits, registration::Platform};
use serde_json::json;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub const LABEL: &[u8] = b"secureflow-worker";

pub struct Organisation {
    pub id: OrgId,
    pub home: PathBuf,
    pub keys: OrgHome,
    pub account: AccountKey,
    pub dataset: Option<(DatasetId, PathBuf)>,
    pub agent: Option<Process>,
    pub api: Option<SocketAddr>,
}

pub struct Consortium {
    pub chain: FakeChain,
    pub folder: TempDir,
    pub organisations: Vec<Organisation>,
    pub worker_home: PathBuf,
    pub worker: Option<Process>,
    /// Of jobs with two workers; another organisation operates it.
    pub second_home: PathBuf,
    pub second: Option<Process>,
    pub second_grpc: SocketAddr,
    pub second_http: SocketAddr,
    pub worker_grpc: SocketAddr,
    pub worker_http: SocketAddr,
    /// What agents dial, where it is not the worker itself.
    pub advertise: Option<String>,
    pub space: SpaceId,
    root: SigningKey,
    ticking: tokio::task::JoinHandle<()>,
}

impl Drop for Consortium {
    fn drop(&mut self) {
        self.ticking.abort();
    }
}

impl Consortium {
    /// Organisations with so many rows each, an auditor without data, and a worker that is not started yet.
    pub async fn new(rows: &[usize]) -> Self {
        let files = rows.iter().zip(0..).map(|(rows, seed)| synthetic(*rows, seed));
        Self::with_data(files.collect()).await
    }

    /// The same with one file for each organisation but the auditor.
    pub async fn with_data(files: Vec<String>) -> Self {
        // Shown where a test fails. Tests in one process share it.
        let _ = secureflow_service::logging::start("info", false);
        let folder = tempfile::tempdir().unwrap();
        let chain = FakeChain::new().with_patience(Duration::from_secs(20));
        let root = SigningKey::from_bytes(&[42; 32]);
        let measurement = Measurement::simulated(LABEL);
        let accepted = AcceptedMeasurement::new(Source::DEVELOPMENT, 0);
        chain.set(&storage::measurement(&measurement), &accepted);
        chain.set(&storage::simulated_root(), &root.verifying_key().to_bytes());

        let worker_home = folder.path().join("worker");
        let worker_account = WorkerHome::create(&worker_home).unwrap().account().unwrap();
        let second_home = folder.path().join("second-worker");
        let second_account = WorkerHome::create(&second_home).unwrap().account().unwrap();
        let mut organisations = Vec::new();
        for index in 0..=files.len() {
            let home = folder.path().join(format!("org-{index}"));
            let keys = OrgHome::create(&home).unwrap();
            let account = keys.account().unwrap();
            let mut operators = vec![keys.agent().unwrap().account()];
            if index == files.len() {
                operators.push(worker_account.account());
            }
            if index == 0 {
                operators.push(second_account.account());
            }
            let public = keys.public().unwrap();
            let id = chain.add_organisation(&format!("org-{index}"), &account.account(), Some(public), &operators);
            let dataset = None;
            organisations.push(Organisation {
                id,
                home,
                keys,
                account,
                dataset,
                agent: None,
                api: None,
            });
        }
        let ticking = tokio::spawn({
            let chain = chain.clone();
            async move {
                loop {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    chain.advance(1);
                }
            }
        });
        let mut consortium = Self {
            chain,
            folder,
            organisations,
            worker_home,
            worker: None,
            second_home,
            second: None,
            second_grpc: free_address(),
            second_http: free_address(),
            worker_grpc: free_address(),
            worker_http: free_address(),
            advertise: None,
            space: SpaceId(0),
            root,
            ticking,
        };
        consortium.register_data(&files).await;
        consortium.open_space().await;
        consortium
    }

    pub async fn submit(&self, signer: &AccountKey, call: Call) -> Submitted {
        self.chain.submit_detailed(signer, call, Wait::default()).await.unwrap()
    }

    async fn register_data(&mut self, files: &[String]) {
        for (index, file) in files.iter().enumerate() {
            let path = self.organisations[index].home.join("data.csv");
            std::fs::write(&path, file).unwrap();
            let inspection = secureflow_data::inspect(&path, None).unwrap();
            let registration = DatasetRegistration {
                name: bounded("data"),
                schema: H256(inspection.schema_hash),
                rows: RowBand::of(inspection.rows),
                content_root: H256(inspection.content_root),
            };
            let account = self.organisations[index].account.clone();
            let submitted = self.submit(&account, Call::RegisterDataset { registration }).await;
            let dataset = submitted
                .find(|event| match event {
                    ChainEvent::DatasetRegistered { dataset, .. } => Some(*dataset),
                    _ => None,
                })
                .unwrap();
            self.submit(
                &account,
                Call::SetPolicy {
                    dataset,
                    policy: policy(),
                },
            )
            .await;
            self.organisations[index].dataset = Some((dataset, path));
        }
    }

    async fn open_space(&mut self) {
        let first = self.organisations[0].account.clone();
        let submitted = self.submit(&first, Call::CreateSpace { name: bounded("space") }).await;
        self.space = submitted
            .find(|event| match event {
                ChainEvent::SpaceCreated { space, .. } => Some(*space),
                _ => None,
            })
            .unwrap();
        let space = self.space;
        for organisation in self.organisations.iter().skip(1) {
            self.submit(
                &first,
                Call::Invite {
                    space,
                    org: organisation.id,
                },
            )
            .await;
            self.submit(&organisation.account, Call::Accept { space }).await;
        }
        let auditor = self.organisations.last().unwrap().id;
        self.submit(&first, Call::GrantAuditor { space, org: auditor }).await;
    }

    /// Starts the worker, or starts it again on the same folder and the same ports.
    pub async fn start_worker(&mut self) {
        let (home, advertise) = (self.worker_home.clone(), self.advertise.clone());
        let (grpc, http) = (self.worker_grpc, self.worker_http);
        self.worker = Some(self.worker_process(home, grpc, http, advertise));
        self.wait_registered(self.worker_account()).await;
    }

    /// Starts the second worker, or starts it again on the same folder and the same port.
    pub async fn start_second(&mut self) {
        let (home, grpc, http) = (self.second_home.clone(), self.second_grpc, self.second_http);
        self.second = Some(self.worker_process(home, grpc, http, None));
        self.wait_registered(self.second_account()).await;
    }

    /// The chain gives a job to either of two workers: the one that leads this one is called the first from now on.
    pub async fn name_workers(&mut self, job: JobId) {
        if self.job(job).await.worker == Some(self.second_account()) {
            std::mem::swap(&mut self.worker_home, &mut self.second_home);
            std::mem::swap(&mut self.worker, &mut self.second);
            std::mem::swap(&mut self.worker_grpc, &mut self.second_grpc);
            std::mem::swap(&mut self.worker_http, &mut self.second_http);
        }
    }

    fn worker_process(&self, home: PathBuf, grpc: SocketAddr, http: SocketAddr, advertise: Option<String>) -> Process {
        let (keys, chain) = (WorkerHome::open(&home), self.chain.clone());
        let attester = SimulatedAttester::new(&self.root, LABEL);
        let platform = Platform {
            kind: secureflow_primitives::attestation::TeeKind::Simulated,
            measurement: attester.measurement(),
            simulated_root: Some(self.root.verifying_key().to_bytes()),
        };
        let limits = WorkerLimits {
            absent_after_s: 2,
            // Ten seconds at the pace at which this chain makes blocks.
            give_up_before_blocks: 100,
            poll_hold_s: 5,
            refresh_s: 1,
            ..WorkerLimits::default()
        };
        Process::start(|stop| async move {
            let parts = worker_app::Parts {
                database: home.join("worker.db"),
                home,
                keys: worker_app::Keys {
                    account: keys.account()?,
                    session: keys.session()?,
                    tls: keys.tls()?,
                },
                attester: Box::new(attester),
                platform,
                chain: Arc::new(chain),
                finality: None,
                grpc: bind(grpc).await?,
                http: bind(http).await?,
                advertise,
                limits,
            };
            worker_app::run_parts(parts, stop).await
        })
    }

    async fn wait_registered(&self, account: AccountId) {
        self.wait("the worker to register", Duration::from_secs(20), |chain| {
            let account = account.clone();
            async move {
                chain
                    .finalized_state()
                    .await
                    .unwrap()
                    .worker(&account)
                    .await
                    .unwrap()
                    .is_some()
            }
        })
        .await;
    }

    pub fn worker_account(&self) -> AccountId {
        WorkerHome::open(&self.worker_home).account().unwrap().account()
    }

    pub fn second_account(&self) -> AccountId {
        WorkerHome::open(&self.second_home).account().unwrap().account()
    }

    /// Puts another worker in the place of the present one, which is killed. It is not started yet.
    pub fn replace_worker(&mut self) {
        if let Some(worker) = &mut self.worker {
            worker.kill();
        }
        self.worker_home = self.folder.path().join("another-worker");
        let account = WorkerHome::create(&self.worker_home)
            .unwrap()
            .account()
            .unwrap()
            .account();
        let operator = self.organisations.last().unwrap().id;
        self.chain.set(&storage::org_of(&account), &operator);
        (self.worker_grpc, self.worker_http) = (free_address(), free_address());
    }

    /// What the chain does with a job that has not begun and whose worker is lost.
    pub async fn give_job(&self, job: JobId, worker: Option<AccountId>) {
        let mut value = self.job(job).await;
        assert!(
            matches!(value.phase, JobPhase::Assigned | JobPhase::Approved),
            "{value:?}"
        );
        value.phase = match &worker {
            Some(_) => JobPhase::Assigned,
            None => JobPhase::Approved,
        };
        value.worker = worker;
        self.chain.set(&storage::job(job), &value);
    }

    /// Waits until an agent has sent the first message of a step and waits for the others.
    pub async fn wait_aggregating(&self, index: usize, job: JobId) {
        let begun = Instant::now();
        loop {
            let (_, body) = self.api(index, "GET", &format!("/v1/jobs/{job}"), None);
            if http::json(&body)["now"]["doing"] == "aggregating" {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "agent {index} does not begin: {body}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Starts the agent of an organisation, or starts it again on the same folder.
    pub async fn start_agent(&mut self, index: usize) {
        let organisation = &mut self.organisations[index];
        let api = *organisation.api.get_or_insert_with(free_address);
        let (home, keys, chain) = (organisation.home.clone(), organisation.keys.clone(), self.chain.clone());
        let limits = secureflow_agent::config::LimitsConfig {
            refresh_s: 1,
            poll_wait_s: 5,
            ..Default::default()
        };
        organisation.agent = Some(Process::start(|stop| async move {
            let parts = agent_app::Parts {
                database: home.join("agent.db"),
                home,
                keys: agent_app::Keys {
                    account: keys.agent()?,
                    signing: keys.signing()?,
                    tls: keys.tls()?,
                    api_token: keys.api_token()?,
                },
                chain: Arc::new(chain),
                http: bind(api).await?,
                limits,
            };
            agent_app::run_parts(parts, stop).await
        }));
        let begun = Instant::now();
        while self.api(index, "GET", "/health", None).0 != 200 {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the agent of {index} is not well"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Starts all agents that have data, and tells each where its data lies.
    pub async fn start_agents(&mut self) {
        for index in 0..self.organisations.len() - 1 {
            self.start_agent(index).await;
            self.bind_data(index);
        }
    }

    pub fn bind_data(&self, index: usize) {
        let (dataset, path) = self.organisations[index].dataset.as_ref().unwrap();
        let (status, body) = self.api(
            index,
            "POST",
            "/v1/datasets",
            Some(json!({ "dataset_id": dataset, "path": path })),
        );
        assert_eq!(status, 200, "{body}");
    }

    /// A request to an agent's local API, with its token.
    pub fn api(&self, index: usize, method: &str, path: &str, body: Option<serde_json::Value>) -> (u16, String) {
        let organisation = &self.organisations[index];
        let token = organisation.keys.api_token().unwrap();
        match std::net::TcpStream::connect(organisation.api.unwrap()) {
            Ok(_) => http::call(organisation.api.unwrap(), method, path, Some(&token), body.as_ref()),
            Err(_) => (0, String::new()),
        }
    }

    /// Proposes a job on the data of all organisations that have some, and approves it for all.
    pub async fn start_job(&self, template: &str) -> JobId {
        let spec = self.spec(template);
        self.start_spec(spec).await
    }

    pub async fn start_spec(&self, spec: JobSpec) -> JobId {
        let first = &self.organisations[0].account;
        let submitted = self
            .submit(
                first,
                Call::ProposeJob {
                    space: self.space,
                    spec: spec.clone(),
                },
            )
            .await;
        let job = submitted
            .find(|event| match event {
                ChainEvent::JobProposed { job, .. } => Some(*job),
                _ => None,
            })
            .unwrap();
        for organisation in self
            .organisations
            .iter()
            .filter(|organisation| takes_part(organisation, &spec))
        {
            self.submit(&organisation.account, Call::ApproveJob { job }).await;
        }
        job
    }

    pub fn spec(&self, template: &str) -> JobSpec {
        let mut template = JobTemplate::parse(template).unwrap();
        if let Some(bounded) = template.bounded_mut() {
            let candidates = [self.worker_account(), self.second_account()];
            bounded.workers = candidates.map(|account| format!("0x{}", hex::encode(account))).into();
        }
        let noise = template.privacy().unwrap().map(|_| 3.0);
        let plan = template.plan(noise).unwrap();
        let datasets: Vec<DatasetId> = self
            .organisations
            .iter()
            .filter_map(|organisation| Some(organisation.dataset.as_ref()?.0))
            .collect();
        spec(&plan, template.name(), template.purpose(), datasets)
    }

    pub async fn job(&self, job: JobId) -> Job {
        self.chain
            .finalized_state()
            .await
            .unwrap()
            .job(job)
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn rounds(&self, job: JobId) -> Vec<RoundCommitment> {
        let rounds = self.chain.state(At::Best).await.unwrap().rounds(job).await.unwrap();
        rounds.into_iter().map(|(commitment, _)| commitment).collect()
    }

    /// Waits until so many commitments are on chain.
    pub async fn wait_rounds(&self, job: JobId, count: usize) {
        self.wait(
            &format!("{count} commitments"),
            Duration::from_secs(60),
            |chain| async move { chain.state(At::Best).await.unwrap().rounds(job).await.unwrap().len() >= count },
        )
        .await;
    }

    pub async fn wait_ended(&self, job: JobId) -> Job {
        self.wait("the job to end", Duration::from_secs(120), |chain| async move {
            let job = chain.finalized_state().await.unwrap().job(job).await.unwrap().unwrap();
            job.phase.is_terminal()
        })
        .await;
        self.job(job).await
    }

    /// Waits until an agent has a job in some state.
    pub async fn wait_agent(&self, index: usize, job: JobId, state: &str) -> serde_json::Value {
        let begun = Instant::now();
        loop {
            let (_, body) = self.api(index, "GET", &format!("/v1/jobs/{job}"), None);
            let shown = http::json(&body);
            if shown["state"] == state {
                return shown;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "agent {index} has the job as {shown}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until an agent says that it is doing this for a job.
    pub async fn wait_doing(&self, index: usize, job: JobId, doing: &str) {
        let begun = Instant::now();
        loop {
            let (_, body) = self.api(index, "GET", &format!("/v1/jobs/{job}"), None);
            let shown = http::json(&body);
            if shown["now"]["doing"] == doing {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "agent {index} has the job as {shown}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SHA-256 of an agent's certificate.
    pub fn certificate(&self, index: usize) -> [u8; 32] {
        tls::fingerprint(&self.organisations[index].keys.tls().unwrap().certificate)
    }

    pub fn artefacts(&self, index: usize, job: JobId) -> PathBuf {
        self.organisations[index]
            .home
            .join("artefacts")
            .join(format!("job-{job}"))
    }

    pub async fn wait<F: std::future::Future<Output = bool>>(
        &self,
        what: &str,
        patience: Duration,
        holds: impl Fn(FakeChain) -> F,
    ) {
        let begun = Instant::now();
        while !holds(self.chain.clone()).await {
            assert!(begun.elapsed() < patience, "waited {patience:?} for {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn takes_part(organisation: &Organisation, spec: &JobSpec) -> bool {
    organisation
        .dataset
        .as_ref()
        .is_some_and(|(dataset, _)| spec.datasets.contains(dataset))
}

/// A port that was just free; used again after a restart.
pub fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

/// Binds an address that a killed process may still hold for a moment.
async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let begun = Instant::now();
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(error) if begun.elapsed() > Duration::from_secs(10) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

pub fn file(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
