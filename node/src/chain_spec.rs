//! Chain specifications: the genesis and name of a chain, which every node of it starts from.

use crate::consortium::{self, Consortium};
use sc_service::{ChainType, GenericChainSpec, Properties};
use secureflow_runtime::{genesis, WASM_BINARY};
use std::path::Path;

pub type ChainSpec = GenericChainSpec;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("this node was built without the runtime's Wasm: build it again without SKIP_WASM_BUILD")]
    NoWasm,
    #[error(transparent)]
    Consortium(#[from] consortium::Error),
}

/// The chain that a consortium file describes.
pub fn from_file(path: &Path) -> Result<ChainSpec, Error> {
    let consortium = Consortium::load(path)?;
    // A genesis that takes workers without hardware is for demonstration, whatever its name says. Nodes of such a chain
    // also tell each other private addresses without being asked.
    let kind = if consortium.simulated_root.is_some() {
        ChainType::Local
    } else {
        ChainType::Live
    };
    let patch = genesis::consortium(&consortium.parties, consortium.simulated_root, &consortium.measurements);
    Ok(builder()?
        .with_name(&consortium.name)
        .with_id(&consortium.id)
        .with_protocol_id(&consortium.id)
        .with_chain_type(kind)
        .with_boot_nodes(consortium.bootnodes)
        .with_genesis_config_patch(patch)
        .build())
}

/// One validator, well-known keys.
pub fn development() -> Result<ChainSpec, Error> {
    Ok(builder()?
        .with_name("secureflow development")
        .with_id("secureflow_dev")
        .with_chain_type(ChainType::Development)
        .with_genesis_config_patch(genesis::development())
        .build())
}

fn builder() -> Result<sc_chain_spec::ChainSpecBuilder, Error> {
    let mut points = Properties::new();
    points.insert("tokenSymbol".into(), "points".into());
    points.insert("tokenDecimals".into(), 0.into());
    points.insert("ss58Format".into(), 42.into());
    Ok(ChainSpec::builder(WASM_BINARY.ok_or(Error::NoWasm)?, None).with_properties(points))
}
