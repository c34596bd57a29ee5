//! `secureflow dataset`

use crate::{
    agent::Inspection,
    context::Context,
    error::{Failure, Result},
    names::{self, hash, micro, shown, Reference},
    network::{find_dataset, reading, Names},
    out::{fields, table, Answer},
    trust::DELTA_EXPONENT,
};
use clap::Subcommand;
use secureflow_chain::{Call, ChainEvent};
use secureflow_primitives::{
    policy::{Dataset as Registered, DatasetRegistration, Policy, RowBand},
    privacy::Ledger,
    DatasetId,
};
use serde_json::{json, Value};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How far the agent may be behind the chain.
const AGENT_BEHIND: Duration = Duration::from_secs(20);

#[derive(Debug, Subcommand)]
pub enum Dataset {
    /// What your agent sees in a CSV file: columns, kinds, rows, missing values. Nothing leaves your machine
    #[command(
        after_help = "Examples:\n  secureflow dataset inspect loans.csv\n  secureflow dataset inspect loans.csv --label default"
    )]
    Inspect {
        file: PathBuf,
        /// Check that this column can be a label: two values
        #[arg(long, value_name = "COLUMN")]
        label: Option<String>,
    },
    /// Tell the consortium that the data exists: name, size band, two hashes. The rows stay where they are
    #[command(after_help = REGISTER)]
    Register {
        file: PathBuf,
        /// How others will call it; unique among your datasets
        #[arg(long)]
        name: String,
    },
    /// All registered datasets
    #[command(after_help = "Example:\n  secureflow dataset list")]
    List,
    /// One dataset: owner, policy, and how much of its privacy is spent
    #[command(after_help = "Examples:\n  secureflow dataset show 3\n  secureflow dataset show bank-credit")]
    Show { dataset: Reference },
    /// Let no new job use the dataset; jobs under way go on
    #[command(after_help = "Example:\n  secureflow dataset retire 3")]
    Retire { dataset: Reference },
}

const REGISTER: &str = "\
Example:
  secureflow --home ~/bank dataset register loans.csv --name bank-loans

Your agent must run: it reads the file, and keeps its path for jobs. Until you set a policy nobody may use the data:
  secureflow policy template --dataset bank-loans --label default > policy.toml
  secureflow policy set bank-loans policy.toml";

pub async fn run(context: &Context, command: Dataset) -> Result<Answer> {
    match command {
        Dataset::Inspect { file, label } => inspect(context, &file, label.as_deref()).await,
        Dataset::Register { file, name } => register(context, &file, &name).await,
        Dataset::List => reading(context.out, list(context)).await,
        Dataset::Show { dataset } => reading(context.out, show(context, &dataset)).await,
        Dataset::Retire { dataset } => retire(context, &dataset).await,
    }
}

/// How a size band is named to people.
pub fn band(band: RowBand) -> &'static str {
    match band {
        RowBand::Under1K => "under 1,000",
        RowBand::Under10K => "1,000 to 9,999",
        RowBand::Under100K => "10,000 to 99,999",
        RowBand::Under1M => "100,000 to 999,999",
        RowBand::Over1M => "a million or more",
    }
}

async fn inspected(context: &Context, file: &Path, label: Option<&str>) -> Result<Inspection> {
    let agent = context.agent()?;
    context
        .out
        .busy("your agent reads the file", agent.inspect(file, label))
        .await
}

async fn inspect(context: &Context, file: &Path, label: Option<&str>) -> Result<Answer> {
    let found = inspected(context, file, label).await?;
    let rows: Vec<_> = found
        .columns
        .iter()
        .map(|column| [column.name.clone(), column.kind.clone(), column.missing.to_string()])
        .collect();
    let mut text = table(["column", "kind", "missing"], &rows);
    text.push('\n');
    text.push_str(&fields(&[
        (
            "rows",
            format!("{} (told to others: {})", found.rows, band(found.row_band())),
        ),
        ("schema", hash(&found.schema_hash)),
        ("content", hash(&found.content_root)),
    ]));
    if let Some(label) = &found.label {
        text.push_str(&format!(
            "{:?} can be a label: {}\n",
            label.column,
            label.values.join(" or ")
        ));
    }
    Ok(Answer::new(&found, text))
}

