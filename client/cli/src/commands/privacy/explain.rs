//! The privacy ledger of a dataset, told as the jobs that it consists of.

mod history;
mod planned;

use self::{
    history::{History, Release},
    planned::Planned,
};
use crate::{
    commands::{
        dataset,
        job::{phase, phase_text},
    },
    context::Context,
    error::{Failure, Result},
    names::{micro, shown, Reference},
    network::{find_dataset, ChainState, Names},
    out::{fields, table, Answer},
    trust::DELTA_EXPONENT,
};
use clap::Args;
use secureflow_primitives::{
    policy::Policy,
    privacy::{Ledger, PrivacyCost, RdpCost, ORDERS},
};
use serde_json::{json, Value};
use std::path::PathBuf;

pub const EXAMPLES: &str = "\
Examples:
  secureflow privacy explain bank-loans
  secureflow privacy explain bank-loans --template job.toml
  secureflow privacy explain bank-loans --epsilon 1.5 --rounds 20

Costs are Rényi divergences at fixed orders, and they add up order by order; ε does not. ε is the divergence at the best order,
plus ln(1/δ)/(α - 1). So two jobs cost less together than the sum of what each costs alone, and a job may fit whose ε alone is
more than the budget less what is spent.

Exit code 1 where the planned job would be refused, or where the ledger is not what its jobs add up to.";

#[derive(Debug, Args)]
pub struct Explain {
    dataset: Reference,
    /// A job that is not proposed yet: what it would take
    #[arg(long, value_name = "FILE", conflicts_with_all = ["epsilon", "rounds"])]
    template: Option<PathBuf>,
    /// The same for a job of this ε alone, at the δ of the dataset's budget
    #[arg(long, requires = "rounds")]
    epsilon: Option<f64>,
    /// Over so many training rounds
    #[arg(long, requires = "epsilon", value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: Option<u32>,
}

pub async fn run(context: &Context, wanted: &Explain) -> Result<Answer> {
    let network = context.network().await?;
    answer(&network.state().await?, wanted).await
}

/// What is told about a dataset.
struct Story {
    ledger: Ledger,
    policy: Option<Policy>,
    /// δ = 10^-`delta`, of the budget where there is one.
    delta: u8,
    history: History,
    planned: Option<Planned>,
    names: Names,
}

async fn answer(state: &ChainState<'_>, wanted: &Explain) -> Result<Answer> {
    let id = find_dataset(&state.datasets().await?, &wanted.dataset)?;
    let unknown = || crate::explain::dispatch("Policies", "UnknownDataset", "");
    let dataset = state.dataset(id).await?.ok_or_else(unknown)?;
    let policy = state.policy(id, dataset.policy).await?;
    let budget = policy.as_ref().and_then(|policy| policy.budget);
    let delta = budget.map_or(DELTA_EXPONENT, |budget| budget.delta_exponent);
    let ledger = state.ledger(id).await?;
    let planned = match (planned::reservation(wanted, delta)?, &policy) {
        (None, _) => None,
        (Some(reservation), Some(policy)) => Some(Planned::judge(reservation, policy, &ledger)),
        (Some(_), None) => {
            let problem = format!("dataset {id} has no policy, so that no job may use it");
            let hint = format!("Its owner sets one: secureflow policy set {id} FILE");
            return Err(Failure::new("Collaborations.PolicyNoPolicy", problem).hint(hint));
        }
    };
    let story = Story {
        ledger,
        delta,
        history: History::read(state, id).await?,
        planned,
        names: Names::read(state).await?,
        policy,
    };
    let about = format!(
        "{id} {}, of {}",
        shown(&dataset.registration.name),
        story.names.of(dataset.owner)
    );
    let mut value = story.value();
    value["dataset"] = json!(id);
    value["name"] = json!(shown(&dataset.registration.name));
    value["policy"] = json!(dataset.policy);
    let mut answer = Answer::new(value, fields(&[("dataset", about)]) + &story.text());
    answer.ok = story.is_explained() && story.planned.as_ref().is_none_or(|planned| planned.violation.is_none());
    Ok(answer)
}

fn units(micro: u64) -> f64 {
    micro as f64 / 1e6
}

impl Story {
    fn held(&self) -> RdpCost {
        self.ledger.spent.plus(self.ledger.reserved)
    }

    fn epsilon(&self, cost: RdpCost) -> u64 {
        cost.epsilon_micro(self.delta)
    }

    /// Whether the jobs add up to what the ledger says.
    fn is_explained(&self) -> bool {
        (self.history.spent(), self.history.reserved()) == (self.ledger.spent, self.ledger.reserved)
    }

