#![doc = include_str!("../README.md")]

pub mod binaries;
pub mod checks;
pub mod contract;
pub mod demo;
pub mod devnet;
pub mod measure;
pub mod network;
pub mod next_runtime;
pub mod process;
pub mod rpc;
pub mod shell;
pub mod summary;
