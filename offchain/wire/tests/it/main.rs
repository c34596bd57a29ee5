//! Messages byte by byte, and connections over real sockets.

mod golden;
mod mutated;
mod sockets;
mod strict;
