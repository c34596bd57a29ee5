//! Tests of the two machines against each other.

mod dropouts;
mod hiding;
mod network;
mod refusals;
mod simulation;
mod state;
