//! Getting the steps' commitments on chain, each once.

use super::Driver;
use crate::error::DriverError;
use ed25519_dalek::Signer;
use secureflow_chain::{At, Call, ChainExt, Wait};
use secureflow_primitives::job::{round_payload, RoundCommitment};
use tracing::info;

impl Driver {
    /// Makes sure that the commitments of all steps before `end` are in the newest block. Most of the time one is missing;
    /// after a crash or a fork it may be more.
    pub(super) async fn commit_up_to(&self, end: u32) -> Result<(), DriverError> {
        let chain = &*self.worker.chain;
        loop {
            let state = chain.state(At::Best).await?;
            let on_chain = state.rounds(self.info.id).await?;
            for (index, (commitment, _)) in on_chain.iter().enumerate() {
                let ours = self.recorded(index as u32).await?;
                if ours.as_ref() != Some(commitment) {
                    return Err(DriverError::Contradiction(format!(
                        "another commitment to step {index} is on chain"
                    )));
                }
            }
            let next = on_chain.len() as u32;
            if next >= end {
                return Ok(());
            }
            self.submit(next).await?;
        }
    }

    async fn recorded(&self, step: u32) -> Result<Option<RoundCommitment>, DriverError> {
        Ok(self
            .worker
            .store
            .step(self.info.id, step)
            .await?
            .and_then(|record| record.commitment))
    }

    async fn submit(&self, step: u32) -> Result<(), DriverError> {
        let Some(commitment) = self.recorded(step).await? else {
            return Err(DriverError::Contradiction(format!(
                "the commitment to step {step} is not recorded"
            )));
        };
        let (chain, job) = (&*self.worker.chain, self.info.id);
        let payload = round_payload(chain.genesis(), job, &commitment);
        let signature = self.worker.session.sign(payload.as_bytes()).to_bytes();
        let call = Call::SubmitRound {
            job,
            commitment,
            signature,
        };
        let wait = Wait::best(self.worker.limits.transaction_timeout());
        let submitted = chain.submit_detailed(&self.worker.account, call, wait).await?;
        info!(step, block = submitted.block.number, "the commitment is on chain");
        Ok(())
    }
}
