//! Workers beside the first, operated by other organisations.

use super::*;
use std::time::Instant;

/// How long a worker may take to register.
const REGISTER: Duration = Duration::from_secs(60);

impl Network {
    /// Makes a worker that an organisation operates, starts it, waits until it may compute, and gives its account.
    pub fn add_worker(&mut self, operator: &str) -> Result<String> {
        let name = format!("worker-{operator}");
        let home = self.dir.join(&name);
        let keys = self.cli(&home, &["keys", "init", "--worker"])?;
        let account = shell::text(&keys, "account")?;
        // The genesis names one root of simulated evidence.
        let root = |home: &Path| home.join("keys").join("simulated-root.key");
        fs::copy(root(&self.worker_home()), root(&home))?;
        self.as_org(operator, &["org", "add-operator", &account])?;
        self.write_worker_config(&home)?;
        let args = vec!["--config".to_owned(), text(&home.join("worker.toml"))];
        let (run, log) = (home.join("run.json"), self.logs(&name));
        let mut process = Process::start(&name, &self.binaries.worker, args, run, log.clone())?;
        process.ready(START)?;
        self.more_workers.push(process);
        let quiet = Self::quiet(&self.shell);
        let asked = self.organisation(operator)?.home.to_string_lossy().into_owned();
        let begin = Instant::now();
        loop {
            let workers = quiet.json(&self.binaries.cli, &["--home", &asked, "worker", "list"])?;
            let mut workers = workers["workers"].as_array().into_iter().flatten();
            if workers.any(|worker| worker["account"] == account.as_str() && worker["status"] == "active") {
                self.describe()?;
                return Ok(account);
            }
            ensure!(
                begin.elapsed() < REGISTER,
                "{name} did not register in {REGISTER:?}; see {}",
                log.display()
            );
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    /// A worker asks the supervisor's validator.
    pub(super) fn write_worker_config(&self, home: &Path) -> Result<()> {
        let url = self.rpc(self.validator_names().len() - 1)?;
        let (grpc, http) = (free_port()?, free_port()?);
        fs::copy(self.spec(), home.join("chain-spec.json"))?;
        fs::write(home.join("worker.toml"), worker_config(&url, home, grpc, http))?;
        fs::write(
            home.join("config.toml"),
            format!("[organisation]\nname = \"worker\"\n\n[chain]\nurl = \"{url}\"\n"),
        )?;
        Ok(())
    }
}

fn worker_config(url: &str, home: &Path, grpc: u16, http: u16) -> String {
    format!(
        "home = \"{}\"\ngrpc_listen = \"127.0.0.1:{grpc}\"\nhttp_listen = \"127.0.0.1:{http}\"\n\n[chain]\nurl = \"{url}\"\n",
        text(home)
    )
}
