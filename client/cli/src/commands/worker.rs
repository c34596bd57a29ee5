//! `secureflow worker`

use crate::{
    context::Context,
    error::{Failure, Result},
    names::{account, hash, shown, source_text, standing, standing_text, AccountArg},
    network::{reading, Names},
    out::{fields, table, Answer},
};
use clap::Subcommand;
use secureflow_chain::{Call, Standing};
use secureflow_primitives::{attestation::TeeKind, AccountId};
use serde_json::{json, Value};

#[derive(Debug, Subcommand)]
pub enum Worker {
    /// All registered workers
    #[command(after_help = "Example:\n  secureflow worker list")]
    List,
    /// One worker: operator, evidence, until when it counts
    #[command(after_help = "Example:\n  secureflow worker show 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX")]
    Show { account: AccountArg },
    /// Whether a worker's hardware is as recent as the members ask, and until when its evidence holds
    #[command(after_help = TCB_STATUS)]
    TcbStatus { account: Option<AccountArg> },
    /// Take a worker's registration back; only its operator may, or a vote of the members
    #[command(after_help = "Example:\n  secureflow worker revoke 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX")]
    Revoke { account: AccountArg },
}

const TCB_STATUS: &str = "\
Examples:
  secureflow worker tcb-status
  secureflow worker tcb-status 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX

A worker that is short goes on until its grace ends; until then its host has to be updated, and the worker renews by itself.
Exit code 1 where one is short, may not compute, or rests on what ends within a week.";

pub async fn run(context: &Context, command: Worker) -> Result<Answer> {
    match command {
        Worker::List => reading(context.out, list(context)).await,
        Worker::Show { account } => reading(context.out, show(context, account.0)).await,
        Worker::TcbStatus { account } => {
            reading(context.out, tcb_status(context, account.map(|account| account.0))).await
        }
        Worker::Revoke { account } => revoke(context, account.0).await,
    }
}

/// How a kind of evidence is named to people: what is simulated says so in capitals.
pub fn kind(kind: TeeKind) -> &'static str {
    match kind {
        TeeKind::Simulated => "SIMULATED",
        TeeKind::SevSnp => "sev-snp",
        TeeKind::Tdx => "tdx",
        TeeKind::Sgx => "sgx",
    }
}

fn value(id: &AccountId, found: &Standing, names: &Names) -> Value {
    let worker = &found.worker;
    json!({
        "account": account(id),
        "operator": worker.operator,
        "operator_name": names.of(worker.operator),
        "status": standing(found.status),
        "until": found.status.until(),
        "status_text": standing_text(found.status),
        "simulated": worker.is_simulated(),
        "kind": kind(worker.kind),
        "endpoint": shown(&worker.registration.endpoint),
        "measurement": format!("0x{}", hex::encode(worker.measurement.0)),
        "tls_fingerprint": format!("0x{}", hex::encode(worker.registration.tls_fingerprint)),
        "session_key": format!("0x{}", hex::encode(worker.registration.session_key)),
        "evidence_hash": hash(&worker.evidence_hash),
        "anchor": worker.registration.anchor.number,
        "registered_at": worker.registered_at,
        "expires_at": worker.expires_at,
    })
}

async fn list(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let workers = state.standings().await?;
    let rows: Vec<_> = workers
        .iter()
        .map(|(id, found)| {
            [
                account(id),
                names.of(found.worker.operator),
                kind(found.worker.kind).into(),
                standing(found.status).into(),
                found
                    .status
                    .until()
                    .map_or_else(|| "-".into(), |until| until.to_string()),
                shown(&found.worker.registration.endpoint),
            ]
        })
        .collect();
    let text = table(
        ["account", "operator", "evidence", "status", "until block", "endpoint"],
        &rows,
    );
    let values: Vec<_> = workers.iter().map(|(id, found)| value(id, found, &names)).collect();
    Ok(Answer::new(json!({ "workers": values }), text))
}

