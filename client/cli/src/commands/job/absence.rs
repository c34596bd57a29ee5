//! Whose part is missing from a job's sums.

use crate::network::Names;
use secureflow_plan::Steps;
use secureflow_primitives::{job::RoundCommitment, OrgId};
use serde_json::{json, Value};

/// As many steps as a line names.
const NAMED: usize = 4;

/// A step whose sum is over fewer than all parties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Counted from zero.
    pub step: u32,
    pub parties: Vec<OrgId>,
}

impl Absence {
    /// The absences from the steps that are in.
    pub fn all<'a>(parties: &[OrgId], steps: impl Iterator<Item = &'a RoundCommitment>) -> Vec<Self> {
        let absence = |commitment: &RoundCommitment| Self {
            step: commitment.round.0,
            parties: parties
                .iter()
                .copied()
                .filter(|party| !commitment.participants.contains(party))
                .collect(),
        };
        steps
            .map(absence)
            .filter(|absence| !absence.parties.is_empty())
            .collect()
    }

    fn step_name(&self, steps: Steps) -> String {
        let step = steps.at(self.step);
        step.map_or_else(|| format!("step {}", self.step), |step| step.to_string())
    }

    pub fn value(&self, steps: Steps, names: &Names) -> Value {
        let parties = self.parties.iter();
        let parties: Vec<Value> = parties
            .map(|org| json!({ "org": org, "name": names.of(*org) }))
            .collect();
        json!({ "step": self.step, "name": self.step_name(steps), "parties": parties })
    }

    /// All of them in one line; none where nobody was missing.
    pub fn line(absences: &[Self], steps: Steps, names: &Names) -> Option<String> {
        let named = absences
            .iter()
            .take(NAMED)
            .map(|one| format!("{} in {}", names.list(&one.parties), one.step_name(steps)));
        let mut line = named.collect::<Vec<_>>().join("; ");
        if absences.len() > NAMED {
            line.push_str(&format!("; and in {} more steps", absences.len() - NAMED));
        }
        (!absences.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secureflow_primitives::{Round, H256};

    const STEPS: Steps = Steps::Training { rounds: 11 };
    const PARTIES: [OrgId; 3] = [OrgId(0), OrgId(1), OrgId(2)];

    fn step(index: u32, participants: &[u32]) -> RoundCommitment {
        let participants: Vec<OrgId> = participants.iter().copied().map(OrgId).collect();
        RoundCommitment {
            round: Round(index),
            output: H256::zero(),
            participants: participants.try_into().unwrap(),
        }
    }

    fn absences(steps: &[RoundCommitment]) -> Vec<Absence> {
        Absence::all(&PARTIES, steps.iter())
    }

    #[test]
    fn who_is_missing_is_named_with_the_step() {
        let found = absences(&[
            step(0, &[0, 1, 2]),
            step(1, &[2, 1, 0]),
            step(2, &[1]),
            step(13, &[0, 1]),
        ]);
        let expected = [(2, vec![OrgId(0), OrgId(2)]), (13, vec![OrgId(2)])];
        assert_eq!(found, expected.map(|(step, parties)| Absence { step, parties }));
        let line = Absence::line(&found, STEPS, &Names::none()).unwrap();
        assert_eq!(
            line,
            "organisation 0, organisation 2 in train round 1; organisation 2 in evaluate"
        );
        let value = found[0].value(STEPS, &Names::none());
        assert_eq!(
            (&value["name"], &value["parties"][1]["org"]),
            (&json!("train round 1"), &json!(2))
        );
        assert_eq!(
            Absence::line(&absences(&[step(0, &[0, 1, 2])]), STEPS, &Names::none()),
            None
        );
    }

    #[test]
    fn many_absences_stay_one_line() {
        let steps: Vec<_> = (0..30).map(|index| step(index, &[0, 1])).collect();
        let line = Absence::line(&absences(&steps), Steps::Training { rounds: 100 }, &Names::none()).unwrap();
        assert!(line.ends_with("train round 2; and in 26 more steps"), "{line}");
    }
}