    /// ε, alone and in micro-units, of the largest further job that the budget has room for.
    fn room(&self) -> Option<u64> {
        let budget = self.policy.as_ref()?.budget?;
        planned::room(self.held(), &budget)
    }

    /// ε of a release and, where it has a bound, of everything up to it.
    fn epsilons(&self) -> Vec<(Option<u64>, Option<u64>)> {
        let mut so_far = Some(RdpCost::default());
        let step = |release: &Release| {
            let cost = release.cost();
            so_far = so_far.zip(cost).map(|(sum, cost)| sum.plus(cost));
            (cost.map(|cost| self.epsilon(cost)), so_far.map(|sum| self.epsilon(sum)))
        };
        self.history.releases.iter().map(step).collect()
    }

    fn value(&self) -> Value {
        let releases = self.history.releases.iter().zip(self.epsilons());
        let releases: Vec<Value> = releases
            .map(|(release, (alone, so_far))| {
                json!({
                    "job": release.job, "name": release.name, "phase": phase(&release.phase), "block": release.block,
                    "rounds": release.rounds, "rounds_planned": release.held.rounds,
                    "noise": noise(&release.held.cost).map(units), "epsilon": alone.map(units),
                    "epsilon_so_far": so_far.map(units), "divergence_micro": release.cost().map(|cost| cost.0),
                })
            })
            .collect();
        json!({
            "releases": releases, "ledger": dataset::ledger(&self.ledger, self.policy.as_ref()).0, "orders": ORDERS,
            "spent_micro": self.ledger.spent.0, "reserved_micro": self.ledger.reserved.0,
            "explained": self.is_explained(), "room": self.room().map(units),
            "planned": self.planned.as_ref().map(|planned| planned.value(self.delta)),
        })
    }

    fn text(&self) -> String {
        let mut text = String::new();
        // The order that decides for all together: there the column's figures add up.
        let at = self.held().deciding(self.delta);
        if !self.history.releases.is_empty() {
            text.push_str(&format!("\n{}\n", self.table(at)));
        }
        let (_, mut lines) = dataset::ledger(&self.ledger, self.policy.as_ref());
        if self.held() != RdpCost::default() {
            let (order, divergence) = (ORDERS[at], self.held().0[at]);
            let tail = self.epsilon(self.held()).saturating_sub(divergence);
            let sum = format!(
                "{} (divergence of order {order}) + {} (for δ)",
                micro(divergence),
                micro(tail)
            );
            lines.push(("both", format!("ε = {} = {sum}", micro(self.epsilon(self.held())))));
        }
        if self.policy.as_ref().is_some_and(|policy| policy.budget.is_some()) {
            let room = self.room();
            lines.push((
                "room",
                room.map_or_else(
                    || "for no further job".into(),
                    |room| format!("for a job of ε = {} alone", micro(room)),
                ),
            ));
        }
        text.push_str(&fields(&lines));
        if !self.is_explained() {
            text.push_str("  ✗ the ledger is not what these jobs add up to: ask another node, and keep its answer\n");
        }
        if let Some(planned) = &self.planned {
            text.push_str(&format!("\n{}", planned.text(self.delta)));
        }
        text
    }

    fn table(&self, at: usize) -> String {
        let bound = |epsilon: Option<u64>| epsilon.map_or_else(|| "no bound".into(), micro);
        let row = |(release, (alone, so_far)): (&Release, (Option<u64>, Option<u64>))| {
            let ended = match (release.block, release.phase.is_terminal()) {
                (Some(block), _) => block.to_string(),
                (None, true) => "?".into(),
                (None, false) => "held back".into(),
            };
            [
                release.job.to_string(),
                release.name.clone(),
                phase_text(&release.phase, &self.names),
                ended,
                format!("{} of {}", release.rounds, release.held.rounds),
                noise(&release.held.cost).map_or_else(|| "none".into(), micro),
                release
                    .cost()
                    .map_or_else(|| "no bound".into(), |cost| micro(cost.0[at])),
                bound(alone),
                bound(so_far),
            ]
        };
        let rows: Vec<_> = self.history.releases.iter().zip(self.epsilons()).map(row).collect();
        let order = format!("order {}", ORDERS[at]);
        table(
            [
                "job",
                "name",
                "phase",
                "ended at",
                "rounds",
                "noise",
                &order,
                "ε alone",
                "ε so far",
            ],
            &rows,
        )
    }
}

/// The noise multiplier, in millionths.
fn noise(cost: &PrivacyCost) -> Option<u64> {
    match cost {
        PrivacyCost::Unbounded => None,
        PrivacyCost::PerRound { noise_micro, .. } => Some(*noise_micro),
    }
}

#[cfg(test)]
mod tests;
