use crate::file;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_data::{inspect, DataError, Values};
use secureflow_plan::{JobTemplate, StatisticsPlan};

fn plan(min_group_size: u32) -> StatisticsPlan {
    let text = format!(
        r#"
        name = "n"
        purpose = "p"
        min_group_size = {min_group_size}
        privacy = {{ epsilon = 1.0, delta = 1e-5 }}
        statistic = [
            {{ kind = "count", column = "income" }},
            {{ kind = "sum", column = "income", lower = 0, upper = 100 }},
            {{ kind = "categories", column = "job", categories = ["clerk", "2"] }},
        ]
    "#
    );
    let plan = JobTemplate::parse(&text).unwrap().plan(Some(0.001)).unwrap();
    plan.statistics().unwrap().clone()
}

/// The answers of two parties that have the same file, nearly without noise.
fn figures(values: &Values, plan: &StatisticsPlan) -> Vec<Option<f64>> {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let (first, second) = (
        values.vector(plan, &mut rng).unwrap(),
        values.vector(plan, &mut rng).unwrap(),
    );
    let sum: Vec<u64> = first
        .iter()
        .zip(second.iter())
        .map(|(a, b)| a.wrapping_add(*b))
        .collect();
    let answers = plan.answers(&sum, 2).unwrap();
    let values = answers.statistics.into_iter().flat_map(|answer| answer.values);
    values
        .map(|value| value.estimate.map(|estimate| estimate.value.round()))
        .collect()
}

#[test]
fn empty_fields_are_left_out_and_categories_are_in_normal_form() {
    let content = "job;income\nclerk;10\nclerk;\n2.0;30\nbaker;500\n;40\n2;50\n";
    let file = file(content);
    let plan = plan(1);
    let values = Values::load(&file.path, &plan).unwrap();
    assert_eq!(values.rows(), 6);
    // 500 counts as the upper bound.
    let expected = [10.0, 2.0 * (10.0 + 30.0 + 100.0 + 40.0 + 50.0), 4.0, 4.0, 2.0];
    assert_eq!(figures(&values, &plan), expected.map(Some));
    assert_eq!(values.content_root(), inspect(&file.path, None).unwrap().content_root);
    assert!(!format!("{values:?}").contains("500"));
}

#[test]
fn what_cannot_be_used_is_named() {
    let load = |content: &str, least: u32| Values::load(&file(content).path, &plan(least)).map(|_| ()).unwrap_err();
    assert!(matches!(load("job,wage\nclerk,1\n", 1), DataError::UnknownColumn { column, .. } if column == "income"));
    assert!(matches!(
        load("job,income\nclerk,much\n", 1),
        DataError::NotNumeric { row: 1, column } if column == "income"
    ));
    assert!(matches!(
        load("job,income\nclerk,1\n", 2),
        DataError::TooFewRows { rows: 1, .. }
    ));
    // `inf` is a number to most readers.
    assert!(matches!(
        load("job,income\nclerk,inf\n", 1),
        DataError::NotNumeric { .. }
    ));
}
