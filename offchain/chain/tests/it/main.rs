//! The client against the chain in memory.

mod export;
mod keys;
mod members;
mod network;

mod life;
