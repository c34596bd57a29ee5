//! `secureflow policy`

use crate::{
    context::Context,
    error::{Failure, Result},
    names::{micro, Reference},
    network::{find_dataset, reading, Names},
    out::{fields, table, Answer},
    policy_check,
    policy_file::{self, OperationName, PolicyFile, RoleName, RuleFile, Rules},
    proposal,
};
use clap::Subcommand;
use secureflow_chain::{Call, ChainEvent};
use secureflow_primitives::{attestation::TeeKind, policy::Policy as Terms, DatasetId, OrgId};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Print a policy to start from, every rule explained
    #[command(after_help = TEMPLATE)]
    Template {
        /// Take the columns of this dataset of yours
        #[arg(long)]
        dataset: Option<Reference>,
        /// Take the columns of this CSV file
        #[arg(long, conflicts_with = "dataset")]
        file: Option<PathBuf>,
        /// The column that others may predict
        #[arg(long, value_name = "COLUMN")]
        label: Option<String>,
    },
    /// Set a dataset's policy; jobs that are approved keep the one they were approved under
    #[command(after_help = "Example:\n  secureflow policy set bank-loans policy.toml")]
    Set { dataset: Reference, file: PathBuf },
    /// A dataset's policy
    #[command(
        after_help = "Examples:\n  secureflow policy show bank-loans\n  secureflow policy show bank-loans --toml > policy.toml"
    )]
    Show {
        dataset: Reference,
        /// Print it as a file that `policy set` reads
        #[arg(long)]
        toml: bool,
    },
    /// Take the consent back: nobody may use the dataset until it has another policy
    #[command(after_help = REVOKE)]
    Revoke { dataset: Reference },
    /// Would this job be allowed to use the dataset? Names every rule that refuses it
    #[command(after_help = CHECK)]
    Check {
        /// The job, as a file
        job: PathBuf,
        /// The dataset whose policy judges it
        #[arg(value_name = "DATASET")]
        judged: Reference,
        /// A dataset of the job, by name or number, once per party; instead of those that the file names
        #[arg(long)]
        dataset: Vec<Reference>,
    },
}

const CHECK: &str = "\
Examples:
  secureflow policy check job.toml bank-loans
  secureflow policy check job.toml bank-loans --dataset bank-loans --dataset insurer-loans";

const REVOKE: &str = "\
Example:
  secureflow policy revoke bank-loans

Jobs that name the dataset and have not begun are stopped, and end within a few blocks. A job that runs goes on under the
policy that it was approved under.";

const TEMPLATE: &str = "\
Examples:
  secureflow policy template > policy.toml
  secureflow policy template --file loans.csv --label default > policy.toml
  secureflow policy template --dataset bank-loans --label default > policy.toml

Every column of the file becomes a feature; change what should stay hidden before you set the policy.";

pub async fn run(context: &Context, command: Policy) -> Result<Answer> {
    match command {
        Policy::Template { dataset, file, label } => template(context, dataset, file, label).await,
        Policy::Set { dataset, file } => set(context, &dataset, &file).await,
        Policy::Show { dataset, toml } => reading(context.out, show(context, &dataset, toml)).await,
        Policy::Revoke { dataset } => revoke(context, &dataset).await,
        Policy::Check { job, judged, dataset } => reading(context.out, check(context, &job, &judged, &dataset)).await,
    }
}

async fn template(
    context: &Context,
    dataset: Option<Reference>,
    file: Option<PathBuf>,
    label: Option<String>,
) -> Result<Answer> {
    let columns = columns(context, dataset, file).await?;
    if let Some(label) = &label {
        if !columns.is_empty() && !columns.iter().any(|(name, _)| name == label) {
            let known: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            return Err(Failure::new(
                "no_label",
                format!("there is no column {label:?}; there are {}", known.join(", ")),
            ));
        }
    }
    let roles: Vec<(String, RoleName)> = columns
        .into_iter()
        .map(|(name, _)| {
            let role = if label.as_deref() == Some(name.as_str()) {
                RoleName::Label
            } else {
                RoleName::Feature
            };
            (name, role)
        })
        .collect();
    let text = policy_file::template(&roles);
    Ok(Answer::new(json!({ "template": text }), text))
}

