//! Private rounds: samples, units, and a clip that follows the norms.

use crate::model::encoding;
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use secureflow_plan::{train, Clip, JobPlan, Model, Plan, PlanError, ServerState, Template, Use};

fn template(privacy: &str) -> Result<Template, PlanError> {
    let privacy = format!("[privacy]\nepsilon = 3.0\ndelta = 1e-5\nclip = 2.0\n{privacy}\n[training]");
    Template::parse(&crate::TEMPLATE.replace("[training]", &privacy))
}

fn plan(privacy: &str) -> Plan {
    template(privacy).unwrap().plan(Some(4.0)).unwrap()
}

fn model(plan: &Plan) -> Model {
    Model::initial(plan, &encoding()).unwrap()
}

fn clip(plan: &Plan, model: &Model) -> f64 {
    Clip::of(plan, model).unwrap().norm()
}

#[test]
fn settings_that_make_no_sense_are_named() {
    for (privacy, field) in [
        ("clip_quantile = 0.0", "privacy.clip_quantile"),
        ("clip_quantile = 1.0", "privacy.clip_quantile"),
        ("clip_quantile = 0.12345678", "privacy.clip_quantile"),
        ("sampling = 0.0", "privacy.sampling"),
        ("sampling = 1.0", "privacy.sampling"),
        ("sampling = nan", "privacy.sampling"),
        ("unit = { column = \"job\", most_rows = 4 }", "privacy.unit.column"),
        ("unit = { column = \"default\", most_rows = 4 }", "privacy.unit.column"),
        ("unit = { column = \"\", most_rows = 4 }", "privacy.unit.column"),
        (
            "unit = { column = \"customer\", most_rows = 0 }",
            "privacy.unit.most_rows",
        ),
        (
            "unit = { column = \"customer\", most_rows = 1001 }",
            "privacy.unit.most_rows",
        ),
        (
            "clip_quantile = 0.5\n[bounded]\nmost_rows = 400",
            "privacy.clip_quantile",
        ),
    ] {
        let error = template(privacy).unwrap_err().to_string();
        assert!(error.contains(field), "{privacy}: {error}");
    }
}

#[test]
fn plans_survive_the_chain_and_older_ones_stay_what_they_were() {
    let all = "clip_quantile = 0.5\nsampling = 0.25\nunit = { column = \"customer\", most_rows = 4 }";
    let full = plan(all);
    assert_eq!(Plan::from_bytes(&full.to_bytes().unwrap()).unwrap(), full);
    let columns = JobPlan::Training(Box::new(full.clone()));
    assert!(columns.columns().contains(&("customer", Use::Unit)));
    // What is not asked for does not stand in the plan.
    let bytes = plan("").to_bytes().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    for word in ["clip_quantile", "sampling", "unit"] {
        assert!(!text.contains(word), "{text}");
    }
}

/// A sample hides, and the count takes a hundredth: both are in the one figure that the ledger charges.
#[test]
fn what_a_round_costs() {
    let (all, sampled, following) = (plan(""), plan("sampling = 0.25"), plan("clip_quantile = 0.5"));
    let cost = |plan: &Plan| plan.privacy.as_ref().unwrap().cost();
    assert_eq!(cost(&all), secureflow_privacy::gaussian_cost_micro(4_000_000));
    assert_eq!(cost(&following), cost(&all));
    for (sampled, all) in cost(&sampled).iter().zip(cost(&all)) {
        assert!(*sampled < all);
    }
    let noise = following.privacy.unwrap().gradient_multiplier();
    let together = noise.powi(-2) + 40f64.powi(-2);
    assert!((together.powf(-0.5) - 4.0).abs() < 1e-5, "{noise}");
    assert_eq!(all.privacy.unwrap().gradient_multiplier(), 4.0);
}

