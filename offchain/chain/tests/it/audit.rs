//! Details for auditors: who has to give them, who reads them, and what is found where they are not true.

use std::{cell::RefCell, time::Duration};

use rand::rngs::OsRng;
use secureflow_chain::{
    audit::{check, open, open_any, seal, Ciphertext, Description, Mismatch, SecretKey},
    fake::FakeChain,
    keys::AccountKey,
    At, Call, Chain, ChainEvent, ChainExt, Error, Submitted, Wait,
};
use secureflow_primitives::{
    audit::{Entry, Kind},
    bounds::MAX_AUDITORS,
    consortium::OrgKeys,
    job::JobSpec,
    JobId, OrgId, SpaceId,
};

use crate::network::{spec, Network};

pub const SPACE: SpaceId = SpaceId(0);

/// An organisation that audits, with its secret.
pub struct Auditor {
    pub account: AccountKey,
    pub org: OrgId,
    pub secret: SecretKey,
}

fn keys(secret: &SecretKey) -> OrgKeys {
    OrgKeys {
        tls_fingerprint: [7; 32],
        signing: [7; 32],
        encryption: *secret.public_key().as_bytes(),
    }
}

/// A network whose space is audited.
pub async fn audited() -> (Network, Auditor) {
    let network = Network::assigned().await;
    let auditor = auditor(&network.chain, "Dave");
    let call = Call::GrantAuditor {
        space: SPACE,
        org: auditor.org,
    };
    network.submit(&network.owners[0], call).await;
    (network, auditor)
}

fn auditor(chain: &FakeChain, name: &str) -> Auditor {
    let account = AccountKey::development(name).unwrap();
    let secret = SecretKey::generate(&mut OsRng);
    let org = chain.add_organisation(name, &account.account(), Some(keys(&secret)), &[]);
    Auditor { account, org, secret }
}

fn propose(rounds: u32) -> Call {
    let spec = JobSpec { rounds, ..spec() };
    Call::ProposeJob { space: SPACE, spec }
}

async fn entry(chain: &FakeChain, done: &Submitted) -> Entry {
    let index = done.find(|event| match event {
        ChainEvent::Appended { index, .. } => Some(*index),
        _ => None,
    });
    let index = index.unwrap();
    let state = chain.state(At::Finalized).await.unwrap();
    state.audit_entries(index..index + 1).await.unwrap().remove(0).1
}

/// What the auditor finds about the entry that a transaction left.
async fn examine(chain: &FakeChain, done: &Submitted, auditor: &Auditor) -> Result<Option<Description>, Mismatch> {
    let entry = entry(chain, done).await;
    let calls = chain.calls(done.block.hash).await.unwrap();
    check(&entry, &calls, |sealed| open(sealed, auditor.org, &auditor.secret))
}

/// Sends the call with a ciphertext of the caller's choice.
async fn send(network: &Network, call: Call, ciphertext: Ciphertext) -> Submitted {
    let (epoch, _) = network
        .chain
        .state(At::Best)
        .await
        .unwrap()
        .audience(SPACE)
        .await
        .unwrap()
        .unwrap();
    let call = Call::Detailed {
        space: SPACE,
        epoch,
        ciphertext,
        call: Box::new(call),
    };
    network.submit(&network.owners[0], call).await
}

