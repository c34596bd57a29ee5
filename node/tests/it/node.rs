//! A node in a process of its own, and its JSON-RPC.

use serde_json::{json, Value};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

pub const BINARY: &str = env!("CARGO_BIN_EXE_secureflow-node");
/// Debug builds on a busy machine take minutes to compile the runtime's Wasm.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Node {
    process: Child,
    base: PathBuf,
    pub run: Value,
}

impl Node {
    /// Starts a node and waits until it listens.
    pub fn start(base: &Path, arguments: &[&str]) -> Self {
        fs::create_dir_all(base).expect("a folder");
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(base.join("log"))
            .expect("a log");
        let process = Command::new(BINARY)
            .args([
                "--base-path",
                base.to_str().expect("UTF-8"),
                "--rpc-port",
                "0",
                "--prometheus-port",
                "0",
                "--no-mdns",
            ])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("the node starts");
        let mut node = Self {
            process,
            base: base.into(),
            run: Value::Null,
        };
        let pid = node.process.id();
        node.run = node.wait_for("run.json of this process", || {
            let run: Value = serde_json::from_slice(&fs::read(base.join("run.json")).ok()?).ok()?;
            (run["pid"] == pid).then_some(run)
        });
        node
    }

    pub fn wait_for<T>(&self, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if let Some(found) = probe() {
                return found;
            }
            sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.base.join("log")).unwrap_or_default();
        panic!("no {what} after {PATIENCE:?}; the log:\n{log}");
    }

    /// Calls a JSON-RPC method; `None` when the node does not answer.
    pub fn call(&self, method: &str, params: Value) -> Option<Value> {
        Some(self.answer(method, params)?["result"].clone())
    }

    /// The same with the whole answer, which may be an error.
    pub fn answer(&self, method: &str, params: Value) -> Option<Value> {
        self.post(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
    }

    /// Sends a request as it is.
    pub fn post(&self, request: &Value) -> Option<Value> {
        let answer = http(self.run["rpc"].as_str()?, "POST", "/", &request.to_string())?;
        serde_json::from_str(&answer).ok()
    }

    /// How many peers it has.
    pub fn peers(&self) -> Option<u64> {
        self.call("system_health", json!([]))?["peers"].as_u64()
    }

    /// The numbers of the best and the finalised block.
    pub fn heads(&self) -> Option<(u64, u64)> {
        let number = |header: Value| u64::from_str_radix(header["number"].as_str()?.strip_prefix("0x")?, 16).ok();
        let best = number(self.call("chain_getHeader", json!([]))?)?;
        let finalised = self.call("chain_getFinalizedHead", json!([]))?;
        Some((best, number(self.call("chain_getHeader", json!([finalised]))?)?))
    }

    pub fn wait_until_finalised(&self, block: u64) {
        self.wait_for(&format!("finalised block {block}"), || {
            self.heads().filter(|(_, finalised)| *finalised >= block)
        });
    }

    pub fn metrics(&self) -> Option<String> {
        http(self.run["prometheus"].as_str()?, "GET", "/metrics", "")
    }

    /// Ends the process as a power failure would.
    pub fn kill(mut self) {
        self.process.kill().expect("it ran");
        self.process.wait().expect("it ended");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn http(address: &str, verb: &str, path: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let length = body.len();
    write!(
        stream,
        "{verb} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}
