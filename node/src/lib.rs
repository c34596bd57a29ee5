#![doc = include_str!("../README.md")]
// The SDK's own errors are that large, and every function here returns them.
#![allow(clippy::result_large_err)]

// The program itself is in `main.rs`. What can be tested without the service stands here, since compiling the service
// takes minutes, and a test of the program would compile it again.
pub mod chain_spec;
pub mod cli;
pub mod consortium;
pub mod json;
pub mod peers;
pub mod run_info;