#[tokio::test]
async fn what_touches_data_is_told_to_the_auditors() {
    let (network, auditor) = audited().await;
    let (chain, owner) = (&network.chain, &network.owners[0]);
    let refused = chain.submit(owner, propose(2), Wait::default()).await.unwrap_err();
    assert!(refused.is_dispatch("Audit", "DetailsMissing"), "{refused}");

    let done = chain.submit_detailed(owner, propose(3), Wait::default()).await.unwrap();
    let told = examine(chain, &done, &auditor).await.unwrap().unwrap();
    assert_eq!(told.name, "Collaborations.propose_job");
    assert_eq!(told.arguments["spec"]["rounds"], 3);
    assert_eq!(told.arguments["spec"]["purpose"], "credit risk");
    let entry = entry(chain, &done).await;
    assert_eq!((entry.kind, entry.space), (Kind::JobProposed, Some(SPACE)));

    // The worker's commitments and the result are told as well; a call about nobody's space goes as it is.
    let round = chain
        .submit_detailed(&network.worker, network.round(0), Wait::default())
        .await
        .unwrap();
    let told = examine(chain, &round, &auditor).await.unwrap().unwrap();
    assert_eq!(told.arguments["commitment"]["round"], 0);
    let plain = Call::RevokeAuditor {
        space: SPACE,
        org: auditor.org,
    };
    let done = chain
        .submit_detailed(owner, plain.clone(), Wait::default())
        .await
        .unwrap();
    assert_eq!(chain.submitted().last().unwrap().1, plain);
    assert_eq!(examine(chain, &done, &auditor).await.unwrap(), None);
    // Nobody audits any more.
    chain.submit(owner, propose(2), Wait::default()).await.unwrap();
}

#[tokio::test]
async fn a_call_about_a_dataset_can_be_told_with_a_remark() {
    let (network, auditor) = audited().await;
    let (chain, owner) = (&network.chain, &network.owners[0]);
    let state = chain.finalized_state().await.unwrap();
    let (dataset, found) = state.datasets().await.unwrap().remove(0);
    let policy = state.policy(dataset, found.policy).await.unwrap().unwrap();
    let call = Call::SetPolicy { dataset, policy };
    let remark = Some("a price is coming".to_string());
    let done = chain
        .submit_detailed_to(SPACE, owner, call, remark.clone(), Wait::default())
        .await
        .unwrap();
    let told = examine(chain, &done, &auditor).await.unwrap().unwrap();
    assert_eq!((told.name.as_str(), told.remark), ("Policies.set_policy", remark));
}

#[tokio::test]
async fn an_epoch_that_begins_meanwhile_is_sealed_for() {
    let (network, auditor) = audited().await;
    let (chain, owner) = (&network.chain, &network.owners[0]);
    for error in ["StaleEpoch", "DetailsMissing", "NoAuditors"] {
        chain.refuse_next(Error::Dispatch {
            pallet: "Audit".into(),
            error: error.into(),
            docs: String::new(),
        });
        let done = chain.submit_detailed(owner, propose(2), Wait::default()).await.unwrap();
        assert!(examine(chain, &done, &auditor).await.unwrap().is_some());
    }
    // Other refusals are told at once, and this one after more attempts than the chain can let go wrong.
    let stale = || Error::Dispatch {
        pallet: "Audit".into(),
        error: "StaleEpoch".into(),
        docs: String::new(),
    };
    let attempts = MAX_AUDITORS + 3;
    (0..attempts).for_each(|_| chain.refuse_next(stale()));
    let refused = chain
        .submit_detailed(owner, propose(2), Wait::default())
        .await
        .unwrap_err();
    assert!(refused.is_dispatch("Audit", "StaleEpoch"));
    // Giving up works whatever happens to the auditors, in the end without details.
    (1..attempts).for_each(|_| chain.refuse_next(stale()));
    let call = Call::CancelJob { job: JobId(1) };
    let done = chain.submit_detailed(owner, call, Wait::default()).await.unwrap();
    assert_eq!(entry(chain, &done).await.details, None);
}

/// A block that is not final may be made up, and name a key that is no auditor's.
#[tokio::test]
async fn details_are_sealed_for_final_readers_only() {
    let (network, first) = audited().await;
    let (chain, owner) = (&network.chain, &network.owners[0]);
    let second = auditor(chain, "Eve");
    let wait = Wait::best(Duration::from_secs(60));
    chain.hold_finality(true);
    let (space, org) = (SPACE, second.org);
    chain
        .submit(owner, Call::GrantAuditor { space, org }, wait)
        .await
        .unwrap();
    let mut sending = chain.submit_detailed(owner, propose(2), wait);
    // What is sealed for the first one alone is refused, and nothing else is sent before the second one is final.
    let before = chain.submitted().len();
    assert!(futures::poll!(&mut sending).is_pending());
    assert_eq!(chain.submitted().len(), before);
    chain.hold_finality(false);
    let done = sending.await.unwrap();
    for auditor in [&first, &second] {
        assert!(examine(chain, &done, auditor).await.unwrap().is_some());
    }
}

