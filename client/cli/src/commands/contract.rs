//! `secureflow contract`

use crate::{
    context::Context,
    council::{self, Outcome},
    error::{Failure, Result},
    names::{self, AccountArg, HashArg},
    network::{reading, Network},
    out::{fields, Answer},
};
use clap::Subcommand;
use codec::Encode;
use secureflow_chain::{
    contract::{code, contract},
    Call,
};
use secureflow_primitives::{
    hash::blake2_256,
    revenue::contract::{address, NEW},
    AccountId, H256,
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

#[derive(Debug, Subcommand)]
pub enum Contract {
    /// Ask the council to bring a contract's code on chain
    #[command(after_help = UPLOAD)]
    Upload {
        /// What `cargo xtask contract build` made: *.wasm
        file: PathBuf,
    },
    /// Ask the council to make a contract of that code, with its terms
    #[command(after_help = INSTANTIATE)]
    Instantiate {
        /// The code's hash, as `contract upload` printed it
        code_hash: HashArg,
        /// For this project's contract: the first rows of a party, and what each weighs; then the next ones
        #[arg(long, value_name = "ROWS:WEIGHT", value_delimiter = ',', conflicts_with = "data")]
        tiers: Vec<Tier>,
        /// For this project's contract: what every further row weighs
        #[arg(
            long,
            value_name = "WEIGHT",
            conflicts_with = "data",
            required_unless_present = "data"
        )]
        beyond: Option<u32>,
        /// For any other: the constructor's selector and its arguments, as hexadecimal digits
        #[arg(long, value_name = "HEX")]
        data: Option<Data>,
        /// Tells contracts with the same code and terms apart
        #[arg(long, default_value = "")]
        salt: String,
    },
    /// What is at an account: the contract, its code, what it has stored
    #[command(after_help = "Example:\n  secureflow contract show 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX")]
    Show { address: AccountArg },
}

const UPLOAD: &str = "\
Example:
  secureflow --home ~/bank contract upload settlement.wasm

Two thirds of the council have to agree. The same file has the same hash everywhere: the others build it themselves and
compare before they vote.";

const INSTANTIATE: &str = "\
Examples:
  secureflow --home ~/bank contract instantiate 0x1f… --tiers 1000:4,9000:2 --beyond 1
  secureflow --home ~/bank contract instantiate 0x1f… --data 0x9bae9d5e

Two thirds of the council have to agree. The answer says where the contract will be, and `space agreement` takes that
address. Terms never change: other terms make another contract.";

/// Rows that weigh the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode)]
pub struct Tier {
    rows: u64,
    weight: u32,
}

impl FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text
            .split_once(':')
            .and_then(|(rows, weight)| Some((rows.trim().parse().ok()?, weight.trim().parse().ok()?)));
        match parts {
            Some((rows, weight)) if rows > 0 => Ok(Self { rows, weight }),
            _ => Err("is no ROWS:WEIGHT with whole numbers, such as 1000:4".into()),
        }
    }
}

/// Bytes in hexadecimal digits, with or without `0x`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data(Vec<u8>);

impl FromStr for Data {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).map_err(|error| error.to_string())?;
        match bytes.len() {
            0..4 => Err("is too short: a selector has four bytes".into()),
            _ => Ok(Self(bytes)),
        }
    }
}

pub async fn run(context: &Context, command: Contract) -> Result<Answer> {
    match command {
        Contract::Upload { file } => upload(context, &file).await,
        Contract::Instantiate {
            code_hash,
            tiers,
            beyond,
            data,
            salt,
        } => {
            let data = match data {
                Some(data) => data.0,
                None => (NEW, tiers, beyond.unwrap_or_default()).encode(),
            };
            instantiate(context, code_hash.0, &data, salt.as_bytes()).await
        }
        Contract::Show { address } => reading(context.out, show(context, &address.0)).await,
    }
}

async fn upload(context: &Context, file: &Path) -> Result<Answer> {
    let bytes = fs::read(file).map_err(|error| Failure::file(file, &error))?;
    check(&bytes)?;
    let code_hash = blake2_256(&bytes);
    let hash = names::hash(&code_hash);
    let network = context.network().await?;
    if has_code(&network, code_hash).await? {
        let text = format!("The code {hash} is on chain already.\n{}", next(&hash));
        return Ok(Answer::new(json!({ "outcome": "present", "code_hash": hash }), text));
    }
    let (outcome, _) = council::propose(context, &network, Call::upload_contract(bytes)).await?;
    let text = outcome.text(&format!("to bring the contracts' code {hash} on chain"));
    Ok(decided(&outcome, text, "code_hash", &hash, &next(&hash)))
}

