//! Plans that ask for proofs: what honest parties send is within the bound, and what the workers add is what privacy needs.

use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_plan::{statistics::Values, train, JobPlan, JobTemplate, PlanError, Step};
use secureflow_validity::{contribute, Error, Party, Session};

const STATISTICS: &str = r#"
name = "customers"
purpose = "report"
min_parties = 2
min_group_size = 10
privacy = { epsilon = 1.0, delta = 1e-6 }
bounded = { most_rows = 1000 }
statistic = [
    { kind = "count", column = "income" },
    { kind = "sum", column = "income", lower = 0, upper = 10000 },
    { kind = "quantiles", column = "age", lower = 0, upper = 128, at = [0.5] },
]
"#;

const TRAINING: &str = r#"
name = "model"
purpose = "report"
min_parties = 4
label = { column = "default", positive = "yes" }
model = { kind = "logistic" }
training = { rounds = 2 }
privacy = { epsilon = 3.0, delta = 1e-5, clip = 1.0 }
bounded = { most_rows = 1000 }
feature = [{ name = "income", kind = "numeric" }]
"#;

fn plan(text: &str) -> Result<JobPlan, PlanError> {
    let mut template = JobTemplate::parse(text)?;
    if let Some(bounded) = template.bounded_mut() {
        bounded.workers = ["1", "2"].map(|digit| format!("0x{}", digit.repeat(64))).into();
    }
    template.plan(Some(2.0))
}

fn unbounded(text: &str) -> JobPlan {
    let mut template = JobTemplate::parse(text).unwrap();
    template.forget_bounded();
    template.plan(Some(2.0)).unwrap()
}

/// The most extreme rows that there are.
fn rows(count: usize) -> Vec<Values> {
    vec![
        Values::Present(count as u64),
        Values::Numbers(vec![10_000.0; count]),
        Values::Numbers(vec![128.0; count]),
    ]
}

fn signed(vector: &[u64]) -> Vec<i64> {
    vector.iter().map(|entry| *entry as i64).collect()
}

#[test]
fn plans_with_proofs_read_back() {
    for text in [STATISTICS, TRAINING] {
        let plan = plan(text).unwrap();
        assert_eq!(JobPlan::from_bytes(&plan.to_bytes().unwrap()).unwrap(), plan);
        assert_eq!(plan.bounded().unwrap().accounts().unwrap(), [[0x11; 32], [0x22; 32]]);
        assert!(unbounded(text).bounded().is_none());
        // A plan without candidates is none; a template is, until they are named.
        assert!(JobTemplate::parse(text).unwrap().plan(Some(2.0)).is_err());
    }
}

#[test]
fn the_counts_around_a_training_have_no_proofs() {
    let plan = plan(TRAINING).unwrap();
    for step in [Step::Survey, Step::Moments, Step::Evaluate] {
        assert!(!plan.is_proven(step));
        assert_eq!(plan.bound(step, 10).unwrap(), None);
    }
    assert!(plan.is_proven(Step::Train(1)) && !unbounded(TRAINING).is_proven(Step::Train(1)));
}

#[test]
fn so_many_rows_have_a_proof_and_more_have_none() {
    let plan = plan(STATISTICS).unwrap();
    let statistics = plan.statistics().unwrap();
    let length = statistics.length().unwrap();
    let bound = plan.bound(Step::Release, length).unwrap().unwrap();
    let send = |count| {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let vector = statistics.vector(&rows(count), &mut rng).unwrap();
        contribute(&bound, &Session([0; 32]), Party(1), &signed(&vector))
    };
    send(1000).unwrap();
    // The norm has a millionth of room.
    let error = send(1002).unwrap_err();
    assert!(matches!(error, Error::Norm { .. } | Error::Entry { .. }), "{error}");
    assert!(plan.bound(Step::Release, length + 1).is_err());
}

/// What a party may take from the other statistics' share of the norm is twice the root of their number at most.
#[test]
fn a_statistic_of_small_numbers_is_bounded_like_one_of_large() {
    let plan = plan(STATISTICS).unwrap();
    let statistics = plan.statistics().unwrap();
    let bound = plan
        .bound(Step::Release, statistics.length().unwrap())
        .unwrap()
        .unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let none = [Values::Present(1), Values::Numbers(vec![]), Values::Numbers(vec![])];
    let one = statistics.vector(&none, &mut rng).unwrap()[0];
    let rows = bound.norm() as f64 / one as f64;
    assert!((1000.0..2.0 * 3f64.sqrt() * 1000.0 + 1.0).contains(&rows), "{rows}");
}