/// The job's space is read at a final block too, and a job that was proposed a moment ago is waited for.
#[tokio::test]
async fn a_job_that_is_not_final_yet_is_waited_for() {
    let (network, auditor) = audited().await;
    let (chain, owner) = (&network.chain, &network.owners[0]);
    let wait = Wait::best(Duration::from_secs(60));
    chain.hold_finality(true);
    let proposed = chain.submit_detailed(owner, propose(2), wait).await.unwrap();
    let job = proposed.find(|event| match event {
        ChainEvent::JobProposed { job, .. } => Some(*job),
        _ => None,
    });
    let mut sending = chain.submit_detailed(owner, Call::CancelJob { job: job.unwrap() }, wait);
    assert!(futures::poll!(&mut sending).is_pending());
    chain.hold_finality(false);
    let done = sending.await.unwrap();
    assert!(examine(chain, &done, &auditor).await.unwrap().is_some());
}

#[tokio::test]
async fn a_dismissed_auditor_reads_nothing_newer() {
    let (network, first) = audited().await;
    let (chain, owner) = (&network.chain, &network.owners[0]);
    let second = auditor(chain, "Eve");
    let grant = Call::GrantAuditor {
        space: SPACE,
        org: second.org,
    };
    network.submit(owner, grant).await;
    let before = chain.submit_detailed(owner, propose(2), Wait::default()).await.unwrap();
    let dismiss = Call::RevokeAuditor {
        space: SPACE,
        org: first.org,
    };
    network.submit(owner, dismiss).await;
    let after = chain.submit_detailed(owner, propose(2), Wait::default()).await.unwrap();
    assert!(examine(chain, &before, &first).await.is_ok());
    assert!(examine(chain, &before, &second).await.is_ok());
    assert!(matches!(examine(chain, &after, &first).await, Err(Mismatch::Sealed(_))));
    assert!(examine(chain, &after, &second).await.is_ok());
    // What was sealed for the epoch before is refused.
    let call = Call::Detailed {
        space: SPACE,
        epoch: secureflow_primitives::Epoch(2),
        ciphertext: vec![1].try_into().unwrap(),
        call: Box::new(propose(2)),
    };
    let refused = chain.submit(owner, call, Wait::default()).await.unwrap_err();
    assert!(refused.is_dispatch("Audit", "StaleEpoch"));
}

#[tokio::test]
async fn a_rotated_key_opens_the_new_and_the_kept_one_the_old() {
    let (network, auditor) = audited().await;
    let (chain, owner) = (&network.chain, &network.owners[0]);
    let before = chain.submit_detailed(owner, propose(2), Wait::default()).await.unwrap();
    let fresh = SecretKey::generate(&mut OsRng);
    let call = Call::SetKeys { keys: keys(&fresh) };
    network.submit(&auditor.account, call).await;
    network.submit(owner, Call::RotateEpoch { space: SPACE }).await;
    let after = chain.submit_detailed(owner, propose(2), Wait::default()).await.unwrap();
    let secrets = [fresh, auditor.secret];
    for (done, [with, without]) in [(before, [1, 0]), (after, [0, 1])] {
        let sealed = entry(chain, &done).await.details.unwrap().ciphertext;
        assert!(open(&sealed, auditor.org, &secrets[with]).is_ok());
        assert!(open(&sealed, auditor.org, &secrets[without]).is_err());
        assert!(open_any(&sealed, auditor.org, &secrets).is_ok());
    }
}

