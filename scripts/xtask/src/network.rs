//! A whole network on this machine, in one folder: validators, agents and a worker, brought up with the commands that a
//! person would type.

mod genesis;
mod linked;
mod links;
mod workers;

pub use links::Links;

use crate::{
    binaries::Binaries,
    process::{Process, RunInfo},
    shell::{self, Shell},
};
use anyhow::{ensure, Context, Result};
use serde_json::{json, Value};
use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long a process may take to say that it listens.
const START: Duration = Duration::from_secs(180);
/// Validators that a network starts with: one can fail and GRANDPA still finalises.
const VALIDATORS: usize = 4;

/// An organisation as a network knows it.
pub struct Organisation {
    pub name: String,
    /// Its id on chain: the position in the genesis list.
    pub id: u32,
    pub account: String,
    pub home: PathBuf,
}

/// A running network.
pub struct Network {
    pub dir: PathBuf,
    pub binaries: Binaries,
    pub shell: Shell,
    /// Those that hold data, then the supervisor.
    pub organisations: Vec<Organisation>,
    pub validators: Vec<Process>,
    validator_info: Vec<RunInfo>,
    linked: Option<linked::Linked>,
    /// How many validate.
    validating: usize,
    pub agents: BTreeMap<String, Process>,
    pub worker: Option<Process>,
    pub worker_account: String,
    /// Those that other organisations operate.
    pub more_workers: Vec<Process>,
}

/// The name of the organisation that holds no data and audits.
pub const SUPERVISOR: &str = "supervisor";

impl Network {
    /// Makes keys and a chain specification in a new folder and starts the validators.
    pub fn create(dir: &Path, data_owners: &[String], shell: Shell) -> Result<Self> {
        Self::create_with(dir, data_owners, shell, VALIDATORS)
    }

    /// The same with so many validators.
    pub fn create_with(dir: &Path, data_owners: &[String], shell: Shell, validators: usize) -> Result<Self> {
        let mut network = Self::prepare(dir, data_owners, shell, validators)?;
        network.start_validators()?;
        network.write_configs()?;
        network.describe()?;
        Ok(network)
    }

    /// All that validators need to start.
    fn prepare(dir: &Path, data_owners: &[String], shell: Shell, validating: usize) -> Result<Self> {
        ensure!(
            (2..=8).contains(&data_owners.len()),
            "a network has 2 to 8 organisations with data"
        );
        let binaries = Binaries::find()?;
        private_folder(dir)?;
        let dir = dir.canonicalize()?;
        let mut network = Self {
            shell: Shell {
                folder: dir.clone(),
                ..shell
            },
            dir,
            binaries,
            organisations: Vec::new(),
            validators: Vec::new(),
            validator_info: Vec::new(),
            linked: None,
            validating,
            agents: BTreeMap::new(),
            worker: None,
            worker_account: String::new(),
            more_workers: Vec::new(),
        };
        network.make_identities(data_owners)?;
        network.make_chain_spec()?;
        Ok(network)
    }

    /// Runs the CLI with an organisation's home and reads its JSON answer.
    pub fn cli(&self, home: &Path, args: &[&str]) -> Result<Value> {
        let home = home.to_string_lossy().into_owned();
        let mut all = vec!["--home", home.as_str()];
        all.extend(args);
        self.shell.json(&self.binaries.cli, &all)
    }

    /// The same for an organisation by name.
    pub fn as_org(&self, name: &str, args: &[&str]) -> Result<Value> {
        self.cli(&self.organisation(name)?.home, args)
    }

    pub fn organisation(&self, name: &str) -> Result<&Organisation> {
        self.organisations
            .iter()
            .find(|o| o.name == name)
            .with_context(|| format!("no organisation {name}"))
    }

    /// Those that hold data.
    pub fn owners(&self) -> impl Iterator<Item = &Organisation> {
        self.organisations.iter().filter(|o| o.name != SUPERVISOR)
    }

