//! What came out of a job, and writing it down for others to check.

use super::{answers, show::Details, unknown};
use crate::{
    context::Context,
    error::{Failure, Result},
    home::private_dir,
    names::{hash, micro},
    network::Network,
    out::{amount, fields, table, Answer},
    verify::STATE,
};
use secureflow_chain::export;
use secureflow_plan::{artefact, commitment::blake2_256, Evaluation, JobPlan};
use secureflow_primitives::{
    job::{JobPhase, JobResult, Receipt},
    merkle,
    policy::Operation,
    JobId, OrgId, H256,
};
use serde_json::{json, Value};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long a party's own agent may take to fetch the files after the job has completed.
const FETCH: Duration = Duration::from_secs(30);

async fn completed(network: &Network, id: JobId) -> Result<(Details, JobResult)> {
    let state = network.state().await?;
    let details = Details::read(&state, id).await?;
    if details.job.phase != JobPhase::Completed {
        let phase = super::show::phase_text(&details.job.phase, &details.names);
        return Err(
            Failure::new("not_completed", format!("job {id} has no result: it is {phase}"))
                .hint(format!("Follow it: secureflow job watch {id}")),
        );
    }
    let (result, _) = state.result(id).await?.ok_or_else(|| unknown(id))?;
    Ok((details, result))
}

/// A file of the job whose hash is the committed one. A file that differs is not shown as a result.
pub(super) fn committed(folder: &Path, name: &str, expected: H256) -> Result<Option<Vec<u8>>> {
    let path = folder.join(name);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::file(&path, &error)),
    };
    if H256(blake2_256(&bytes)) != expected {
        return Err(Failure::new(
            "artefact",
            format!("{} is not what the worker committed to", path.display()),
        )
        .hint("Somebody changed it. `secureflow verify` says what else does not fit."));
    }
    Ok(Some(bytes))
}

/// Bytes that each party sent, from receipts that lead to the committed root.
fn bytes_sent(folder: &Path, result: &JobResult) -> Option<BTreeMap<OrgId, u64>> {
    let receipts: Vec<Receipt> = serde_json::from_slice(&std::fs::read(folder.join(artefact::RECEIPTS)).ok()?).ok()?;
    let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
    if merkle::root(&leaves) != result.receipts_root {
        return None;
    }
    let mut sent = BTreeMap::new();
    for receipt in receipts {
        let sum: &mut u64 = sent.entry(receipt.party).or_default();
        *sum = sum.saturating_add(receipt.bytes);
    }
    Some(sent)
}

/// The file that a job's figures follow from.
fn figures(details: &Details) -> &'static str {
    match details.spec.operation {
        Operation::Statistics => artefact::RELEASE,
        _ => artefact::EVALUATION,
    }
}

