use crate::{network as bring_up, Folder};
use serde_json::Value;
use std::thread;
use xtask::{
    demo::{self, Fault, Victim},
    network::{Network, SUPERVISOR},
};

/// One network, three jobs; in each a process is killed in the middle of a round. Nothing on chain is lost or doubled.
#[test]
fn jobs_survive_kill_nine_of_every_process() {
    let folder = Folder::new("faults");
    let mut network = bring_up(&folder);
    let prepared = demo::prepare(&network, 3).expect("data, policies and a space");
    for victim in [Victim::Agent, Victim::Worker, Victim::Validator] {
        let job = demo::agree_on_job(&network, prepared.space, &prepared.template).expect("approved");
        let result = demo::watch(&mut network, job, Some(Fault::Kill(victim))).expect("the job ends well");
        assert!(
            result["auc"].as_f64().is_some_and(|auc| auc > 0.6),
            "{victim:?}: {result}"
        );
        let shown = network
            .as_org("bank", &["job", "show", &job.to_string()])
            .expect("shown");
        every_step_once(&network, job, &shown);
        // The escrow pays for one job only; the others stay unsettled.
        if victim == Victim::Agent {
            paid_once(&network, job);
            demo::verify(&network, job).expect("verified");
        }
    }
    // The validator that was away has caught up: its own chain knows all three jobs as completed.
    for job in 0..3u32 {
        let shown = network
            .as_org("financier", &["job", "show", &job.to_string()])
            .expect("shown");
        assert_eq!(shown["phase"], "completed");
    }
}

/// Everybody settles at the same time, each through another validator, and then everybody claims: one of them does, and the
/// points move once.
fn paid_once(network: &Network, job: u32) {
    let job = job.to_string();
    let names = ["bank", "financier", "insurer", SUPERVISOR];
    let once = |args: &[&str]| {
        let done = thread::scope(|scope| {
            let all = names.map(|name| scope.spawn(move || network.as_org(name, args).is_ok()));
            all.map(|one| one.join().expect("no panic"))
        });
        assert_eq!(
            done.iter().filter(|done| **done).count(),
            1,
            "{args:?}: {names:?} {done:?}"
        );
        assert!(network.as_org("bank", args).is_err(), "{args:?} worked twice");
    };
    once(&["job", "settle", &job]);
    once(&["job", "claim", &job, "--wait", "60"]);
    let log = network.as_org(SUPERVISOR, &["audit", "list", "--job", &job]);
    let log = log.expect("the log");
    let entries = log["entries"].as_array().expect("entries");
    for kind in ["Settled", "PayoutClaimed"] {
        let count = entries.iter().filter(|entry| entry["kind"] == kind).count();
        assert_eq!(count, 1, "{kind} in {log}");
    }
}

/// The chain has each step's commitment once, in its state and in its log.
fn every_step_once(network: &Network, job: u32, shown: &Value) {
    let rounds = shown["rounds"].as_u64().expect("rounds");
    assert_eq!(shown["steps_done"].as_u64(), Some(rounds + 3), "{shown}");
    assert_eq!(shown["steps_total"].as_u64(), Some(rounds + 3), "{shown}");
    let log = network
        .as_org(SUPERVISOR, &["audit", "list", "--job", &job.to_string()])
        .expect("the log");
    let entries = log["entries"].as_array().expect("entries");
    let count = |kind: &str| entries.iter().filter(|entry| entry["kind"] == kind).count() as u64;
    assert_eq!(count("RoundCommitted"), rounds + 3, "{log}");
    assert_eq!(count("JobCompleted"), 1, "{log}");
    // The supervisor audits, and reads what agents and worker have encrypted to it.
    assert!(
        entries
            .iter()
            .any(|entry| entry["encrypted"] == true && !entry["note"].is_null()),
        "{log}"
    );
    the_log_is_true_and_proven(network, job, entries);
}

/// What the supervisor was told matches what was done, and an entry is proven without a node.
fn the_log_is_true_and_proven(network: &Network, job: u32, entries: &[Value]) {
    let checked = network
        .as_org(SUPERVISOR, &["audit", "check", "--job", &job.to_string()])
        .expect("the details match");
    assert_eq!(
        (&checked["mismatching"], &checked["closed"]),
        (&0.into(), &0.into()),
        "{checked}"
    );
    // Proposal, approvals, assignment, every step and the result at the least.
    let steps = entries.iter().filter(|entry| entry["kind"] == "RoundCommitted").count() as u64;
    assert!(checked["matching"].as_u64() > Some(steps + 4), "{checked}");

    let index = entries.last().expect("an entry")["index"].to_string();
    let file = std::env::temp_dir().join(format!("audit-proof-{}-{job}.json", std::process::id()));
    let file = file.to_str().expect("plain");
    let proof = network
        .as_org(SUPERVISOR, &["audit", "proof", &index, "--out", file])
        .expect("a proof");
    let hash = proof["block_hash"].as_str().expect("a hash");
    let genesis = proof["genesis"].as_str().expect("a hash");
    let script = xtask::checks::root().join("scripts/audit-proof.py");
    let run = |block: &str| {
        std::process::Command::new("python3")
            .arg(&script)
            .args([file, block, "--genesis", genesis])
            .output()
            .expect("python3 is installed")
    };
    let convinced = run(hash);
    assert!(
        convinced.status.success(),
        "{}",
        String::from_utf8_lossy(&convinced.stderr)
    );
    assert_eq!(run(genesis).status.code(), Some(1));
    std::fs::remove_file(file).expect("it was written");
}
