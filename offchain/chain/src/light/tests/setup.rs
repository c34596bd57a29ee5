//! A light client over nodes in memory.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{node::Node, *};
use crate::{
    chain::Chain,
    keys::AccountKey,
    light::{endpoints::Endpoint, source::Source, Light, Limits, Trail},
    Error,
};

/// A light client, and what it has kept.
pub(super) struct Setup {
    pub(super) light: Light,
    pub(super) kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

pub(super) const LIMITS: Limits = Limits {
    patience: Duration::from_secs(10),
    silence: Duration::from_millis(300),
    step: 5,
};

pub(super) async fn light_from(nodes: &[&Node], trail: Trail, limits: Limits) -> Setup {
    let genesis = nodes[nodes.len() - 1].genesis_block().await;
    let kept = Arc::new(Mutex::new(Vec::new()));
    let endpoints = nodes.iter().enumerate().map(|(index, node)| {
        let node = (*node).clone();
        Endpoint::new(format!("node-{index}"), move || {
            let node = node.clone();
            async move { Ok(Arc::new(node) as Arc<dyn Source>) }
        })
    });
    let keep = {
        let kept = kept.clone();
        Box::new(move |bytes: &[u8]| {
            kept.lock().unwrap().push(bytes.to_vec());
            Ok(())
        })
    };
    let light = Light::start(endpoints.collect(), genesis, trail, keep, limits);
    Setup { light, kept }
}

pub(super) async fn light(nodes: &[&Node]) -> Setup {
    let genesis = nodes[nodes.len() - 1].genesis_block().await;
    light_from(nodes, Trail::new(&genesis).unwrap(), LIMITS).await
}

impl Setup {
    /// Makes blocks until the light client has proven one of them.
    pub(super) async fn proven(&self, node: &Node) -> BlockRef {
        let before = node.chain.best().await.unwrap().number;
        let mut heads = self.light.watch();
        loop {
            node.chain.advance(1);
            let newer = heads.wait_for(|finalized| finalized.proven_at.is_some() && finalized.head.number > before);
            if let Ok(finalized) = tokio::time::timeout(Duration::from_millis(50), newer).await {
                return finalized.expect("it lives").head;
            }
        }
    }
}

pub(super) fn set() -> Set {
    Set::new(0, 4, 1)
}

/// A node whose chain has members, an account and some blocks.
pub(super) fn node() -> Node {
    let node = Node::new(set());
    for (index, name) in ["Alice", "Bob", "Charlie", "Dave", "Eve"].iter().enumerate() {
        let account = AccountKey::development(name).unwrap().account();
        node.chain
            .add_organisation(&format!("org {index}"), &account, None, &[]);
    }
    node
}

#[track_caller]
pub(super) fn untrusted<T: std::fmt::Debug>(result: Result<T, Error>, url: &str) -> String {
    match result {
        Err(error @ Error::Untrusted { .. }) => {
            assert!(!error.is_retryable());
            let text = error.to_string();
            assert!(text.contains(url), "{text}");
            text
        }
        other => panic!("a lie of {url} expected, {other:?} found"),
    }
}