#[test]
fn a_training_rounds_bound_is_the_clip_times_the_rows() {
    let plan = plan(TRAINING).unwrap();
    let bound = plan.bound(Step::Train(0), 4).unwrap().unwrap();
    let rows = 1000;
    let longest = |length: f64| train::encode_sum(&[length, 0.0, 0.0], None, rows).unwrap();
    let send = |vector: Vec<u64>| contribute(&bound, &Session([0; 32]), Party(1), &signed(&vector));
    send(longest(1000.0)).unwrap();
    send(longest(-1000.0)).unwrap();
    assert!(matches!(
        send(longest(1000.1)),
        Err(Error::Norm { .. } | Error::Entry { .. })
    ));
    let mut many = longest(0.0);
    *many.last_mut().unwrap() = 1 << 40;
    assert!(send(many).is_err(), "rows beyond the bound");
}

#[test]
fn bounds_that_have_no_proof_are_refused_before_anybody_computes() {
    let refused = |text: &str| {
        let error = plan(text).unwrap_err().to_string();
        assert!(error.contains("bounded"), "{error}");
    };
    refused(&STATISTICS.replace("most_rows = 1000", "most_rows = 0"));
    refused(&STATISTICS.replace("most_rows = 1000", "most_rows = 1000000000"));
    let plan = plan(TRAINING).unwrap();
    assert!(plan.bound(Step::Train(0), 1_000_000).is_err());
}

fn deviation(noise: &[i64]) -> f64 {
    let squares: f64 = noise.iter().map(|entry| (*entry as f64).powi(2)).sum();
    (squares / noise.len() as f64).sqrt()
}

/// One worker's noise is what all parties together add in a job without proofs.
#[test]
fn each_worker_adds_all_the_noise() {
    let proven = plan(TRAINING).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let noise = proven.worker_noise(Step::Train(0), 20_001, &mut rng).unwrap();
    let (counted, rows) = noise.split_at(20_000);
    assert_eq!(rows, [0]);
    let wanted = 2.0 * (f64::from(1 << 24) + 20_000f64.sqrt());
    assert!(
        (deviation(counted) / wanted - 1.0).abs() < 0.03,
        "{}",
        deviation(counted)
    );

    let statistics = plan(STATISTICS).unwrap();
    let length = statistics.statistics().unwrap().length().unwrap();
    let noise = statistics.worker_noise(Step::Release, length, &mut rng).unwrap();
    assert_eq!(noise.len(), length);
    assert!(noise.iter().any(|entry| *entry != 0));
    assert!(statistics.worker_noise(Step::Survey, 3, &mut rng).is_err());
}

/// The parties' vectors are exact, and two workers' noise is what the intervals hold.
#[test]
fn answers_know_whose_noise_is_in_them() {
    let plan = plan(STATISTICS).unwrap();
    let statistics = plan.statistics().unwrap();
    let length = statistics.length().unwrap();
    let (runs, mut inside) = (200, 0);
    for seed in 0..runs {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut sum = vec![0u64; length];
        let mut add = |vector: &[u64]| {
            sum.iter_mut()
                .zip(vector)
                .for_each(|(sum, entry)| *sum = sum.wrapping_add(*entry))
        };
        for _ in 0..3 {
            add(&statistics.vector(&rows(500), &mut rng).unwrap());
        }
        for _ in 0..2 {
            let noise = plan.worker_noise(Step::Release, length, &mut rng).unwrap();
            add(&noise.iter().map(|entry| *entry as u64).collect::<Vec<_>>());
        }
        let answers = statistics.answers(&sum, 3).unwrap();
        let count = answers.statistics[0].values[0].estimate.unwrap();
        inside += u64::from(count.low <= 1500.0 && 1500.0 <= count.high);
    }
    // 190 are expected; six deviations of the binomial.
    assert!((171..=200).contains(&inside), "{inside} of {runs}");
    assert!(statistics.answers(&vec![0; length], 1).is_err(), "fewer than the least");
}