/// Waits for the home's own agent to fetch the files, where it takes part in the job.
async fn fetched(context: &Context, details: &Details, folder: &Path) {
    let own = context
        .home
        .account()
        .ok()
        .and_then(|key| details.names.by_account(&key.account()));
    if !own.is_some_and(|own| details.parties.contains(&own)) {
        return;
    }
    let begun = Instant::now();
    let figures = figures(details);
    let there = || folder.join(figures).exists() && folder.join(artefact::RECEIPTS).exists();
    let wait = async {
        while !there() && begun.elapsed() < FETCH {
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    context.out.busy("your agent fetches the job's files", wait).await;
}

pub async fn result(context: &Context, id: JobId, artefacts: Option<PathBuf>) -> Result<Answer> {
    let network = context.network().await?;
    let (details, result) = completed(&network, id).await?;
    let folder = match artefacts {
        Some(folder) => folder,
        None => {
            let folder = context.home.artefacts(id);
            fetched(context, &details, &folder).await;
            folder
        }
    };
    let evaluation = match details.spec.operation {
        Operation::Statistics => None,
        _ => committed(&folder, artefact::EVALUATION, result.evaluation)?,
    };
    let evaluation = evaluation
        .map(|bytes| Evaluation::from_bytes(&bytes))
        .transpose()
        .map_err(|error| Failure::new("artefact", format!("{}: {error}", artefact::EVALUATION)))?;
    let answers = answers::read(&folder, &details, &result)?;
    let sent = bytes_sent(&folder, &result);
    let trust = details.trust();
    let names = &details.names;

    let mut text = String::new();
    match (&evaluation, &answers) {
        (_, Some(found)) => {
            let bounded = details.plan().is_some_and(|plan| plan.bounded().is_some());
            text.push_str(&answers::text(found, details.spec.min_group_size, bounded));
        }
        (Some(found), None) => text.push_str(&fields(&[
            ("AUC", format!("{:.4}", found.auc)),
            ("KS", format!("{:.4}", found.ks)),
            ("accuracy", format!("{:.4} at one half", found.accuracy)),
            ("Brier score", format!("{:.4}", found.brier)),
            ("calibration error", format!("{:.4}", found.ece)),
            (
                "held-out rows",
                format!("{} of all parties, {} positive", found.rows, found.positives),
            ),
        ])),
        (None, None) => text.push_str(&format!(
            "The figures follow from {}, which is not in {}.\n",
            figures(&details),
            folder.display()
        )),
    }
    let parties: Vec<Value> = result
        .contributions
        .iter()
        .map(|part| {
            json!({
                "org": part.party, "name": names.of(part.party), "rows": part.rows, "compute_ms": part.compute_ms,
                "utility": part.utility, "steps": part.steps, "bytes": sent.as_ref().and_then(|sent| sent.get(&part.party)),
            })
        })
        .collect();
    let points = |org: OrgId| {
        let payouts = details
            .settlement
            .iter()
            .flat_map(|settlement| settlement.payouts.iter());
        payouts
            .filter(|(party, _)| *party == org)
            .map(|(_, points)| *points)
            .next()
    };
    let rows: Vec<_> = result
        .contributions
        .iter()
        .map(|part| {
            let bytes = sent
                .as_ref()
                .and_then(|sent| sent.get(&part.party))
                .map_or_else(|| "?".into(), u64::to_string);
            let paid = points(part.party).map_or_else(|| "-".into(), |points| points.to_string());
            let seconds = micro(part.compute_ms.saturating_mul(1000));
            [
                names.of(part.party),
                part.rows.to_string(),
                format!("{seconds} s"),
                micro(part.utility),
                part.steps.to_string(),
                bytes,
                paid,
            ]
        })
        .collect();
    // What is hidden is what counts: rows, or all of a customer's as one.
    let plan = details.plan();
    let units = match plan.as_ref().and_then(JobPlan::unit) {
        None => "rows trained on".to_string(),
        Some(unit) => format!("{} trained on", unit.column),
    };
    text.push('\n');
    text.push_str(&table(
        ["party", &units, "computing", "utility", "steps", "bytes sent", "points"],
        &rows,
    ));
    let made = match details.spec.operation {
        Operation::Statistics => format!("answers: {}", folder.join(artefact::ANSWERS).display()),
        _ => format!(
            "model: {} ({})",
            folder.join(artefact::MODEL).display(),
            hash(&result.model)
        ),
    };
    text.push_str(&format!("\n{made}\n"));
    text.push_str(&trust.text());
    let value = json!({
        "job": id, "phase": "completed", "rounds": details.spec.rounds, "auc": evaluation.as_ref().map(|found| found.auc),
        "metrics": evaluation.map(|found| json!({
            "auc": found.auc, "ks": found.ks, "accuracy": found.accuracy, "brier": found.brier, "ece": found.ece,
            "rows": found.rows, "positives": found.positives,
        })),
        "answers": answers, "parties": parties, "payouts": details.payouts(),
        "settled": details.settlement.as_ref().map(|settlement| amount(settlement.amount())),
        "model": hash(&result.model), "encoding": hash(&result.encoding), "evaluation": hash(&result.evaluation),
        "receipts_root": hash(&result.receipts_root), "simulated": result.simulated,
        "artefacts": folder.display().to_string(), "trust_label": trust.line(), "trust": trust,
    });
    Ok(Answer::new(value, text))
}

/// Copies the job's files beside the export, so that the folder stands for itself.
fn copy_artefacts(from: &Path, to: &Path) -> Result<u32> {
    let mut copied = 0;
    let same = from
        .canonicalize()
        .ok()
        .is_some_and(|from| Some(from) == to.canonicalize().ok());
    if same || !from.is_dir() {
        return Ok(copied);
    }
    for entry in std::fs::read_dir(from).map_err(|error| Failure::file(from, &error))? {
        let entry = entry.map_err(|error| Failure::file(from, &error))?;
        let path = entry.path();
        if path.is_file() && entry.file_name() != STATE {
            let target = to.join(entry.file_name());
            std::fs::copy(&path, &target).map_err(|error| Failure::file(&target, &error))?;
            copied += 1;
        }
    }
    Ok(copied)
}

pub async fn export(context: &Context, id: JobId, out: Option<PathBuf>) -> Result<Answer> {
    let network = context.network().await?;
    let work = export::export(network.chain(), id, network.at());
    let export = context
        .out
        .busy("reading the chain", work)
        .await?
        .ok_or_else(|| unknown(id))?;
    let own = context.home.artefacts(id);
    let folder = out.unwrap_or_else(|| own.clone());
    private_dir(&folder)?;
    let bytes = export.encode();
    let file = folder.join(STATE);
    // Whole or not at all: an earlier export stays until this one is there.
    let partial = folder.join(format!("{STATE}.part"));
    std::fs::write(&partial, &bytes)
        .and_then(|()| std::fs::rename(&partial, &file))
        .map_err(|error| Failure::file(&file, &error))?;
    let copied = copy_artefacts(&own, &folder)?;
    let text = format!(
        "{} holds job {id} as of block {} ({} bytes, {copied} files copied beside it).\nCheck it offline: \
         secureflow verify job {id} --artefacts {}\n",
        file.display(),
        hash(&export.block),
        bytes.len(),
        folder.display()
    );
    let value = json!({
        "job": id, "file": file.display().to_string(), "folder": folder.display().to_string(), "bytes": bytes.len(),
        "copied": copied, "block_hash": hash(&export.block), "genesis": hash(&export.genesis),
    });
    Ok(Answer::new(value, text))
}
