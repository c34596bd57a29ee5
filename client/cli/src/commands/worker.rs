//! `secureflow worker`

use crate::{
    context::Context,
    error::{Failure, Result},
    names::{account, hash, shown, AccountArg},
    network::{reading, Names},
    out::{fields, table, Answer},
};
use clap::Subcommand;
use secureflow_chain::Call;
use secureflow_primitives::{
    attestation::{TeeKind, Worker as Registered},
    AccountId, BlockNumber,
};
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

A worker that is short goes on until its grace ends; until then its host has to be updated and the worker renewed. Exit code
1 where one is short, or ends within a week.";

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

fn status(worker: &Registered, now: BlockNumber) -> &'static str {
    match worker {
        worker if worker.revoked => "revoked",
        worker if worker.is_active(now) => "active",
        _ => "expired",
    }
}

fn value(id: &AccountId, worker: &Registered, now: BlockNumber, names: &Names) -> Value {
    json!({
        "account": account(id),
        "operator": worker.operator,
        "operator_name": names.of(worker.operator),
        "status": status(worker, now),
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
    let (names, now) = (Names::read(&state).await?, state.block().number);
    let workers = state.workers().await?;
    let rows: Vec<_> = workers
        .iter()
        .map(|(id, worker)| {
            let until = worker.expires_at.to_string();
            let endpoint = shown(&worker.registration.endpoint);
            [
                account(id),
                names.of(worker.operator),
                kind(worker.kind).into(),
                status(worker, now).into(),
                until,
                endpoint,
            ]
        })
        .collect();
    let text = table(
        ["account", "operator", "evidence", "status", "until block", "endpoint"],
        &rows,
    );
    let values: Vec<_> = workers
        .iter()
        .map(|(id, worker)| value(id, worker, now, &names))
        .collect();
    Ok(Answer::new(json!({ "workers": values }), text))
}

async fn show(context: &Context, id: AccountId) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let (names, now) = (Names::read(&state).await?, state.block().number);
    let worker = state.worker(&id).await?.ok_or_else(|| unknown(&id))?;
    let accepted = state.measurements().await?.contains(&worker.measurement);
    let mut json = value(&id, &worker, now, &names);
    json["measurement_accepted"] = accepted.into();
    let evidence = match worker.is_simulated() {
        true => "SIMULATED: no hardware stands behind it".to_string(),
        false => kind(worker.kind).into(),
    };
    let accepted = if accepted {
        "accepted by the members"
    } else {
        "NOT accepted by the members"
    };
    let text = fields(&[
        ("account", account(&id)),
        ("operator", names.of(worker.operator)),
        ("status", status(&worker, now).into()),
        ("evidence", evidence),
        ("endpoint", shown(&worker.registration.endpoint)),
        (
            "measurement",
            format!("0x{} ({accepted})", hex::encode(worker.measurement.0)),
        ),
        (
            "certificate",
            format!("0x{}", hex::encode(worker.registration.tls_fingerprint)),
        ),
        (
            "session key",
            format!("0x{}", hex::encode(worker.registration.session_key)),
        ),
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
    let (now, seconds) = (state.block().number, state.time().await? / 1_000);
    let (policy, grace) = state.evidence_policy().await?;
    let grace = grace.filter(|grace| now < grace.until);
    let mut ids: Vec<AccountId> = state.workers().await?.into_iter().map(|(id, _)| id).collect();
    if let Some(wanted) = wanted {
        ids.retain(|id| *id == wanted);
        if ids.is_empty() {
            return Err(unknown(&wanted));
        }
    }
    let (mut rows, mut values, mut ok) = (Vec::new(), Vec::new(), true);
    for id in ids {
        let Some(platform) = state.platform(&id).await? else {
            rows.push([
                account(&id),
                "SIMULATED".into(),
                "no hardware to judge".into(),
                "-".into(),
            ]);
            values.push(json!({ "account": account(&id), "simulated": true }));
            continue;
        };
        let (text, tcb) = super::evidence::platform(&platform.tcb);
        let short = platform.tcb.short_of(&policy);
        let ends = platform.valid_until;
        let standing = match (&short, &grace) {
            (None, _) if ends <= seconds => "ENDED: renew".to_string(),
            (None, _) if ends - seconds < SOON => "ends soon: renew".into(),
            (None, _) => "as asked".into(),
            (Some(short), Some(grace)) => format!("SHORT, until block {}: {short}", grace.until),
            (Some(short), None) => format!("SHORT: {short}"),
        };
        ok &= short.is_none() && ends > seconds + SOON;
        values.push(json!({
            "account": account(&id), "simulated": false, "tcb": tcb, "short": short.map(|short| short.to_string()),
            "valid_until": ends, "grace_until": grace.as_ref().map(|grace| grace.until),
        }));
        rows.push([account(&id), text, standing, ends.to_string()]);
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
