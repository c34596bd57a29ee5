#![doc = include_str!("../README.md")]

pub mod backoff;
pub mod database;
pub mod files;
pub mod folder;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod outbox;
pub mod settings;
pub mod shutdown;
