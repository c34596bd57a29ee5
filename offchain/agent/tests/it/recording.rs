//! What the worker is sent in a step holds no party's vector; the sum does come out.

use crate::consortium::{file, free_address, Consortium, TEMPLATE};
use async_trait::async_trait;
use prost::Message;
use secureflow_agent::compute::{Data, Task};
use secureflow_chain::{
    keys::{TlsIdentity, WorkerHome},
    ChainExt,
};
use secureflow_plan::{artefact, train, Encoding, JobPlan, Model, Plan, ServerState, Shape};
use secureflow_primitives::job::JobPhase;
use secureflow_wire::{
    proto,
    tls::{self, Peer},
    AgentClient, AggregationService, CallError, Chunk, FetchRequest, Limits, PollReply, PollRequest, Refusal,
    RefusalCode, SubmitOutcome, SubmitRequest,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use tokio::net::TcpListener;

/// Step and bytes of everything that was submitted.
type Recorded = Arc<Mutex<Vec<(u32, Vec<u8>)>>>;

/// Stands between the agents and the worker with the keys of both, and keeps every byte that is submitted.
struct Recorder {
    /// To the worker, as the agent with this certificate.
    clients: HashMap<[u8; 32], AgentClient>,
    recorded: Recorded,
}

fn passed_on(error: CallError) -> Refusal {
    match error {
        CallError::Refused(refusal) => refusal,
        other => Refusal::new(RefusalCode::Busy, other.to_string()),
    }
}

#[async_trait]
impl AggregationService for Recorder {
    async fn poll(&self, peer: &Peer, request: PollRequest) -> PollReply {
        let reply = self.clients[&peer.fingerprint].poll(request, &Limits::default()).await;
        reply.unwrap_or_else(|error| PollReply::Refused(passed_on(error)))
    }

    async fn submit(&self, peer: &Peer, request: SubmitRequest, _: u64) -> SubmitOutcome {
        let bytes = proto::SubmitRequest::from(request.clone()).encode_to_vec();
        self.recorded.lock().unwrap().push((request.at.step, bytes));
        let outcome = self.clients[&peer.fingerprint].submit(request).await;
        outcome.unwrap_or_else(|error| SubmitOutcome::Refused(passed_on(error)))
    }

    async fn fetch(&self, peer: &Peer, request: FetchRequest) -> Result<Chunk, Refusal> {
        self.clients[&peer.fingerprint].fetch(request).await.map_err(passed_on)
    }
}

fn identity(from: TlsIdentity) -> tls::Identity {
    tls::Identity {
        certificate: from.certificate,
        key: from.key,
    }
}

/// Whether a part of the vector stands in the bytes: any four words in a row of which one is not small, or any one word
/// that is large.
fn finds(bytes: &[u8], vector: &[u64]) -> bool {
    let small = |word: &u64| (*word as i64).unsigned_abs() < 1 << 20;
    let words: std::collections::HashSet<u64> = bytes
        .windows(8)
        .map(|window| u64::from_le_bytes(window.try_into().unwrap()))
        .collect();
    let single = vector
        .iter()
        .filter(|word| !small(word))
        .any(|word| words.contains(word));
    let rows = vector
        .windows(4)
        .filter(|window| window.iter().any(|word| *word != 0))
        .any(|window| {
            let wanted: Vec<u8> = window.iter().flat_map(|word| word.to_le_bytes()).collect();
            words.contains(&window[0]) && bytes.windows(32).any(|found| found == wanted)
        });
    single || rows
}

#[test]
fn the_search_finds_what_is_there() {
    let vector = [3u64, 0, 1 << 40, 7, 9, 0, 2, 5];
    let plain: Vec<u8> = vector.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut hidden = vec![1, 2, 3];
    hidden.extend(&plain[32..]);
    assert!(finds(&plain, &vector) && finds(&hidden, &vector));
    assert!(!finds(&[0; 100], &vector));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_sees_masked_vectors_and_their_sum() {
    let mut consortium = Consortium::new(&[300, 200, 150]).await;
    let worker = identity(WorkerHome::open(&consortium.worker_home).tls().unwrap());
    let recorded = Arc::new(Mutex::new(Vec::new()));
    let mut clients = HashMap::new();
    for organisation in &consortium.organisations[..3] {
        let agent = identity(organisation.keys.tls().unwrap());
        let fingerprint = tls::fingerprint(&agent.certificate);
        let endpoint = format!("https://{}", consortium.worker_grpc);
        let channel = tls::channel(&endpoint, tls::fingerprint(&worker.certificate), &agent).unwrap();
        clients.insert(fingerprint, AgentClient::new(channel));
    }
    let known: Vec<[u8; 32]> = clients.keys().copied().collect();
    let admit: tls::Admit = Arc::new(move |fingerprint| known.contains(fingerprint));
    let config = tls::server_config(&worker, admit).unwrap();
    let address = free_address();
    let listener = TcpListener::bind(address).await.unwrap();
    let recorder = Arc::new(Recorder {
        clients,
        recorded: recorded.clone(),
    });
    tokio::spawn(secureflow_wire::serve(
        recorder,
        listener,
        config,
        Default::default(),
        std::future::pending(),
    ));
    consortium.advertise = Some(format!("https://{address}"));

    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    consortium.wait_agent(0, job, "done").await;

    // What every party computed, found again from its file.
    let spec = consortium
        .chain
        .finalized_state()
        .await
        .unwrap()
        .spec(job)
        .await
        .unwrap()
        .unwrap();
    let plan = Plan::from_bytes(&spec.plan).unwrap();
    let folder = consortium.artefacts(0, job);
    let encoding = Arc::new(Encoding::from_bytes(&file(&folder, artefact::ENCODING)).unwrap());
    let shape = Shape::new(&plan, &encoding).unwrap();
    let data: Vec<Data> = consortium.organisations[..3]
        .iter()
        .map(|organisation| {
            let path = &organisation.dataset.as_ref().unwrap().1;
            Data::load(path, JobPlan::Training(Box::new(plan.clone()))).unwrap()
        })
        .collect();
    let all = recorded.lock().unwrap().clone();
    let sum_of = |task: &Task, step: u32| {
        let mut sum: Vec<u64> = Vec::new();
        for data in &data {
            let computed = data.compute(task).unwrap();
            for (_, bytes) in all.iter().filter(|(at, _)| *at == step) {
                assert!(!finds(bytes, &computed.vector), "step {step} shows a party's vector");
            }
            sum.resize(computed.vector.len(), 0);
            sum.iter_mut()
                .zip(computed.vector.iter())
                .for_each(|(sum, word)| *sum = sum.wrapping_add(*word));
        }
        sum
    };

    // Three parties, five messages each, in every step.
    assert!(all.iter().filter(|(step, _)| *step == 0).count() >= 15);
    let survey = sum_of(&Task::Survey, 0);
    assert_eq!(artefact::sum_bytes(&survey), file(&folder, artefact::SURVEY));
    let moments = sum_of(
        &Task::Moments {
            survey: Arc::new(survey),
        },
        1,
    );
    assert_eq!(artefact::sum_bytes(&moments), file(&folder, artefact::MOMENTS));

    let mut model = Model::initial(&plan, &encoding).unwrap();
    let mut server = ServerState::new(&shape);
    for round in 0..plan.rounds() {
        let (encoding, current) = (encoding.clone(), Arc::new(model.clone()));
        let sum = sum_of(
            &Task::Train {
                round,
                encoding,
                model: current,
            },
            2 + round,
        );
        let mean = train::decode(&plan, &shape, &sum).unwrap();
        model = server.apply(&plan, &model, &mean.update).unwrap();
        assert_eq!(
            model.to_safetensors(),
            file(&folder, &artefact::model(round + 1)),
            "round {round}"
        );
    }
    // Nor does the worker's disk hold any.
    let database: Vec<u8> = ["worker.db", "worker.db-wal"]
        .iter()
        .flat_map(|name| std::fs::read(consortium.worker_home.join(name)).unwrap_or_default())
        .collect();
    assert!(!database.is_empty());
    for data in &data {
        let encoding = encoding.clone();
        let model = Arc::new(Model::initial(&plan, &encoding).unwrap());
        let computed = data
            .compute(&Task::Train {
                round: 0,
                encoding,
                model,
            })
            .unwrap();
        assert!(
            !finds(&database, &computed.vector),
            "the worker's database shows a party's vector"
        );
    }
}
