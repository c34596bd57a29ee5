//! The answers of a job that asked for statistics.

use super::{result::committed, show::Details};
use crate::{
    error::{Failure, Result},
    out::table,
};
use secureflow_plan::{
    artefact,
    statistics::{Answer, Interval, Value},
    Answers, JobPlan,
};
use secureflow_primitives::job::JobResult;
use std::path::Path;

/// Characters of the longest bar.
const BAR: f64 = 24.0;

/// The answers, from the sum that the worker committed to; `None` where it is not in the folder. What the folder says the
/// answers are does not count.
pub fn read(folder: &Path, details: &Details, result: &JobResult) -> Result<Option<Answers>> {
    let Some(JobPlan::Statistics(plan)) = details.plan() else {
        return Ok(None);
    };
    let Some(bytes) = committed(folder, artefact::RELEASE, result.evaluation)? else {
        return Ok(None);
    };
    let bad = |problem: String| Failure::new("artefact", format!("{}: {problem}", artefact::RELEASE));
    let sum = artefact::sum_from_bytes(&bytes).ok_or_else(|| bad("is no sum".into()))?;
    let absent = details.absences.iter().find(|absence| absence.step == 0);
    let parties = details.parties.len() - absent.map_or(0, |absence| absence.parties.len());
    let answers = plan.answers(&sum, parties as u32);
    answers.map(Some).map_err(|error| bad(error.to_string()))
}

/// The answers as a table, with bars where there are counts to compare. `bounded`: the noise is two workers'.
pub fn text(answers: &Answers, min_group_size: u32, bounded: bool) -> String {
    let rows: Vec<_> = answers
        .statistics
        .iter()
        .flat_map(|answer| {
            let longest = longest(answer);
            let lines = answer.values.iter().enumerate();
            lines.map(move |(at, value)| line(answer, at, value, longest, min_group_size))
        })
        .collect();
    let between = format!("{} % certain", answers.confidence * 100.0);
    let mut text = table(["column", "of", "value", between.as_str(), ""], &rows);
    text.push_str(&format!(
        "Noise of {} is in every value; how far it may have moved one says the interval.\n",
        match bounded {
            true => "two workers".to_string(),
            false => format!("{} parties", answers.parties),
        }
    ));
    text
}

/// The largest value of a histogram; `None` for what is no histogram.
fn longest(answer: &Answer) -> Option<f64> {
    if !matches!(answer.kind.as_str(), "histogram" | "categories") {
        return None;
    }
    let values = answer.values.iter().filter_map(|value| value.estimate);
    Some(values.map(|estimate| estimate.value).fold(1.0, f64::max))
}

fn line(answer: &Answer, at: usize, value: &Value, longest: Option<f64>, min_group_size: u32) -> [String; 5] {
    let column = if at == 0 { answer.column.clone() } else { String::new() };
    let Some(estimate) = value.estimate else {
        let few = format!("fewer than {min_group_size}");
        return [column, value.name.clone(), few, String::new(), String::new()];
    };
    let Interval {
        value: figure,
        low,
        high,
    } = estimate;
    let decimals = decimals(high - low);
    let bar = longest.map_or(0.0, |longest| (figure / longest * BAR).round().clamp(0.0, BAR));
    [
        column,
        value.name.clone(),
        format!("{figure:.decimals$}"),
        format!("{low:.decimals$} to {high:.decimals$}"),
        "█".repeat(bar as usize),
    ]
}

/// As many decimals as the interval is worth.
fn decimals(width: f64) -> usize {
    match width > 0.0 {
        true => (1.0 - width.log10().floor()).clamp(0.0, 6.0) as usize,
        false => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_decimals_that_their_intervals_are_worth() {
        for (width, expected) in [
            (250.0, 0),
            (12.0, 0),
            (3.0, 1),
            (0.5, 2),
            (0.012, 3),
            (1e-12, 6),
            (0.0, 6),
        ] {
            assert_eq!(decimals(width), expected, "{width}");
        }
    }

    #[test]
    fn a_group_too_small_is_said_to_be_and_counts_have_bars() {
        let interval = |value: f64| Interval {
            value,
            low: value - 5.0,
            high: value + 5.0,
        };
        let value = |name: &str, estimate| Value {
            name: name.into(),
            estimate,
        };
        let answers = Answers {
            confidence: 0.95,
            parties: 3,
            statistics: vec![Answer {
                column: "job".into(),
                kind: "categories".into(),
                values: vec![
                    value("clerk", Some(interval(400.0))),
                    value("driver", Some(interval(200.0))),
                    value("(others)", None),
                ],
            }],
        };
        let text = text(&answers, 10, false);
        let lines: Vec<&str> = text.lines().collect();
        let bars = |line: &str| line.matches('█').count();
        assert!(lines[0].contains("95 % certain"), "{text}");
        let found: Vec<usize> = lines.iter().map(|line| bars(line)).filter(|bars| *bars > 0).collect();
        assert_eq!(found, [24, 12], "{text}");
        assert!(text.contains("395 to 405") && text.contains("fewer than 10"), "{text}");
    }
}
