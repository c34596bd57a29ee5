//! Tests over the whole project: its shape, and networks of real processes.

mod architecture;
mod consensus;
mod contracts;
mod demonstration;
mod faults;
mod liar;
mod load;
mod members;
mod own_data;
mod refusals;
mod scripts;
mod statistics;
mod upgrade;
mod workers;

use std::path::PathBuf;
use xtask::{devnet, network::Network, shell::Shell};

/// A folder for a network that goes when the test ends; a test that fails leaves it, and says where.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = devnet::fresh_folder(&std::env::temp_dir().join("secureflow-tests"), name).expect("a folder");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the network's folder, with its logs, stays at {}", self.0.display());
        } else {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }
}

fn shell(folder: &Folder) -> Shell {
    Shell {
        show: true,
        folder: folder.0.clone(),
    }
}

/// A network with the demonstration's three organisations.
fn network(folder: &Folder) -> Network {
    let owners: Vec<String> = xtask::demo::OWNERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    devnet::bring_up(&folder.0, &owners, shell(folder)).expect("the network comes up")
}
