use crate::Folder;
use std::fs;
use xtask::{
    binaries::Binaries,
    demo::{self, Options},
    shell::Shell,
};

#[test]
fn it_keeps_its_promises() {
    let folder = Folder::new("demonstration");
    let json = folder.0.join("summary.json");
    let summary = demo::run(&Options {
        dir: Some(folder.0.clone()),
        json: Some(json.clone()),
        seed: 1,
        ..Options::default()
    })
    .expect("the demonstration ends well");

    assert_eq!(summary.job.phase, "completed");
    let solo = summary.auc.solo.iter().sum::<f64>() / summary.auc.solo.len() as f64;
    assert!(
        summary.auc.joint > solo,
        "joint {} against solo {solo}",
        summary.auc.joint
    );
    assert!(
        (summary.auc.joint - summary.auc.pooled).abs() <= 0.02,
        "{:?}",
        summary.auc
    );
    assert_eq!(summary.payouts.values().sum::<u64>(), 900);
    assert_eq!(summary.escrow, 100);
    assert_eq!(summary.payouts.len(), 3);
    assert_eq!(summary.bytes_per_party.len(), 3);
    assert!(summary.bytes_per_party.values().all(|b| *b > 10_000));
    assert!(summary.trust_label.contains("SIMULATED"), "{}", summary.trust_label);
    assert!(summary.finalized_block > 0 && summary.best_block >= summary.finalized_block);
    let written: serde_json::Value = serde_json::from_slice(&fs::read(json).expect("written")).expect("JSON");
    assert_eq!(written["job"]["phase"], "completed");

    every_changed_byte_is_found(&folder, &summary);
}

/// Changes one byte in the middle of each artefact in turn: verification fails and names the file.
fn every_changed_byte_is_found(folder: &Folder, summary: &xtask::summary::Summary) {
    let cli = Binaries::find().expect("built").cli;
    let shell = Shell {
        show: false,
        folder: folder.0.clone(),
    };
    let home = folder.0.join("orgs/bank").to_string_lossy().into_owned();
    let artefacts = summary.artefacts.to_string_lossy().into_owned();
    let id = summary.job.id.to_string();
    let verify = || {
        let args = ["--home", &home, "verify", "job", &id, "--artefacts", &artefacts];
        let output = shell.output(&cli, &args).expect("runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code(), text)
    };
    let (code, text) = verify();
    assert_eq!(code, Some(0), "{text}");
    let mut changed = 0;
    for entry in fs::read_dir(&summary.artefacts).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let good = fs::read(&path).expect("readable");
        for at in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).expect("writable");
            let (code, text) = verify();
            assert_eq!(code, Some(1), "{name} with byte {at} changed passed:\n{text}");
            assert!(
                text.contains(&name),
                "{name} with byte {at} changed is not named:\n{text}"
            );
        }
        fs::write(&path, &good).expect("writable");
        changed += 1;
    }
    assert!(changed >= 8, "only {changed} artefacts");
    assert_eq!(verify().0, Some(0));
}
