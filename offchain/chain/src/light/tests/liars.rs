//! A light client among honest nodes and liars: every lie is caught, nothing is stored of it, and the next node is asked.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use secureflow_primitives::{JobId, OrgId};
use sp_core::sr25519;

use super::{
    node::{Lie, Node},
    *,
};
use crate::{
    chain::{At, Chain, ChainExt},
    client::extrinsics_roots,
    keys::AccountKey,
    light::{endpoints::Endpoint, source::Source, Light, Limits, Trail},
    storage, Error,
};

/// A light client, and what it has kept.
struct Setup {
    light: Light,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

const LIMITS: Limits = Limits {
    patience: Duration::from_secs(10),
    silence: Duration::from_millis(300),
    step: 5,
};

async fn light_from(nodes: &[&Node], trail: Trail, limits: Limits) -> Setup {
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

async fn light(nodes: &[&Node]) -> Setup {
    let genesis = nodes[nodes.len() - 1].genesis_block().await;
    light_from(nodes, Trail::new(&genesis).unwrap(), LIMITS).await
}

impl Setup {
    /// Makes blocks until the light client has proven one of them.
    async fn proven(&self, node: &Node) -> BlockRef {
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

fn set() -> Set {
    Set::new(0, 4, 1)
}

/// A node whose chain has members, an account and some blocks.
fn node() -> Node {
    let node = Node::new(set());
    for (index, name) in ["Alice", "Bob", "Charlie", "Dave", "Eve"].iter().enumerate() {
        let account = AccountKey::development(name).unwrap().account();
        node.chain
            .add_organisation(&format!("org {index}"), &account, None, &[]);
    }
    node
}

#[track_caller]
fn untrusted<T: std::fmt::Debug>(result: Result<T, Error>, url: &str) -> String {
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

#[tokio::test]
async fn what_an_honest_node_shows_is_read() {
    let node = node();
    let setup = light(&[&node]).await;
    let head = setup.proven(&node).await;
    let state = setup.light.finalized_state().await.unwrap();
    assert!(state.block().number >= head.number);
    assert_eq!(state.organisations().await.unwrap().len(), 5);
    assert_eq!(
        state.organisation(OrgId(3)).await.unwrap().unwrap().name,
        b"org 3".to_vec()
    );
    assert_eq!(state.organisation(OrgId(9)).await.unwrap(), None);
    assert!(state.jobs().await.unwrap().is_empty());
    assert_eq!(state.job(JobId(0)).await.unwrap(), None);
    // The best block is the newest final one, and what was read is not asked for again.
    let asked = node.reads_asked();
    assert_eq!(state.organisations().await.unwrap().len(), 5);
    assert_eq!(state.organisation(OrgId(9)).await.unwrap(), None);
    assert_eq!(
        node.reads_asked(),
        asked + 1,
        "a list of keys is proven anew, its values are not"
    );
    assert_eq!(
        setup.light.block(At::Best).await.unwrap(),
        setup.light.block(At::Finalized).await.unwrap()
    );
}

#[tokio::test]
async fn blocks_before_the_head_are_read_and_forks_are_not() {
    let node = node();
    let setup = light(&[&node]).await;
    setup.proven(&node).await;
    let old = node.honest(2).await;
    let state = setup.light.state(At::Block(old.hash())).await.unwrap();
    assert_eq!(state.block().number, 2);
    assert_eq!(state.organisations().await.unwrap().len(), 2);
    let first = setup.light.header(setup.light.genesis()).await.unwrap();
    assert_eq!(first.hash(), node.chain.genesis());

    // A block that is real but not on the proven chain.
    let fork = child(&node.honest(1).await, 7, Digest::default());
    node.lie(Lie::Justified(Box::new(fork.clone()), set(), 0));
    let error = setup.light.header(fork.hash()).await.unwrap_err();
    assert!(
        matches!(&error, Error::UnknownBlock(text) if text.contains("another block")),
        "{error}"
    );
}

#[tokio::test]
async fn lies_about_state_are_caught() {
    let honest = node();
    let older = honest.honest(2).await.hash();
    for lie in [Lie::Value, Lie::State(older), Lie::KeyLeftOut, Lie::NoKeys] {
        let liar = honest.beside();
        let alone = light(&[&liar]).await;
        alone.proven(&honest).await;
        let state = alone.light.finalized_state().await.unwrap();
        liar.lie(lie.clone());
        let text = untrusted(state.organisations().await, "node-0");
        assert!(text.contains("values of the state"), "{text}");
        // It stays so, also when the node is honest again.
        liar.lie(Lie::None);
        untrusted(state.organisations().await, "node-0");
        untrusted(
            alone
                .light
                .submit(&AccountKey::development("Alice").unwrap(), call(), Default::default())
                .await,
            "node-0",
        );

        // Beside an honest node it costs nothing but the question.
        let liar = honest.beside();
        let pair = light(&[&liar, &honest]).await;
        pair.proven(&honest).await;
        let state = pair.light.finalized_state().await.unwrap();
        liar.lie(lie);
        assert_eq!(state.organisations().await.unwrap().len(), 5);
        let head = pair.proven(&honest).await;
        assert!(head.number > state.block().number);
    }
}

fn call() -> crate::Call {
    crate::Call::Accept {
        space: secureflow_primitives::SpaceId(0),
    }
}

#[tokio::test]
async fn lies_about_one_value_are_caught() {
    let honest = node();
    let older = honest.honest(2).await.hash();
    for lie in [Lie::Value, Lie::State(older)] {
        let setup = light(&[&honest]).await;
        setup.proven(&honest).await;
        let head = setup.light.finalized().await.unwrap();
        honest.lie(lie);
        let key = storage::organisation(OrgId(4)).into_bytes();
        untrusted(
            setup.light.values(std::slice::from_ref(&key), head.hash).await,
            "node-0",
        );
        honest.lie(Lie::None);
        // A proof that is handed on is checked as well.
        let other = light(&[&honest]).await;
        let head = other.proven(&honest).await;
        honest.lie(Lie::State(older));
        untrusted(other.light.read_proof(&[key], head.hash).await, "node-0");
        honest.lie(Lie::None);
    }
}

/// Lets an honest node prove some blocks, then lies, and looks at what has become of the light client.
async fn caught(lie: impl FnOnce(&Header) -> Lie) -> String {
    let node = node();
    let setup = light(&[&node]).await;
    setup.proven(&node).await;
    // Lets what is under way come to rest.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let before = setup.light.finalized().await.unwrap();
    let kept = setup.kept.lock().unwrap().len();
    node.lie(lie(&node.honest(before.number).await));
    node.chain.advance(1);
    let mut heads = setup.light.watch();
    let problem = heads.wait_for(|finalized| finalized.problem.is_some());
    let finalized = tokio::time::timeout(Duration::from_secs(10), problem).await;
    let finalized = finalized.expect("it is caught").expect("it lives").clone();
    assert_eq!(finalized.head, before, "nothing is stored");
    assert_eq!(setup.kept.lock().unwrap().len(), kept, "nothing is kept");
    untrusted(setup.light.finalized().await, "node-0");
    finalized.problem.expect("there is one")
}

#[tokio::test]
async fn forged_finality_is_caught() {
    let own = || Set::new(0, 4, 99);
    let forged = |set: Set, voters| {
        move |head: &Header| Lie::Justified(Box::new(child(head, 9, Digest::default())), set, voters)
    };
    let text = caught(forged(own(), 4)).await;
    assert!(text.contains("not in the set"), "{text}");
    // A third of the validators helps.
    let text = caught(forged(set(), 2)).await;
    assert!(text.contains("2 of 3 votes"), "{text}");
    // Signatures of the validators, made out to another set.
    let later = Set { id: 1, ..set() };
    let text = caught(forged(later, 4)).await;
    assert!(text.contains("signature"), "{text}");
    let text = caught(|_| Lie::Bytes(vec![1, 2, 3])).await;
    assert!(text.contains("does not decode"), "{text}");
    // The height of the head, far away, and never signed.
    let high = |head: &Header| {
        let mut header = child(head, 9, Digest::default());
        header.number = u32::MAX;
        Lie::Justified(Box::new(header), set(), 1)
    };
    let text = caught(high).await;
    assert!(text.contains("1 of 3 votes"), "{text}");
    // Real votes, but the header of another block, or with another set in it.
    let text = caught(|head| Lie::Header(head.parent_hash)).await;
    assert!(text.contains("not the one of the block"), "{text}");
    let text = caught(|_| Lie::Usurper(Set::new(1, 4, 99))).await;
    assert!(text.contains("not the one of the block"), "{text}");
    // A second block beside the head, which two thirds have signed: no light client can tell which one is right.
    let fork = |head: &Header| {
        let mut header = head.clone();
        header.state_root = H256::repeat_byte(9);
        Lie::Justified(Box::new(header), set(), 3)
    };
    let text = caught(fork).await;
    assert!(text.contains("two blocks"), "{text}");
}

#[tokio::test]
async fn a_node_of_another_chain_is_left_at_once() {
    let (honest, liar) = (node(), node());
    liar.lie(Lie::Genesis);
    let alone = light_from(
        &[&liar, &liar],
        Trail::new(&honest.genesis_block().await).unwrap(),
        LIMITS,
    )
    .await;
    let text = untrusted(alone.light.finalized().await, "node-");
    assert!(text.contains("genesis"), "{text}");
    let pair = light(&[&liar, &honest]).await;
    pair.proven(&honest).await;
}

#[tokio::test]
async fn old_finality_replayed_moves_nothing() {
    let node = node();
    let setup = light(&[&node]).await;
    let first = setup.proven(&node).await;
    let old = set().justify(first);
    let head = setup.proven(&node).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    node.lie(Lie::Bytes(old));
    for _ in 0..3 {
        node.chain.advance(1);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(setup.light.finalized().await.unwrap().number >= head.number);

    // A client that starts from a kept head does not act on it before the present is proven.
    let genesis = node.genesis_block().await;
    let mut trail = Trail::new(&genesis).unwrap();
    trail.advance(set().prove(&node.honest(3).await)).unwrap();
    let short = Limits {
        patience: Duration::from_millis(200),
        ..LIMITS
    };
    node.lie(Lie::Silence);
    let late = light_from(&[&node], trail.clone(), short).await;
    let error = late.light.finalized().await.unwrap_err();
    assert!(
        matches!(error, Error::Unreachable { .. }) && error.is_retryable(),
        "{error}"
    );
    node.lie(Lie::None);
    let late = light_from(&[&node], trail, LIMITS).await;
    assert!(late.proven(&node).await.number > 3);
}

#[tokio::test]
async fn the_best_block_is_the_last_that_validators_have_sealed() {
    let node = node();
    let authors: Vec<_> = (1..=3).map(|seed| sr25519::Pair::from_seed(&[seed; 32])).collect();
    let public: Vec<_> = authors.iter().map(sr25519::Pair::public).collect();
    let key = storage::Key::<Vec<sr25519::Public>>::raw(storage::item("Aura", "Authorities"));
    node.chain.set(&key, &public);
    let setup = light(&[&node]).await;
    setup.proven(&node).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let head = setup.light.finalized().await.unwrap();
    let header = node.honest(head.number).await;
    let transactions = vec![vec![1u8, 2, 3], vec![4]];
    let sealed = |parent: &Header, slot: u64, author: usize| {
        let mut header = child(parent, 0, Digest::default());
        header.state_root = parent.state_root;
        header.extrinsics_root = extrinsics_roots(&transactions)[0];
        header.digest.push(DigestItem::PreRuntime(*b"aura", slot.encode()));
        let seal = authors[author].sign(header.hash().as_bytes());
        header.digest.push(DigestItem::Seal(*b"aura", seal.encode()));
        header
    };
    let best = || async { setup.light.block(At::Best).await.unwrap() };

    let first = sealed(&header, 30, 0);
    let second = sealed(&first, 31, 1);
    node.show(vec![first.clone(), second.clone()]);
    assert_eq!(best().await, of(&second));
    assert_eq!(setup.light.finalized().await.unwrap(), head);
    let state = setup.light.state(At::Best).await.unwrap();
    assert_eq!(state.organisations().await.unwrap().len(), 5);

    // Not in turn, twice in a slot, on another chain, too far ahead: what comes before counts.
    for (slot, author) in [(31, 0), (30, 0), (29, 2)] {
        node.show(vec![first.clone(), sealed(&first, slot, author)]);
        assert_eq!(best().await, of(&first), "slot {slot}, author {author}");
    }
    let orphan = sealed(&sealed(&node.honest(1).await, 40, 1), 41, 2);
    node.show(vec![orphan]);
    let error = setup.light.block(At::Best).await.unwrap_err();
    assert!(matches!(error, Error::UnknownBlock(_)), "{error}");
    let mut long = vec![first.clone()];
    for slot in 31..60u64 {
        long.push(sealed(&long[long.len() - 1], slot, (slot % 3) as usize));
    }
    node.show(long);
    assert_eq!(best().await, head);

    // Their transactions are those under the root in the header, or none.
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    let body = |header: &Header, transactions: &[Vec<u8>]| {
        let (block, transactions) = (of(header), transactions.to_vec());
        let inner = setup.light.inner.clone();
        async move { inner.check_body(block, &transactions, deadline).await }
    };
    assert!(body(&first, &transactions).await.unwrap());
    let unseen = sealed(&second, 32, 2);
    assert!(!body(&unseen, &transactions).await.unwrap());
    let text = untrusted(body(&first, &transactions[..1]).await, "node-0");
    assert!(text.contains("with 1 transactions"), "{text}");
}

#[tokio::test]
async fn a_silent_node_is_left_for_another() {
    let honest = node();
    let silent = honest.beside();
    silent.lie(Lie::Silence);
    let setup = light(&[&silent, &honest]).await;
    setup.proven(&honest).await;
    // It is not held to be a liar: nodes may be behind.
    honest.lie(Lie::Value);
    silent.lie(Lie::None);
    let state = setup.light.finalized_state().await.unwrap();
    assert_eq!(state.organisations().await.unwrap().len(), 5);
}

#[tokio::test]
async fn changes_of_the_set_are_followed_however_long_ago() {
    let node = node();
    // Of these the light client sees nothing but what it asks for.
    for (size, seed) in [(4, 21), (7, 41), (2, 61)] {
        node.chain.advance(40);
        let next = Set::new(node.sets(), size, seed);
        node.hand_over(next).await;
        node.chain.advance(3);
    }
    for room in [u32::MAX, 20, 5] {
        node.room(room);
        let asked = node.proofs_asked();
        let setup = light(&[&node]).await;
        setup.proven(&node).await;
        assert_eq!(setup.light.watch().borrow().set_id, 3);
        let asked = node.proofs_asked() - asked;
        assert!(
            asked >= 3 && (room < u32::MAX || asked == 3) && asked < 50,
            "{asked} questions"
        );
        // All hand-overs are kept, and lead to where they led before.
        let kept = setup.kept.lock().unwrap().last().cloned().unwrap();
        let trail = Trail::decode(&node.genesis_block().await, &kept).unwrap();
        assert_eq!(trail.checkpoint().set_id, 3);
        let again = light_from(&[&node], trail, LIMITS).await;
        again.proven(&node).await;
    }
    // Replies too short for a step: the node cannot show the change, but has not lied.
    node.room(1);
    let genesis = node.genesis_block().await;
    let short = Limits {
        patience: Duration::from_millis(500),
        ..LIMITS
    };
    let setup = light_from(&[&node], Trail::new(&genesis).unwrap(), short).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    node.chain.advance(1);
    let error = setup.light.finalized().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    // One change while it is followed.
    node.room(u32::MAX);
    let setup = light(&[&node]).await;
    setup.proven(&node).await;
    node.hand_over(Set::new(4, 4, 81)).await;
    setup.proven(&node).await;
    assert_eq!(setup.light.watch().borrow().set_id, 4);
    assert_eq!(
        setup
            .light
            .finalized_state()
            .await
            .unwrap()
            .organisations()
            .await
            .unwrap()
            .len(),
        5
    );
}

#[tokio::test]
async fn a_hand_over_that_is_withheld_or_forged_is_not_believed() {
    let node = node();
    node.hand_over(Set::new(1, 4, 21)).await;
    node.chain.advance(2);
    let usurper = Set::new(1, 4, 99);
    let forged = child(
        &node.honest(node.chain.best().await.unwrap().number).await,
        9,
        Digest::default(),
    );
    node.lie(Lie::Justified(Box::new(forged), usurper, 4));
    let setup = light(&[&node]).await;
    node.chain.advance(1);
    let mut heads = setup.light.watch();
    let problem = heads.wait_for(|finalized| {
        node.chain.advance(1);
        finalized.problem.is_some()
    });
    let problem = tokio::time::timeout(Duration::from_secs(10), problem).await.unwrap();
    assert_eq!(problem.unwrap().head.number, 0);
    untrusted(setup.light.finalized().await, "node-0");
    assert!(setup.kept.lock().unwrap().is_empty());
}
