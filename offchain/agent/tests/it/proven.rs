//! Jobs whose contributions are proven to be bounded, with two real workers.

use crate::{
    consortium::{file, Consortium},
    http,
    material::TEMPLATE,
};
use secureflow_chain::keys::WorkerHome;
use secureflow_plan::{artefact, Evaluation, JobPlan};
use secureflow_primitives::{
    job::{FailReason, JobPhase, JobSpec},
    JobId, OrgId,
};
use secureflow_validity::{contribute, Bound, Contribution, Party, Session};
use secureflow_wire::{
    tls, AgentClient, CallError, ContributeRequest, FinishRequest, FirstWorkerClient, Limits, PollReply, PollRequest,
    RefusalCode, StepStart, SubmitOutcome,
};
use std::time::{Duration, Instant};

const STATISTICS: &str = r#"
name = "customers"
purpose = "credit-scoring"
min_parties = 2
min_group_size = 5
step_timeout_s = 20
privacy = { epsilon = 1.0, delta = 1e-5 }
bounded = { most_rows = 500 }
statistic = [
    { kind = "count", column = "job" },
    { kind = "mean", column = "income", lower = 0, upper = 10000 },
]
"#;

/// A job with both workers and the agents of these organisations, one of which may be away for now.
async fn begun(
    consortium: &mut Consortium,
    spec: JobSpec,
    agents: impl IntoIterator<Item = usize>,
    away: Option<usize>,
) -> JobId {
    consortium.start_worker().await;
    consortium.start_second().await;
    for index in agents {
        consortium.start_agent(index).await;
        consortium.bind_data(index);
    }
    if let Some(away) = away {
        consortium.organisations[away].agent.as_mut().unwrap().kill();
    }
    let job = consortium.start_spec(spec).await;
    consortium.name_workers(job).await;
    job
}

/// The count that the answers in an organisation's folder give; they must follow from the sum.
fn count(consortium: &Consortium, org: usize, job: JobId, parties: u32) -> f64 {
    let folder = consortium.artefacts(org, job);
    let JobPlan::Statistics(plan) = JobPlan::from_bytes(&file(&folder, artefact::PLAN)).unwrap() else {
        panic!("statistics");
    };
    let sum = artefact::sum_from_bytes(&file(&folder, artefact::RELEASE)).unwrap();
    let answers = plan.answers(&sum, parties).unwrap();
    assert_eq!(file(&folder, artefact::ANSWERS), answers.to_bytes());
    answers.statistics[0].values[0].estimate.unwrap().value
}

async fn participants(consortium: &Consortium, job: JobId) -> Vec<OrgId> {
    let rounds = consortium.rounds(job).await;
    rounds.last().unwrap().participants.to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_answer_what_nobody_could_have_bent() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let spec = consortium.spec(STATISTICS);
    let job = begun(&mut consortium, spec, 0..3, None).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(participants(&consortium, job).await.len(), 3);
    for org in 0..3 {
        consortium.wait_agent(org, job, "done").await;
        // Each worker adds noise of 3·√2 for a row: ten deviations of both.
        let found = count(&consortium, org, job, 3);
        assert!((found - 900.0).abs() < 60.0, "{found}");
    }
    let label = String::from_utf8(file(&consortium.artefacts(0, job), artefact::TRUST_LABEL)).unwrap();
    assert!(label.contains("one of the two workers"), "{label}");
}

/// Survey, moments and evaluation are masked under the first worker, the rounds are proven to both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_is_trained_on_proven_gradients() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let template = TEMPLATE.replace(
        "label =",
        "privacy = { epsilon = 8.0, delta = 1e-5, clip = 1.0 }\nbounded = { most_rows = 400 }\nlabel =",
    );
    let spec = consortium.spec(&template);
    let job = begun(&mut consortium, spec, 0..3, None).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    consortium.wait_agent(0, job, "done").await;
    let rounds = consortium.rounds(job).await;
    assert!(rounds.iter().all(|round| round.participants.len() == 3), "{rounds:?}");
    let evaluation = Evaluation::from_bytes(&file(&consortium.artefacts(0, job), artefact::EVALUATION)).unwrap();
    let auc = evaluation.auc;
    assert!(auc > 0.6, "{auc}");
}

/// A party with so many more rows than the plan lets anybody count for that its vector is too long sends nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_party_with_too_many_rows_stays_out() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let spec = consortium.spec(&STATISTICS.replace("most_rows = 500", "most_rows = 250"));
    let job = begun(&mut consortium, spec, 0..3, None).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(participants(&consortium, job).await.len(), 2);
    consortium.wait_agent(1, job, "done").await;
    let found = count(&consortium, 1, job, 2);
    assert!((found - 500.0).abs() < 60.0, "{found}");
}

/// An organisation that speaks the protocol without our agent.
struct Liar {
    first: AgentClient,
    second: AgentClient,
    org: OrgId,
    job: JobId,
    start: StepStart,
}

