//! What every command needs: the home, the chain's address and the output.

use crate::{
    agent::Agent,
    args::Global,
    error::{Failure, Result},
    home::Home,
    names,
    network::{ChainState, Network},
    out::Out,
    Environment,
};
use secureflow_chain::{Call, Submitted};
use secureflow_primitives::OrgId;

/// The chain's address where nothing else is said.
pub const DEFAULT_URL: &str = "ws://127.0.0.1:9944";

pub struct Context {
    pub home: Home,
    pub out: Out,
    url: Option<String>,
    best: bool,
}

impl Context {
    pub fn new(global: &Global, environment: Environment, out: Out) -> Result<Self> {
        let root = match (&global.home, environment.home, environment.user_home) {
            (Some(dir), _, _) => dir.clone(),
            (None, Some(dir), _) => dir,
            (None, None, Some(user)) => user.join(".secureflow"),
            (None, None, None) => {
                return Err(Failure::usage("your home folder is not known here").hint("Name a folder with --home DIR."))
            }
        };
        Ok(Self {
            home: Home::new(root),
            out,
            url: global.url.clone(),
            best: global.best,
        })
    }

    /// `--url`, else what the home's settings say, else the default.
    pub fn url(&self) -> Result<String> {
        match &self.url {
            Some(url) => Ok(url.clone()),
            None if self.home.config_file().exists() => Ok(self.home.config()?.chain.url),
            None => Ok(DEFAULT_URL.into()),
        }
    }

    /// `--url` or the default, for a home that does not exist yet.
    pub fn url_or_default(&self) -> String {
        self.url.clone().unwrap_or_else(|| DEFAULT_URL.into())
    }

    /// A connection to the chain.
    pub async fn network(&self) -> Result<Network> {
        let url = self.url()?;
        self.out
            .busy(&format!("connecting to {url}"), Network::connect(&url, self.best))
            .await
    }

    /// Signs a call with the home's account and sends it.
    pub async fn submit(&self, network: &Network, call: Call) -> Result<Submitted> {
        network.submit(self.out, &self.home.account()?, call).await
    }

    /// The organisation whose account this home holds.
    pub async fn own_org(&self, state: &ChainState<'_>) -> Result<OrgId> {
        let account = self.home.account()?.account();
        state.org_of(&account).await?.ok_or_else(|| {
            let hint = "A member asks the others to admit you: `secureflow org admit --name NAME --account ACCOUNT`.";
            Failure::new(
                "not_a_member",
                format!("{} speaks for no organisation", names::account(&account)),
            )
            .hint(hint)
        })
    }

    /// The local API of the organisation's own agent.
    pub fn agent(&self) -> Result<Agent> {
        let config = self.home.config()?;
        let Some(agent) = config.agent else {
            return Err(Failure::new(
                "no_agent",
                format!("{} names no agent", self.home.config_file().display()),
            )
            .hint("Add `[agent]` with `url = \"http://127.0.0.1:PORT\"`, the address that the agent printed."));
        };
        Agent::new(&agent.url, self.home.organisation().api_token()?)
    }
}
