//! The nodes that a light client may ask, one after the other.

use std::{
    future::Future,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, OnceLock,
    },
};

use futures::future::BoxFuture;
use secureflow_primitives::H256;
use tokio::sync::OnceCell;

use super::source::Source;
use crate::{Error, Result};

type Connect = Box<dyn Fn() -> BoxFuture<'static, Result<Arc<dyn Source>>> + Send + Sync>;

/// A node, and how to reach it.
pub(crate) struct Endpoint {
    url: String,
    connect: Connect,
    source: OnceCell<Arc<dyn Source>>,
    /// What it claimed and what is proven, where it has lied. It is never asked again.
    lie: OnceLock<(String, String)>,
}

impl Endpoint {
    pub(crate) fn new<F>(url: String, connect: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Arc<dyn Source>>> + Send + 'static,
    {
        Self {
            url,
            connect: Box::new(move || Box::pin(connect())),
            source: OnceCell::new(),
            lie: OnceLock::new(),
        }
    }

    fn lied(&self) -> Option<Error> {
        let (claimed, proven) = self.lie.get()?.clone();
        Some(Error::Untrusted {
            url: self.url.clone(),
            claimed,
            proven,
        })
    }
}

/// A node that can be asked now.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) index: usize,
    pub(crate) url: String,
    pub(crate) source: Arc<dyn Source>,
}

impl Peer {
    pub(crate) fn untrusted(&self, claimed: impl ToString, proven: impl ToString) -> Error {
        Error::Untrusted {
            url: self.url.clone(),
            claimed: claimed.to_string(),
            proven: proven.to_string(),
        }
    }
}

pub(crate) struct Endpoints {
    all: Vec<Endpoint>,
    genesis: H256,
    current: AtomicUsize,
}

impl Endpoints {
    pub(crate) fn new(all: Vec<Endpoint>, genesis: H256) -> Self {
        Self {
            all,
            genesis,
            current: AtomicUsize::new(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether this node is the one to ask: it is neither left for another nor caught lying.
    pub(crate) fn is_current(&self, peer: &Peer) -> bool {
        self.current.load(Ordering::Acquire) == peer.index && self.all[peer.index].lie.get().is_none()
    }

    /// The node to ask: the present one, else the next that can be reached and has not lied.
    pub(crate) async fn peer(&self) -> Result<Peer> {
        let mut failure = None;
        for _ in 0..self.all.len() {
            let index = self.current.load(Ordering::Acquire);
            match self.connect(index).await {
                Ok(peer) => return Ok(peer),
                Err(error) => {
                    tracing::warn!(url = self.all[index].url, %error, "a node cannot be asked");
                    self.leave(index);
                    // What may pass says more than a lie of long ago.
                    if failure.as_ref().is_none_or(|failure: &Error| !failure.is_retryable()) {
                        failure = Some(error);
                    }
                }
            }
        }
        Err(failure.unwrap_or_else(|| Error::Incompatible("no node is configured".into())))
    }

    async fn connect(&self, index: usize) -> Result<Peer> {
        let endpoint = &self.all[index];
        if let Some(lie) = endpoint.lied() {
            return Err(lie);
        }
        let source = endpoint.source.get_or_try_init(|| (endpoint.connect)()).await?.clone();
        let peer = Peer {
            index,
            url: endpoint.url.clone(),
            source,
        };
        if peer.source.genesis() != self.genesis {
            let claimed = format!("to serve a chain with the genesis {:?}", peer.source.genesis());
            let lie = peer.untrusted(claimed, format!("the pinned genesis is {:?}", self.genesis));
            self.judge(&peer, &lie);
            return Err(lie);
        }
        Ok(peer)
    }

    /// Lets the next node be the present one, unless that has happened already.
    fn leave(&self, index: usize) {
        let next = (index + 1) % self.all.len();
        let _ = self
            .current
            .compare_exchange(index, next, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Draws the conclusion from an error: a liar is never asked again, a node that is away or talks nonsense is left for
    /// another. Says whether another one may do better.
    pub(crate) fn judge(&self, peer: &Peer, error: &Error) -> bool {
        match error {
            Error::Untrusted { claimed, proven, .. } => {
                let lie = (claimed.clone(), proven.clone());
                if self.all[peer.index].lie.set(lie).is_ok() {
                    tracing::error!(url = peer.url, claimed, proven, "a node lies and is not asked any more");
                }
            }
            Error::Unreachable { .. } | Error::Rpc { .. } | Error::Decode { .. } => {}
            _ => return false,
        }
        self.leave(peer.index);
        true
    }

    /// Asks one node after the other until one answers, each once at most.
    pub(crate) async fn ask<T, F, Fut>(&self, question: F) -> Result<T>
    where
        F: Fn(Peer) -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let mut asked = 0;
        loop {
            let peer = self.peer().await?;
            asked += 1;
            match question(peer.clone()).await {
                Err(error) if self.judge(&peer, &error) && asked < self.all.len() => {}
                answer => return answer,
            }
        }
    }
}
