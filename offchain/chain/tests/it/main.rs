//! The client against the chain in memory.

mod audit;
mod export;
mod keys;
mod members;
mod network;
mod proof;

mod life;
