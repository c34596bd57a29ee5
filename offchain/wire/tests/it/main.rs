//! Messages byte by byte, and connections over real sockets.

mod golden;
mod sockets;
mod strict;