    fn worker_home(&self) -> PathBuf {
        self.dir.join("worker")
    }

    fn logs(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }

    fn spec(&self) -> PathBuf {
        self.dir.join("chain-spec.json")
    }

    fn base(&self, validator: &str) -> PathBuf {
        self.dir.join("validators").join(validator)
    }

    /// The supervisor and the first data owners.
    fn validator_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .owners()
            .take(self.validating - 1)
            .map(|o| o.name.clone())
            .collect();
        names.push(SUPERVISOR.to_owned());
        names
    }

    fn validator_args(&self, name: &str, rpc: &str, p2p: &str, bootnode: Option<&str>) -> Vec<String> {
        let mut args: Vec<String> = [
            "--validator",
            "--chain",
            &text(&self.spec()),
            "--base-path",
            &text(&self.base(name)),
            "--name",
            name,
            "--rpc-port",
            rpc,
            "--listen-addr",
            &format!("/ip4/127.0.0.1/tcp/{p2p}"),
            "--no-prometheus",
            "--no-mdns",
            "--no-telemetry",
            "--allow-private-ip",
            "--node-key-file",
            &text(&self.base(name).join("node.key")),
            "--rpc-max-connections",
            "100",
        ]
        .map(str::to_owned)
        .to_vec();
        if let Some(bootnode) = bootnode {
            args.extend(["--bootnodes".to_owned(), bootnode.to_owned()]);
        }
        args
    }

    fn start_validators(&mut self) -> Result<()> {
        for name in self.validator_names() {
            let bootnode = self.validator_info.first().and_then(|i| i.p2p.clone());
            let args = self.validator_args(&name, "0", "0", bootnode.as_deref());
            let run = self.base(&name).join("run.json");
            let log = self.logs(&format!("validator-{name}"));
            let mut process = Process::start(&name, &self.binaries.node, args, run, log)?;
            self.validator_info.push(process.ready(START)?);
            self.validators.push(process);
        }
        Ok(())
    }

    /// The JSON-RPC address of a validator.
    pub fn rpc(&self, validator: usize) -> Result<String> {
        let rpc = self
            .validator_info
            .get(validator)
            .and_then(|i| i.rpc.clone())
            .context("the node wrote no rpc address")?;
        Ok(format!("ws://{rpc}"))
    }

    /// Each organisation talks to its own validator where it runs one, else to the supervisor's.
    fn write_configs(&mut self) -> Result<()> {
        let validators = self.validator_names();
        for organisation in &self.organisations {
            let at = validators
                .iter()
                .position(|v| *v == organisation.name)
                .unwrap_or(validators.len() - 1);
            let url = self.rpc(at)?;
            let agent = format!("127.0.0.1:{}", free_port()?);
            let home = &organisation.home;
            fs::write(
                home.join("config.toml"),
                format!(
                    "[organisation]\nname = \"{}\"\n\n[chain]\nurl = \"{url}\"\n\n[agent]\nurl = \"http://{agent}\"\n",
                    organisation.name
                ),
            )?;
            fs::write(home.join("agent.toml"), agent_config(&url, home, &agent))?;
        }
        self.write_worker_config(&self.worker_home())
    }

    /// Starts the agent of an organisation.
    pub fn start_agent(&mut self, name: &str) -> Result<()> {
        let home = self.organisation(name)?.home.clone();
        let args = vec!["--config".to_owned(), text(&home.join("agent.toml"))];
        let log = self.logs(&format!("agent-{name}"));
        let mut process = Process::start(
            &format!("agent-{name}"),
            &self.binaries.agent,
            args,
            home.join("run.json"),
            log,
        )?;
        process.ready(START)?;
        self.agents.insert(name.to_owned(), process);
        Ok(())
    }

    /// Starts the worker.
    pub fn start_worker(&mut self) -> Result<()> {
        let home = self.worker_home();
        let args = vec!["--config".to_owned(), text(&home.join("worker.toml"))];
        let mut process = Process::start(
            "worker",
            &self.binaries.worker,
            args,
            home.join("run.json"),
            self.logs("worker"),
        )?;
        process.ready(START)?;
        self.worker = Some(process);
        Ok(())
    }

    /// Starts a validator that was killed, at the addresses that it had.
    pub fn restart_validator(&mut self, at: usize) -> Result<()> {
        let names = self.validator_names();
        let info = self.validator_info[at].clone();
        let rpc = info
            .rpc
            .as_deref()
            .and_then(|a| a.rsplit(':').next())
            .context("no rpc port")?
            .to_owned();
        let p2p = p2p_port(&info)?.to_owned();
        if self.linked.is_some() {
            return self.restart_linked(at, &rpc, &p2p);
        }
        let other = self
            .validator_info
            .iter()
            .enumerate()
            .find(|(i, _)| *i != at)
            .and_then(|(_, i)| i.p2p.clone());
        let args = self.validator_args(&names[at], &rpc, &p2p, other.as_deref());
        self.validators[at].restart(Some(args))?;
        self.validators[at].ready(START)?;
        Ok(())
    }

    /// Waits until the chain has finalised a block after the first.
    pub fn wait_finalised(&self, patience: Duration) -> Result<()> {
        let begin = Instant::now();
        let quiet = Self::quiet(&self.shell);
        let home = text(&self.organisations[0].home);
        loop {
            if let Ok(status) = quiet.json(&self.binaries.cli, &["--home", &home, "network", "status"]) {
                if shell::number(&status, "finalized.number").is_ok_and(|n| n >= 1.0) {
                    return Ok(());
                }
            }
            ensure!(
                begin.elapsed() < patience,
                "the chain finalised nothing in {patience:?}; see {}",
                text(&self.dir.join("logs"))
            );
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    fn quiet(shell: &Shell) -> Shell {
        Shell {
            show: false,
            ..shell.clone()
        }
    }

    /// Writes down what runs where, for people and for `devnet stop`.
    pub fn describe(&self) -> Result<()> {
        let pids: Vec<u32> = self
            .validators
            .iter()
            .chain(self.agents.values())
            .chain(self.worker.as_ref())
            .chain(&self.more_workers)
            .filter_map(Process::pid)
            .collect();
        let names = self.validator_names();
        let description = json!({
            "folder": self.dir,
            "chain_spec": self.spec(),
            "rpc": names.iter().enumerate().map(|(i, n)| Ok((n.clone(), self.rpc(i)?))).collect::<Result<BTreeMap<_, _>>>()?,
            "organisations": self.organisations.iter().map(|o| json!({
                "name": o.name, "id": o.id, "account": o.account, "home": o.home,
            })).collect::<Vec<_>>(),
            "worker": {"account": self.worker_account, "home": self.worker_home()},
            "pids": pids,
        });
        fs::write(
            self.dir.join("network.json"),
            serde_json::to_string_pretty(&description)?,
        )?;
        Ok(())
    }

    /// Lets every process outlive this one.
    pub fn detach(&mut self) -> Result<()> {
        self.describe()?;
        for process in self
            .validators
            .iter_mut()
            .chain(self.agents.values_mut())
            .chain(self.worker.as_mut())
            .chain(&mut self.more_workers)
        {
            process.detach();
        }
        Ok(())
    }
}

/// The port in a node's peer-to-peer address.
fn p2p_port(info: &RunInfo) -> Result<&str> {
    let port = info.p2p.as_deref().and_then(|a| a.split('/').nth(4));
    port.context("no p2p port")
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A folder that only its owner can look into.
pub fn private_folder(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}

/// A port that the system has free now.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn agent_config(url: &str, home: &Path, listen: &str) -> String {
    format!(
        "home = \"{}\"\nlisten = \"{listen}\"\n\n[chain]\nurl = \"{url}\"\n",
        text(home)
    )
}
