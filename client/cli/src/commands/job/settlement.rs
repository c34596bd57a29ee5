//! From a completed job to its payouts, and what a party does that finds itself underpaid.

use super::show::Details;
use crate::{
    context::Context,
    council::{self, Outcome},
    error::{Failure, Result},
    formula,
    names::{hash, Reference},
    network::{ChainState, Names},
    out::Answer,
    verify::{read_receipts, Folder},
};
use clap::Args;
use secureflow_chain::Call;
use secureflow_primitives::{
    hash::blake2_256,
    job::{Contribution, Receipt},
    merkle,
    revenue::{Dispute, Figures, Ruling, Settlement},
    BlockNumber, JobId, OrgId,
};
use serde_json::{json, Value};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub const SETTLE: &str = "\
Example:
  secureflow job settle 0

The reward leaves the space's escrow and is shared by the space's agreement. Until the agreement's dispute window ends, a
party can contest its figures (`job dispute`); afterwards any member has all parties paid (`job claim`).";

pub const CLAIM: &str = "\
Examples:
  secureflow job claim 0
  secureflow job claim 0 --wait 60

Any member may run it, for all: each party is paid on its organisation's own account, one that has left, too.";

pub const DISPUTE: &str = "\
Examples:
  secureflow --home ~/bank job dispute 0 --step 4 --rows 5400 --evidence training-log.txt
  secureflow --home ~/bank job dispute 0 --step 2 --rows 5400 --compute-ms 90000 --evidence log.tar.gz

The figures are what your organisation put in over the whole job; what you leave out stays as the worker says. Keep the
evidence as it is and show it to the members: they decide with `job resolve`. Until then, or until the dispute falls because
nobody decided, nothing of the job is paid. You can dispute a job once.";

pub const RESOLVE: &str = "\
Examples:
  secureflow --home ~/insurer job resolve 0 bank --accept
  secureflow --home ~/insurer job resolve 0 bank --reject
  secureflow --home ~/insurer job resolve 0 bank --accept --rows 5000

Compare the evidence with its hash first: `job show` prints it. Two thirds of the council have to agree; a correction shares
the same reward anew.";

/// What a party put in, as far as it is said.
#[derive(Debug, Args)]
pub struct FigureArgs {
    /// Rows trained on, summed over the training rounds
    #[arg(long)]
    rows: Option<u64>,
    /// Computing time in milliseconds
    #[arg(long)]
    compute_ms: Option<u64>,
    /// Utility in millionths, summed over the training rounds
    #[arg(long)]
    utility: Option<u64>,
}

impl FigureArgs {
    fn is_empty(&self) -> bool {
        self.rows.is_none() && self.compute_ms.is_none() && self.utility.is_none()
    }

    fn or(&self, base: Figures) -> Figures {
        Figures {
            rows: self.rows.unwrap_or(base.rows),
            compute_ms: self.compute_ms.unwrap_or(base.compute_ms),
            utility: self.utility.unwrap_or(base.utility),
        }
    }
}

fn figures_text(figures: &Figures) -> String {
    format!(
        "{} rows, {} ms, utility {}",
        figures.rows, figures.compute_ms, figures.utility
    )
}

/// Where a settlement stands.
fn status(settlement: &Settlement, disputes: &[Dispute], now: BlockNumber) -> (&'static str, String) {
    if let Some(at) = settlement.claimed_at {
        return ("claimed", format!("paid at block {at}"));
    }
    let last = disputes.iter().filter(|dispute| dispute.is_open(now));
    if let Some(until) = last.map(|dispute| dispute.falls_at).max() {
        return (
            "disputed",
            format!("disputed; the members decide, at the latest by block {until}"),
        );
    }
    match settlement.claimable_from() {
        from if now < from => (
            "window",
            format!("can be disputed for {} more blocks, then claimed", from - now),
        ),
        _ => ("claimable", "can be claimed: secureflow job claim".into()),
    }
}

fn dispute_text(dispute: &Dispute, names: &Names, now: BlockNumber) -> String {
    let outcome = match dispute.ruling {
        Some(Ruling::Rejected) => "rejected".into(),
        Some(Ruling::Corrected(figures)) => format!("corrected to {}", figures_text(&figures)),
        None if dispute.is_open(now) => format!("open until block {}", dispute.falls_at),
        None => "fallen: nobody decided".into(),
    };
    format!(
        "{} contests the receipt of step {} and claims {} ({outcome}); evidence {}",
        names.of(dispute.party),
        dispute.receipt.round,
        figures_text(&dispute.claimed),
        hash(&dispute.evidence)
    )
}

