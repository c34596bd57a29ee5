//! Messages that a worker must refuse, and that change nothing. The test speaks for the agents itself.

use crate::{consortium::Consortium, material::TEMPLATE};
use ed25519_dalek::{SigningKey, VerifyingKey};
use rand::rngs::OsRng;
use secureflow_chain::{
    keys::{OrgHome, WorkerHome},
    ChainExt,
};
use secureflow_plan::{survey, train, Plan};
use secureflow_primitives::{JobId, H256};
use secureflow_secagg::{Client, ClientMessage, Config, PartyId, ServerMessage};
use secureflow_wire::{
    tls, AgentClient, CallError, Limits, PollReply, PollRequest, RefusalCode, StepRef, StepStart, SubmitOutcome,
    SubmitRequest,
};
use std::{collections::BTreeMap, time::Duration};

/// An agent in the hands of the test.
struct Puppet {
    me: PartyId,
    signing: SigningKey,
    wire: AgentClient,
    job: JobId,
}

impl Puppet {
    fn new(consortium: &Consortium, keys: &OrgHome, me: u32, job: JobId) -> Self {
        let identity = keys.tls().unwrap();
        let identity = tls::Identity {
            certificate: identity.certificate,
            key: identity.key,
        };
        let worker = WorkerHome::open(&consortium.worker_home).tls().unwrap().fingerprint();
        let channel = tls::channel(&format!("https://{}", consortium.worker_grpc), worker, &identity).unwrap();
        Self {
            me: PartyId(me),
            signing: keys.signing().unwrap(),
            wire: AgentClient::new(channel),
            job,
        }
    }

    async fn poll(&self, begun: Option<StepRef>, answered: u32) -> Result<PollReply, CallError> {
        let request = PollRequest {
            job: self.job,
            begun,
            answered,
            computing: false,
            wait: Duration::from_secs(5),
        };
        self.wire.poll(request, &Limits::default()).await
    }

