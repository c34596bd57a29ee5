//! The client against the chain in memory.

mod export;
mod keys;
mod network;

mod life;