#[test]
fn the_clip_follows_the_norms_and_is_in_the_model() {
    let plan = plan("clip_quantile = 0.5");
    let mut model = model(&plan);
    assert_eq!(clip(&plan, &model), 2.0);
    let mut server = ServerState::new(model.shape());
    // All 300 rows are within the clip: it falls by half a power of e, then stays where half of them are.
    for (within, beyond, factor) in [(300, 0, (-0.5f64).exp()), (150, 150, 1.0), (0, 300, 0.5f64.exp())] {
        let before = clip(&plan, &model);
        let Clip::Following(now) = Clip::of(&plan, &model).unwrap() else {
            panic!("the clip follows")
        };
        let vector = train::encode_sum(&[1.0; 5], Some(now.entry(within, beyond)), 300).unwrap();
        assert_eq!(vector.len(), train::length(&plan, model.shape()));
        assert_eq!(train::direction(&vector, model.shape()).unwrap(), [1.0; 5]);
        let mean = train::decode(&plan, &model, &vector).unwrap();
        model = server.apply(&plan, &model, &mean).unwrap();
        let after = clip(&plan, &model);
        assert!((after / before / factor - 1.0).abs() < 1e-6, "{before} {after}");
        let bytes = model.to_safetensors();
        assert_eq!(Model::from_safetensors(*model.shape(), &bytes).unwrap(), model);
    }
    let text = String::from_utf8_lossy(&model.to_safetensors()[8..60]).into_owned();
    assert!(text.starts_with("{\"__metadata__\":{\"clip\":\""), "{text}");
}

#[test]
fn a_clip_stands_where_the_plan_asks_for_one_and_nowhere_else() {
    let (fixed, following) = (plan(""), plan("clip_quantile = 0.5"));
    let (without, with) = (model(&fixed), model(&following));
    assert!(matches!(Clip::of(&following, &without), Err(PlanError::Model(_))));
    assert!(matches!(Clip::of(&fixed, &with), Err(PlanError::Model(_))));
    for clip in [0, 1, u64::MAX] {
        let wrong = without.clone().with_clip(Some(clip));
        assert!(
            matches!(Clip::of(&following, &wrong), Err(PlanError::Model(_))),
            "{clip}"
        );
    }
    let bytes = with.to_safetensors();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("{\"clip\":\"2\"}"), "{text}");
    // The same clip written differently, none that there can be, and other metadata.
    for (from, to) in [(&b"\"2\""[..], &b"\"+\""[..]), (b"\"2\"", b"\"0\""), (b"clip", b"clop")] {
        let mut wrong = bytes.clone();
        let at = wrong.windows(from.len()).position(|part| part == from).unwrap();
        wrong[at..at + to.len()].copy_from_slice(to);
        assert!(Model::from_safetensors(*with.shape(), &wrong).is_err(), "{to:?}");
    }
}

/// A mean over a sample is over the rows that are expected in it.
#[test]
fn samples_count_as_expected() {
    let plan = plan("sampling = 0.25");
    let model = model(&plan);
    let vector = train::encode_sum(&[50.0, -25.0, 0.0, 1.0, 2.0], None, 200).unwrap();
    let mean = train::decode(&plan, &model, &vector).unwrap();
    assert_eq!(mean.update, [1.0, -0.5, 0.0, 0.02, 0.04]);
    assert_eq!(mean.rows, 200);
}

/// Noise goes to the gradients and to the count, each with its own deviation, and never to the rows.
#[test]
fn noise_has_the_deviations_that_are_stated() {
    let plan = plan("clip_quantile = 0.5");
    let model = model(&plan);
    let (parameters, length) = (model.shape().parameters(), train::length(&plan, model.shape()));
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let (mut gradients, mut count, draws) = (0.0, 0.0, 2_000);
    for _ in 0..draws {
        let mut vector = vec![0u64; length];
        train::add_noise(&plan, &model, &mut vector, &mut rng).unwrap();
        assert_eq!(vector[length - 1], 0);
        let square = |entry: &u64| (*entry as i64 as f64).powi(2);
        gradients += vector[..parameters].iter().map(square).sum::<f64>() / parameters as f64;
        count += square(&vector[parameters]);
    }
    let root = |sum: f64| (sum / f64::from(draws)).sqrt();
    let stated = train::noise_deviation(&plan, 2.0, parameters).unwrap();
    assert!(
        (root(gradients) / stated - 1.0).abs() < 0.05,
        "{} {stated}",
        root(gradients)
    );
    // Forty rows' worth over two parties.
    let stated = 40.0 / 2f64.sqrt();
    assert!((root(count) / stated - 1.0).abs() < 0.1, "{} {stated}", root(count));
    assert!(train::add_noise(&plan, &model, &mut vec![0; length - 1], &mut rng).is_err());
}