/// Name and kind of the columns of a file, or of the file behind a dataset of one's own. Empty where neither is named.
async fn columns(
    context: &Context,
    dataset: Option<Reference>,
    file: Option<PathBuf>,
) -> Result<Vec<(String, String)>> {
    let Some(file) = file_of(context, dataset, file).await? else {
        return Ok(Vec::new());
    };
    let agent = context.agent()?;
    let found = context
        .out
        .busy("your agent reads the file", agent.inspect(&file, None))
        .await?;
    Ok(found
        .columns
        .into_iter()
        .map(|column| (column.name, column.kind))
        .collect())
}

/// The file as named, or the one behind a dataset of one's own.
pub async fn file_of(context: &Context, dataset: Option<Reference>, file: Option<PathBuf>) -> Result<Option<PathBuf>> {
    match (file, dataset) {
        (Some(file), _) => Ok(Some(file)),
        (None, None) => Ok(None),
        (None, Some(dataset)) => bound_file(context, &dataset).await.map(Some),
    }
}

async fn bound_file(context: &Context, dataset: &Reference) -> Result<PathBuf> {
    let network = context.network().await?;
    let id = find_dataset(&network.state().await?.datasets().await?, dataset)?;
    let bound = context.agent()?.datasets().await?;
    let list = bound.get("datasets").unwrap_or(&bound);
    let path = list
        .as_array()
        .into_iter()
        .flatten()
        .find(|entry| entry["dataset_id"] == json!(id));
    path.and_then(|entry| entry["path"].as_str())
        .map(PathBuf::from)
        .ok_or_else(|| {
            Failure::new("not_bound", format!("your agent has no file for dataset {id}"))
                .hint("Name the file: --file FILE. Only the owner's agent knows a dataset's columns.")
        })
}

async fn set(context: &Context, wanted: &Reference, file: &Path) -> Result<Answer> {
    let text = read(file)?;
    let parsed = PolicyFile::parse(&text)?;
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let policy = parsed.policy(&names, state.block().number)?;
    let dataset = find_dataset(&state.datasets().await?, wanted)?;
    let done = context.submit(&network, Call::SetPolicy { dataset, policy }).await?;
    let version = done.find(|event| match event {
        ChainEvent::PolicySet { version, .. } => Some(*version),
        _ => None,
    });
    let shown = version.map_or_else(|| "a new one".into(), |version| version.to_string());
    let text = format!(
        "Dataset {dataset} is under policy {shown} now (block {}).",
        done.block.number
    );
    Ok(Answer::new(
        json!({ "dataset": dataset, "version": version, "block": done.block.number }),
        text,
    ))
}

async fn show(context: &Context, wanted: &Reference, toml: bool) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let (id, policy) = newest(&state, wanted).await?;
    let file = PolicyFile::of(&policy.1, &names);
    if toml {
        let text = toml::to_string(&file).map_err(|error| Failure::new("toml", error.to_string()))?;
        return Ok(Answer::new(&file, text));
    }
    let list = |items: Vec<String>| {
        if items.is_empty() {
            "-".to_string()
        } else {
            items.join(", ")
        }
    };
    let own = &policy.1;
    let text = fields(&[
        ("dataset", format!("{id}, policy version {}", policy.0)),
        ("purposes", list(file.purposes.clone())),
        (
            "operations",
            list(
                own.operations
                    .iter()
                    .map(|op| OperationName::from(*op).to_string())
                    .collect(),
            ),
        ),
        ("parties", format!("at least {}", own.min_parties)),
        ("groups", format!("at least {} rows", own.min_group_size)),
        ("workers", file.worker.to_string()),
        (
            "budget",
            own.budget.map_or_else(
                || "none: jobs without differential privacy may run".into(),
                |budget| {
                    let noise = budget
                        .min_noise_micro
                        .map_or_else(String::new, |least| format!(", noise of at least {}", micro(least)));
                    format!(
                        "ε = {} at δ = 1e-{}{noise}",
                        micro(budget.epsilon_micro),
                        budget.delta_exponent
                    )
                },
            ),
        ),
        (
            "uses",
            own.max_uses
                .map_or_else(|| "any number".into(), |most| format!("at most {most}")),
        ),
        (
            "expires",
            own.expires_at
                .map_or_else(|| "never".into(), |block| format!("at block {block}")),
        ),
        (
            "with",
            own.counterparties
                .as_ref()
                .map_or_else(|| "anyone in the space".into(), |orgs| names.list(orgs)),
        ),
        ("price", format!("{} points", own.price)),
    ]);
    let row = |(name, rule): (&String, &RuleFile)| [name.clone(), rule.role.to_string(), rule.terms()];
    let rows: Vec<_> = file
        .columns
        .iter()
        .flat_map(|(name, Rules(rules))| rules.iter().map(move |rule| (name, rule)))
        .map(row)
        .collect();
    let mut json = serde_json::to_value(&file).unwrap_or_default();
    json["dataset"] = json!(id);
    json["version"] = json!(policy.0);
    Ok(Answer::new(
        json,
        format!("{text}\n{}", table(["column", "allowed as", "only"], &rows)),
    ))
}

