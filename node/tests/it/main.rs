//! The binary as its operators use it: networks on loopback, with ports from the system.

mod chain;
mod command_line;
mod history;
mod network;
mod node;
mod peers;
mod rpc;
mod websocket;
