//! Four validators under load, and what may happen to them: killed, cut off, two at once, one that votes twice. Nothing that
//! was accepted is lost or counted twice, nothing is final that should not be, and finality comes back.

use crate::{load::Load, shell, Folder};
use codec::Decode;
use secureflow_chain::{storage, ChainExt, Client};
use secureflow_primitives::{
    audit::{Kind, Subject},
    OrgId,
};
use std::{thread::sleep, time::Duration};
use xtask::{
    network::Network,
    rpc::{wait, Block, Rpc},
};

/// For what takes blocks on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

struct Validators {
    network: Network,
    nodes: Vec<Rpc>,
}

impl Validators {
    fn finalised(&self, at: usize) -> Block {
        self.nodes[at].finalised().expect("it answers")
    }

    /// Waits until these have finalised so many blocks more than the foremost of them has now, all the same ones.
    fn go_on(&self, which: &[usize], blocks: u32) -> Block {
        let heads = which.iter().map(|at| self.finalised(*at).number);
        let target = heads.max().expect("there are some") + blocks;
        for at in which {
            self.nodes[*at]
                .wait_finalised(target, PATIENCE)
                .expect("finality goes on");
        }
        let hashes: Vec<_> = which
            .iter()
            .map(|at| self.nodes[*at].hash(target).expect("it answers"))
            .collect();
        assert!(
            hashes.windows(2).all(|pair| pair[0] == pair[1]),
            "block {target}: {hashes:?}"
        );
        Block {
            number: target,
            hash: hashes[0].clone().expect("a finalised block"),
        }
    }

    fn wait_peers(&self, at: usize, peers: u64) {
        let has = || Ok((self.nodes[at].peers()? == peers).then_some(()));
        wait(&format!("validator {at} to have {peers} peers"), PATIENCE, has).expect("its peers");
    }
}

#[test]
fn no_fault_loses_or_doubles_what_was_accepted() {
    let folder = Folder::new("consensus");
    let owners = ["bank", "financier", "insurer"].map(str::to_owned);
    let network = Network::create_linked(&folder.0, &owners, shell(&folder)).expect("the network comes up");
    let nodes: Vec<_> = (0..4)
        .map(|at| Rpc::new(&network.rpc(at).expect("an address")))
        .collect();
    let mut validators = Validators { network, nodes };
    validators.go_on(&[0, 1, 2, 3], 2);
    let mut load = Load::start(&validators.network).expect("load");

    one_is_killed(&mut validators);
    one_is_cut_off(&validators, &load);
    two_are_killed(&mut validators);
    one_votes_twice(&mut validators);

    let accepted = load.finish().expect("everything that was sent was accepted");
    let last = validators.go_on(&[0, 1, 2, 3], 2);
    for node in &validators.nodes {
        load.verify(&accepted, node, last.number)
            .expect("one chain with everything in it once");
    }
    println!("{} payments accepted in {} blocks", accepted.len(), last.number);
    assert!(accepted.len() > 100, "{} payments are no load", accepted.len());
}

fn one_is_killed(validators: &mut Validators) {
    println!("\none of four is killed");
    validators.network.validators[1].kill().expect("killed");
    validators.go_on(&[0, 2, 3], 10);
    validators.network.restart_validator(1).expect("it starts again");
    validators.go_on(&[0, 1, 2, 3], 3);
}

/// An isolated validator finalises nothing: the others are the majority, and it cannot know that they go on.
fn one_is_cut_off(validators: &Validators, load: &Load) {
    println!("\none of four is cut off");
    let links = validators.network.links().expect("links");
    links.cut(2);
    validators.wait_peers(2, 0);
    // What it had been told before may still become final.
    sleep(Duration::from_secs(2));
    let stopped = validators.finalised(2);
    validators.go_on(&[0, 1, 3], 20);
    assert_eq!(validators.finalised(2), stopped);
    assert_eq!(validators.nodes[2].peers().expect("it answers"), 0);
    // Nor does it tell its client that a payment is final.
    assert!(load.final_until(2) <= stopped.number);
    links.join(2);
    validators.go_on(&[0, 1, 2, 3], 3);
    wait("its clients to go on", PATIENCE, || {
        Ok((load.final_until(2) > stopped.number).then_some(()))
    })
    .expect("payments");
}

/// Two of four are no majority: blocks come, and none becomes final until the others are back.
fn two_are_killed(validators: &mut Validators) {
    println!("\ntwo of four are killed");
    for at in [0, 3] {
        validators.network.validators[at].kill().expect("killed");
    }
    // What the four had voted on may still become final.
    sleep(Duration::from_secs(4));
    let stopped = [1, 2].map(|at| validators.finalised(at));
    let best = validators.nodes[1].best().expect("it answers").number;
    let grows = || Ok((validators.nodes[1].best()?.number >= best + 5).then_some(()));
    wait("blocks of the two that are left", PATIENCE, grows).expect("blocks");
    assert_eq!([1, 2].map(|at| validators.finalised(at)), stopped);
    for at in [0, 3] {
        validators.network.restart_validator(at).expect("it starts again");
    }
    validators.go_on(&[0, 1, 2, 3], 3);
    for (at, block) in [1, 2].into_iter().zip(stopped) {
        assert_eq!(
            validators.nodes[at].hash(block.number).expect("it answers"),
            Some(block.hash)
        );
    }
}

/// Two nodes run with the keys of one validator. Each makes a block of its own where it is their turn, and votes for it.
fn one_votes_twice(validators: &mut Validators) {
    println!("\none of four runs twice");
    let (mut twin, info) = validators.network.start_twin().expect("a second node with its keys");
    let address = info.rpc.expect("its address");
    let twin_rpc = Rpc::new(&address);
    twin_rpc
        .wait_finalised(1, PATIENCE)
        .expect("the twin follows the chain");
    let disabled = || {
        let (key, block) = (storage::item("Session", "DisabledValidators"), validators.finalised(1));
        let list = validators.nodes[1]
            .storage(&key, &block.hash)?
            .unwrap_or_else(|| vec![0]);
        // Index and severity (parts in a billion).
        let list = Vec::<(u32, u32)>::decode(&mut list.as_slice())?;
        Ok((!list.is_empty()).then_some(list))
    };
    let found = wait("the double votes to be reported", PATIENCE, disabled).expect("a report");
    let indices: Vec<_> = found.iter().map(|(index, _)| *index).collect();
    assert_eq!(indices, [0], "only the validator that voted twice is disabled");
    // The log names its organisation.
    let url = validators.network.rpc(1).expect("an address");
    let noted = wait("the log to say so", PATIENCE, || noted(&url)).expect("an entry");
    assert_eq!(noted, OrgId(0));

    // Its nodes are stopped, and the others go on without it.
    twin.kill().expect("killed");
    validators.network.validators[0].kill().expect("killed");
    validators.go_on(&[1, 2, 3], 5);
    validators.network.restart_validator(0).expect("it starts again, alone");
    validators.go_on(&[0, 1, 2, 3], 3);
}

/// The organisation whose validator has equivocated, as the finalised log says.
fn noted(url: &str) -> anyhow::Result<Option<OrgId>> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let client = Client::connect(url, PATIENCE).await?;
        let state = client.finalized_state().await?;
        let entries = state.audit_entries(0..state.audit_count().await?).await?;
        let named = entries.into_iter().find_map(|(_, entry)| match entry.subject {
            Subject::Organisation(org) if entry.kind == Kind::ValidatorEquivocated => Some(org),
            _ => None,
        });
        Ok(named)
    })
}
