//! A light client among honest nodes and liars: every lie is caught, nothing is stored of it, and the next node is asked.

use std::time::Duration;

use secureflow_primitives::{JobId, OrgId};

use super::{
    node::Lie,
    setup::{light, light_from, node, set, untrusted, LIMITS},
    *,
};
use crate::{
    chain::{At, Chain, ChainExt},
    keys::AccountKey,
    light::Trail,
    storage, Error,
};

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
    let problem = heads.wait_for(|finalized| finalized.given_up);
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