async fn register(context: &Context, file: &Path, name: &str) -> Result<Answer> {
    let name = names::name("the name", name)?;
    let found = inspected(context, file, None).await?;
    let network = context.network().await?;
    let owner = context.own_org(&network.state().await?).await?;
    let registration = DatasetRegistration {
        name: name.clone(),
        schema: found.schema_hash,
        rows: found.row_band(),
        content_root: found.content_root,
    };
    let state = network.state().await?;
    // The same registration again only binds the file again: an agent that was away can be told later.
    let known = state
        .datasets()
        .await?
        .into_iter()
        .find(|(_, dataset)| dataset.owner == owner && !dataset.retired && dataset.registration == registration);
    let dataset = match known {
        Some((id, _)) => id,
        None => {
            let done = context.submit(&network, Call::RegisterDataset { registration }).await?;
            done.find(|event| match event {
                ChainEvent::DatasetRegistered { dataset, .. } => Some(*dataset),
                _ => None,
            })
            .ok_or_else(|| Failure::new("chain", "the chain took the registration and gave no number"))?
        }
    };
    context.out.busy("your agent checks the file", bind(context, dataset, file)).await.map_err(|failure| {
        let hint = format!(
            "The chain knows dataset {dataset}, your agent does not yet. Once the cause is mended, run the same command \
             again. {}",
            failure.hint.clone().unwrap_or_default()
        );
        failure.hint(hint.trim_end())
    })?;
    let text = format!(
        "{} is dataset {dataset}: {} rows ({} told to others). Nobody may use it before you set a policy:\n  \
         secureflow policy template --dataset {dataset} > policy.toml\n  secureflow policy set {dataset} policy.toml\n",
        shown(&name),
        found.rows,
        band(found.row_band())
    );
    let value = json!({
        "dataset": dataset, "name": shown(&name), "rows": found.rows, "row_band": found.row_band(),
        "schema": hash(&found.schema_hash), "content_root": hash(&found.content_root),
    });
    Ok(Answer::new(value, text))
}

