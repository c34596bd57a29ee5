use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_plan::{
    statistics::Values, Answers, JobPlan, JobTemplate, PlanError, Statistic, StatisticsPlan, Step, Steps, Use,
    MAX_PLAN_BYTES,
};

const TEMPLATE: &str = r#"
name = "customers"
purpose = "report"
min_parties = 2
min_group_size = 10
privacy = { epsilon = 1.0, delta = 1e-6 }

[[statistic]]
kind = "count"
column = "income"

[[statistic]]
kind = "sum"
column = "income"
lower = 0
upper = 10000

[[statistic]]
kind = "mean"
column = "age"
lower = 0
upper = 120

[[statistic]]
kind = "histogram"
column = "age"
lower = 0
upper = 100
bins = 5

[[statistic]]
kind = "categories"
column = "job"
categories = ["baker", "clerk"]

[[statistic]]
kind = "quantiles"
column = "age"
lower = 0
upper = 128
at = [0.5, 0.9]
"#;

fn template(text: &str) -> Result<JobTemplate, PlanError> {
    JobTemplate::parse(text)
}

fn plan(noise: f64) -> StatisticsPlan {
    let plan = template(TEMPLATE).unwrap().plan(Some(noise)).unwrap();
    plan.statistics().unwrap().clone()
}

/// A thousand rows of one party.
fn values() -> Vec<Values> {
    let incomes: Vec<f64> = (0..900).map(|row| f64::from(row) * 10.0).collect();
    let ages: Vec<f64> = (0..1000).map(|row| f64::from(row % 80)).collect();
    vec![
        Values::Present(900),
        Values::Numbers(incomes),
        Values::Numbers(ages.clone()),
        Values::Numbers(ages.clone()),
        Values::Categories(
            (0..1000u32)
                .map(|row| u32::from(row >= 700) * (1 + u32::from(row >= 998)))
                .collect(),
        ),
        Values::Numbers(ages),
    ]
}

fn answers(plan: &StatisticsPlan, parties: u64) -> Answers {
    let mut sum = vec![0u64; plan.length().unwrap()];
    for party in 0..parties {
        let mut rng = ChaCha20Rng::seed_from_u64(party);
        let vector = plan.vector(&values(), &mut rng).unwrap();
        for (sum, entry) in sum.iter_mut().zip(vector.iter()) {
            *sum = sum.wrapping_add(*entry);
        }
    }
    plan.answers(&sum, parties as u32).unwrap()
}

#[test]
fn a_template_becomes_a_plan_that_reads_back() {
    let plan = template(TEMPLATE).unwrap().plan(Some(2.5)).unwrap();
    let bytes = plan.to_bytes().unwrap();
    assert_eq!(JobPlan::from_bytes(&bytes).unwrap(), plan);
    assert_eq!((plan.steps(), plan.rounds()), (Steps::Statistics, 1));
    assert_eq!(plan.noise(), Some((2_500_000, 6)));
    let columns = [
        ("income", Use::Aggregate),
        ("age", Use::Aggregate),
        ("job", Use::Aggregate),
    ];
    assert_eq!(plan.columns(), columns);
    let length = 1 + 1 + 2 + 5 + 3 + (16 + 256 + 4096);
    assert_eq!(plan.vector_length(Step::Release, None), Some(length));
    assert_eq!(plan.vector_length(Step::Survey, None), None);

    let mut spaced = bytes.clone();
    spaced.insert(1, b' ');
    assert_eq!(JobPlan::from_bytes(&spaced), Err(PlanError::NotCanonical));
    assert!(matches!(
        JobPlan::from_bytes(&vec![b' '; MAX_PLAN_BYTES + 1]),
        Err(PlanError::TooLarge { .. })
    ));
}

#[test]
fn statistics_read_as_people_say_them() {
    let said: Vec<String> = plan(1.0).statistics.iter().map(ToString::to_string).collect();
    assert_eq!(said[..2], ["count of income", "sum of income between 0 and 10000"]);
}

