//! Tests of the two machines against each other.

mod adversary;
mod apart;
mod dropouts;
mod hiding;
mod liars;
mod neighbours;
mod network;
mod refusals;
mod simulation;
mod state;
mod streams;