async fn show(context: &Context, id: AccountId) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let (names, now) = (Names::read(&state).await?, state.block().number);
    let found = state.standing(&id).await?.ok_or_else(|| unknown(&id))?;
    let mut json = value(&id, &found, &names);
    json["measurement_accepted"] = found.measurement.is_some().into();
    let worker = &found.worker;
    let evidence = match worker.is_simulated() {
        true => "SIMULATED: no hardware stands behind it".to_string(),
        false => kind(worker.kind).into(),
    };
    let source = match &found.measurement {
        Some(accepted) => source_text(accepted),
        None => "NOT accepted by the members".into(),
    };
    let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    let text = fields(&[
        ("account", account(&id)),
        ("operator", names.of(worker.operator)),
        ("status", standing_text(found.status)),
        ("evidence", evidence),
        ("endpoint", shown(&worker.registration.endpoint)),
        ("measurement", hex(&worker.measurement.0)),
        ("stands for", source),
        ("certificate", hex(&worker.registration.tls_fingerprint)),
        ("session key", hex(&worker.registration.session_key)),
        (
            "registered",
            format!(
                "at block {}, for block {}",
                worker.registered_at, worker.registration.anchor.number
            ),
        ),
        ("expires", format!("at block {} (now {now})", worker.expires_at)),
    ]);
    Ok(Answer::new(json, text))
}

/// How long before its evidence ends a worker is reported.
const SOON: u64 = 7 * 24 * 3600;

async fn tcb_status(context: &Context, wanted: Option<AccountId>) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let seconds = state.time().await? / 1_000;
    let policy = state.evidence_policy().await?;
    let mut workers = state.standings().await?;
    if let Some(wanted) = wanted {
        workers.retain(|(id, _)| *id == wanted);
        if workers.is_empty() {
            return Err(unknown(&wanted));
        }
    }
    let (mut rows, mut values, mut ok) = (Vec::new(), Vec::new(), true);
    for (id, found) in workers {
        let Some(platform) = &found.platform else {
            rows.push([
                account(&id),
                "SIMULATED".into(),
                "no hardware to judge".into(),
                "-".into(),
            ]);
            values.push(json!({ "account": account(&id), "simulated": true, "status": standing(found.status) }));
            continue;
        };
        let (text, tcb) = super::evidence::platform(&platform.tcb);
        let short = platform.tcb.short_of(&policy);
        let soon = platform.valid_until <= seconds + SOON;
        let mut says = standing_text(found.status);
        if let Some(short) = &short {
            says.push_str(&format!(": {short}"));
        } else if soon && found.status.is_active() {
            says.push_str("; a certificate or collateral ends soon: fetch a newer one");
        }
        ok &= short.is_none() && !soon && found.status.is_active();
        values.push(json!({
            "account": account(&id), "simulated": false, "status": standing(found.status), "tcb": tcb,
            "short": short.map(|short| short.to_string()), "valid_until": platform.valid_until,
            "grace_until": platform.grace_until,
        }));
        rows.push([account(&id), text, says, platform.valid_until.to_string()]);
    }
    let text = table(["account", "platform", "standing", "evidence until (unix s)"], &rows);
    Ok(Answer {
        ok,
        ..Answer::new(json!({ "workers": values, "now": seconds }), text)
    })
}

async fn revoke(context: &Context, id: AccountId) -> Result<Answer> {
    let network = context.network().await?;
    network.state().await?.worker(&id).await?.ok_or_else(|| unknown(&id))?;
    let done = context
        .submit(&network, Call::RevokeWorker { worker: id.clone() })
        .await?;
    let text = format!("{} is revoked (block {}).", account(&id), done.block.number);
    Ok(Answer::new(
        json!({ "worker": account(&id), "block": done.block.number }),
        text,
    ))
}

fn unknown(id: &AccountId) -> Failure {
    Failure::new(
        "Attestations.UnknownWorker",
        format!("{} is no registered worker", account(id)),
    )
    .hint("`secureflow worker list` lists them.")
}