impl Liar {
    async fn new(consortium: &Consortium, index: usize, job: JobId) -> Self {
        let identity = || {
            let keys = consortium.organisations[index].keys.tls().unwrap();
            tls::Identity {
                certificate: keys.certificate,
                key: keys.key,
            }
        };
        let client = |home, address| {
            let fingerprint = WorkerHome::open(home).tls().unwrap().fingerprint();
            AgentClient::new(tls::channel(&format!("https://{address}"), fingerprint, &identity()).unwrap())
        };
        let first = client(&consortium.worker_home, consortium.worker_grpc);
        let second = client(&consortium.second_home, consortium.second_grpc);
        let begun = Instant::now();
        let start = loop {
            let request = PollRequest {
                job,
                begun: None,
                answered: 0,
                computing: false,
                wait: Duration::from_secs(1),
            };
            if let Ok(PollReply::Start(start)) = first.poll(request, &Limits::default()).await {
                break *start;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "the step does not begin");
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        Self {
            first,
            second,
            org: consortium.organisations[index].id,
            job,
            start,
        }
    }

    fn parts(&self, bound: &Bound, values: &[i64]) -> [Contribution; 2] {
        let session = Session(self.start.session.0);
        contribute(bound, &session, Party(self.org.0), values).unwrap()
    }

    /// Goes on asking as if it were computing, so that nobody goes on without it.
    fn stay(&self) -> tokio::task::JoinHandle<()> {
        let (client, job, at) = (self.first.clone(), self.job, self.start.at);
        tokio::spawn(async move {
            loop {
                let request = PollRequest {
                    job,
                    begun: Some(at),
                    answered: 0,
                    computing: true,
                    wait: Duration::from_secs(1),
                };
                let _ = client.poll(request, &Limits::default()).await;
            }
        })
    }

    async fn send(&self, client: &AgentClient, part: &Contribution) -> SubmitOutcome {
        let request = ContributeRequest {
            job: self.job,
            at: self.start.at,
            public: part.public.clone().into(),
            share: part.share.clone().into(),
            rows: 0,
            compute_ms: 0,
            utility: 0,
        };
        client.contribute(request).await.unwrap()
    }
}

fn code(outcome: SubmitOutcome) -> RefusalCode {
    match outcome {
        SubmitOutcome::Refused(refusal) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn bound_of(spec: &JobSpec, length: usize) -> Bound {
    let plan = JobPlan::from_bytes(&spec.plan).unwrap();
    plan.bound(plan.steps().at(0).unwrap(), length).unwrap().unwrap()
}

/// A vector whose norm is above what is allowed, with a proof of a bound of its own: both workers refuse it, and the sum goes
/// on with the others'.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_oversized_contribution_is_refused_and_the_sum_goes_on() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let spec = consortium.spec(STATISTICS);
    let job = begun(&mut consortium, spec.clone(), 0..2, Some(1)).await;
    let liar = Liar::new(&consortium, 2, job).await;
    let length = liar.start.length as usize;
    let bound = bound_of(&spec, length);
    // Of the same form, so that only the proof can tell.
    let square = u128::from(bound.norm()).pow(2);
    let largest = (u128::MAX >> square.leading_zeros()).isqrt() as u64;
    let loose = Bound::new(length, bound.bits(), largest).unwrap();
    let entry = (bound.norm() as f64 / (length as f64).sqrt()).ceil() as i64 + 1;
    let [first, second] = liar.parts(&loose, &vec![entry; length]);

    // Without the second worker's part there is no verdict.
    assert_eq!(code(liar.send(&liar.first, &first).await), RefusalCode::Busy);
    assert_eq!(liar.send(&liar.second, &second).await, SubmitOutcome::Accepted);
    assert_eq!(code(liar.send(&liar.first, &first).await), RefusalCode::Protocol);
    // The verdict is the last word: neither a repeat nor an honest one comes after it.
    assert_eq!(code(liar.send(&liar.first, &first).await), RefusalCode::Protocol);
    let [honest, _] = liar.parts(&bound, &vec![0; length]);
    assert_eq!(code(liar.send(&liar.first, &honest).await), RefusalCode::Conflict);
    let (_, body) = http::call(
        consortium.worker_http,
        "GET",
        &format!("/v1/jobs/{job}/progress"),
        None,
        None,
    );
    let progress = http::json(&body);
    let shown = progress["parties"].as_array().unwrap().iter();
    let shown: Vec<_> = shown
        .filter(|party| party["org"] == liar.org.0)
        .map(|party| &party["state"])
        .collect();
    assert_eq!(shown, ["refused"], "{body}");
    consortium.start_agent(1).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert!(!participants(&consortium, job).await.contains(&liar.org));
    consortium.wait_agent(0, job, "done").await;
    let found = count(&consortium, 0, job, 2);
    assert!((found - 700.0).abs() < 60.0, "{found}");
}

/// What is no contribution at all counts against its sender, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_contributions_are_refused() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let spec = consortium.spec(STATISTICS);
    let job = begun(&mut consortium, spec.clone(), 0..2, Some(1)).await;
    let liar = Liar::new(&consortium, 2, job).await;
    let bound = bound_of(&spec, liar.start.length as usize);
    let [first, second] = liar.parts(&bound, &vec![1; bound.length()]);
    // The second worker keeps no more than a part can have.
    let long = Contribution {
        public: second.public.clone(),
        share: vec![0; 5000],
    };
    assert_eq!(code(liar.send(&liar.second, &long).await), RefusalCode::Malformed);
    assert_eq!(liar.send(&liar.second, &second).await, SubmitOutcome::Accepted);
    assert_eq!(
        liar.send(&liar.second, &second).await,
        SubmitOutcome::Accepted,
        "a repeat"
    );
    let short = Contribution {
        public: first.public.clone(),
        share: first.share[1..].to_vec(),
    };
    assert_eq!(code(liar.send(&liar.first, &short).await), RefusalCode::Protocol);
    consortium.start_agent(1).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(participants(&consortium, job).await.len(), 2);
}

/// The second worker gives its share of a sum to the job's first worker only, for enough parties, and once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_worker_makes_one_sum_for_the_first() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let spec = consortium.spec(STATISTICS);
    let job = begun(&mut consortium, spec, 0..2, None).await;
    let liar = Liar::new(&consortium, 2, job).await;
    let staying = liar.stay();
    let orgs: Vec<OrgId> = consortium.organisations.iter().map(|org| org.id).collect();

