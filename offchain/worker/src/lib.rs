#![doc = include_str!("../README.md")]

pub mod app;
pub mod computation;
pub mod config;
pub mod desk;
mod driver;
mod error;
mod follow;
mod grpc;
mod http;
mod job;
mod journal;
mod members;
mod metrics;
mod progress;
mod proven;
pub mod registration;
pub mod step;
pub mod store;
mod worker;
