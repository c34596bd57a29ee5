//! `secureflow measurement`

use crate::{
    context::Context,
    council::{self, Majority},
    error::{Failure, Result},
    evidence_policy::bytes48,
    names::{hash, source_text, HashArg},
    network::reading,
    out::{table, Answer},
};
use clap::{Args, Subcommand};
use secureflow_chain::Call;
use secureflow_primitives::attestation::{AcceptedMeasurement, Measurement as Measured, Revision, Source};
use serde_json::{json, Value};
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub enum Measurement {
    /// The measurements that the members accept, and the source that each stands for
    #[command(after_help = "Example:\n  secureflow measurement list")]
    List,
    /// Ask the council to accept a measurement: workers that report it may register
    #[command(after_help = ACCEPT)]
    Accept(Accept),
    /// Ask the council to drop a measurement: its workers are revoked at once
    #[command(after_help = DROP)]
    Drop {
        /// 48 bytes, hex
        measurement: MeasurementArg,
    },
}

const ACCEPT: &str = "\
Examples:
  secureflow measurement accept 0x7a… --revision 9fceb02d0ae598e95dc970b74767f19372d61af8 --recipe 0x1f…
  secureflow measurement accept 0x7a… --revision 9fceb02d0ae598e95dc970b74767f19372d61af8 --recipe 0x1f… --replaces 0x5c…
  secureflow measurement accept 0x7a… --development

Before you vote, build the revision by the recipe yourself and compare: `secureflow evidence check` prints what a report
measured. A measurement that is replaced counts for a week more, in which its workers are exchanged. Two thirds decide.";

const DROP: &str = "\
Example:
  secureflow measurement drop 0x7a…

Three quarters decide, since jobs of its workers move or end. `measurement accept --replaces` lets them run on for a week.";

#[derive(Debug, Args)]
pub struct Accept {
    /// 48 bytes, hex: what SEV-SNP or TDX reports; MRENCLAVE and zeros for SGX
    measurement: MeasurementArg,
    /// The git object id of the source
    #[arg(
        long,
        value_name = "ID",
        required_unless_present = "development",
        requires = "recipe"
    )]
    revision: Option<RevisionArg>,
    /// SHA-256 of the build recipe, as `sha256sum` prints it
    #[arg(long, value_name = "HASH", requires = "revision")]
    recipe: Option<HashArg>,
    /// It stands for no source: for networks of development
    #[arg(long, conflicts_with = "revision")]
    development: bool,
    /// The older measurement in whose place it comes
    #[arg(long, value_name = "MEASUREMENT")]
    replaces: Option<MeasurementArg>,
}

/// A measurement in hex, with or without `0x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasurementArg(Measured);

impl FromStr for MeasurementArg {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        bytes48(text).map(|bytes| Self(Measured(bytes)))
    }
}

/// A git object id in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevisionArg(Revision);

impl FromStr for RevisionArg {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        hex::decode(text.strip_prefix("0x").unwrap_or(text))
            .ok()
            .and_then(|id| Revision::from_bytes(&id))
            .map(Self)
            .ok_or_else(|| {
                "is no git object id: give all of its 40 or 64 digits, as `git rev-parse` prints them".into()
            })
    }
}

pub async fn run(context: &Context, command: Measurement) -> Result<Answer> {
    match command {
        Measurement::List => reading(context.out, list(context)).await,
        Measurement::Accept(accept) => accept.run(context).await,
        Measurement::Drop { measurement } => drop(context, measurement.0).await,
    }
}

fn shown(measurement: &Measured) -> String {
    format!("0x{}", hex::encode(measurement.0))
}

fn value(measurement: &Measured, accepted: &AcceptedMeasurement) -> Value {
    let AcceptedMeasurement {
        source,
        accepted_at,
        replaced,
    } = accepted;
    json!({
        "measurement": shown(measurement),
        "development": source.is_development(),
        "revision": hex::encode(source.revision.as_bytes()),
        "recipe": hash(&source.recipe),
        "accepted_at": accepted_at,
        "replaced_by": replaced.map(|by| shown(&by.by)),
        "ends_at": replaced.map(|by| by.at),
    })
}

async fn list(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let all = network.state().await?.measurements().await?;
    let values: Vec<_> = all.iter().map(|(id, accepted)| value(id, accepted)).collect();
    let rows: Vec<_> = all
        .iter()
        .map(|(id, accepted)| [shown(id), accepted.accepted_at.to_string(), source_text(accepted)])
        .collect();
    let text = table(["measurement", "since block", "stands for"], &rows);
    Ok(Answer::new(json!({ "measurements": values }), text))
}

impl Accept {
    async fn run(&self, context: &Context) -> Result<Answer> {
        let source = match (self.revision, self.recipe) {
            (Some(revision), Some(recipe)) => Source {
                revision: revision.0,
                recipe: recipe.0,
            },
            _ => Source::DEVELOPMENT,
        };
        let (measurement, replaces) = (self.measurement.0, self.replaces.map(|old| old.0));
        let network = context.network().await?;
        let known = network.state().await?.measurements().await?;
        let find = |wanted: Measured| known.iter().find(|(id, _)| *id == wanted).map(|(_, accepted)| accepted);
        if find(measurement).is_some_and(|accepted| accepted.replaced.is_none()) {
            return Err(crate::explain::dispatch("Attestations", "MeasurementKnown", ""));
        }
        if replaces.is_some_and(|old| find(old).is_none()) {
            return Err(unknown());
        }
        let call = Call::AcceptMeasurement {
            measurement,
            source,
            replaces,
        };
        let (outcome, _) = council::propose(context, &network, call).await?;
        let purpose = format!(
            "to accept {}: {}",
            shown(&measurement),
            source_text(&AcceptedMeasurement::new(source, 0))
        );
        Ok(Answer::new(outcome.json(), outcome.text(&purpose)))
    }
}

async fn drop(context: &Context, measurement: Measured) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    if state.measurements().await?.iter().all(|(id, _)| *id != measurement) {
        return Err(unknown());
    }
    let standings = state.standings().await?;
    let running = standings
        .iter()
        .filter(|(_, found)| found.worker.measurement == measurement && found.status.is_active())
        .count();
    let call = Call::DropMeasurement { measurement };
    let (outcome, _) = council::propose_by(context, &network, call, Majority::ThreeQuarters).await?;
    let mut json = outcome.json();
    json["active_workers"] = running.into();
    let purpose = format!("to drop {}, which {running} active workers run", shown(&measurement));
    Ok(Answer::new(json, outcome.text(&purpose)))
}

fn unknown() -> Failure {
    crate::explain::dispatch("Attestations", "MeasurementUnknown", "")
}
