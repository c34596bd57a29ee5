//! A party's utilities in a job, figured again from its rows.

use super::{bytes, load, print};
use crate::cli::Output;
use anyhow::{bail, Context, Result};
use clap::Args;
use rand::rngs::OsRng;
use secureflow_data::Rows;
use secureflow_plan::{artefact, train, utility::utility, Encoding, Model, Plan, Step};
use secureflow_primitives::{job::Receipt, OrgId};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What another processor's rounding may make of a figure, in millionths.
const ROUNDING: u64 = 100;

/// Figures again what a party's updates were worth in each training round, from its rows and the job's files, and
/// compares it with what the party reported. For the party, and for an auditor in a dispute.
#[derive(Args)]
pub struct Utility {
    /// The folder of the job's files. `secureflow verify` checks them first.
    #[arg(long)]
    job: PathBuf,
    /// The party's rows; their content root must be the registered one.
    #[arg(long)]
    data: PathBuf,
    /// The party's number, as in the receipts.
    #[arg(long)]
    org: u32,
    #[command(flatten)]
    output: Output,
}

impl Utility {
    pub fn run(&self) -> Result<()> {
        secureflow_learning::set_threads(1);
        let found = recompute(&self.job, &self.data, OrgId(self.org))?;
        let overstated: Vec<usize> = (1..)
            .zip(&found.earned)
            .zip(&found.reported)
            .filter(|((_, earned), reported)| **reported > *earned + ROUNDING)
            .map(|((round, _), _)| round)
            .collect();
        let answer = json!({
            "content_root": format!("0x{}", hex::encode(found.content_root)), "earned": found.earned,
            "reported": found.reported, "overstated_rounds": overstated,
        });
        print(&self.output, &answer)
    }
}

/// Utilities by training round, in millionths.
pub struct Found {
    pub content_root: [u8; 32],
    pub earned: Vec<u64>,
    /// As in the receipts; zero where there is none.
    pub reported: Vec<u64>,
}

/// Trains every round again on the party's rows. The seed is the plan's and the models are the committed ones, so that
/// the updates are those that the party sent.
pub fn recompute(job: &Path, data: &Path, org: OrgId) -> Result<Found> {
    let file = |name: &str| bytes(&job.join(name));
    let plan = Plan::from_bytes(&file(artefact::PLAN)?).context("the plan")?;
    let encoding = Encoding::from_bytes(&file(artefact::ENCODING)?).context("the encoding")?;
    if plan.privacy.is_some() {
        bail!(
            "the job has differential privacy, and so no utilities: they would tell of the rows that its noise hides"
        );
    }
    let receipts: Vec<Receipt> = serde_json::from_slice(&file(artefact::RECEIPTS)?).context("the receipts")?;
    let table = load(data, &plan)?;
    let examples = table.encode(&encoding, Rows::Training)?;
    let mut before = Model::initial(&plan, &encoding)?;
    let (mut earned, mut reported) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds() {
        let name = artefact::model(round + 1);
        let after = Model::from_safetensors(*before.shape(), &file(&name)?).context(name)?;
        let sent = secureflow_learning::contribute(&plan, &before, &examples, round, &mut OsRng)?;
        let direction = train::direction(&sent.vector, before.shape()).context("the update is empty")?;
        earned.push(utility(&direction, &before, &after));
        let next = Step::Train(round).index(plan.rounds()) + 1;
        let receipt = receipts
            .iter()
            .find(|receipt| receipt.party == org && receipt.round.0 == next);
        reported.push(receipt.map_or(0, |receipt| receipt.utility));
        before = after;
    }
    Ok(Found {
        content_root: table.content_root(),
        earned,
        reported,
    })
}
