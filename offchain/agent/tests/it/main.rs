//! Whole jobs in one process: a worker and agents over real TLS sockets, on a chain in memory.

mod ahead;
mod bad_messages;
mod consortium;
mod failures;
mod http;
mod material;
mod process;
mod proven;
mod recorder;
mod recording;
mod refusals;
mod samples;
mod statistics;
mod utility;
mod whole_job;
mod workers;
