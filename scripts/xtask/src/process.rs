//! Child processes that belong to a network: started with a log file, waited for, killed, restarted.

use anyhow::{bail, ensure, Context, Result};
use serde::Deserialize;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// What a process writes about itself once it listens.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RunInfo {
    pub pid: u32,
    /// The node's JSON-RPC address.
    #[serde(default)]
    pub rpc: Option<String>,
    /// The node's peer-to-peer address with its peer id.
    #[serde(default)]
    pub p2p: Option<String>,
    /// The local HTTP address of an agent or a worker.
    #[serde(default)]
    pub http: Option<String>,
    /// The worker's gRPC address.
    #[serde(default)]
    pub grpc: Option<String>,
}

/// A process and how to start it again.
pub struct Process {
    pub name: String,
    program: PathBuf,
    args: Vec<String>,
    run_file: PathBuf,
    log: PathBuf,
    child: Option<Child>,
    /// Left running when the handle goes out of scope.
    detached: bool,
}

impl Process {
    /// Starts the program, its output going to `log`, and waits until it has written `run_file`.
    pub fn start(name: &str, program: &Path, args: Vec<String>, run_file: PathBuf, log: PathBuf) -> Result<Self> {
        let mut process = Self {
            name: name.to_owned(),
            program: program.to_owned(),
            args,
            run_file,
            log,
            child: None,
            detached: false,
        };
        process.launch()?;
        Ok(process)
    }

    fn launch(&mut self) -> Result<()> {
        let _ = fs::remove_file(&self.run_file);
        let log = File::options().create(true).append(true).open(&self.log)?;
        let child = Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until the process has said where it listens.
    pub fn ready(&mut self, patience: Duration) -> Result<RunInfo> {
        let begin = Instant::now();
        loop {
            if let Ok(text) = fs::read_to_string(&self.run_file) {
                if let Ok(info) = serde_json::from_str(&text) {
                    return Ok(info);
                }
            }
            if let Some(status) = self.child.as_mut().and_then(|c| c.try_wait().ok().flatten()) {
                bail!(
                    "{} ended at once ({status}); the end of its log:\n{}",
                    self.name,
                    self.log_tail()
                );
            }
            if begin.elapsed() > patience {
                bail!(
                    "{} did not come up in {patience:?}; the end of its log:\n{}",
                    self.name,
                    self.log_tail()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// The log so far.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends the process at once, as `kill -9` does: nothing in it gets to clean up.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Sends the process a signal, such as `STOP`.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let pid = self.pid().with_context(|| format!("{} does not run", self.name))?;
        let status = Command::new("kill")
            .args([format!("-{signal}"), pid.to_string()])
            .status()?;
        ensure!(status.success(), "{} did not take the signal {signal}", self.name);
        Ok(())
    }

    /// Starts it again; with `args` instead of its old arguments where given.
    pub fn restart(&mut self, args: Option<Vec<String>>) -> Result<()> {
        self.kill()?;
        if let Some(args) = args {
            self.args = args;
        }
        self.launch()
    }

    /// Asks the process to stop and waits; kills it when it does not.
    pub fn stop(&mut self, patience: Duration) {
        let Some(mut child) = self.child.take() else { return };
        let _ = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
        let begin = Instant::now();
        while begin.elapsed() < patience {
            if matches!(child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Lets the process outlive this one.
    pub fn detach(&mut self) {
        self.detached = true;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.detached {
            self.stop(Duration::from_secs(3));
        }
    }
}