/// A settlement for people, as `job show` has it; before it, the agreement by which it will be.
pub fn lines(details: &Details) -> Vec<(&'static str, String)> {
    let Some(settlement) = &details.settlement else {
        let kept = details.agreement.iter();
        return kept
            .map(|kept| ("agreement", formula::agreement_text(kept, &details.names)))
            .collect();
    };
    let (_, status) = status(settlement, &details.disputes, details.now);
    let prices = settlement
        .prices
        .0
        .iter()
        .map(|(org, points)| ("price", format!("{} asked for {points} points", details.names.of(*org))));
    let payouts = settlement
        .payouts
        .iter()
        .map(|(org, points)| ("payout", format!("{} {points} points", details.names.of(*org))));
    let disputes = details
        .disputes
        .iter()
        .map(|dispute| ("dispute", dispute_text(dispute, &details.names, details.now)));
    [("settlement", format!("{} points; {status}", settlement.amount()))]
        .into_iter()
        .chain(prices)
        .chain(payouts)
        .chain(disputes)
        .collect()
}

/// A settlement for programs.
pub fn value(details: &Details) -> Option<Value> {
    let settlement = details.settlement.as_ref()?;
    let figures = |figures: &Figures| json!({ "rows": figures.rows, "compute_ms": figures.compute_ms, "utility": figures.utility });
    let disputes: Vec<Value> = details
        .disputes
        .iter()
        .map(|dispute| {
            let (ruling, corrected) = match &dispute.ruling {
                None => (None, None),
                Some(Ruling::Rejected) => (Some("rejected"), None),
                Some(Ruling::Corrected(to)) => (Some("corrected"), Some(figures(to))),
            };
            json!({
                "party": dispute.party, "name": details.names.of(dispute.party), "step": dispute.receipt.round,
                "claimed": figures(&dispute.claimed), "evidence": hash(&dispute.evidence), "falls_at": dispute.falls_at,
                "open": dispute.is_open(details.now), "ruling": ruling, "corrected": corrected,
            })
        })
        .collect();
    let prices = settlement.prices.0.iter();
    let prices: Vec<Value> = prices
        .map(|(org, points)| json!({ "org": org, "name": details.names.of(*org), "points": crate::out::amount(*points) }))
        .collect();
    Some(json!({
        "status": status(settlement, &details.disputes, details.now).0, "amount": crate::out::amount(settlement.amount()),
        "at": settlement.at, "claimable_from": settlement.claimable_from(), "claimed_at": settlement.claimed_at,
        "prices": prices, "disputes": disputes,
    }))
}

fn answer(details: &Details, done: &str) -> Answer {
    let mut text = format!("Job {} is {done}.\n", details.id);
    text.push_str(&crate::out::fields(&lines(details)));
    Answer::new(
        json!({ "job": details.id, "payouts": details.payouts(), "settlement": value(details) }),
        text,
    )
}

pub async fn settle(context: &Context, job: JobId) -> Result<Answer> {
    let network = context.network().await?;
    context.submit(&network, Call::Settle { job }).await?;
    let details = Details::read(&network.state().await?, job).await?;
    Ok(answer(&details, "settled"))
}

