//! A chain that is not believed but checked: a light client.
//!
//! All that is taken on trust is the chain specification. From the genesis block in it the light client follows finality
//! by justifications ([`Checkpoint`]), and reads nothing but values that lead to the state root of a block proven in this
//! way. What it checks, and what a lying node can still do, stands in `docs/protocols/finality.md`.

mod cache;
mod calls;
mod chain;
mod checkpoint;
mod endpoints;
mod follow;
mod genesis;
mod justification;
mod open;
mod reads;
mod sealed;
pub(crate) mod source;
mod state;
#[cfg(test)]
mod tests;
mod trail;

pub use checkpoint::{Checkpoint, LightError, Proof};
pub use genesis::{Genesis, GenesisError};
pub use justification::JustificationError;
pub use open::OpenError;
pub use state::StateError;
pub use trail::{Trail, TrailError};

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::AbortHandle};

use crate::{BlockRef, Client, Error, Header, Result};
use cache::Cache;
use endpoints::{Endpoint, Endpoints};
use source::Source;

/// Puts the encoded [`Trail`] where the next start finds it.
pub type Keep = Box<dyn Fn(&[u8]) -> std::io::Result<()> + Send + Sync>;

const SILENCE: Duration = Duration::from_secs(20);
/// Ten thousand headers are some four megabytes of JSON; servers send 15, clients take 10.
const STEP: u32 = 10_000;

/// What is proven at present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finalized {
    /// The newest proven block.
    pub head: BlockRef,
    /// The number of the validators' set that finalises the next ones.
    pub set_id: u64,
    /// When the head was proven by this process; `None` while the head is the one that the last run has kept.
    pub proven_at: Option<Instant>,
    /// Why finality is not followed just now.
    pub problem: Option<String>,
    /// Whether every node has lied, and none is asked any more.
    pub given_up: bool,
}

/// A light client. It follows finality from when it is made until it is dropped.
pub struct Light {
    inner: Arc<Inner>,
    follower: AbortHandle,
}

pub(crate) struct Inner {
    genesis: Genesis,
    endpoints: Endpoints,
    finalized: watch::Sender<Finalized>,
    cache: Mutex<Cache>,
    limits: Limits,
}

#[derive(Clone, Copy)]
struct Limits {
    /// How long a call waits while there is nothing proven.
    patience: Duration,
    /// A node that proves nothing for so long is asked in another way, or another one is asked.
    silence: Duration,
    /// Headers that come in one reply without doubt.
    step: u32,
}

impl Light {
    /// Follows finality through these nodes (`ws://…` or `wss://…`), the first one that can be reached and does not lie,
    /// from where `trail` ends. `patience` is how long a call may take while all of them are away. Must be called within
    /// a Tokio runtime.
    pub fn new(urls: &[String], genesis: Genesis, trail: Trail, keep: Keep, patience: Duration) -> Self {
        // Beside others a node that is away is left sooner.
        let share = patience / u32::try_from(urls.len().max(1)).unwrap_or(u32::MAX);
        let endpoint = |url: &String| {
            let target = url.clone();
            Endpoint::new(url.clone(), move || {
                let url = target.clone();
                async move { Ok(Arc::new(Client::connect(&url, share).await?) as Arc<dyn Source>) }
            })
        };
        let limits = Limits {
            patience,
            silence: SILENCE,
            step: STEP,
        };
        Self::start(urls.iter().map(endpoint).collect(), genesis, trail, keep, limits)
    }

    fn start(endpoints: Vec<Endpoint>, genesis: Genesis, trail: Trail, keep: Keep, limits: Limits) -> Self {
        let checkpoint = trail.checkpoint();
        let finalized = Finalized {
            head: checkpoint.head,
            set_id: checkpoint.set_id,
            proven_at: None,
            problem: None,
            given_up: false,
        };
        let inner = Arc::new(Inner {
            endpoints: Endpoints::new(endpoints, genesis.hash()),
            genesis,
            finalized: watch::Sender::new(finalized),
            cache: Mutex::default(),
            limits,
        });
        let follower = tokio::spawn(follow::follow(inner.clone(), trail, keep)).abort_handle();
        Self { inner, follower }
    }

    /// What is proven, as it grows.
    pub fn watch(&self) -> watch::Receiver<Finalized> {
        self.inner.finalized.subscribe()
    }
}

impl Drop for Light {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

impl Inner {
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, head: BlockRef, header: Header, set_id: u64) {
        self.cache().add_header(head.hash, header);
        self.finalized.send_replace(Finalized {
            head,
            set_id,
            proven_at: Some(Instant::now()),
            problem: None,
            given_up: false,
        });
    }

    fn give_up(&self, problem: String) {
        self.finalized.send_modify(|finalized| {
            finalized.problem = Some(problem);
            finalized.given_up = true;
        });
    }

    fn report(&self, problem: Option<String>) {
        self.finalized.send_modify(|finalized| finalized.problem = problem);
    }

    /// The newest proven block; waits for the first that this process has proven itself, for a kept one may be old.
    async fn head(&self, deadline: Instant) -> Result<BlockRef> {
        let begun = Instant::now();
        let mut finalized = self.finalized.subscribe();
        let proven = finalized.wait_for(|finalized| finalized.proven_at.is_some() || finalized.given_up);
        if let Ok(Ok(finalized)) = tokio::time::timeout_at(deadline.into(), proven).await {
            if !finalized.given_up {
                return Ok(finalized.head);
            }
        }
        // A node that was caught is the better reason.
        self.endpoints.peer().await?;
        let problem = self.finalized.borrow().problem.clone();
        Err(Error::Unreachable {
            url: "the chain's nodes".into(),
            waited: begun.elapsed(),
            reason: problem.unwrap_or_else(|| "no block is proven to be final yet".into()),
        })
    }
}
