//! The bytes of every message of version 1. A change here is a change of the protocol: raise the version.

use std::time::Duration;

use prost::Message;
use secureflow_primitives::{JobId, OrgId};
use secureflow_secagg::{
    Advertise, ClientMessage, Consistency, ConsistencyBook, Deliver, KeyBook, MaskedInput, PartyId, SealedShares,
    ServerMessage, SessionId, ShareBytes, Shares, SignatureBytes, Survivors, Unmask, SEALED_LENGTH,
};
use secureflow_wire::{
    proto, Artefact, Bytes, Chunk, FetchRequest, Limits, PollReply, PollRequest, Refusal, RefusalCode, StepInput,
    StepRef, StepStart, SubmitOutcome, SubmitRequest,
};
use sha2::{Digest, Sha256};

pub const AT: StepRef = StepRef { step: 3, attempt: 1 };

fn advertise() -> Advertise {
    Advertise {
        encryption_key: [1; 32],
        mask_key: [2; 32],
        seed_commitment: [3; 32],
        signature: SignatureBytes([4; 64]),
    }
}

pub fn client_messages() -> Vec<ClientMessage> {
    let sealed = [
        (PartyId(0), SealedShares([5; SEALED_LENGTH])),
        (PartyId(2), SealedShares([6; SEALED_LENGTH])),
    ];
    vec![
        ClientMessage::Advertise(advertise()),
        ClientMessage::Shares(Shares { sealed: sealed.into() }),
        ClientMessage::MaskedInput(MaskedInput {
            transcript: [7; 32],
            values: vec![1, u64::MAX, 2],
            signature: None,
        }),
        ClientMessage::Consistency(Consistency {
            signature: SignatureBytes([8; 64]),
        }),
        ClientMessage::Unmask(Unmask {
            mask_key_shares: [(PartyId(1), ShareBytes([9; 32]))].into(),
            seed_shares: [(PartyId(0), ShareBytes([10; 32])), (PartyId(2), ShareBytes([11; 32]))].into(),
        }),
    ]
}

pub fn server_messages() -> Vec<ServerMessage> {
    vec![
        ServerMessage::KeyBook(KeyBook {
            keys: [(PartyId(0), advertise()), (PartyId(2), advertise())].into(),
        }),
        ServerMessage::Deliver(Deliver {
            sealed: [(PartyId(2), SealedShares([5; SEALED_LENGTH]))].into(),
            dealers: [].into(),
        }),
        ServerMessage::Survivors(Survivors {
            parties: [PartyId(0), PartyId(2)].into(),
        }),
        ServerMessage::ConsistencyBook(ConsistencyBook {
            signatures: [(PartyId(0), SignatureBytes([1; 64]))].into(),
            masked: [].into(),
        }),
        ServerMessage::Done,
    ]
}

pub fn start() -> PollReply {
    PollReply::Start(Box::new(StepStart {
        at: AT,
        parties: vec![OrgId(0), OrgId(2)],
        threshold: 2,
        length: 3,
        session: SessionId([7; 32]),
        deadline_unix_ms: 1_700_000_000_000,
        input: StepInput {
            survey: Some(vec![1, 2]),
            moments: None,
            model: Some(Bytes::from_static(b"model")),
        },
    }))
}

/// Short messages stand in full, long ones by their length and the first bytes of their SHA-256.
fn show(bytes: &[u8]) -> String {
    if bytes.len() <= 48 {
        hex::encode(bytes)
    } else {
        format!("{} bytes {}", bytes.len(), hex::encode(&Sha256::digest(bytes)[..12]))
    }
}

#[track_caller]
fn submit(message: ClientMessage, golden: &str) {
    let request = SubmitRequest {
        job: JobId(7),
        at: AT,
        message,
        rows: 400,
        compute_ms: 1500,
        utility: 0,
    };
    let bytes = proto::SubmitRequest::from(request.clone()).encode_to_vec();
    assert_eq!(show(&bytes), golden);
    let read = proto::SubmitRequest::decode(bytes.as_slice()).unwrap();
    assert_eq!(SubmitRequest::from_proto(read, &Limits::default()).unwrap(), request);
}

#[track_caller]
fn reply(reply: PollReply, golden: &str) {
    let bytes = proto::PollResponse::from(reply.clone()).encode_to_vec();
    assert_eq!(show(&bytes), golden);
    let read = proto::PollResponse::decode(bytes.as_slice()).unwrap();
    assert_eq!(PollReply::from_proto(read, &Limits::default()).unwrap(), reply);
}

