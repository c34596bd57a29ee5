//! `secureflow audit`

mod check;
mod proof;

use crate::{
    context::Context,
    error::{Failure, Result},
    names::{self, account, shown, Reference},
    network::{find_space, reading, ChainState, Names},
    out::{table, Answer},
};
use clap::Subcommand;
use secureflow_chain::{
    audit::{self as sealed, AuditError, Ciphertext, Description, SecretKey},
    Call, ChainEvent,
};
use secureflow_primitives::{
    audit::{push_peak, Entry, Kind, Subject},
    JobId, OrgId, H256,
};
use serde_json::{json, Value};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Entries of the log: what happened, when and by whom. An auditor's home also opens what is encrypted
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
    /// Compare the details that callers have given with what their calls did; exit code 1 where they do not match
    #[command(after_help = CHECK)]
    Check {
        /// Only this space
        #[arg(long)]
        space: Option<Reference>,
        /// Only this job
        #[arg(long)]
        job: Option<JobId>,
        /// Only this entry
        #[arg(long, value_name = "INDEX")]
        entry: Option<u64>,
    },
    /// Write the proof of an entry, which scripts/audit-proof.py checks without a network
    #[command(after_help = PROOF)]
    Proof {
        /// The entry's number
        index: u64,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Begin a key epoch of a space: with the keys that its auditors have registered by now, and without those that have
    /// left the consortium
    #[command(after_help = ROTATE)]
    Rotate { space: Reference },
}

const CHECK: &str = "\
Examples, in the home of an auditor:
  secureflow audit check --space credit-risk
  secureflow audit check --job 0
  secureflow audit check --entry 17

Every entry with details names the hash of the call that left it. The call is taken from its block, and its arguments are
compared field by field with what the caller has told the auditors.";

const PROOF: &str = "\
Example:
  secureflow audit proof 17 --out entry-17.json
  python3 scripts/audit-proof.py entry-17.json BLOCK_HASH

BLOCK_HASH is the hash of the finalised block that the proof was made at, from a source that you trust.";

const ROTATE: &str = "\
Example, by the space's creator or one of its auditors:
  secureflow audit rotate credit-risk

From then on the chain takes details for the new epoch only, so that a key that is no longer registered opens nothing newer.";

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
        Audit::Check { space, job, entry } => reading(context.out, check::run(context, space, job, entry)).await,
        Audit::Proof { index, out } => reading(context.out, proof::run(context, index, &out)).await,
        Audit::Rotate { space } => rotate(context, &space).await,
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
    let reader = Reader::of(context, &state).await;
    let (mut rows, mut values) = (Vec::new(), Vec::<Value>::new());
    for (index, entry) in found.iter().skip(skip) {
        let told = entry.details.as_ref().map(|details| {
            let opened = reader.as_ref()?.open(&details.ciphertext).ok()?;
            Some((shown(&opened), entry.kind == Kind::Note))
        });
        let plain = told
            .as_ref()
            .and_then(|told| told.as_ref().map(|(text, _)| text.clone()));
        let actor = match &entry.actor {
            None => "the chain".to_string(),
            Some(actor) => match state.org_of(actor).await? {
                Some(org) => names.of(org),
                None => names::short(&account(actor)),
            },
        };
        values.push(json!({
            "index": index, "block": entry.block, "actor": entry.actor.as_ref().map(account), "actor_name": actor,
            "space": entry.space, "subject": entry.subject, "kind": entry.kind, "policy": entry.policy,
            "note": plain, "encrypted": entry.details.is_some(),
            "epoch": entry.details.as_ref().map(|details| details.epoch),
            "call": entry.details.as_ref().and_then(|details| details.call.as_ref()).map(names::hash),
        }));
        let text = match told {
            None => String::new(),
            Some(Some((text, true))) => text,
            // The JSON has it all; here its name has to do.
            Some(Some((text, false))) => match Description::read(text.as_bytes()) {
                Ok(told) => told
                    .remark
                    .map_or(told.name.clone(), |remark| format!("{}: {remark}", told.name)),
                Err(mismatch) => mismatch.to_string(),
            },
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
    let text = table(["entry", "block", "what", "about", "by", "details"], &rows);
    Ok(Answer::new(json!({ "entries": values }), text))
}

/// Who opens what is encrypted: an organisation with all its keys.
struct Reader {
    org: OrgId,
    secrets: Vec<SecretKey>,
}

impl Reader {
    /// The home's organisation; `None` for a home without one.
    async fn of(context: &Context, state: &ChainState<'_>) -> Option<Self> {
        let secrets = context.home.organisation().encryption_history().ok()?;
        let org = context.own_org(state).await.ok()?;
        Some(Self { org, secrets })
    }

    fn open(&self, ciphertext: &Ciphertext) -> std::result::Result<Vec<u8>, AuditError> {
        sealed::open_any(ciphertext, self.org, &self.secrets)
    }

    /// Whether one of the keys here is this one.
    fn holds(&self, public: &[u8; 32]) -> bool {
        self.secrets
            .iter()
            .any(|secret| secret.public_key().as_bytes() == public)
    }
}

async fn rotate(context: &Context, space: &Reference) -> Result<Answer> {
    let network = context.network().await?;
    let space = find_space(&network.state().await?.spaces().await?, space)?;
    let done = context.submit(&network, Call::RotateEpoch { space }).await?;
    let begun = done.find(|event| match event {
        ChainEvent::EpochBegun { epoch, auditors, .. } => Some((*epoch, *auditors)),
        _ => None,
    });
    let (epoch, auditors) =
        begun.ok_or_else(|| Failure::new("chain", "the chain began an epoch and gave no number"))?;
    let text = format!(
        "Epoch {epoch} of space {space} has begun, with {auditors} auditors (block {}).",
        done.block.number
    );
    let value = json!({ "space": space, "epoch": epoch, "auditors": auditors, "block": done.block.number });
    Ok(Answer::new(value, text))
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
        return Err(crate::explain::dispatch("Audit", "EmptyCiphertext", ""));
    }
    let network = context.network().await?;
    let state = network.state().await?;
    let space = find_space(&state.spaces().await?, space)?;
    let audience = state.audience(space).await?;
    let (epoch, roster) = audience.ok_or_else(|| crate::explain::dispatch("Audit", "NoAuditors", ""))?;
    let ciphertext = sealed::seal(&roster, text.as_bytes()).map_err(|error| {
        Failure::new("note", format!("the note cannot be encrypted: {error}"))
            .hint("A note has room for about 4,000 bytes; put longer texts elsewhere and note their hash.")
    })?;
    let subject = job.map_or(Subject::Space(space), Subject::Job);
    let done = context
        .submit(
            &network,
            Call::AppendNote {
                space,
                epoch,
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
        roster.len(),
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
