//! Bytes from an enemy: whatever arrives is refused, or it is a message that survives being written and read again.
//! Nothing panics, and nothing grows beyond what arrived.

use proptest::prelude::*;
use prost::Message;
use secureflow_primitives::JobId;
use secureflow_wire::{proto, FetchRequest, Limits, PollReply, PollRequest, SubmitOutcome, SubmitRequest};

use crate::golden;

/// What becomes of a message on its way.
#[derive(Clone, Debug)]
enum Change {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, prop::sample::Index),
    Repeat(prop::sample::Index, prop::sample::Index),
    Truncate(prop::sample::Index),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let range = |from: &prop::sample::Index, to: &prop::sample::Index, length: usize| {
            let (a, b) = (from.index(length), to.index(length));
            a.min(b)..a.max(b)
        };
        match self {
            Self::Set(at, value) => {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            Self::Insert(at, inserted) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, inserted.iter().copied());
            }
            Self::Remove(from, to) => {
                bytes.drain(range(from, to, bytes.len()));
            }
            Self::Repeat(from, to) => {
                let part = bytes[range(from, to, bytes.len())].to_vec();
                bytes.extend(part);
            }
            Self::Truncate(at) => bytes.truncate(at.index(bytes.len())),
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    use any as a;
    type Index = prop::sample::Index;
    prop_oneof![
        (a::<Index>(), a::<u8>()).prop_map(|(at, value)| Change::Set(at, value)),
        (a::<Index>(), prop::collection::vec(a::<u8>(), 1..12)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (a::<Index>(), a::<Index>()).prop_map(|(from, to)| Change::Remove(from, to)),
        (a::<Index>(), a::<Index>()).prop_map(|(from, to)| Change::Repeat(from, to)),
        a::<Index>().prop_map(Change::Truncate),
    ]
}

fn changed(bytes: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for change in changes {
        change.apply(&mut bytes);
    }
    bytes
}

/// Reads bytes as a message, and what was read once more after writing it.
fn check<P, T>(bytes: &[u8], read: impl Fn(P) -> Option<T>)
where
    P: Message + Default + From<T>,
    T: Clone + PartialEq + std::fmt::Debug,
{
    let Some(message) = P::decode(bytes).ok().and_then(&read) else {
        return;
    };
    let written = P::from(message.clone()).encode_to_vec();
    assert!(
        written.len() <= bytes.len() + 64,
        "{} became {}",
        bytes.len(),
        written.len()
    );
    let again = P::decode(written.as_slice()).ok().and_then(&read);
    assert_eq!(again.as_ref(), Some(&message));
}

fn check_all(bytes: &[u8]) {
    let limits = Limits::default();
    check::<proto::SubmitRequest, _>(bytes, |request| SubmitRequest::from_proto(request, &limits).ok());
    check::<proto::PollResponse, _>(bytes, |response| PollReply::from_proto(response, &limits).ok());
    check::<proto::PollRequest, _>(bytes, |request| PollRequest::try_from(request).ok());
    check::<proto::FetchRequest, _>(bytes, |request| FetchRequest::try_from(request).ok());
    check::<proto::SubmitResponse, _>(bytes, |response| SubmitOutcome::try_from(response).ok());
}

fn samples() -> Vec<Vec<u8>> {
    let submits = golden::client_messages().into_iter().map(|message| {
        let request = SubmitRequest {
            job: JobId(7),
            at: golden::AT,
            message,
            rows: 400,
            compute_ms: 1500,
            utility: 700_000,
        };
        proto::SubmitRequest::from(request).encode_to_vec()
    });
    let messages = golden::server_messages().into_iter().map(|message| PollReply::Message {
        at: golden::AT,
        message,
    });
    let replies = messages.chain([golden::start()]);
    submits
        .chain(replies.map(|reply| proto::PollResponse::from(reply).encode_to_vec()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn changed_messages_are_refused_or_are_messages(
        sample: prop::sample::Index,
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let samples = samples();
        check_all(&changed(&samples[sample.index(samples.len())], &changes));
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_all(&bytes);
    }
}

/// Every change of a single byte of every sample, by one bit and by all.
#[test]
fn single_bytes() {
    for sample in samples() {
        for at in 0..sample.len() {
            for change in [1, 0x80, 0xff] {
                let mut bytes = sample.clone();
                bytes[at] ^= change;
                check_all(&bytes);
            }
        }
    }
}
