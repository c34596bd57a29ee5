//! What the issue asks of the main job, on the sample: the joint model comes within 0.02 of the pooled one and above the
//! mean of what the three reach alone, for five seeds.

use crate::simulation::{alone, run, samples, template, World};
use secureflow_data::Table;
use secureflow_plan::{ModelKind, Template};

const SHARES: [f64; 3] = [45.0, 33.0, 22.0];

/// Areas under the curve on the test set; the joint one is the mean over the draws of the noise.
struct Result {
    seed: u64,
    joint: f64,
    pooled: f64,
    mean_of_solos: f64,
}

fn results(template: &Template, noise_multiplier: Option<f64>, draws: u64) -> Vec<Result> {
    secureflow_learning::set_threads(1);
    let csv = samples().join("germancredit.csv");
    let one = |seed| {
        let mut template = template.clone();
        template.training.seed = seed;
        let plan = template.plan(noise_multiplier).unwrap();
        let World { parties, test } = World::new(&csv, &plan, &SHARES, seed);
        let joint = |draw| {
            let joint = run(&plan, &parties, seed + 100 * draw);
            assert_eq!(
                joint.evaluation.auc > 0.6,
                joint.auc(&test) > 0.6,
                "the held-out rows tell the same story"
            );
            joint.auc(&test)
        };
        let joint = (0..draws).map(joint).sum::<f64>() / draws as f64;
        let solos: Vec<f64> = parties.iter().map(|table| alone(&plan, table, &test)).collect();
        let pooled = alone(&plan, &Table::concat(parties).unwrap(), &test);
        println!("seed {seed}: joint {joint:.4} pooled {pooled:.4} solos {solos:.4?}");
        Result {
            seed,
            joint,
            pooled,
            mean_of_solos: solos.iter().sum::<f64>() / 3.0,
        }
    };
    (1..=5).map(one).collect()
}

#[test]
fn the_sample_is_worth_the_collaboration() {
    for Result {
        seed,
        joint,
        pooled,
        mean_of_solos,
    } in results(&template("credit-risk.toml"), None, 1)
    {
        assert!(joint >= pooled - 0.02, "seed {seed}: joint {joint} pooled {pooled}");
        assert!(
            joint > mean_of_solos,
            "seed {seed}: joint {joint} mean of solos {mean_of_solos}"
        );
    }
}

fn check_on_average(results: &[Result], short_of_pooled: f64) {
    let mean = |of: fn(&Result) -> f64| results.iter().map(of).sum::<f64>() / results.len() as f64;
    assert!(mean(|one| one.joint) >= mean(|one| one.pooled) - short_of_pooled);
    assert!(mean(|one| one.joint) > mean(|one| one.mean_of_solos));
}

/// A perceptron's pooled model depends on where its training stops: of these seeds one (3) has a joint model 0.022 below
/// it and one (5) 0.015 above.
#[test]
fn so_it_is_with_a_perceptron_on_average() {
    let mut template = template("credit-risk.toml");
    template.model.kind = ModelKind::Perceptron;
    check_on_average(&results(&template, None, 1), 0.02);
}

/// What ε = 3 costs: over 300 draws of the noise for each of these seeds the joint model is 0.023 below the pooled one and
/// 0.011 above the mean of the solos. A single draw strays from its seed's mean by 0.016, so their mean over eight draws by
/// 0.0025.
#[test]
fn the_private_sample_is_worth_it_on_average() {
    let template = template("credit-risk-private.toml");
    let privacy = template.privacy.as_ref().unwrap();
    let epsilon_micro = (privacy.epsilon * 1e6) as u64;
    let exponent = privacy.delta_exponent().unwrap() as u8;
    let noise = secureflow_privacy::calibrate_on_chain(epsilon_micro, exponent, template.training.rounds, 1.0).unwrap();
    check_on_average(&results(&template, Some(noise), 8), 0.035);
}
