//! The members vote for another runtime and bring it while a job is running: the chain goes on across the migration, and so
//! do agents, worker and command line.

use crate::{members::decide, network as bring_up, Folder};
use anyhow::{Context, Result};
use codec::Decode;
use secureflow_chain::storage;
use secureflow_primitives::{bounds::Name, consortium::Organisation, OrgId};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use xtask::{
    demo,
    network::SUPERVISOR,
    next_runtime,
    rpc::{bytes, hex, wait, Rpc},
};

const PATIENCE: Duration = Duration::from_secs(60);
const VALIDATORS: usize = 4;

#[test]
fn a_network_upgrades_its_runtime_in_the_middle_of_a_job() {
    let folder = Folder::new("upgrade");
    let programs = xtask::binaries::Binaries::find().expect("built").cli;
    let code = next_runtime::build(programs.parent().expect("a folder")).expect("the next runtime");
    let code = code.to_string_lossy().into_owned();
    let upgrade = ["org", "upgrade-runtime", &code];

    let mut network = bring_up(&folder);
    let nodes: Vec<_> = (0..VALIDATORS)
        .map(|at| Rpc::new(&network.rpc(at).expect("an address")))
        .collect();
    let prepared = demo::prepare(&network, 1).expect("data, policies and a space");
    assert_eq!(decide(&network, &upgrade), "passed");
    let job = demo::agree_on_job(&network, prepared.space, &prepared.template).expect("approved");
    demo::wait_for_step(&network, job, 2).expect("the job runs");

    let before = nodes[0].finalised().expect("it answers");
    let old = Consortium::read(&nodes[0], &before.hash).expect("the state");
    assert_eq!((old.version, old.by_name.len()), (1, 0));
    let upgraded = network.as_org("insurer", &upgrade).expect("any member brings the code");
    assert_eq!(upgraded["outcome"], "upgraded");

    // The code is in the state at once, and the next block runs it, its migration first.
    for node in &nodes {
        let follows = || Ok((node.spec_version()? == 2).then_some(()));
        wait("the new runtime on every validator", PATIENCE, follows).expect("upgraded");
        let target = node.best().expect("it answers").number + 3;
        node.wait_finalised(target, PATIENCE).expect("finality goes on");
    }
    let after = nodes[0].finalised().expect("it answers");
    let new = Consortium::read(&nodes[0], &after.hash).expect("the state");
    assert_eq!(new.version, 2);
    assert_eq!(new.organisations, old.organisations);
    let expected: BTreeMap<_, _> = old
        .organisations
        .iter()
        .map(|(id, it)| (it.name.clone(), *id))
        .collect();
    assert_eq!(expected.len(), 4);
    assert_eq!(new.by_name, expected);
    for node in &nodes {
        node.wait_finalised(after.number, PATIENCE).expect("it follows");
        assert_eq!(node.hash(after.number).expect("it answers").as_ref(), Some(&after.hash));
    }

    // The job that began under the old runtime ends, is paid and verified under the new one.
    demo::watch(&mut network, job, None).expect("the job ends well");
    demo::settle_and_verify(&network, job).expect("settled and verified");
    let log = network
        .as_org(SUPERVISOR, &["audit", "list", "--job", &job.to_string()])
        .expect("the log");
    let entries = log["entries"].as_array().expect("entries");
    let completed = entries
        .iter()
        .find(|entry| entry["kind"] == "JobCompleted")
        .expect("an entry");
    assert!(
        completed["block"].as_u64() > upgraded["block"].as_u64(),
        "{completed} before {upgraded}"
    );
    // It ran once: a later block finds nothing to migrate.
    let last = nodes[1].finalised().expect("it answers");
    assert_eq!(Consortium::read(&nodes[1], &last.hash).expect("the state"), new);
}

/// What the migration is about: the pallet's storage version, its organisations, and the index that the new version has.
#[derive(Debug, PartialEq)]
struct Consortium {
    version: u16,
    organisations: BTreeMap<OrgId, Organisation>,
    by_name: BTreeMap<Name, OrgId>,
}

impl Consortium {
    fn read(node: &Rpc, block: &str) -> Result<Self> {
        let version = node.storage(&storage::item("Consortium", ":__STORAGE_VERSION__:"), block)?;
        Ok(Self {
            version: u16::decode(&mut version.context("a version")?.as_slice())?,
            organisations: entries(node, "Organisations", block)?,
            by_name: entries(node, "ByName", block)?,
        })
    }
}

/// A map of the pallet's whose hasher keeps the key (sixteen bytes of hash before it).
fn entries<K: Decode + Ord, V: Decode>(node: &Rpc, item: &str, block: &str) -> Result<BTreeMap<K, V>> {
    let prefix = storage::item("Consortium", item);
    let keys = node.call("state_getKeysPaged", json!([hex(&prefix), 1000, null, block]))?;
    let keys = keys.as_array().context("keys")?;
    let entry = |key: &serde_json::Value| {
        let key = bytes(key)?;
        let value = node.storage(&key, block)?.context("the key has a value")?;
        Ok((
            K::decode(&mut &key[prefix.len() + 16..])?,
            V::decode(&mut value.as_slice())?,
        ))
    };
    keys.iter().map(entry).collect()
}