async fn newest(
    state: &crate::network::ChainState<'_>,
    wanted: &Reference,
) -> Result<(DatasetId, (secureflow_primitives::PolicyVersion, Terms))> {
    let id = find_dataset(&state.datasets().await?, wanted)?;
    let version = state
        .dataset(id)
        .await?
        .map(|dataset| dataset.policy)
        .unwrap_or_default();
    let policy = state.policy(id, version).await?.ok_or_else(|| {
        Failure::new(
            "Collaborations.PolicyNoPolicy",
            format!("dataset {id} has no policy, so nobody may use it"),
        )
        .hint(format!("Its owner sets one: secureflow policy set {id} FILE"))
    })?;
    Ok((id, (version, policy)))
}

async fn revoke(context: &Context, wanted: &Reference) -> Result<Answer> {
    let network = context.network().await?;
    let id = find_dataset(&network.state().await?.datasets().await?, wanted)?;
    let done = context.submit(&network, Call::RevokePolicy { dataset: id }).await?;
    let stopped = done.find(|event| match event {
        ChainEvent::PolicyRevoked { version, jobs, .. } => Some((*version, *jobs)),
        _ => None,
    });
    let (version, jobs) = stopped.unwrap_or_default();
    let text = format!(
        "Policy {version} of dataset {id} is revoked (block {}); {jobs} jobs that had not begun are stopped.",
        done.block.number
    );
    let json = json!({ "dataset": id, "version": version, "jobs_stopped": jobs, "block": done.block.number });
    Ok(Answer::new(json, text))
}

async fn check(context: &Context, job: &Path, wanted: &Reference, given: &[Reference]) -> Result<Answer> {
    let mut template = proposal::parse(&read(job)?)?;
    let network = context.network().await?;
    let state = network.state().await?;
    let known = state.datasets().await?;
    let (id, (version, policy)) = newest(&state, wanted).await?;
    let mut datasets = crate::commands::job::resolve(&template, given, &known)?;
    if !datasets.contains(&id) {
        datasets.push(id);
    }
    let registered = |dataset: &DatasetId| known.iter().find(|(known, _)| known == dataset).map(|(_, found)| found);
    let parties: Vec<OrgId> = datasets
        .iter()
        .filter_map(|dataset| Some(registered(dataset)?.owner))
        .collect();
    crate::commands::job::name_workers(&mut template, &state).await?;
    let spec = proposal::Proposal::new(&template, datasets)?.spec;
    let own = registered(&id).ok_or_else(|| crate::explain::dispatch("Policies", "UnknownDataset", ""))?;
    let ledger = state.ledger(id).await?;
    let now = state.block().number;
    let findings = policy_check::findings(&policy, &ledger, &spec, &parties, now, own);
    let ok = findings.is_empty();
    let mut text = match ok {
        true => format!("Dataset {id}, policy {version}: the job would be allowed.\n"),
        false => format!("Dataset {id}, policy {version}: the job would be REFUSED.\n"),
    };
    for finding in &findings {
        text.push_str(&format!(
            "  ✗ {}: {}\n    {}\n",
            finding.rule, finding.detail, finding.hint
        ));
    }
    if policy.worker.kinds.contains(&TeeKind::Simulated) {
        text.push_str("  note: the policy lets a worker with SIMULATED evidence compute\n");
    }
    if policy.price > 0 {
        text.push_str(&format!(
            "  note: it asks for {} points per job, which the space's agreement and escrow have to cover\n",
            policy.price
        ));
    }
    let mut answer = Answer::new(
        json!({ "dataset": id, "version": version, "allowed": ok, "refused_by": findings }),
        text,
    );
    answer.ok = ok;
    Ok(answer)
}

/// Reads a text file that a person wrote.
pub fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))
}
