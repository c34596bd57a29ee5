//! From the template that a person writes to the specification that goes on chain.

use crate::{
    error::{Failure, Result},
    names::{self, AccountArg},
};
use secureflow_plan::{Bounded, JobPlan, JobTemplate, Steps, Use};
use secureflow_primitives::{
    job::{Deadlines, JobSpec},
    policy::{Column, ColumnRole, Operation},
    privacy::{PrivacyCost, RdpCost, Reservation},
    AccountId, DatasetId, OrgId,
};
use std::collections::BTreeSet;

/// A template that is known by name.
pub struct Sample {
    pub name: &'static str,
    pub about: &'static str,
    pub text: &'static str,
}

/// The templates that come with the program.
pub const SAMPLES: &[Sample] = &[
    Sample {
        name: "credit-risk",
        about: "who will default: a model trained jointly on applicants' attributes",
        text: include_str!("../../../docs/samples/credit-risk/credit-risk.toml"),
    },
    Sample {
        name: "statistics",
        about: "counts, means, histograms and quantiles over all parties' rows, with differential privacy",
        text: include_str!("../../../docs/samples/credit-risk/statistics.toml"),
    },
];

/// Reads and checks a template.
pub fn parse(text: &str) -> Result<JobTemplate> {
    JobTemplate::parse(text).map_err(|error| {
        Failure::new("bad_job", format!("the job does not read: {error}"))
            .hint("`secureflow job template credit-risk` prints one that does, with every setting explained.")
    })
}

/// What a job proposes, before it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub spec: JobSpec,
    pub plan: JobPlan,
}

impl Proposal {
    /// Builds the specification of a template over these datasets, one per party.
    pub fn new(template: &JobTemplate, datasets: Vec<DatasetId>) -> Result<Self> {
        let bad = |problem: String| Failure::new("bad_job", problem);
        if datasets.len() < template.min_parties() as usize {
            return Err(bad(format!(
                "the job needs {} parties and names {} datasets",
                template.min_parties(),
                datasets.len()
            ))
            .hint("Name the datasets in the job: `datasets = [\"bank-credit\", 4]`, one per party."));
        }
        if datasets
            .iter()
            .enumerate()
            .any(|(at, dataset)| datasets[..at].contains(dataset))
        {
            return Err(bad("the job names a dataset twice".into()).hint("Name each dataset once."));
        }
        let plan = plan(template)?;
        let deadlines = template.deadlines();
        let bytes = plan.to_bytes().map_err(|error| bad(error.to_string()))?;
        let many = |what: &str| bad(format!("there are too many {what}"));
        Ok(Self {
            spec: JobSpec {
                name: names::name("the job's name", template.name())?,
                operation: match &plan {
                    JobPlan::Training(_) => Operation::HorizontalTraining,
                    JobPlan::Statistics(_) => Operation::Statistics,
                },
                purpose: names::name("the purpose", template.purpose())?,
                datasets: datasets.try_into().map_err(|_| many("datasets"))?,
                columns: columns(&plan)?
                    .try_into()
                    .map_err(|_| many("columns: a label and 255 features at most"))?,
                min_parties: plan.min_parties(),
                min_group_size: plan.min_group_size(),
                rounds: plan.rounds(),
                privacy: cost(&plan),
                deadlines: Deadlines {
                    approval: deadlines.approval,
                    start: deadlines.start,
                    round: deadlines.round,
                },
                plan: bytes.try_into().map_err(|_| many("bytes in the plan"))?,
            },
            plan,
        })
    }
}

fn plan(template: &JobTemplate) -> Result<JobPlan> {
    template
        .plan(noise_multiplier(template)?)
        .map_err(|error| Failure::new("bad_job", error.to_string()))
}

/// Names the candidates for the second worker: those that a template names itself, in either form of an account, or else all
/// that are active. `active` says which organisation operates each.
pub fn name_workers(bounded: &mut Bounded, active: &[(AccountId, OrgId)]) -> Result<()> {
    let named = std::mem::take(&mut bounded.workers);
    let named: Vec<AccountId> = match named.is_empty() {
        true => active.iter().map(|(account, _)| account.clone()).take(16).collect(),
        false => {
            let account = |text: &String| text.parse().map(|AccountArg(account)| account);
            let named: std::result::Result<Vec<_>, _> = named.iter().map(account).collect();
            named.map_err(|problem| Failure::new("bad_job", format!("bounded.workers: one {problem}")))?
        }
    };
    let operators: BTreeSet<OrgId> = active
        .iter()
        .filter(|(account, _)| named.contains(account))
        .map(|(_, operator)| *operator)
        .collect();
    if operators.len() < 2 {
        let problem = "contributions are to be proven to two workers of different organisations, and there are not two active ones";
        return Err(Failure::new("bad_job", problem)
            .hint("`secureflow worker list` shows who is there; without [bounded] one worker suffices."));
    }
    bounded.workers = named
        .iter()
        .map(|account| format!("0x{}", hex::encode(account)))
        .collect();
    Ok(())
}

/// What a job of this template takes from every dataset in it.
pub fn reservation(template: &JobTemplate) -> Result<Reservation> {
    // Which workers compute it does not matter to the cost.
    let mut template = template.clone();
    template.forget_bounded();
    let plan = plan(&template)?;
    Ok(Reservation {
        cost: cost(&plan),
        rounds: plan.rounds(),
    })
}

