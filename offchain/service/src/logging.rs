//! Logs on standard error.

use std::io::IsTerminal;
use tracing_subscriber::{fmt, EnvFilter};

/// Starts logging. `filter` is in the syntax of `RUST_LOG`, for example `info,secureflow_worker=debug`.
pub fn start(filter: &str, json: bool) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let colours = std::io::stderr().is_terminal();
    if json {
        builder.json().try_init()
    } else {
        builder.with_ansi(colours).try_init()
    }
    .map_err(|error| error.to_string())
}
