//! `secureflow audit`

use crate::{
    context::Context,
    error::{Failure, Result},
    names::{self, account, shown, Reference},
    network::{find_space, reading, ChainState, Names},
    out::{table, Answer},
};
use clap::Subcommand;
use secureflow_chain::{audit as sealed, Call, ChainEvent};
use secureflow_primitives::{
    audit::{push_peak, Entry, Subject},
    JobId, OrgId, SpaceId, H256,
};
use serde_json::{json, Value};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Entries of the log: what happened, when and by whom. An auditor's home also opens the encrypted notes
    #[command(after_help = LIST)]
    List {
        /// Only this space
        #[arg(long)]
        space: Option<Reference>,
        /// Only this job
        #[arg(long)]
        job: Option<JobId>,
        /// Only the last so many
        #[arg(long, value_name = "N")]
        last: Option<usize>,
    },
    /// Add a note that only the space's auditors can read
    #[command(after_help = APPEND)]
    Append {
        space: Reference,
        /// The note's text
        #[arg(required_unless_present = "file")]
        text: Option<String>,
        /// Take the text from a file
        #[arg(long, conflicts_with = "text")]
        file: Option<PathBuf>,
        /// The job that it is about
        #[arg(long)]
        job: Option<JobId>,
    },
    /// Compute the log's Merkle mountain range again from all entries and compare it with the chain's
    #[command(after_help = "Example:\n  secureflow audit verify")]
    Verify,
}

const LIST: &str = "\
Examples:
  secureflow audit list --last 20
  secureflow audit list --job 0
  secureflow --home ~/supervisor audit list --space credit-risk";

const APPEND: &str = "\
Examples:
  secureflow audit append credit-risk 'Model handed to the credit department.' --job 0
  secureflow audit append credit-risk --file memo.txt";

pub async fn run(context: &Context, command: Audit) -> Result<Answer> {
    match command {
        Audit::List { space, job, last } => reading(context.out, list(context, space, job, last)).await,
        Audit::Append { space, text, file, job } => append(context, &space, text, file, job).await,
        Audit::Verify => reading(context.out, verify(context)).await,
    }
}

fn subject(subject: &Subject, names: &Names) -> String {
    match subject {
        Subject::Organisation(org) => names.of(*org),
        Subject::Dataset(id) => format!("dataset {id}"),
        Subject::Space(id) => format!("space {id}"),
        Subject::Job(id) => format!("job {id}"),
        Subject::Worker(worker) => format!("worker {}", names::short(&account(worker))),
        Subject::Consortium => "the consortium".into(),
        Subject::Code(hash) => format!("code {}", names::short(&names::hash(hash))),
        Subject::Measurement(measurement) => format!("measurement 0x{}…", hex::encode(&measurement.0[..4])),
    }
}

async fn entries(state: &ChainState<'_>) -> Result<Vec<(u64, Entry)>> {
    Ok(state.audit_entries(0..u64::MAX).await?)
}

async fn list(context: &Context, space: Option<Reference>, job: Option<JobId>, last: Option<usize>) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let space = match space {
        Some(space) => Some(find_space(&state.spaces().await?, &space)?),
        None => None,
    };
    let mut found = entries(&state).await?;
    found.retain(|(_, entry)| {
        space.is_none_or(|space| entry.space == Some(space)) && job.is_none_or(|job| entry.subject == Subject::Job(job))
    });
    let skip = last.map_or(0, |last| found.len().saturating_sub(last));
    // Without an organisation's keys the notes stay closed.
    let key = match (context.home.organisation().encryption(), context.own_org(&state).await) {
        (Ok(key), Ok(org)) => Some((org, key)),
        _ => None,
    };
    let (mut rows, mut values) = (Vec::new(), Vec::<Value>::new());
    for (index, entry) in found.iter().skip(skip) {
        let note = entry.ciphertext.as_ref().map(|ciphertext| {
            let opened = key
                .as_ref()
                .and_then(|(org, key)| sealed::open(ciphertext, *org, key).ok());
            opened.map(|text| shown(&text))
        });
        let actor = match &entry.actor {
            None => "the chain".to_string(),
            Some(actor) => match state.org_of(actor).await? {
                Some(org) => names.of(org),
                None => names::short(&account(actor)),
            },
        };
        values.push(json!({
            "index": index, "block": entry.block, "actor": entry.actor.as_ref().map(account), "actor_name": actor,
            "space": entry.space, "subject": entry.subject, "kind": entry.kind, "note": note.clone().flatten(),
            "encrypted": entry.ciphertext.is_some(),
        }));
        let text = match note {
            None => String::new(),
            Some(Some(text)) => text,
            Some(None) => "(encrypted to the auditors)".into(),
        };
        rows.push([
            index.to_string(),
            entry.block.to_string(),
            format!("{:?}", entry.kind),
            subject(&entry.subject, &names),
            actor,
            text,
        ]);
    }
    let text = table(["entry", "block", "what", "about", "by", "note"], &rows);
    Ok(Answer::new(json!({ "entries": values }), text))
}