/// The noise that keeps the rounds within the template's ε.
fn noise_multiplier(template: &JobTemplate) -> Result<Option<f64>> {
    let bad = |problem: String| Failure::new("bad_job", format!("privacy: {problem}"));
    let Some((epsilon, delta_exponent)) = template.privacy().map_err(|error| bad(error.to_string()))? else {
        return Ok(None);
    };
    let delta_exponent = u8::try_from(delta_exponent).map_err(|_| bad("delta is out of range".into()))?;
    calibrated(epsilon, delta_exponent, template.rounds(), template.sampling()).map(Some)
}

/// The noise multiplier with which so many rounds, each on a sample that holds a row with this probability, stay within ε, as the
/// chain's ledger counts it.
pub fn calibrated(epsilon: f64, delta_exponent: u8, rounds: u32, sampling: f64) -> Result<f64> {
    let bad = |problem: String| Failure::new("bad_job", format!("privacy: {problem}"));
    let epsilon_micro = (epsilon * 1e6).floor();
    if !(1.0..=1e15).contains(&epsilon_micro) {
        return Err(bad("epsilon must be a positive number".into()));
    }
    secureflow_privacy::calibrate_on_chain(epsilon_micro as u64, delta_exponent, rounds, sampling)
        .map_err(|error| bad(error.to_string()).hint("Raise epsilon, or train fewer rounds."))
}

/// What one round of a plan costs every dataset in it; agents and verifiers compute the same.
pub fn cost(plan: &JobPlan) -> PrivacyCost {
    match plan.noise().zip(plan.cost()) {
        None => PrivacyCost::Unbounded,
        Some(((noise_micro, _), cost)) => PrivacyCost::PerRound {
            noise_micro,
            cost: RdpCost(cost),
        },
    }
}

/// The aggregation steps of a job with this specification.
pub fn steps(spec: &JobSpec) -> Steps {
    match spec.operation {
        Operation::Statistics => Steps::Statistics,
        _ => Steps::Training { rounds: spec.rounds },
    }
}

/// The cost of a round over all rows with this noise multiplier, in millionths.
pub fn per_round(noise_micro: u64) -> PrivacyCost {
    PrivacyCost::PerRound {
        noise_micro,
        cost: RdpCost(secureflow_privacy::gaussian_cost_micro(noise_micro)),
    }
}

/// How much a job computes, in words.
pub fn extent(spec: &JobSpec) -> String {
    match steps(spec) {
        Steps::Training { rounds } => format!("{rounds} training rounds, {} aggregation steps", spec.steps()),
        Steps::Statistics => "one release of statistics".into(),
    }
}

/// The columns with the roles that the job wants them in.
pub fn columns(plan: &JobPlan) -> Result<Vec<Column>> {
    let columns = plan.columns().into_iter();
    columns
        .map(|(column, wanted)| {
            let (what, role) = role(wanted);
            let name = names::name(what, column)?;
            Ok(Column { name, role })
        })
        .collect()
}

/// What a column that is used so is called, and the role that a policy must give it.
fn role(wanted: Use) -> (&'static str, ColumnRole) {
    match wanted {
        Use::Label => ("the label's name", ColumnRole::Label),
        Use::Feature => ("a feature's name", ColumnRole::Feature),
        Use::Aggregate => ("a column's name", ColumnRole::AggregateOnly),
        Use::Unit => ("the column that tells units apart", ColumnRole::JoinKey),
    }
}

/// Which of a label's two values counts as 1, and the other one.
pub fn label_values(label: &str, values: &[String], positive: Option<&str>) -> Result<(String, Option<String>)> {
    let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
    let usual = || {
        values.iter().find(|value| {
            ["1", "1.0", "yes", "y", "true", "t", "good"]
                .iter()
                .any(|one| same(value, one))
        })
    };
    let listed = values.join(" and ");
    let positive = match positive {
        None => usual().cloned().ok_or_else(|| {
            Failure::usage(format!("{label:?} holds {listed}: which of them counts as 1?"))
                .hint("Add --positive VALUE.")
        })?,
        Some(wanted) if values.is_empty() || values.iter().any(|value| same(value, wanted)) => wanted.to_string(),
        Some(wanted) => {
            return Err(
                Failure::usage(format!("{label:?} never holds {wanted:?}, but {listed}")).hint("Correct --positive."),
            )
        }
    };
    let negative = values.iter().find(|value| !same(value, &positive)).cloned();
    Ok((positive, negative))
}

/// A template for data of one's own: the features are the columns that an agent saw in a file.
pub fn tabular(
    columns: &[(String, String)],
    label: &str,
    (positive, negative): (&str, Option<&str>),
    purpose: &str,
) -> Result<String> {
    if !columns.iter().any(|(name, _)| name == label) {
        let known: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        return Err(Failure::new(
            "no_label",
            format!("there is no column {label:?}; there are {}", known.join(", ")),
        )
        .hint("Name the column to predict with --label COLUMN."));
    }
    let quoted = |text: &str| toml::Value::String(text.into()).to_string();
    let mut text = format!(
        include_str!("proposal/tabular.toml"),
        purpose = quoted(purpose),
        label = quoted(label),
        positive = quoted(positive),
        negative = negative.map_or_else(String::new, |other| format!("\nnegative = {}", quoted(other)))
    );
    for (name, kind) in columns.iter().filter(|(name, kind)| name != label && kind != "empty") {
        text.push_str(&format!(
            "\n[[feature]]\nname = {}\nkind = {}\n",
            quoted(name),
            quoted(kind)
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
