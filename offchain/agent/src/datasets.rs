//! Which file is which registered dataset.

use crate::{agent::Agent, store::StoreError};
use secureflow_chain::ChainExt;
use secureflow_data::{DataError, Inspection};
use secureflow_primitives::{DatasetId, OrgId};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("{0} is no absolute path")]
    Relative(PathBuf),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("dataset {0} is not on the finalised chain")]
    Unknown(DatasetId),
    #[error("dataset {0} belongs to organisation {1}")]
    Foreign(DatasetId, OrgId),
    #[error("the file is not the one that was registered as dataset {0}")]
    Content(DatasetId),
    #[error("this agent's organisation is not known yet")]
    NoOrganisation,
    #[error(transparent)]
    Chain(#[from] secureflow_chain::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("reading the file was interrupted")]
    Interrupted,
}

/// Reads a file and sums it up.
pub async fn inspect(path: &Path, label: Option<String>) -> Result<Inspection, BindError> {
    if !path.is_absolute() {
        return Err(BindError::Relative(path.into()));
    }
    let path = path.to_owned();
    let inspected = tokio::task::spawn_blocking(move || secureflow_data::inspect(&path, label.as_deref())).await;
    Ok(inspected.map_err(|_| BindError::Interrupted)??)
}

/// Notes that a dataset on chain is this file, once its content is found to be the registered one.
pub async fn bind(agent: &Agent, dataset: DatasetId, path: &Path) -> Result<Inspection, BindError> {
    let inspection = inspect(path, None).await?;
    let own = agent.organisation().ok_or(BindError::NoOrganisation)?;
    let registered = agent.chain.finalized_state().await?.dataset(dataset).await?;
    let registered = registered.ok_or(BindError::Unknown(dataset))?;
    if registered.owner != own {
        return Err(BindError::Foreign(dataset, registered.owner));
    }
    if registered.registration.content_root.0 != inspection.content_root {
        return Err(BindError::Content(dataset));
    }
    let text = path.to_str().ok_or_else(|| BindError::Relative(path.into()))?;
    agent.store.bind_dataset(dataset, text).await?;
    tracing::info!(%dataset, "a file is bound to the dataset");
    Ok(inspection)
}
