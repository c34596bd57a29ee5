//! Two workers and their parties in one process.

mod cheats;
mod pair;
mod sums;
