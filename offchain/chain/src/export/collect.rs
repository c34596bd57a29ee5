//! Which keys a job's check needs, read from a chain.

use std::collections::{BTreeMap, BTreeSet};

use codec::Encode;
use secureflow_primitives::{audit::Subject, JobId, OrgId, Round};
use sp_crypto_hashing::blake2_256;

use super::StateExport;
use crate::{storage, At, Chain, ChainExt, Error, Result, State};

/// Audit entries read at a time.
const PAGE: u64 = 1000;

/// Exports a job with everything that its check needs: specification, commitments, result, datasets, pinned policies,
/// organisations, worker, accepted measurement, root of simulated evidence, agreement, settlement and its disputes, audit entries. `None`
/// when there is no such job.
pub async fn export<C: Chain + ?Sized>(chain: &C, job: JobId, at: At) -> Result<Option<StateExport>> {
    let state = chain.state(at).await?;
    let Some(keys) = keys(&state, job).await? else {
        return Ok(None);
    };
    let keys: Vec<Vec<u8>> = keys.into_iter().collect();
    let block = state.block().hash;
    let header = chain.header(block).await?.encode();
    if blake2_256(&header) != block.0 {
        return Err(Error::decode(
            "a block's header",
            "it does not hash to the block's name",
        ));
    }
    let values: BTreeMap<_, _> = keys.iter().cloned().zip(chain.values(&keys, block).await?).collect();
    let proof: BTreeSet<Vec<u8>> = chain.read_proof(&keys, block).await?.into_iter().collect();
    let export = StateExport {
        genesis: chain.genesis(),
        job,
        block,
        header,
        values,
        proof: proof.into_iter().collect(),
    };
    // A node that gives a wrong value or proof is noticed now, not when somebody else reads the file.
    export
        .clone()
        .verify()
        .map_err(|error| Error::decode("the node's proof", error))?;
    Ok(Some(export))
}

async fn keys<C: Chain + ?Sized>(state: &State<'_, C>, id: JobId) -> Result<Option<BTreeSet<Vec<u8>>>> {
    let (Some(job), Some(spec)) = (state.job(id).await?, state.spec(id).await?) else {
        return Ok(None);
    };
    let mut keys = BTreeSet::from([
        storage::block_hash(0).into_bytes(),
        storage::job(id).into_bytes(),
        storage::spec(id).into_bytes(),
        storage::result(id).into_bytes(),
        storage::space(job.space).into_bytes(),
        storage::agreement(job.space).into_bytes(),
        storage::audit_epoch(job.space).into_bytes(),
        storage::settlement(id).into_bytes(),
        storage::disputes(id).into_bytes(),
        storage::simulated_root().into_bytes(),
        storage::time().into_bytes(),
        storage::audit_count().into_bytes(),
        storage::audit_peaks().into_bytes(),
    ]);
    // One more than there can be, so that the proof also shows that there is none.
    keys.extend((0..=spec.steps()).map(|round| storage::round(id, Round(round)).into_bytes()));
    let mut organisations: BTreeSet<OrgId> = job.policies.iter().map(|pinned| pinned.owner).collect();
    organisations.extend(job.approvals.iter().copied());
    organisations.insert(job.proposer);
    for dataset in &spec.datasets {
        keys.insert(storage::dataset(*dataset).into_bytes());
        keys.insert(storage::ledger(*dataset).into_bytes());
        organisations.extend(state.dataset(*dataset).await?.map(|dataset| dataset.owner));
    }
    for pinned in &job.policies {
        keys.insert(storage::policy(pinned.dataset, pinned.version).into_bytes());
    }
    if let Some(account) = &job.worker {
        keys.insert(storage::worker(account).into_bytes());
        if let Some(worker) = state.worker(account).await? {
            organisations.insert(worker.operator);
            keys.insert(storage::measurement(&worker.measurement).into_bytes());
        }
    }
    if let Some((result, _)) = state.result(id).await? {
        keys.insert(storage::measurement(&result.measurement).into_bytes());
    }
    if let Some((epoch, roster)) = state.audience(job.space).await? {
        keys.insert(storage::audit_roster(job.space, epoch).into_bytes());
        organisations.extend(roster.iter().map(|(org, _)| *org));
    }
    keys.extend(
        organisations
            .into_iter()
            .map(|org| storage::organisation(org).into_bytes()),
    );
    for start in (0..state.audit_count().await?).step_by(PAGE as usize) {
        let entries = state.audit_entries(start..start + PAGE).await?;
        let ours = entries
            .into_iter()
            .filter(|(_, entry)| entry.subject == Subject::Job(id));
        keys.extend(ours.map(|(index, _)| storage::audit_entry(index).into_bytes()));
    }
    Ok(Some(keys))
}
