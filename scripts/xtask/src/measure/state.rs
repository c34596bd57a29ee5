//! What completed jobs leave in the state: bytes of keys and values, by pallet.

use super::{jobs::Jobs, progress::Progress, Figure};
use anyhow::Result;
use secureflow_chain::{storage, At, Chain, ChainExt};
use std::{collections::BTreeMap, path::Path};

const JOBS: usize = 60;
/// The pallets that a job touches.
const PALLETS: [&str; 6] = [
    "Collaborations",
    "Audit",
    "Revenue",
    "Policies",
    "Attestations",
    "Assets",
];

pub(super) fn measure(folder: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let jobs = Jobs::prepare(folder, 1, progress)?;
    // The first jobs make entries that later ones only change.
    jobs.run(1)?;
    let before = sizes(&jobs)?;
    jobs.run(JOBS)?;
    let after = sizes(&jobs)?;
    let grown = |pallet: &str| (after[pallet] as f64 - before[pallet] as f64) / JOBS as f64;
    let mut figures = vec![Figure::new("a completed job, all pallets", "bytes", grown(""))];
    figures.extend(
        PALLETS
            .iter()
            .map(|pallet| Figure::new(format!("of these, {pallet}"), "bytes", grown(pallet))),
    );
    Ok(figures)
}

/// Bytes under each pallet's prefix, and under all of them.
fn sizes(jobs: &Jobs) -> Result<BTreeMap<&'static str, usize>> {
    let client = &jobs.target.client;
    jobs.target.runtime.block_on(async {
        let block = client.state(At::Finalized).await?.block().hash;
        let mut sizes = BTreeMap::new();
        for pallet in PALLETS.into_iter().chain([""]) {
            let prefix = if pallet.is_empty() {
                Vec::new()
            } else {
                storage::item(pallet, "")[..16].to_vec()
            };
            let keys = client.keys(&prefix, block).await?;
            // What changes with every block, whether there are jobs or not, is no part of them.
            let keys: Vec<_> = keys
                .into_iter()
                .filter(|key| !key.starts_with(&storage::item("System", "")[..16]))
                .collect();
            let mut size = 0;
            for part in keys.chunks(500) {
                let values = client.values(part, block).await?;
                size += part.iter().map(Vec::len).sum::<usize>() + values.iter().flatten().map(Vec::len).sum::<usize>();
            }
            sizes.insert(pallet, size);
        }
        Ok(sizes)
    })
}
