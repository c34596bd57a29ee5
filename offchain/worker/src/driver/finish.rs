//! The end of a job: receipts, result, files.

use super::Driver;
use crate::{
    computation::{Computation, Hashes},
    desk::FileEntry,
    error::DriverError,
    store::JobState,
};
use codec::Encode;
use ed25519_dalek::Signer;
use secureflow_chain::{Call, ChainExt, Wait};
use secureflow_plan::{artefact, commitment::blake2_256, Step, Steps};
use secureflow_primitives::{
    job::{result_payload, Contribution, JobResult, Receipt},
    merkle, OrgId, H256,
};
use std::collections::BTreeMap;
use tracing::info;

impl Driver {
    /// Writes the receipts, signs the result and brings it on chain.
    pub(super) async fn finish(&self, computation: &Computation) -> Result<(), DriverError> {
        let job = self.info.id;
        let store = &self.worker.store;
        let recorded = store.job(job).await?.and_then(|record| record.result);
        let result = match recorded {
            Some(result) => result,
            None => {
                let result = self.result(computation).await?;
                store.save_result(job, &result).await?;
                result
            }
        };
        self.complete(result).await?;
        self.worker.journal.completed(&self.info).await;
        store.end_job(job, JobState::Done, None).await?;
        self.worker.metrics.completed.inc();
        info!("the job is complete");
        Ok(())
    }

    async fn result(&self, computation: &Computation) -> Result<JobResult, DriverError> {
        let Some(Hashes {
            model,
            encoding,
            evaluation,
        }) = computation.result()
        else {
            return Err(DriverError::Contradiction("the computation is not complete".into()));
        };
        let receipts = self.receipts().await?;
        let json = serde_json::to_vec(&receipts).map_err(std::io::Error::from)?;
        self.folder.write(artefact::RECEIPTS, &json)?;
        let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
        let chain = &*self.worker.chain;
        let registered = chain
            .finalized_state()
            .await?
            .worker(&self.worker.account.account())
            .await?;
        let registered = registered.ok_or_else(|| DriverError::Ended("this worker is no longer registered".into()))?;
        self.worker.write_evidence(&self.folder, &registered)?;
        let contributions = contributions(&receipts, self.info.plan.steps())
            .try_into()
            .map_err(|_| DriverError::Contradiction("more contributions than a job has parties".into()))?;
        Ok(JobResult {
            spec_hash: self.info.spec.hash(),
            model: H256(model),
            encoding: H256(encoding),
            evaluation: H256(evaluation),
            receipts_root: merkle::root(&leaves),
            contributions,
            measurement: registered.measurement,
            simulated: registered.is_simulated(),
        })
    }

    async fn receipts(&self) -> Result<Vec<Receipt>, DriverError> {
        let job = self.info.id;
        let records = self.worker.store.receipts(job).await?;
        let receipt = |((round, party), record): ((_, _), crate::step::PartyRecord)| Receipt {
            job,
            round,
            party,
            rows: record.rows,
            compute_ms: record.compute_ms,
            utility: record.utility,
            bytes: record.bytes,
        };
        Ok(records.into_iter().map(receipt).collect())
    }

    /// Sends the result unless it is there already, and waits until it is final.
    async fn complete(&self, result: JobResult) -> Result<(), DriverError> {
        let chain = &*self.worker.chain;
        let job = self.info.id;
        let there = chain.finalized_state().await?.result(job).await?;
        if let Some((there, _)) = there {
            return match there == result {
                true => Ok(()),
                false => Err(DriverError::Contradiction("another result is on chain".into())),
            };
        }
        let signature = self
            .worker
            .session
            .sign(result_payload(chain.genesis(), job, &result).as_bytes())
            .to_bytes();
        let call = Call::CompleteJob { job, result, signature };
        let wait = Wait::finalized(self.worker.limits.transaction_timeout());
        let submitted = chain.submit_detailed(&self.worker.account, call, wait).await?;
        info!(block = submitted.block.number, "the result is on chain");
        Ok(())
    }

    /// Offers the files of a completed job.
    pub(super) async fn serve_files(&self) -> Result<(), DriverError> {
        let files = self.worker.list_files(self.info.id, self.info.plan.steps())?;
        self.desk.complete(files).await;
        Ok(())
    }
}

/// What each party put in, by party. Rows count in the training steps.
fn contributions(receipts: &[Receipt], steps: Steps) -> Vec<Contribution> {
    let mut all: BTreeMap<OrgId, Contribution> = BTreeMap::new();
    for receipt in receipts {
        let entry = all.entry(receipt.party).or_insert(Contribution {
            party: receipt.party,
            rows: 0,
            compute_ms: 0,
            utility: 0,
            steps: 0,
        });
        let trains = matches!(steps.at(receipt.round.0), Some(Step::Train(_)));
        if trains {
            entry.rows = entry.rows.saturating_add(receipt.rows);
        }
        entry.compute_ms = entry.compute_ms.saturating_add(receipt.compute_ms);
        entry.utility = entry.utility.saturating_add(receipt.utility);
        entry.steps += 1;
    }
    all.into_values().collect()
}

/// Describes the files of a folder that are there.
pub(crate) fn describe(
    folder: &secureflow_service::folder::Folder,
    names: Vec<String>,
) -> std::io::Result<Vec<FileEntry>> {
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        if !folder.has(&name) {
            continue;
        }
        let bytes = folder.read(&name)?;
        files.push(FileEntry {
            name,
            size: bytes.len() as u64,
            hash: blake2_256(&bytes),
        });
    }
    Ok(files)
}

/// Writes evidence and registration where the artefacts are.
pub(crate) fn write_scale(
    folder: &secureflow_service::folder::Folder,
    name: &str,
    value: &impl Encode,
) -> std::io::Result<()> {
    folder.write(name, &value.encode())
}
