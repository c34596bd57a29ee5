//! What a decoder refuses.

use secureflow_secagg::SEALED_LENGTH;
use secureflow_wire::{proto, Bytes, Limits, Malformed, PollReply, PollRequest, SubmitRequest};

const LIMITS: Limits = Limits { parties: 2, length: 3 };

fn request(kind: proto::client_message::Kind) -> proto::SubmitRequest {
    proto::SubmitRequest {
        version: 1,
        job: 0,
        at: Some(proto::StepRef { step: 0, attempt: 0 }),
        message: Some(proto::ClientMessage { kind: Some(kind) }),
        rows: 0,
        compute_ms: 0,
        utility: 0,
    }
}

fn shares(parties: &[u32], length: usize) -> proto::client_message::Kind {
    let item = |party: &u32| proto::PartyBytes {
        party: *party,
        value: vec![0; length].into(),
    };
    proto::client_message::Kind::Shares(proto::Shares {
        sealed: parties.iter().map(item).collect(),
    })
}

fn values(length: usize) -> proto::client_message::Kind {
    let values = vec![0; length].into();
    proto::client_message::Kind::MaskedInput(proto::MaskedInput {
        values,
        transcript: vec![0; 32].into(),
        signature: None,
    })
}

#[track_caller]
fn check(request: proto::SubmitRequest, expected: Result<(), Malformed>) {
    assert_eq!(SubmitRequest::from_proto(request, &LIMITS).map(|_| ()), expected);
}

#[test]
fn lengths_and_order() {
    check(request(shares(&[0, 1], SEALED_LENGTH)), Ok(()));
    let length = |found| Malformed::Length {
        field: "sealed",
        found,
        expected: SEALED_LENGTH,
    };
    check(request(shares(&[0], SEALED_LENGTH - 1)), Err(length(SEALED_LENGTH - 1)));
    check(request(shares(&[0], 0)), Err(length(0)));
    check(request(shares(&[1, 0], SEALED_LENGTH)), Err(Malformed::Order("sealed")));
    check(request(shares(&[1, 1], SEALED_LENGTH)), Err(Malformed::Order("sealed")));
    let too_many = Malformed::TooLong {
        field: "sealed",
        found: 3,
        limit: 2,
    };
    check(request(shares(&[0, 1, 2], SEALED_LENGTH)), Err(too_many));
    check(request(values(24)), Ok(()));
    check(request(values(23)), Err(Malformed::Value("values")));
    check(
        request(values(32)),
        Err(Malformed::TooLong {
            field: "values",
            found: 4,
            limit: 3,
        }),
    );
}

#[test]
fn a_utility_is_at_most_one() {
    let with = |utility| proto::SubmitRequest {
        utility,
        ..request(values(8))
    };
    check(with(1_000_000), Ok(()));
    for more in [1_000_001, u64::MAX] {
        check(with(more), Err(Malformed::Value("utility")));
    }
}

#[test]
fn versions_and_missing_fields() {
    let good = request(values(8));
    check(
        proto::SubmitRequest {
            version: 2,
            ..good.clone()
        },
        Err(Malformed::Version { found: 2 }),
    );
    check(
        proto::SubmitRequest {
            version: 0,
            ..good.clone()
        },
        Err(Malformed::Version { found: 0 }),
    );
    check(
        proto::SubmitRequest {
            at: None,
            ..good.clone()
        },
        Err(Malformed::Missing("at")),
    );
    check(
        proto::SubmitRequest {
            message: None,
            ..good.clone()
        },
        Err(Malformed::Missing("message")),
    );
    let empty = Some(proto::ClientMessage { kind: None });
    check(
        proto::SubmitRequest { message: empty, ..good },
        Err(Malformed::Missing("kind")),
    );
    let poll = proto::PollRequest {
        version: 3,
        ..Default::default()
    };
    assert_eq!(PollRequest::try_from(poll), Err(Malformed::Version { found: 3 }));
    let empty = proto::PollResponse {
        version: 1,
        reply: None,
    };
    assert_eq!(PollReply::from_proto(empty, &LIMITS), Err(Malformed::Missing("reply")));
}

#[test]
fn names_are_no_paths() {
    for name in ["", "../a", "a/b", ".a", "a\\b", "a\0", &"a".repeat(129)] {
        let artefact = proto::Artefact {
            name: name.into(),
            size: 0,
            hash: Bytes::from(vec![0; 32]),
        };
        let done = proto::JobDone {
            artefacts: vec![artefact],
        };
        let response = proto::PollResponse {
            version: 1,
            reply: Some(proto::poll_response::Reply::Done(done)),
        };
        assert_eq!(
            PollReply::from_proto(response, &LIMITS),
            Err(Malformed::Value("name")),
            "{name:?}"
        );
    }
}