#[tokio::test]
async fn details_that_are_not_true_are_found() {
    let (network, auditor) = audited().await;
    let chain = &network.chain;
    let roster = [(auditor.org, *auditor.secret.public_key().as_bytes())];
    let hash = chain.call_hash(&propose(2)).await.unwrap();
    let describe = |call: &Call| Description::new(call, hash, None).unwrap();

    // The right commitment, and another figure than the call's.
    let done = send(&network, propose(2), describe(&propose(3)).seal(&roster).unwrap()).await;
    assert_eq!(
        examine(chain, &done, &auditor).await,
        Err(Mismatch::Argument {
            field: "spec.rounds".into(),
            told: "3".into(),
            made: "2".into()
        })
    );
    // The right commitment, and another call.
    let done = send(
        &network,
        propose(2),
        describe(&Call::Settle { job: JobId(0) }).seal(&roster).unwrap(),
    )
    .await;
    let found = examine(chain, &done, &auditor).await;
    assert!(matches!(found, Err(Mismatch::Name { .. })), "{found:?}");
    // Details of another call, copied from its entry.
    let honest = chain
        .submit_detailed(&network.owners[0], propose(3), Wait::default())
        .await
        .unwrap();
    let copied = entry(chain, &honest).await.details.unwrap().ciphertext;
    let done = send(&network, propose(2), copied).await;
    let found = examine(chain, &done, &auditor).await;
    assert!(matches!(found, Err(Mismatch::OtherCall { .. })), "{found:?}");
    // Something else than a description.
    let done = send(&network, propose(2), seal(&roster, b"nothing to see").unwrap()).await;
    let found = examine(chain, &done, &auditor).await;
    assert!(matches!(found, Err(Mismatch::NoDescription(_))), "{found:?}");
    // What only others can open, and what nobody can.
    let stranger = *SecretKey::generate(&mut OsRng).public_key().as_bytes();
    let elsewhere = describe(&propose(2)).seal(&[(auditor.org, stranger)]).unwrap();
    for ciphertext in [elsewhere, vec![1; 40].try_into().unwrap()] {
        let done = send(&network, propose(2), ciphertext).await;
        let found = examine(chain, &done, &auditor).await;
        assert!(matches!(found, Err(Mismatch::Sealed(_))), "{found:?}");
    }
}

/// A node that shows an auditor other calls than the block holds.
#[tokio::test]
async fn an_entry_without_its_call_is_found() {
    let (network, auditor) = audited().await;
    let chain = &network.chain;
    let done = chain
        .submit_detailed(&network.owners[0], propose(2), Wait::default())
        .await
        .unwrap();
    let honest = entry(chain, &done).await;
    let calls = chain.calls(done.block.hash).await.unwrap();
    let opened = RefCell::new(0);
    let look = |entry: &Entry, calls: &[_]| {
        check(entry, calls, |sealed| {
            *opened.borrow_mut() += 1;
            open(sealed, auditor.org, &auditor.secret)
        })
    };
    assert!(look(&honest, &calls).is_ok());
    let missing = Err(Mismatch::NoSuchCall { block: honest.block });
    assert_eq!(look(&honest, &[]), missing);
    let mut other = honest.clone();
    other.actor = Some(auditor.account.account());
    assert_eq!(look(&other, &calls), missing);
    let mut other = honest.clone();
    other.details.as_mut().unwrap().ciphertext[30] ^= 1;
    assert_eq!(look(&other, &calls), missing);
    let mut other = honest.clone();
    other.details.as_mut().unwrap().call = None;
    assert!(matches!(look(&other, &calls), Err(Mismatch::Hash { .. })));
    assert_eq!(*opened.borrow(), 1);
}

#[test]
fn what_is_long_is_told_by_its_hash() {
    let plan = |byte| {
        let spec = JobSpec {
            plan: vec![byte; 16 * 1024].try_into().unwrap(),
            ..spec()
        };
        Call::ProposeJob { space: SPACE, spec }
    };
    let told = Description::new(&plan(1), Default::default(), Some("x".repeat(254))).unwrap();
    assert!(told.arguments["spec"]["plan"]["blake2_256"].is_string());
    assert_eq!(told.arguments["spec"]["rounds"], 2);
    let roster: Vec<_> = (0..8).map(|org| (OrgId(org), [9; 32])).collect();
    told.seal(&roster).unwrap();
    let other = Description::new(&plan(2), Default::default(), None).unwrap();
    assert_ne!(told.arguments, other.arguments);
    assert!(Description::new(&plan(1), Default::default(), Some("\u{1}".repeat(50))).is_err());
}
