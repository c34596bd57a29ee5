//! The trust label: who must be honest for a result to be what it says, and what the computation gave away. It stands
//! wherever a result is shown.

use crate::names::micro;
use secureflow_plan::JobPlan;
use secureflow_primitives::{
    job::{Job, JobSpec},
    policy::Operation,
    privacy::PrivacyCost,
    OrgId,
};
use serde::Serialize;

/// δ that ε is told at where no policy fixes one.
pub const DELTA_EXPONENT: u8 = 5;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrustLabel {
    /// Whether the worker's evidence stands for no hardware.
    pub simulated: bool,
    /// Whose honesty the result rests on.
    pub honest: Vec<String>,
    /// Who learns what beyond the result.
    pub leaks: Vec<String>,
    /// ε of the rounds, in units; `None` without differential privacy.
    pub epsilon: Option<f64>,
    /// δ = 10^-delta_exponent.
    pub delta_exponent: u8,
}

impl TrustLabel {
    /// The label of a job that had this specification and plan. `rounds_run` counts releases that cost privacy.
    pub fn of(
        job: &Job,
        spec: &JobSpec,
        plan: Option<&JobPlan>,
        rounds_run: u32,
        name: impl Fn(OrgId) -> String,
    ) -> Self {
        let noise = plan.and_then(JobPlan::noise);
        let delta_exponent = noise.map_or(DELTA_EXPONENT, |(_, delta_exponent)| delta_exponent as u8);
        let bounded = plan.is_some_and(|plan| plan.bounded().is_some());
        let statistics = spec.operation == Operation::Statistics;
        let owners: Vec<String> = job.policies.iter().map(|pinned| name(pinned.owner)).collect();
        let epsilon = match &spec.privacy {
            PrivacyCost::Unbounded => None,
            PrivacyCost::PerRound { cost, .. } => {
                Some(cost.times(rounds_run).epsilon_micro(delta_exponent) as f64 / 1e6)
            }
        };
        let others = spec.min_parties.saturating_sub(1);
        let mut honest = vec![
            format!(
                "the data: nobody checks that {} computed with true rows, or reported their rows, time and utility truly",
                if owners.is_empty() { "the owners".into() } else { owners.join(", ") }
            ),
            match job.simulated {
                true => "the worker's operator, for the result's correctness: its attestation is SIMULATED, no hardware stands behind it".into(),
                false => "the maker of the worker's hardware, for the result's correctness".to_string(),
            },
            "more than two thirds of the validators".into(),
        ];
        if bounded {
            honest.push(
                "one of the two workers must not pool what it knows with the other to see one party's contribution"
                    .into(),
            );
            honest.push("both workers, for contributions no larger than agreed".into());
        }
        if !(bounded && statistics) {
            let what = if bounded {
                "counts before or after the training"
            } else {
                "update"
            };
            honest.push(format!(
                "at least {others} of the other parties must not pool what they know with the worker to see one party's {what}"
            ));
        }
        match (epsilon, bounded) {
            (None, _) => {}
            (Some(_), false) => honest.push("the parties, for adding their share of the noise".into()),
            (Some(_), true) => honest.push("one of the two workers, for adding its noise".into()),
        }
        if statistics {
            return Self {
                simulated: job.simulated,
                honest,
                leaks: vec![
                    "to the worker and the parties: one noised sum over the parties, and nothing exact".to_string(),
                    "to the consortium: who took part when, and the sum's hash".to_string(),
                ],
                epsilon,
                delta_exponent,
            };
        }
        let mut leaks = vec![
            "to the worker and the parties: sums over the parties (counts, moments, updates, evaluation), the numbers of rows, the models".to_string(),
            "to the consortium: who took part when, and the result's hashes".to_string(),
        ];
        match epsilon {
            Some(_) => {
                if let Some(hidden) = plan.and_then(JobPlan::hidden) {
                    leaks.push(format!("ε is what the training rounds tell of {hidden}"));
                }
                leaks.push(
                    "survey, moments and evaluation are exact sums; only the training rounds are differentially private"
                        .into(),
                );
            }
            None => {
                leaks.push("to the worker and the parties, per training round, and to the consortium in sum: how far each party's update pointed where the joint one did".into());
                leaks.push(
                    "the models themselves say something about the rows: there is no differential privacy".into(),
                );
            }
        }
        Self {
            simulated: job.simulated,
            honest,
            leaks,
            epsilon,
            delta_exponent,
        }
    }

    /// One line, for summaries.
    pub fn line(&self) -> String {
        let worker = if self.simulated {
            "SIMULATED attestation (no hardware)"
        } else {
            "hardware attestation"
        };
        let privacy = match self.epsilon {
            Some(epsilon) => {
                format!(
                    "ε = {} at δ = 1e-{}",
                    micro((epsilon * 1e6).round() as u64),
                    self.delta_exponent
                )
            }
            None => "no differential privacy".into(),
        };
        format!("{worker}; worker sees sums only; {privacy}; input data taken on trust")
    }

    /// All of it, for people.
    pub fn text(&self) -> String {
        let mut text = format!("Trust label: {}\n", self.line());
        for (title, lines) in [("must be honest", &self.honest), ("gives away", &self.leaks)] {
            for line in lines {
                text.push_str(&format!("  {title}: {line}\n"));
            }
        }
        text
    }
}