    async fn start(&self) -> StepStart {
        loop {
            match self.poll(None, 0).await.unwrap() {
                PollReply::Start(start) => return *start,
                PollReply::Nothing => {}
                PollReply::Refused(refusal) if refusal.code == RefusalCode::UnknownJob => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    async fn message(&self, at: StepRef, answered: u32) -> ServerMessage {
        loop {
            match self.poll(Some(at), answered).await.unwrap() {
                PollReply::Message { message, .. } => return message,
                PollReply::Nothing => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn submit(&self, at: StepRef, message: ClientMessage) -> SubmitOutcome {
        self.submit_claiming(at, message, 0).await
    }

    async fn submit_claiming(&self, at: StepRef, message: ClientMessage, utility: u64) -> SubmitOutcome {
        let request = SubmitRequest {
            job: self.job,
            at,
            message,
            rows: 10,
            compute_ms: 1,
            utility,
        };
        self.wire.submit(request).await.unwrap()
    }

    async fn refused(&self, at: StepRef, message: ClientMessage) -> RefusalCode {
        match self.submit(at, message).await {
            SubmitOutcome::Refused(refusal) => refusal.code,
            other => panic!("{other:?}"),
        }
    }
}

fn machine(
    puppet: &Puppet,
    start: &StepStart,
    keys: &BTreeMap<PartyId, VerifyingKey>,
    input: Vec<u64>,
) -> (Client, ClientMessage) {
    let config = Config::new(
        start.session,
        start.parties.iter().map(|org| PartyId(org.0)).collect(),
        start.threshold as usize,
        start.length as usize,
    );
    Client::new(config, puppet.me, &puppet.signing, keys.clone(), input, &mut OsRng).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_messages_are_refused_and_change_nothing() {
    let mut consortium = Consortium::new(&[60, 60, 60]).await;
    consortium.start_worker().await;
    let job = consortium.start_job(TEMPLATE).await;
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
    let puppets: Vec<Puppet> = (0..3)
        .map(|index| Puppet::new(&consortium, &consortium.organisations[index].keys, index as u32, job))
        .collect();
    let keys = puppets
        .iter()
        .map(|puppet| (puppet.me, puppet.signing.verifying_key()))
        .collect();
    let start = puppets[0].start().await;
    let at = start.at;
    assert_eq!((at.step, at.attempt, start.parties.len()), (0, 0, 3));
    let length = survey::Layout::new(&plan).length();
    assert_eq!(start.length, length as u64);

    // A member that takes no part, and a certificate that nobody knows.
    let outsider = Puppet::new(&consortium, &consortium.organisations[3].keys, 3, job);
    let PollReply::Refused(refusal) = outsider.poll(None, 0).await.unwrap() else {
        panic!("a member that takes no part is answered");
    };
    assert_eq!(refusal.code, RefusalCode::NotAParty);
    let stranger = OrgHome::create(&consortium.folder.path().join("stranger")).unwrap();
    let stranger = Puppet::new(&consortium, &stranger, 0, job);
    assert!(matches!(stranger.poll(None, 0).await, Err(CallError::Transport(_))));

    // A job that is not there.
    let lost = Puppet {
        job: JobId(99),
        ..Puppet::new(&consortium, &consortium.organisations[0].keys, 0, job)
    };
    assert!(
        matches!(lost.poll(None, 0).await.unwrap(), PollReply::Refused(refusal) if refusal.code == RefusalCode::UnknownJob)
    );

    // Keys: signed by somebody else, the same twice, then others.
    let input = |party: usize| {
        let mut input = vec![0; length];
        input[survey::ROWS] = 100 + party as u64;
        input
    };
    let (mut first, advertise) = machine(&puppets[0], &start, &keys, input(0));
    assert_eq!(puppets[1].refused(at, advertise.clone()).await, RefusalCode::Protocol);
    let later = StepRef { attempt: 1, ..at };
    assert_eq!(puppets[0].refused(later, advertise.clone()).await, RefusalCode::Stale);
    assert_eq!(
        puppets[0].refused(StepRef { step: 1, ..at }, advertise.clone()).await,
        RefusalCode::Stale
    );
    // A utility where no training round was, and one that none can have.
    for (utility, code) in [(1, RefusalCode::Protocol), (1_000_001, RefusalCode::Malformed)] {
        match puppets[0].submit_claiming(at, advertise.clone(), utility).await {
            SubmitOutcome::Refused(refusal) => assert_eq!(refusal.code, code, "{refusal:?}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(puppets[0].submit(at, advertise.clone()).await, SubmitOutcome::Accepted);
    assert_eq!(puppets[0].submit(at, advertise.clone()).await, SubmitOutcome::Repeated);
    let (_, other) = machine(&puppets[0], &start, &keys, input(0));
    assert_eq!(puppets[0].refused(at, other).await, RefusalCode::Conflict);

    // A message that comes before its time.
    let early = ClientMessage::MaskedInput(secureflow_secagg::MaskedInput {
        transcript: [0; 32],
        values: vec![0; length],
        signature: None,
    });
    assert_eq!(puppets[0].refused(at, early).await, RefusalCode::Stale);

    let (mut second, advertise) = machine(&puppets[1], &start, &keys, input(1));
    puppets[1].submit(at, advertise).await;
    let (mut third, advertise) = machine(&puppets[2], &start, &keys, input(2));
    puppets[2].submit(at, advertise).await;
    let mut clients = [&mut first, &mut second, &mut third];
    for answered in 0..4 {
        for (puppet, client) in puppets.iter().zip(&mut clients) {
            let message = puppet.message(at, answered).await;
            let Some(answer) = client.handle(&puppet.signing, &mut OsRng, &message).unwrap() else {
                // The last share is not needed any more, and its party is told that all is done.
                assert_eq!(message, ServerMessage::Done);
                continue;
            };
            if let ClientMessage::MaskedInput(masked) = &answer {
                // Too short, too long.
                let mut wrong = masked.clone();
                wrong.values.pop();
                assert_eq!(
                    puppet.refused(at, ClientMessage::MaskedInput(wrong.clone())).await,
                    RefusalCode::Protocol
                );
                wrong.values.extend([1, 2]);
                assert_eq!(
                    puppet.refused(at, ClientMessage::MaskedInput(wrong)).await,
                    RefusalCode::Protocol
                );
            }
            match puppet.submit(at, answer).await {
                SubmitOutcome::Accepted | SubmitOutcome::Repeated => {}
                // The last share is not needed any more.
                SubmitOutcome::Refused(refusal) => assert_eq!(refusal.code, RefusalCode::Stale, "{refusal:?}"),
            }
        }
    }
    // None of it has changed the sum.
    consortium.wait_rounds(job, 1).await;
    let mut sum = vec![0u64; length];
    sum[survey::ROWS] = 303;
    let committed = consortium.rounds(job).await[0].output;
    assert_eq!(committed, H256(secureflow_plan::commitment::of_sum(&sum)));
}

/// What is not a number never becomes part of a vector.
#[test]
fn updates_that_are_no_numbers_are_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert!(train::encode_mean(&[0.5, bad], 10).is_err());
    }
    let scale = secureflow_secagg::fixed::Scale::<u64>::new(24, 3).unwrap();
    assert!(scale.quantise(&[f64::NAN]).is_err());
}
