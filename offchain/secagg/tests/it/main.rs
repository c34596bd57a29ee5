//! Tests of the two machines against each other.

mod dropouts;
mod hiding;
mod neighbours;
mod network;
mod refusals;
mod simulation;
mod state;
mod streams;
