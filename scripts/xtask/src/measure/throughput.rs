//! How many transactions go through a chain in a second: transfers of points, empty remarks, and whole jobs from proposal to
//! payment, without training; and how many would, if only their weight or only the machine set a limit.

use super::{
    burst::{self, Burst, Sender},
    execution::Room,
    jobs::Jobs,
    progress::Progress,
    Figure,
};
use anyhow::Result;
use codec::{Compact, Encode};
use secureflow_chain::Call;
use secureflow_primitives::revenue::POINTS;
use std::{path::Path, time::Duration};

/// How long transfers, and then remarks, are sent.
const SENDING: Duration = Duration::from_secs(12);
/// Transactions of each of the four organisations: more than blocks take of one in that time.
const EACH: usize = 3_200;
/// Jobs in all. Each is under way as soon as blocks take its calls.
const JOBS: usize = 120;
/// Blocks of transfers and of remarks that are executed again: their fullest.
const BLOCKS: usize = 4;

pub(super) fn measure(folder: &Path, validators: usize, progress: &Progress) -> Result<Vec<Figure>> {
    let jobs = Jobs::prepare(folder, validators, progress)?;
    let transfers = same(&jobs, "transfers", |jobs, at| Call::Transfer {
        asset: Compact(POINTS),
        to: jobs.members[(at + 1) % jobs.members.len()].account().into(),
        amount: Compact(1),
    })?;
    let remarks = same(&jobs, "remarks", |_, _| Call::Other {
        pallet: "System".into(),
        name: "remark".into(),
        arguments: Vec::<u8>::new().encode(),
    })?;
    let whole = jobs.run(JOBS)?;
    let calls = f64::from(whole.transactions()) / whole.seconds();

    progress.say("executing blocks again");
    let node = &jobs.target.nodes[0];
    let room = Room::of(node)?;
    let transfer = room.cost(node, &transfers.fullest(BLOCKS))?;
    let remark = room.cost(node, &remarks.fullest(BLOCKS))?;
    let call = room.cost(node, &whole.blocks)?;
    let job = call.times(f64::from(whole.transactions()) / JOBS as f64);

    let (most, weight) = room.quota;
    let quota = f64::from(most).min((weight / transfer.weight).floor());
    let mut figures = vec![
        Figure::new("transfers", "per s", transfers.rate()),
        Figure::new("remarks", "per s", remarks.rate()),
        Figure::new(
            "transfers that the quotas of the four organisations let through",
            "per block",
            quota * jobs.members.len() as f64,
        ),
        Figure::new("calls of jobs", "per s", calls),
        Figure::new("whole jobs", "per s", JOBS as f64 / whole.seconds()),
        Figure::new("calls of jobs to transfers", "ratio", calls / transfers.rate()),
        Figure::new(
            "a call of a job to a transfer, executed",
            "ratio",
            call.execution / transfer.execution,
        ),
    ];
    for (what, cost) in [("transfer", transfer), ("remark", remark), ("whole job", job)] {
        figures.extend([
            Figure::new(format!("a {what}, executed"), "ms", cost.execution),
            Figure::new(format!("a {what}, weight"), "ms", cost.weight),
            Figure::new(
                format!("a {what}: as many are executed in a block's time"),
                "per block",
                room.weight / cost.execution,
            ),
            Figure::new(
                format!("a {what}: as many fit into a block's weight"),
                "per block",
                room.weight / cost.weight,
            ),
        ]);
    }
    Ok(figures)
}

/// A load in which every organisation sends the same call again and again.
fn same(jobs: &Jobs, what: &str, call: impl Fn(&Jobs, usize) -> Call) -> Result<Burst> {
    let senders: Vec<_> = jobs
        .members
        .iter()
        .enumerate()
        .map(|(at, key)| Sender {
            key,
            calls: vec![call(jobs, at).into(); EACH],
        })
        .collect();
    burst::send(&jobs.target, what, &senders, SENDING)
}
