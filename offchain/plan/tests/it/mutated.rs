//! Files from an enemy: changed bytes are refused, or they are the canonical bytes of something else.

use crate::{model, plan};
use secureflow_plan::{Encoding, Model, Plan};

/// Every change of one byte by one bit, by the highest and by all, every truncation, and a byte too many.
fn changed(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let flipped = (0..bytes.len()).flat_map(move |at| {
        [1, 0x80, 0xff].map(|change| {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= change;
            bytes
        })
    });
    let cut = (0..bytes.len()).map(move |at| bytes[..at].to_vec());
    flipped.chain(cut).chain([[bytes, &[0]].concat()])
}

#[track_caller]
fn check(bytes: &[u8], read_and_write: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    assert_eq!(read_and_write(bytes).as_deref(), Some(bytes));
    for changed in changed(bytes) {
        if let Some(written) = read_and_write(&changed) {
            assert_eq!(written, changed, "accepted, and not canonical");
        }
    }
}

#[test]
fn plans() {
    check(&plan().to_bytes().unwrap(), |bytes| {
        Plan::from_bytes(bytes).ok().map(|plan| plan.to_bytes().unwrap())
    });
}

#[test]
fn encodings() {
    check(&model::encoding().to_bytes(), |bytes| {
        Encoding::from_bytes(bytes).ok().map(|encoding| encoding.to_bytes())
    });
}

#[test]
fn models() {
    let model = Model::initial(&model::perceptron(), &model::encoding()).unwrap();
    check(&model.to_safetensors(), |bytes| {
        Model::from_safetensors(*model.shape(), bytes)
            .ok()
            .map(|model| model.to_safetensors())
    });
}
