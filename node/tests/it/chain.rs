//! Transactions for a chain with well-known keys, made with the runtime's own types.

use crate::node::Node;
use codec::Encode;
use secureflow_runtime::{AccountId, Hash, RuntimeCall, SignedPayload, TxExtension, UncheckedExtrinsic, VERSION};
use serde_json::{json, Value};
use sp_core::{sr25519, Pair};
use sp_runtime::{generic::Era, traits::IdentifyAccount, MultiSigner};

/// The key of a name: `Alice` has `//Alice`.
pub fn key(name: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(&format!("//{name}"), None).expect("a path")
}

pub fn account(name: &str) -> AccountId {
    MultiSigner::from(key(name).public()).into_account()
}

/// A hash that the node gives.
pub fn hash(node: &Node, method: &str, params: Value) -> Hash {
    let answer = node.call(method, params).expect("an answer");
    serde_json::from_value(answer).expect("a hash")
}

pub fn genesis(node: &Node) -> Hash {
    hash(node, "chain_getBlockHash", json!([0]))
}

/// Signs a call and puts it into the node's pool.
pub fn submit(node: &Node, by: &str, call: impl Into<RuntimeCall>) {
    let nonce = node.call("system_accountNextIndex", json!([account(by)]));
    let nonce = nonce.and_then(|nonce| nonce.as_u64()).expect("a nonce") as u32;
    let extension: TxExtension = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        pallet_consortium::FairNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_consortium::CheckMember::new(),
    );
    let genesis = genesis(node);
    let implicit = (
        (),
        VERSION.spec_version,
        VERSION.transaction_version,
        genesis,
        genesis,
        (),
        (),
        (),
    );
    let call = call.into();
    let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
    let signature = payload.using_encoded(|bytes| key(by).sign(bytes));
    let transaction = UncheckedExtrinsic::new_signed(call, account(by).into(), signature.into(), extension);
    let bytes = sp_core::bytes::to_hex(&transaction.encode(), false);
    let answer = node
        .answer("author_submitExtrinsic", json!([bytes]))
        .expect("an answer");
    assert!(answer["result"].is_string(), "{by}'s transaction is refused: {answer}");
}
