//! Organisations that come, name validators and go.

use secureflow_chain::{fake::FakeChain, keys::AccountKey, Call, Chain, ChainEvent, ChainExt, Error, Wait};
use secureflow_primitives::{
    consortium::{NodeId, NodeList, OrgStatus},
    OrgId, H256,
};

fn key(name: &str) -> AccountKey {
    AccountKey::development(name).expect("it is well known")
}

#[track_caller]
fn refused(result: Result<secureflow_chain::Submitted, Error>, name: &str) {
    match result {
        Err(error) if error.is_dispatch("Consortium", name) => {}
        other => panic!("{name} expected, {other:?} found"),
    }
}

#[tokio::test]
async fn a_removed_organisation_leaves_its_record_only() {
    let chain = FakeChain::new();
    let [bank, insurer, node] = ["Alice", "Bob", "Charlie"].map(key);
    let first = chain.add_organisation("bank", &bank.account(), None, &[node.account()]);
    chain.add_organisation("insurer", &insurer.account(), None, &[]);
    let wait = Wait::default();
    let name = |accounts: Vec<_>| Call::NameValidators {
        validators: accounts.try_into().unwrap(),
    };
    refused(chain.submit(&node, name(vec![node.account()]), wait).await, "NotOwner");
    refused(
        chain.submit(&bank, name(vec![insurer.account()]), wait).await,
        "ForeignValidator",
    );
    let done = chain.submit(&bank, name(vec![node.account()]), wait).await.unwrap();
    assert_eq!(
        done.events,
        [ChainEvent::ValidatorsNamed {
            org: first,
            validators: vec![node.account()]
        }]
    );
    chain
        .submit(&insurer, name(vec![insurer.account()]), wait)
        .await
        .unwrap();
    let state = chain.finalized_state().await.unwrap();
    assert_eq!(state.validators().await.unwrap(), [node.account(), insurer.account()]);

    chain
        .submit(&insurer, Call::Suspend { org: first }, wait)
        .await
        .unwrap();
    refused(chain.submit(&bank, name(vec![]), wait).await, "NotOwner");
    chain.submit(&insurer, Call::Remove { org: first }, wait).await.unwrap();
    refused(
        chain.submit(&insurer, Call::Reinstate { org: first }, wait).await,
        "AlreadyRemoved",
    );
    let state = chain.finalized_state().await.unwrap();
    assert_eq!(state.validators().await.unwrap(), [insurer.account()]);
    assert_eq!(state.org_of(&bank.account()).await.unwrap(), None);
    assert_eq!(state.org_of(&node.account()).await.unwrap(), None);
    let record = state.organisation(first).await.unwrap().unwrap();
    assert_eq!((record.status, record.keys), (OrgStatus::Removed, None));
    assert_eq!(state.org_of(&insurer.account()).await.unwrap(), Some(OrgId(1)));
}

#[tokio::test]
async fn an_authorised_upgrade_can_be_read() {
    let chain = FakeChain::new();
    let code_hash = H256::repeat_byte(7);
    assert_eq!(
        chain
            .finalized_state()
            .await
            .unwrap()
            .authorized_upgrade()
            .await
            .unwrap(),
        None
    );
    let call = Call::AuthorizeUpgrade { code_hash };
    chain.submit(&key("Alice"), call, Wait::default()).await.unwrap();
    let state = chain.finalized_state().await.unwrap();
    assert_eq!(state.authorized_upgrade().await.unwrap(), Some(code_hash));
}

#[tokio::test]
async fn named_nodes_can_be_read() {
    let chain = FakeChain::new();
    let [bank, insurer] = ["Alice", "Bob"].map(key);
    let first = chain.add_organisation("bank", &bank.account(), None, &[]);
    chain.add_organisation("insurer", &insurer.account(), None, &[]);
    let wait = Wait::default();
    let nodes = NodeList::try_from(vec![NodeId::of_key(&[7; 32])]).unwrap();
    let call = |nodes: &NodeList| Call::NameNodes { nodes: nodes.clone() };
    refused(chain.submit(&key("Charlie"), call(&nodes), wait).await, "NotOwner");
    let done = chain.submit(&bank, call(&nodes), wait).await.unwrap();
    let event = ChainEvent::NodesNamed {
        org: first,
        nodes: nodes.clone(),
    };
    assert_eq!(done.events, [event]);
    let named = |chain: FakeChain| async move { chain.finalized_state().await.unwrap().nodes().await.unwrap() };
    assert_eq!(named(chain.clone()).await, [(first, nodes.clone())]);
    chain.submit(&insurer, Call::Remove { org: first }, wait).await.unwrap();
    assert!(named(chain.clone()).await.is_empty());
    chain.submit(&insurer, call(&nodes), wait).await.unwrap();
    chain.submit(&insurer, call(&NodeList::default()), wait).await.unwrap();
    assert!(named(chain).await.is_empty());
}