/// Tells the agent. It follows final blocks on its own and may see the registration a little later than we do.
async fn bind(context: &Context, dataset: DatasetId, file: &Path) -> Result<()> {
    let agent = context.agent()?;
    let begun = Instant::now();
    loop {
        match agent.bind(dataset, file).await {
            Ok(_) => return Ok(()),
            Err(failure) => {
                let early = ["unknown_dataset", "no_organisation"].contains(&failure.code.as_str());
                if !early || begun.elapsed() > AGENT_BEHIND {
                    return Err(failure);
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

fn value(id: DatasetId, dataset: &Registered, names: &Names) -> Value {
    json!({
        "id": id, "name": shown(&dataset.registration.name), "owner": dataset.owner,
        "owner_name": names.of(dataset.owner), "row_band": dataset.registration.rows, "policy": dataset.policy,
        "retired": dataset.retired, "revoked": dataset.revoked, "schema": hash(&dataset.registration.schema),
        "content_root": hash(&dataset.registration.content_root),
    })
}

async fn list(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let datasets = state.datasets().await?;
    let rows: Vec<_> = datasets
        .iter()
        .map(|(id, dataset)| {
            let policy = match dataset.policy.0 {
                _ if dataset.retired => "retired".to_string(),
                _ if dataset.revoked => "policy revoked: cannot be used".into(),
                0 => "no policy: cannot be used".into(),
                version => format!("policy {version}"),
            };
            let rows = band(dataset.registration.rows).to_string();
            [
                id.to_string(),
                shown(&dataset.registration.name),
                names.of(dataset.owner),
                rows,
                policy,
            ]
        })
        .collect();
    let text = table(["id", "name", "owner", "rows", "use"], &rows);
    let values: Vec<_> = datasets
        .iter()
        .map(|(id, dataset)| value(*id, dataset, &names))
        .collect();
    Ok(Answer::new(json!({ "datasets": values }), text))
}

/// The ledger in ε. Where jobs ran without differential privacy, what is spent has no bound.
pub fn ledger(ledger: &Ledger, policy: Option<&Policy>) -> (Value, Vec<(&'static str, String)>) {
    let budget = policy.and_then(|policy| policy.budget);
    let delta = budget.map_or(DELTA_EXPONENT, |budget| budget.delta_exponent);
    let spent = ledger.spent.epsilon_micro(delta);
    let held = ledger.spent.plus(ledger.reserved).epsilon_micro(delta);
    let bounded = ledger.unbounded_uses == 0;
    let units = |micro: u64| micro as f64 / 1e6;
    let left = budget.map(|budget| budget.epsilon_micro.saturating_sub(held));
    let value = json!({
        "epsilon_spent": bounded.then(|| units(spent)),
        "epsilon_reserved": units(held.saturating_sub(spent)),
        "epsilon_left": left.map(units),
        "epsilon_budget": budget.map(|budget| units(budget.epsilon_micro)),
        "delta_exponent": delta,
        "uses": ledger.uses,
        "uses_without_privacy": ledger.unbounded_uses,
        "max_uses": policy.and_then(|policy| policy.max_uses),
    });
    let mut lines = vec![
        (
            "spent",
            match bounded {
                true => format!("ε = {} at δ = 1e-{delta}", micro(spent)),
                false => format!(
                    "no bound: {} jobs ran without differential privacy",
                    ledger.unbounded_uses
                ),
            },
        ),
        ("reserved", format!("ε = {}", micro(held.saturating_sub(spent)))),
    ];
    lines.push((
        "left",
        match (budget, left) {
            (Some(budget), Some(left)) => format!("ε = {} of {}", micro(left), micro(budget.epsilon_micro)),
            _ => "no budget set".into(),
        },
    ));
    lines.push((
        "uses",
        match policy.and_then(|policy| policy.max_uses) {
            Some(most) => format!("{} of {most}", ledger.uses),
            None => ledger.uses.to_string(),
        },
    ));
    (value, lines)
}

async fn show(context: &Context, wanted: &Reference) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let id = find_dataset(&state.datasets().await?, wanted)?;
    let dataset = state
        .dataset(id)
        .await?
        .ok_or_else(|| crate::explain::dispatch("Policies", "UnknownDataset", ""))?;
    let policy = state.policy(id, dataset.policy).await?;
    let (ledger_value, ledger_lines) = ledger(&state.ledger(id).await?, policy.as_ref());
    let mut pairs = vec![
        ("dataset", format!("{id} {}", shown(&dataset.registration.name))),
        ("owner", names.of(dataset.owner)),
        ("rows", band(dataset.registration.rows).into()),
        ("schema", hash(&dataset.registration.schema)),
        ("content", hash(&dataset.registration.content_root)),
        (
            "policy",
            match dataset.policy.0 {
                _ if dataset.retired => "retired: no new job may use it".into(),
                0 => format!("none, so nobody may use it: secureflow policy set {id} FILE"),
                _ if dataset.revoked => format!("revoked, so nobody may use it: secureflow policy set {id} FILE"),
                version => format!("version {version}: secureflow policy show {id}"),
            },
        ),
    ];
    pairs.extend(ledger_lines);
    let mut json = value(id, &dataset, &names);
    json["ledger"] = ledger_value;
    Ok(Answer::new(json, fields(&pairs)))
}

async fn retire(context: &Context, wanted: &Reference) -> Result<Answer> {
    let network = context.network().await?;
    let id = find_dataset(&network.state().await?.datasets().await?, wanted)?;
    let done = context.submit(&network, Call::Retire { dataset: id }).await?;
    let text = format!(
        "Dataset {id} is retired (block {}). Jobs under way go on.",
        done.block.number
    );
    Ok(Answer::new(json!({ "dataset": id, "block": done.block.number }), text))
}
