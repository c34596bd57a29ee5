//! A job's export and what it notices.

use secureflow_chain::{
    export::{export, ExportError, StateExport},
    storage, At,
};
use secureflow_primitives::{DatasetId, JobId, OrgId, PolicyVersion, Round};

use crate::network::{Network, STEPS};

async fn exported() -> StateExport {
    let network = Network::assigned().await;
    network.complete().await;
    export(&network.chain, JobId(0), At::Finalized).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_export_holds_what_a_check_needs() {
    let bytes = exported().await.encode();
    let state = StateExport::decode(&bytes).unwrap().verify().unwrap();
    let job = state.get(&storage::job(JobId(0))).unwrap().unwrap();
    let spec = state.get(&storage::spec(JobId(0))).unwrap().unwrap();
    assert_eq!(spec.hash(), job.spec_hash);
    assert_eq!(state.entries(&storage::rounds(JobId(0))).unwrap().len(), STEPS as usize);
    assert_eq!(state.get(&storage::round(JobId(0), Round(STEPS))).unwrap(), None);
    assert!(state.get(&storage::result(JobId(0))).unwrap().is_some());
    assert!(state
        .get(&storage::worker(job.worker.as_ref().unwrap()))
        .unwrap()
        .is_some());
    assert!(state.get(&storage::organisation(OrgId(1))).unwrap().is_some());
    assert!(state
        .get(&storage::policy(DatasetId(1), PolicyVersion(1)))
        .unwrap()
        .is_some());
    assert!(state.get(&storage::settlement(JobId(0))).unwrap().is_none());
    // The export says nothing of what was not asked.
    assert!(state.get(&storage::job(JobId(1))).is_err());
}

#[tokio::test]
async fn there_is_no_export_of_no_job() {
    let network = Network::assigned().await;
    assert!(export(&network.chain, JobId(1), At::Finalized).await.unwrap().is_none());
}

#[tokio::test]
async fn every_changed_byte_is_noticed() {
    let bytes = exported().await.encode();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x11;
        assert!(StateExport::decode(&changed).is_err(), "byte {at} of {}", bytes.len());
    }
    assert!(StateExport::decode(&bytes[..bytes.len() - 1]).is_err());
    assert!(StateExport::decode(&[&bytes[..], &[0]].concat()).is_err());
    assert!(StateExport::decode(&[]).is_err());
}

/// What a forger can do who writes the checksum anew.
#[tokio::test]
async fn no_value_header_or_node_can_be_forged() {
    let export = exported().await;
    let check = |change: &dyn Fn(&mut StateExport), what: String| {
        let mut forged = export.clone();
        change(&mut forged);
        match StateExport::decode(&forged.encode()) {
            Ok(read) => assert!(read.verify().is_err(), "{what}"),
            // Two nodes may have become the same.
            Err(error) => assert!(matches!(error, ExportError::Order), "{what}: {error}"),
        }
    };
    for at in 0..export.header.len() {
        check(
            &|forged: &mut StateExport| forged.header[at] ^= 1,
            format!("header byte {at}"),
        );
    }
    for (key, value) in &export.values {
        let other: Vec<u8> = match value {
            Some(value) => value.iter().copied().chain([0]).collect(),
            None => vec![1],
        };
        let change = |forged: &mut StateExport| {
            forged.values.insert(key.clone(), Some(other.clone()));
        };
        check(&change, hex::encode(key));
    }
    for node in 0..export.proof.len() {
        let change = |forged: &mut StateExport| {
            forged.proof[node][0] ^= 1;
            forged.proof.sort();
        };
        check(&change, format!("node {node}"));
    }
    check(&|forged: &mut StateExport| forged.genesis.0[0] ^= 1, "genesis".into());
    check(&|forged: &mut StateExport| forged.block.0[0] ^= 1, "block".into());
}

#[tokio::test]
async fn silence_is_not_absence() {
    let mut silent = exported().await;
    let settlement = storage::settlement(JobId(0));
    assert_eq!(silent.values.remove(settlement.bytes()), Some(None));
    if let Ok(state) = silent.verify() {
        assert!(state.get(&settlement).is_err());
    }
}

#[tokio::test]
async fn surplus_in_the_proof_is_refused() {
    let mut changed = exported().await;
    changed.proof.push(vec![0xff; 40]);
    changed.proof.sort();
    assert!(matches!(changed.verify(), Err(ExportError::Surplus)));
}

#[tokio::test]
async fn a_value_that_is_left_out_is_noticed() {
    let export = exported().await;
    let key = storage::result(JobId(0)).into_bytes();
    let mut absent = export.clone();
    absent.values.insert(key.clone(), None);
    assert!(matches!(absent.verify(), Err(ExportError::Value(_))));
    let mut silent = export;
    silent.values.remove(&key);
    assert!(matches!(silent.verify(), Err(ExportError::Surplus)));
}
