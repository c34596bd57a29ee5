#![doc = include_str!("../README.md")]

pub mod admission;
mod agent;
mod api;
pub mod app;
pub mod cli;
pub mod compute;
pub mod config;
mod datasets;
mod follow;
mod metrics;
mod participant;
pub mod store;
pub mod tools;
