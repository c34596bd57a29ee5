//! The binary as its operators use it: networks on loopback, with ports from the system.

mod command_line;
mod network;
mod node;
