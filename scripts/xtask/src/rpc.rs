//! What a node says over JSON-RPC, asked directly: tests and measurements look at nodes, not through the client that is
//! itself under test.

use anyhow::{bail, ensure, Context, Result};
use codec::{Compact, Decode};
use serde_json::{json, Value};
use std::{
    io::{Read, Write},
    net::TcpStream,
    ops::RangeInclusive,
    time::{Duration, Instant},
};

/// How long a node may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// Calls in one request.
const BATCH: usize = 100;

/// A node's JSON-RPC over HTTP.
#[derive(Clone, Debug)]
pub struct Rpc {
    address: String,
}

/// A block by number and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub number: u32,
    pub hash: String,
}

impl Rpc {
    /// For a node at `ws://HOST:PORT`.
    pub fn new(url: &str) -> Self {
        let address = url.trim_start_matches("ws://").trim_end_matches('/').to_owned();
        Self { address }
    }

    /// One call.
    pub fn call(&self, method: &str, params: Value) -> Result<Value> {
        let body = json!({"jsonrpc": "2.0", "id": 0, "method": method, "params": params});
        result(self.post(&body)?).with_context(|| format!("{method} at {}", self.address))
    }

    /// Several calls in one request; the answers in their order. A call that fails has its error as its own answer.
    pub fn batch(&self, calls: &[(&str, Value)]) -> Result<Vec<Result<Value>>> {
        let of = |(id, (method, params)): (usize, &(&str, Value))| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let body = Value::Array(calls.iter().enumerate().map(of).collect());
        let Value::Array(mut answers) = self.post(&body)? else {
            bail!("{} did not answer a batch with a list", self.address)
        };
        ensure!(answers.len() == calls.len(), "{} left calls unanswered", self.address);
        answers.sort_by_key(|answer| answer["id"].as_u64());
        Ok(answers.into_iter().map(result).collect())
    }

    fn post(&self, body: &Value) -> Result<Value> {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).with_context(|| format!("no node at {}", self.address))?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_nodelay(true)?;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
        serde_json::from_str(body).with_context(|| format!("{} answered no JSON: {body}", self.address))
    }

    pub fn best(&self) -> Result<Block> {
        let hash = text(&self.call("chain_getBlockHash", json!([]))?)?;
        self.numbered(hash)
    }

    pub fn finalised(&self) -> Result<Block> {
        let hash = text(&self.call("chain_getFinalizedHead", json!([]))?)?;
        self.numbered(hash)
    }

    fn numbered(&self, hash: String) -> Result<Block> {
        let header = self.call("chain_getHeader", json!([hash]))?;
        let number = text(&header["number"])?;
        let number = u32::from_str_radix(number.trim_start_matches("0x"), 16)?;
        Ok(Block { number, hash })
    }

    /// The hash of a block of the node's best chain, where it has come as far.
    pub fn hash(&self, number: u32) -> Result<Option<String>> {
        let hash = self.call("chain_getBlockHash", json!([number]))?;
        Ok(hash.as_str().map(str::to_owned))
    }

    /// Hash and transactions of each of these blocks of the node's best chain.
    pub fn blocks(&self, numbers: RangeInclusive<u32>) -> Result<Vec<(String, Vec<Vec<u8>>)>> {
        let mut found = Vec::new();
        for part in numbers.collect::<Vec<_>>().chunks(BATCH) {
            let ask: Vec<_> = part.iter().map(|n| ("chain_getBlockHash", json!([n]))).collect();
            let hashes = self.batch(&ask)?.into_iter().collect::<Result<Vec<_>>>()?;
            let ask: Vec<_> = hashes.iter().map(|hash| ("chain_getBlock", json!([hash]))).collect();
            for (hash, block) in hashes.iter().zip(self.batch(&ask)?) {
                let block = block?;
                let extrinsics = block["block"]["extrinsics"].as_array().context("no block")?;
                let extrinsics = extrinsics.iter().map(bytes).collect::<Result<_>>()?;
                found.push((text(hash)?, extrinsics));
            }
        }
        Ok(found)
    }

    /// The value under a storage key, at a block.
    pub fn storage(&self, key: &[u8], block: &str) -> Result<Option<Vec<u8>>> {
        let value = self.call("state_getStorage", json!([hex(key), block]))?;
        (!value.is_null()).then(|| bytes(&value)).transpose()
    }

    /// How many peers the node has.
    pub fn peers(&self) -> Result<u64> {
        let health = self.call("system_health", json!([]))?;
        health["peers"].as_u64().context("no number of peers")
    }

    /// The version of the runtime that the newest block leaves behind.
    pub fn spec_version(&self) -> Result<u64> {
        let version = self.call("state_getRuntimeVersion", json!([]))?;
        version["specVersion"].as_u64().context("no version")
    }

    /// Waits until the node has finalised this block.
    pub fn wait_finalised(&self, number: u32, patience: Duration) -> Result<Block> {
        let what = format!("{} to finalise block {number}", self.address);
        wait(&what, patience, || {
            Ok(self.finalised().ok().filter(|block| block.number >= number))
        })
    }
}

/// Asks until there is an answer, or patience ends.
pub fn wait<T>(what: &str, patience: Duration, mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let begin = Instant::now();
    loop {
        if let Some(found) = ask()? {
            return Ok(found);
        }
        ensure!(begin.elapsed() < patience, "waited {patience:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The account that signed a transaction; none for what validators put into blocks themselves. It follows the length, the
/// version (four, signed) and the kind of address.
pub fn signer(extrinsic: &[u8]) -> Option<[u8; 32]> {
    let mut input = extrinsic;
    Compact::<u32>::decode(&mut input).ok()?;
    let (head, account) = <([u8; 2], [u8; 32])>::decode(&mut input).ok()?;
    (head == [0x84, 0]).then_some(account)
}

pub fn hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

pub fn bytes(value: &Value) -> Result<Vec<u8>> {
    Ok(hex::decode(text(value)?.trim_start_matches("0x"))?)
}

fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("{value} is no text"))
}

fn result(mut answer: Value) -> Result<Value> {
    match answer.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => bail!("the node refused: {}", answer["error"]),
    }
}
