//! The scripts beside this program, as a person calls them.

use crate::Folder;
use serde_json::json;
use std::{
    env, fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::Path,
    process::{Command, Stdio},
};
use xtask::checks::root;

const SIGTERM: i32 = 15;

/// Nothing may be built for it: that would take minutes, and needs what is long gone, perhaps.
#[test]
fn a_network_is_stopped_by_what_has_started_it() {
    let folder = Folder::new("stop");
    let description = folder.0.join("network.json");
    fs::write(&description, "").expect("written");
    // A process of the network, by what stands in its command line.
    let mut process = Command::new("tail")
        .arg("-f")
        .arg(&description)
        .stdout(Stdio::null())
        .spawn()
        .expect("a process");
    let network = json!({ "folder": folder.0, "pids": [process.id()] });
    fs::write(&description, network.to_string()).expect("written");

    // Whoever calls this cargo fails.
    let tools = folder.0.join("tools");
    fs::create_dir(&tools).expect("a folder");
    let cargo = tools.join("cargo");
    fs::write(&cargo, "#!/bin/sh\nexit 1\n").expect("written");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:{}", tools.display(), env::var("PATH").unwrap_or_default());
    let target = Path::new(env!("CARGO_BIN_EXE_xtask"))
        .ancestors()
        .nth(2)
        .expect("a folder");

    let output = Command::new(root().join("scripts/devnet"))
        .arg("stop")
        .arg(&folder.0)
        .env("PATH", path)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("the script runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("stopped 1 processes"),
        "{said}"
    );
    let ended = process.wait().expect("it has ended");
    assert_eq!(ended.signal(), Some(SIGTERM));
}