pub async fn claim(context: &Context, job: JobId, wait: Duration) -> Result<Answer> {
    let network = context.network().await?;
    let begun = Instant::now();
    let open = async {
        loop {
            let state = network.state().await?;
            let settlement = state.settlement(job).await?;
            let early = settlement.is_some_and(|settlement| state.block().number < settlement.claimable_from());
            if !early || begun.elapsed() >= wait {
                return Ok::<_, Failure>(());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    context.out.busy("waiting for the dispute window to end", open).await?;
    context.submit(&network, Call::Claim { job }).await?;
    let details = Details::read(&network.state().await?, job).await?;
    Ok(answer(&details, "paid"))
}

/// The party's receipt of a step, with its place among all of the job.
fn find(receipts: &[Receipt], party: OrgId, step: u32) -> Result<usize> {
    let own = |receipt: &&Receipt| receipt.party == party;
    let at = receipts
        .iter()
        .position(|receipt| own(&receipt) && receipt.round.0 == step);
    at.ok_or_else(|| {
        let steps: Vec<String> = receipts
            .iter()
            .filter(own)
            .map(|receipt| receipt.round.to_string())
            .collect();
        let failure = Failure::new(
            "no_receipt",
            format!("your organisation has no receipt of step {step} in this job"),
        );
        match steps.is_empty() {
            true => failure.hint("Only the job's parties can dispute it, each by a receipt of its own."),
            false => failure.hint(format!("It has receipts of the steps {}.", steps.join(", "))),
        }
    })
}

fn contribution(contributions: &[Contribution], party: OrgId) -> Result<Figures> {
    let own = contributions.iter().find(|part| part.party == party);
    own.map(Figures::from)
        .ok_or_else(|| crate::explain::dispatch("Revenue", "NotParty", ""))
}

pub async fn dispute(
    context: &Context,
    job: JobId,
    step: u32,
    figures: &FigureArgs,
    evidence: &Path,
    artefacts: Option<PathBuf>,
) -> Result<Answer> {
    if figures.is_empty() {
        return Err(Failure::usage(
            "a dispute claims something: --rows, --compute-ms or --utility",
        ));
    }
    let bytes = fs::read(evidence).map_err(|error| Failure::file(evidence, &error))?;
    let evidence_hash = blake2_256(&bytes);
    let network = context.network().await?;
    let state = network.state().await?;
    let own = context.own_org(&state).await?;
    let result = state.result(job).await?;
    let (result, _) = result.ok_or_else(|| crate::explain::dispatch("Revenue", "NotCompleted", ""))?;
    let folder = artefacts.unwrap_or_else(|| context.home.artefacts(job));
    let receipts = read_receipts(&Folder::new(&folder), &result).map_err(|problem| {
        Failure::new("receipts", format!("{}/receipts.json: {problem}", folder.display()))
            .hint("Your agent fetches the file when the job completes; --artefacts names another folder.")
    })?;
    let at = find(&receipts, own, step)?;
    let leaves: Vec<_> = receipts.iter().map(Receipt::hash).collect();
    let proof = merkle::proof(&leaves, at).expect("the receipt is one of the leaves");
    let said = contribution(&result.contributions, own)?;
    let claimed = figures.or(said);
    let call = Call::Dispute {
        job,
        receipt: receipts[at],
        proof,
        claimed,
        evidence: evidence_hash,
    };
    context.submit(&network, call).await?;
    let details = Details::read(&network.state().await?, job).await?;
    let own_dispute = details.disputes.iter().find(|dispute| dispute.party == own);
    let until = own_dispute.map_or(0, |dispute| dispute.falls_at);
    let text = format!(
        "Your organisation disputes job {job}: {} rather than {}.\nShow the members {}, whose hash {} is on chain. \
         Until block {until} they decide:\n  secureflow job resolve {job} {own} --accept\n",
        figures_text(&claimed),
        figures_text(&said),
        evidence.display(),
        hash(&evidence_hash)
    );
    Ok(Answer::new(
        json!({ "job": job, "party": own, "evidence": hash(&evidence_hash), "settlement": value(&details) }),
        text,
    ))
}

async fn claimed(state: &ChainState<'_>, job: JobId, party: OrgId) -> Result<Figures> {
    let disputes = state.disputes(job).await?;
    let dispute = disputes.iter().find(|dispute| dispute.party == party);
    dispute
        .map(|dispute| dispute.claimed)
        .ok_or_else(|| crate::explain::dispatch("Revenue", "NotDisputed", ""))
}

pub async fn resolve(
    context: &Context,
    job: JobId,
    party: &Reference,
    (reject, accept): (bool, bool),
    figures: &FigureArgs,
) -> Result<Answer> {
    if reject == accept || (reject && !figures.is_empty()) {
        return Err(Failure::usage(
            "a ruling is --reject, or --accept with or without figures",
        ));
    }
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let party = names.find(party)?;
    let claimed = claimed(&state, job, party).await?;
    let name = names.of(party);
    let (ruling, purpose) = match reject {
        true => (
            Ruling::Rejected,
            format!("to reject the dispute of {name} over job {job}"),
        ),
        false => {
            let figures = figures.or(claimed);
            let purpose = format!(
                "to correct what {name} put into job {job} to {}",
                figures_text(&figures)
            );
            (Ruling::Corrected(figures), purpose)
        }
    };
    let (outcome, _) = council::propose(context, &network, Call::Resolve { job, party, ruling }).await?;
    let mut text = outcome.text(&purpose);
    let mut json = outcome.json();
    if let Outcome::Passed { .. } = outcome {
        let details = Details::read(&network.state().await?, job).await?;
        text.push_str(&crate::out::fields(&lines(&details)));
        json["payouts"] = json!(details.payouts());
    }
    Ok(Answer::new(json, text))
}

#[cfg(test)]
mod tests;