    let fingerprint = WorkerHome::open(&consortium.second_home).tls().unwrap().fingerprint();
    let endpoint = format!("https://{}", consortium.second_grpc);
    let client = |keys: secureflow_chain::keys::TlsIdentity| {
        let identity = tls::Identity {
            certificate: keys.certificate,
            key: keys.key,
        };
        FirstWorkerClient::new(tls::channel(&endpoint, fingerprint, &identity).unwrap())
    };
    let first = client(WorkerHome::open(&consortium.worker_home).tls().unwrap());
    let agent = client(consortium.organisations[2].keys.tls().unwrap());
    let ask = |client: FirstWorkerClient, parties: &[OrgId]| {
        let request = FinishRequest {
            job,
            at: liar.start.at,
            parties: parties.iter().copied().collect(),
        };
        async move {
            match client.finish(request).await {
                Ok(share) => Ok(share),
                Err(CallError::Refused(refusal)) => Err(refusal.code),
                Err(other) => panic!("{other}"),
            }
        }
    };
    // Both have sent their parts, and the third keeps the step open.
    let both = &orgs[..2];
    let begun = Instant::now();
    loop {
        let (_, body) = http::call(
            consortium.worker_http,
            "GET",
            &format!("/v1/jobs/{job}/progress"),
            None,
            None,
        );
        let progress = http::json(&body);
        let proven = progress["parties"].as_array().unwrap().iter();
        if proven.filter(|party| party["state"] == "proven").count() == 2 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{body}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(ask(agent, both).await, Err(RefusalCode::NotAParty));
    assert_eq!(
        ask(first.clone(), &orgs[..1]).await,
        Err(RefusalCode::TooLate),
        "one party's vector"
    );
    assert_eq!(
        ask(first.clone(), &orgs[..3]).await,
        Err(RefusalCode::Busy),
        "the third has sent nothing"
    );
    let share = ask(first.clone(), both).await.unwrap();
    assert_eq!(
        ask(first.clone(), both).await.unwrap(),
        share,
        "the noise is drawn once"
    );

    // The first worker's own sum is over the same two: the third goes without having sent its part.
    staying.abort();
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(participants(&consortium, job).await, both);
    consortium.wait_agent(0, job, "done").await;
    let found = count(&consortium, 0, job, 2);
    assert!((found - 700.0).abs() < 60.0, "{found}");
    assert_eq!(ask(first, both).await, Err(RefusalCode::UnknownJob), "the job is over");
}

/// Both workers die in the middle of the only step: it goes on where it was, and there is one release.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_come_back_go_on() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let all = STATISTICS.replace("min_parties = 2", "min_parties = 3");
    let spec = consortium.spec(&all.replace("step_timeout_s = 20", "step_timeout_s = 60"));
    let job = begun(&mut consortium, spec, 0..3, Some(2)).await;
    for index in 0..2 {
        consortium.wait_aggregating(index, job).await;
    }
    consortium.worker.as_mut().unwrap().kill();
    consortium.second.as_mut().unwrap().kill();
    consortium.start_second().await;
    // An agent that comes back sends the same parts again.
    consortium.organisations[0].agent.as_mut().unwrap().kill();
    consortium.start_agent(0).await;
    consortium.start_worker().await;
    consortium.start_agent(2).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(participants(&consortium, job).await.len(), 3);
    consortium.wait_agent(2, job, "done").await;
    let found = count(&consortium, 2, job, 3);
    assert!((found - 900.0).abs() < 60.0, "{found}");
}

/// Where no other organisation operates a worker of the plan's, the job ends and says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_operator_is_not_enough() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    let spec = consortium.spec(STATISTICS);
    consortium.start_worker().await;
    let job = consortium.start_spec(spec).await;
    let ended = consortium.wait_ended(job).await.phase;
    let expected = JobPhase::Failed {
        reason: FailReason::DataMismatch,
        party: None,
    };
    assert_eq!(ended, expected);
}