fn next(code_hash: &str) -> String {
    format!(
        "Make a contract of it:\n  secureflow contract instantiate {code_hash} --tiers ROWS:WEIGHT,… --beyond WEIGHT\n"
    )
}

/// The vote's outcome with what it is about, and what comes next once it has passed.
fn decided(outcome: &Outcome, mut text: String, what: &str, name: &str, next: &str) -> Answer {
    let mut value = outcome.json();
    value[what] = json!(name);
    if !matches!(outcome, Outcome::Rejected { .. }) {
        text.push_str(next);
    }
    Answer::new(value, text)
}

fn check(code: &[u8]) -> Result<()> {
    if !code.starts_with(b"\0asm") {
        return Err(Failure::new("no_contract", "the file holds no Wasm module")
            .hint("`cargo xtask contract build` leaves contracts at target/contracts/*.wasm."));
    }
    Ok(())
}

async fn has_code(network: &Network, code_hash: H256) -> Result<bool> {
    Ok(network.state().await?.get(&code(code_hash)).await?.is_some())
}

async fn instantiate(context: &Context, code_hash: H256, data: &[u8], salt: &[u8]) -> Result<Answer> {
    let network = context.network().await?;
    let place = address(code_hash, data, salt);
    let shown = names::account(&place);
    let agree = format!("Agree on it:\n  secureflow space agreement SPACE --formula contract={shown} --reward N\n");
    if network.state().await?.get(&contract(&place)).await?.is_some() {
        let text = format!("This contract is at {shown} already.\n{agree}");
        return Ok(Answer::new(json!({ "outcome": "present", "address": shown }), text));
    }
    if !has_code(&network, code_hash).await? {
        return Err(crate::explain::dispatch("Contracts", "CodeNotFound", ""));
    }
    let call = Call::instantiate_contract(code_hash, data, salt);
    let (outcome, _) = council::propose(context, &network, call).await?;
    let text = outcome.text(&format!(
        "to make a contract of the code {}, at {shown}",
        names::hash(&code_hash)
    ));
    Ok(decided(&outcome, text, "address", &shown, &agree))
}

async fn show(context: &Context, place: &AccountId) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let Some(found) = state.get(&contract(place)).await? else {
        return Err(crate::explain::dispatch("Revenue", "UnknownContract", ""));
    };
    let size = state.get(&code(found.code_hash)).await?.map_or(0, |code| code.len());
    let (shown, hash) = (names::account(place), names::hash(&found.code_hash));
    let text = fields(&[
        ("contract", shown.clone()),
        ("code", format!("{hash}, {size} bytes")),
        ("stored", format!("{} bytes in {} items", found.bytes, found.items)),
    ]);
    let value = json!({
        "address": shown, "code_hash": hash, "code_bytes": size, "stored_bytes": found.bytes, "stored_items": found.items,
    });
    Ok(Answer::new(value, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_and_data_are_read() {
        assert_eq!("1000:4".parse(), Ok(Tier { rows: 1_000, weight: 4 }));
        for wrong in ["", "4", "0:4", "a:4", "1:-1", "1:2:3"] {
            assert!(wrong.parse::<Tier>().is_err(), "{wrong}");
        }
        assert_eq!("0x9bae9d5e".parse(), Ok(Data(vec![0x9b, 0xae, 0x9d, 0x5e])));
        assert!("0x9bae9d".parse::<Data>().is_err() && "xyz".parse::<Data>().is_err());
    }

    #[test]
    fn only_modules_are_sent() {
        assert_eq!(check(b"#!/bin/sh").expect_err("refused").code, "no_contract");
        assert!(check(b"\0asm\x01\0\0\0").is_ok());
    }

    /// What the constructor reads: its selector, a list of pairs, one number.
    #[test]
    fn terms_are_encoded_as_the_constructor_reads_them() {
        let data = (NEW, vec![Tier { rows: 5, weight: 2 }], 1u32).encode();
        assert_eq!(
            data,
            [0x5E, 0xF0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]
        );
    }
}