/// The public keys of a space's auditors.
async fn auditors(state: &ChainState<'_>, names: &Names, space: SpaceId) -> Result<Vec<(OrgId, [u8; 32])>> {
    let orgs = state.auditors(space).await?;
    let key = |org: &OrgId| Some((*org, names.get(*org)?.keys.as_ref()?.encryption));
    let keys: Vec<(OrgId, [u8; 32])> = orgs.iter().filter_map(key).collect();
    if keys.is_empty() {
        return Err(Failure::new(
            "no_auditors",
            format!("space {space} has no auditor who could read a note"),
        )
        .hint("Its creator names one: secureflow space auditor SPACE ORG"));
    }
    Ok(keys)
}

async fn append(
    context: &Context,
    space: &Reference,
    text: Option<String>,
    file: Option<PathBuf>,
    job: Option<JobId>,
) -> Result<Answer> {
    let text = match (text, file) {
        (Some(text), _) => text,
        (None, Some(file)) => super::policy::read(&file)?,
        (None, None) => return Err(Failure::usage("the note has no text")),
    };
    if text.trim().is_empty() {
        return Err(crate::explain::dispatch("Audit", "EmptyNote", ""));
    }
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let space = find_space(&state.spaces().await?, space)?;
    let keys = auditors(&state, &names, space).await?;
    let ciphertext = sealed::seal(&keys, text.as_bytes()).map_err(|error| {
        Failure::new("note", format!("the note cannot be encrypted: {error}"))
            .hint("A note has room for about 4,000 bytes; put longer texts elsewhere and note their hash.")
    })?;
    let subject = job.map_or(Subject::Space(space), Subject::Job);
    let done = context
        .submit(
            &network,
            Call::AppendNote {
                space: Some(space),
                subject,
                ciphertext,
            },
        )
        .await?;
    let index = done.find(|event| match event {
        ChainEvent::Appended { index, .. } => Some(*index),
        _ => None,
    });
    let place = index.map_or_else(String::new, |index| format!(" as entry {index}"));
    let text = format!(
        "Noted{place}, readable by {} auditors (block {}).",
        keys.len(),
        done.block.number
    );
    Ok(Answer::new(
        json!({ "index": index, "space": space, "block": done.block.number }),
        text,
    ))
}

async fn verify(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let count = state.audit_count().await?;
    let found = entries(&state).await?;
    let complete =
        found.len() as u64 == count && found.iter().zip(0..).all(|((index, _), expected)| *index == expected);
    let mut peaks: Vec<(u32, H256)> = Vec::new();
    for (index, entry) in &found {
        push_peak(&mut peaks, entry.hash(*index));
    }
    let same = peaks == state.audit_peaks().await?;
    let ok = complete && same;
    let block = state.block();
    let text = match (complete, same) {
        (true, true) => format!(
            "✓ {count} entries give the {} peaks that the chain holds at block {}.\n",
            peaks.len(),
            block.number
        ),
        (false, _) => format!("✗ The log says {count} entries, and {} are there.\n", found.len()),
        (true, false) => "✗ The entries do not give the peaks that the chain holds: the log was changed.\n".to_string(),
    };
    let listed: Vec<Value> = peaks
        .iter()
        .map(|(height, hash)| json!({ "height": height, "hash": names::hash(hash) }))
        .collect();
    let value = json!({
        "verified": ok, "entries": count, "peaks": listed, "block": block.number, "block_hash": names::hash(&block.hash),
    });
    let mut answer = Answer::new(value, text);
    answer.ok = ok;
    Ok(answer)
}
