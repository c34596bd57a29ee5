//! A light client as time goes by: sets that change, nodes that are silent or stay behind.

use std::time::Duration;

use super::{
    node::Lie,
    setup::{light, light_from, node, set, untrusted, LIMITS},
    *,
};
use crate::{
    chain::{Chain, ChainExt},
    light::{Limits, Trail},
    Error,
};

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
