//! A new runtime, first voted on by its hash, then brought by anyone.

use crate::{
    context::Context,
    council::{self, Outcome},
    error::{Failure, Result},
    names,
    network::Network,
    out::Answer,
};
use secureflow_chain::{Call, ChainEvent};
use secureflow_primitives::{hash::blake2_256, H256};
use serde_json::json;
use std::{fs, path::Path};

/// What a Wasm module begins with, and what the SDK's compressed form does.
const WASM: &[u8] = b"\0asm";
const COMPRESSED: &[u8] = &[82, 188, 83, 118, 70, 219, 142, 5];
/// A block has room for four megabytes, the transaction around the code included.
const MAX_CODE: usize = 4 * 1024 * 1024 - 64 * 1024;

/// Puts the code to the vote, or brings it where the members have authorised it already.
pub async fn upgrade(context: &Context, file: &Path) -> Result<Answer> {
    let code = fs::read(file).map_err(|error| Failure::file(file, &error))?;
    check(&code)?;
    let code_hash = blake2_256(&code);
    let network = context.network().await?;
    if network.state().await?.authorized_upgrade().await? == Some(code_hash) {
        return apply(context, &network, code, code_hash).await;
    }
    let (outcome, _) = council::propose(context, &network, Call::AuthorizeUpgrade { code_hash }).await?;
    if let Outcome::Passed { .. } = outcome {
        return apply(context, &network, code, code_hash).await;
    }
    let mut text = outcome.text(&format!("to make the code {} the runtime", names::hash(&code_hash)));
    if let Outcome::Open { .. } = outcome {
        text.push_str("Once it has passed, any member brings the code with the command that you have just run.\n");
    }
    let mut value = outcome.json();
    value["code_hash"] = json!(names::hash(&code_hash));
    Ok(Answer::new(value, text))
}

fn check(code: &[u8]) -> Result<()> {
    if !code.starts_with(WASM) && !code.starts_with(COMPRESSED) {
        return Err(Failure::new("no_runtime", "the file holds no Wasm module")
            .hint("The build leaves the runtime at target/…/wbuild/secureflow-runtime/*.compact.compressed.wasm."));
    }
    if code.len() > MAX_CODE {
        return Err(Failure::new(
            "runtime_too_large",
            format!("the file has {} bytes; a block takes {MAX_CODE}", code.len()),
        )
        .hint("Use the compressed form, *.compact.compressed.wasm."));
    }
    Ok(())
}

async fn apply(context: &Context, network: &Network, code: Vec<u8>, code_hash: H256) -> Result<Answer> {
    let done = context.submit(network, Call::ApplyUpgrade { code }).await?;
    let updated = done.find(|event| match event {
        ChainEvent::Other { pallet, name, .. } if pallet == "System" && name == "CodeUpdated" => Some(()),
        _ => None,
    });
    if updated.is_none() {
        return Err(Failure::new(
            "upgrade_refused",
            "the chain refused the code, and its authorisation is spent",
        )
        .hint("The new runtime needs the same name and a higher spec_version: build it so, and put it to the vote."));
    }
    let block = done.block.number;
    let hash = names::hash(&code_hash);
    Ok(Answer::new(
        json!({ "outcome": "upgraded", "code_hash": hash, "block": block }),
        format!("The chain runs the new code {hash} after block {block}.\n"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_runtimes_are_sent() {
        let refused = |code: &[u8]| check(code).expect_err("it is refused").code;
        assert_eq!(refused(b""), "no_runtime");
        assert_eq!(refused(b"#!/bin/sh"), "no_runtime");
        assert_eq!(refused(&[WASM, &vec![0; MAX_CODE]].concat()), "runtime_too_large");
        assert!(check(&[WASM, &[1, 0, 0, 0]].concat()).is_ok());
        assert!(check(COMPRESSED).is_ok());
    }
}