#[test]
fn answers_hold_what_the_rows_say() {
    // So little noise that each interval is narrow, and still holds the truth.
    let found = answers(&plan(0.05), 3);
    assert_eq!((found.parties, found.confidence), (3, 0.95));
    assert!(found.to_bytes().starts_with(br#"{"confidence":0.95,"parties":3,"#));
    let value = |statistic: usize, at: usize| {
        let value = &found.statistics[statistic].values[at];
        let estimate = value.estimate.expect("enough rows");
        assert!(
            estimate.low <= estimate.value && estimate.value <= estimate.high,
            "{value:?}"
        );
        (value.name.as_str(), estimate.value)
    };
    let near = |found: (&str, f64), name: &str, expected: f64, within: f64| {
        assert_eq!(found.0, name);
        assert!((found.1 - expected).abs() <= within, "{found:?} for {expected}");
    };
    near(value(0, 0), "count", 2700.0, 2.0);
    near(value(1, 0), "sum", 3.0 * 4_045_500.0, 20_000.0);
    let mean = (0..1000).map(|row| f64::from(row % 80)).sum::<f64>() / 1000.0;
    near(value(2, 0), "mean", mean, 0.1);
    near(value(3, 0), "0 to 20", 3.0 * 260.0, 2.0);
    near(value(3, 3), "60 to 80", 3.0 * 240.0, 2.0);
    near(value(4, 0), "baker", 2100.0, 2.0);
    near(value(4, 1), "clerk", 3.0 * 298.0, 2.0);
    near(value(5, 0), "50 %", 39.5, 1.5);
    near(value(5, 1), "90 %", 71.5, 1.5);
    let sum = found.statistics[1].values[0].estimate.unwrap().value;
    assert_eq!(sum, format!("{sum:.8e}").parse::<f64>().unwrap(), "nine digits");
    // Six rows in all, and none at all.
    assert_eq!(found.statistics[4].values[2].name, "(others)");
    assert_eq!(found.statistics[4].values[2].estimate, None);
    assert_eq!(found.statistics[3].values[4].estimate, None);
}

#[test]
fn every_statistic_gets_its_share_of_the_noise() {
    // Six statistics: the noise of each is √6 times the job's, over what a row changes in it.
    let found = answers(&plan(20.0), 2);
    let count = found.statistics[0].values[0].estimate.unwrap();
    let deviation = (count.high - count.low) / 2.0 / 1.959_964;
    assert!((deviation / (20.0 * 6f64.sqrt()) - 1.0).abs() < 0.01, "{deviation}");
}

#[test]
fn sums_that_do_not_fit_are_refused() {
    let plan = plan(1.0);
    let length = plan.length().unwrap();
    for wrong in [0, length - 1, length + 1] {
        assert!(matches!(
            plan.answers(&vec![0; wrong], 2),
            Err(PlanError::Length { step: "release", .. })
        ));
    }
    // One party's share is less than the noise that was promised.
    assert!(plan.answers(&vec![0; length], 1).is_err());
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    assert!(plan.vector(&values()[1..], &mut rng).is_err());
    let mut swapped = values();
    swapped.swap(0, 1);
    assert!(plan.vector(&swapped, &mut rng).is_err());
}

#[test]
fn bad_templates_name_what_is_wrong() {
    let table = [
        ("upper = 10000", "upper = -1", "statistic.lower"),
        ("upper = 10000", "upper = inf", "statistic.upper"),
        ("upper = 10000", "upper = 1e300", "statistic.upper"),
        ("bins = 5", "bins = 0", "statistic.bins"),
        ("bins = 5", "bins = 5\nbin = 1", "bin"),
        ("at = [0.5, 0.9]", "at = []", "statistic.at"),
        ("at = [0.5, 0.9]", "at = [1.5]", "statistic.at"),
        ("\"clerk\"", "\"baker\"", "twice"),
        ("kind = \"count\"", "kind = \"median\"", "median"),
        ("kind = \"count\"", "kind = \"mean\"", "lacks the setting lower"),
        ("kind = \"mean\"", "kind = \"count\"", "no use for the setting lower"),
        (
            "kind = \"count\"\ncolumn = \"income\"",
            "kind = \"count\"\ncolumn = \"\"",
            "statistic.column",
        ),
        ("epsilon = 1.0", "epsilon = 0.0", "privacy.epsilon"),
        ("delta = 1e-6", "delta = 0.3", "privacy.delta"),
        ("min_parties = 2", "min_parties = 1", "min_parties"),
        ("purpose = \"report\"", "purpose = \"\"", "purpose"),
        ("name = \"customers\"", "name = \"customers\"\nrounds = 2", "rounds"),
        (
            "name = \"customers\"",
            "name = \"customers\"\ndatasets = [1]",
            "min_parties",
        ),
    ];
    for (from, to, problem) in table {
        let text = TEMPLATE.replacen(from, to, 1);
        assert_ne!(text, TEMPLATE, "{from}");
        let error = template(&text).unwrap_err().to_string();
        assert!(error.contains(problem), "{to}: {error}");
    }
    let twice = format!("{TEMPLATE}\n[[statistic]]\nkind = \"count\"\ncolumn = \"income\"\n");
    assert!(template(&twice).unwrap_err().to_string().contains("twice"));
    assert!(template(TEMPLATE).unwrap().plan(None).is_err());
    let many = Statistic::Count { column: "a".into() };
    let full = StatisticsPlan {
        statistics: (0..33)
            .map(|at| Statistic::Count {
                column: format!("a{at}"),
            })
            .chain([many])
            .collect(),
        ..plan(1.0)
    };
    assert!(full.validate().unwrap_err().to_string().contains("split the job"));
}
