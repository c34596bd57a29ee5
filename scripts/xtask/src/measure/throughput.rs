//! How many transactions go through a chain in a second: transfers of points, empty remarks, and whole jobs from proposal to
//! payment, without training.

use super::{
    burst::{self, Burst, Sender},
    jobs::Jobs,
    Figure,
};
use anyhow::Result;
use codec::{Compact, Encode};
use secureflow_chain::Call;
use secureflow_primitives::revenue::POINTS;
use std::path::Path;

/// Transactions of each of the four organisations.
const EACH: usize = 1_000;
/// Jobs that are under way at a time, and how often.
const JOBS: usize = 120;
const WAVES: usize = 2;

pub(super) fn measure(folder: &Path) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for validators in [4, 1] {
        let mut jobs = Jobs::prepare(&folder.join(format!("of-{validators}")), validators)?;
        let of = if validators == 1 {
            "one validator"
        } else {
            "four validators"
        };
        let transfers = same(&jobs, |jobs, at| Call::Transfer {
            asset: Compact(POINTS),
            to: jobs.members[(at + 1) % jobs.members.len()].account().into(),
            amount: Compact(1),
        })?;
        let remarks = same(&jobs, |_, _| Call::Other {
            pallet: "System".into(),
            name: "remark".into(),
            arguments: Vec::<u8>::new().encode(),
        })?;
        let mut whole = Burst::default();
        for _ in 0..WAVES {
            whole.add(jobs.run(JOBS)?);
        }
        figures.extend([
            Figure::new(format!("remarks, {of}"), "per s", remarks.rate()),
            Figure::new(format!("transfers, {of}"), "per s", transfers.rate()),
            Figure::new(format!("calls of jobs, {of}"), "per s", whole.rate()),
            Figure::new(
                format!("whole jobs, {of}"),
                "per s",
                (JOBS * WAVES) as f64 / whole.seconds,
            ),
            Figure::new(
                format!("calls of jobs to transfers, {of}"),
                "ratio",
                whole.rate() / transfers.rate(),
            ),
        ]);
    }
    Ok(figures)
}

/// A burst in which every organisation sends the same call again and again.
fn same(jobs: &Jobs, call: impl Fn(&Jobs, usize) -> Call) -> Result<Burst> {
    let senders: Vec<_> = jobs
        .members
        .iter()
        .enumerate()
        .map(|(at, key)| Sender {
            key,
            calls: vec![call(jobs, at); EACH],
        })
        .collect();
    burst::send(&jobs.runtime, &jobs.client, &jobs.nodes, &senders)
}