#[test]
fn requests_of_agents() {
    let poll = PollRequest {
        job: JobId(7),
        begun: Some(AT),
        answered: 2,
        computing: true,
        wait: Duration::from_millis(20_000),
    };
    let bytes = proto::PollRequest::from(poll.clone()).encode_to_vec();
    assert_eq!(show(&bytes), "080110071a04080310012002280130a09c01");
    assert_eq!(
        PollRequest::try_from(proto::PollRequest::decode(bytes.as_slice()).unwrap()).unwrap(),
        poll
    );

    let fetch = FetchRequest {
        job: JobId(7),
        name: "model.safetensors".into(),
        offset: 4096,
    };
    let bytes = proto::FetchRequest::from(fetch.clone()).encode_to_vec();
    assert_eq!(show(&bytes), "080110071a116d6f64656c2e7361666574656e736f7273208020");
    assert_eq!(
        FetchRequest::try_from(proto::FetchRequest::decode(bytes.as_slice()).unwrap()).unwrap(),
        fetch
    );
}

#[test]
fn client_messages_of_secure_aggregation() {
    let golden = [
        "190 bytes cb22c68df01d79e148102fef",
        "240 bytes 6c44b8caf2bf6f9d31223ad8",
        "80 bytes fd33f2afb3a9cd138758cd69",
        "86 bytes 0246e71fda517516958281a2",
        "132 bytes a52e587cdeba7ecfbc54669a",
    ];
    for (message, golden) in client_messages().into_iter().zip(golden) {
        submit(message, golden);
    }
}

/// The figure came after the others: who does not send it sends the bytes of before, and these still mean none.
#[test]
fn a_utility_is_added_at_the_end() {
    let request = |utility| SubmitRequest {
        job: JobId(7),
        at: AT,
        message: ClientMessage::Unmask(Unmask {
            mask_key_shares: [].into(),
            seed_shares: [].into(),
        }),
        rows: 400,
        compute_ms: 1500,
        utility,
    };
    let bytes = |utility| proto::SubmitRequest::from(request(utility)).encode_to_vec();
    let before = "080110071a040803100122022a0028900330dc0b";
    assert_eq!(show(&bytes(0)), before);
    assert_eq!(show(&bytes(700_000)), format!("{before}38e0dc2a"));
    for utility in [0, 1, 700_000, 1_000_000] {
        let read = proto::SubmitRequest::decode(bytes(utility).as_slice()).unwrap();
        assert_eq!(
            SubmitRequest::from_proto(read, &Limits::default()).unwrap(),
            request(utility)
        );
    }
}

#[test]
fn server_messages_of_secure_aggregation() {
    let golden = [
        "367 bytes 466f9608d12bc991406cfedf",
        "124 bytes f7dcdb322aabea8538c81aa5",
        "0801220e0a040803100112061a040a020002",
        "82 bytes e9a9f0f809c5b73a76cb6780",
        "0801220a0a040803100112022a00",
    ];
    for (message, golden) in server_messages().into_iter().zip(golden) {
        reply(PollReply::Message { at: AT, message }, golden);
    }
}

#[test]
fn replies_of_workers() {
    reply(PollReply::Nothing, "08011200");
    reply(start(), "86 bytes 8add2b5ff87027e97ee3ba07");
    let artefact = Artefact {
        name: "model.safetensors".into(),
        size: 5,
        hash: [1; 32],
    };
    reply(PollReply::Done(vec![artefact]), "61 bytes d7eb1d147f516e3899e7c8a4");
    reply(
        PollReply::Failed {
            reason: "too few".into(),
            party: Some(OrgId(2)),
        },
        "0801320b0a07746f6f206665771002",
    );
    let refusal = Refusal::new(RefusalCode::Stale, "late");
    reply(PollReply::Refused(refusal), "08013a08080512046c617465");
}

#[test]
fn outcomes_and_chunks() {
    let outcomes = [
        (SubmitOutcome::Accepted, "08011200"),
        (SubmitOutcome::Repeated, "08011a00"),
        (
            SubmitOutcome::Refused(Refusal::new(RefusalCode::Busy, "later")),
            "0801220b080a12056c617465721801",
        ),
    ];
    for (outcome, golden) in outcomes {
        let bytes = proto::SubmitResponse::from(outcome.clone()).encode_to_vec();
        assert_eq!(show(&bytes), golden);
        let read = proto::SubmitResponse::decode(bytes.as_slice()).unwrap();
        assert_eq!(SubmitOutcome::try_from(read).unwrap(), outcome);
    }
    let chunk = Chunk {
        content: Bytes::from_static(b"abc"),
        size: 9,
    };
    assert_eq!(
        show(&proto::FetchResponse::from(Ok(chunk)).encode_to_vec()),
        "080112070a036162631009"
    );
}
