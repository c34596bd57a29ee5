#![doc = include_str!("../README.md")]

pub mod binaries;
pub mod checks;
pub mod demo;
pub mod devnet;
pub mod network;
pub mod process;
pub mod shell;
pub mod summary;
