//! All steps of a job in one process. Sums are plain here: secure aggregation gives the same ones.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use secureflow_data::split::{split, Part};
use secureflow_data::{Examples, Rows, Table};
use secureflow_learning::{auc, histogram, train_alone, train_together};
use secureflow_plan::{train, Encoding, Evaluation, Model, Plan, Template};
use std::path::{Path, PathBuf};

pub fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/samples/credit-risk")
}

pub fn template(name: &str) -> Template {
    Template::parse(&std::fs::read_to_string(samples().join(name)).unwrap()).unwrap()
}

/// The tables of the parties and of the test set.
pub struct World {
    pub parties: Vec<Table>,
    pub test: Table,
}

impl World {
    pub fn new(csv: &Path, plan: &Plan, weights: &[f64], seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let parts: Vec<Part> = weights
            .iter()
            .enumerate()
            .map(|(at, weight)| Part {
                path: folder.path().join(format!("{at}.csv")),
                weight: *weight,
            })
            .collect();
        let test = folder.path().join("test.csv");
        split(csv, &test, 0.2, &parts, seed).unwrap();
        let load = |path: &Path| Table::load(path, plan).unwrap();
        Self {
            parties: parts.iter().map(|part| load(&part.path)).collect(),
            test: load(&test),
        }
    }
}

fn sum(vectors: impl IntoIterator<Item = Vec<u64>>) -> Vec<u64> {
    let add = |a: Vec<u64>, b: Vec<u64>| {
        assert_eq!(a.len(), b.len());
        a.iter().zip(&b).map(|(a, b)| a.wrapping_add(*b)).collect()
    };
    vectors.into_iter().reduce(add).unwrap()
}

pub struct Joint {
    pub encoding: Encoding,
    pub model: Model,
    pub evaluation: Evaluation,
}

/// Survey, moments, rounds and evaluation.
pub fn run(plan: &Plan, parties: &[Table], noise_seed: u64) -> Joint {
    let survey = sum(parties.iter().map(|table| table.survey(plan).unwrap()));
    let moments = sum(parties.iter().map(|table| table.moments(plan, &survey).unwrap()));
    let encoding = Encoding::derive(plan, &survey, &moments).unwrap();
    let training: Vec<Examples> = parties
        .iter()
        .map(|table| table.encode(&encoding, Rows::Training).unwrap())
        .collect();
    let mut rng = ChaCha20Rng::seed_from_u64(noise_seed);
    let noise = |model: &Model, vector: &mut [u64], rng: &mut _| Ok(train::add_noise(plan, model, vector, rng)?);
    let model = train_together(plan, &encoding, &training, &mut rng, noise).unwrap();
    let held_out = parties
        .iter()
        .map(|table| table.encode(&encoding, Rows::HeldOut).unwrap());
    let histograms = held_out.map(|examples| histogram(&model, &examples).unwrap());
    let evaluation = Evaluation::from_sum(&sum(histograms)).unwrap();
    Joint {
        encoding,
        model,
        evaluation,
    }
}

/// The area under the curve, on the test set, of a model that these tables alone lead to.
pub fn alone(plan: &Plan, table: &Table, test: &Table) -> f64 {
    let encoding = table.own_encoding(plan).unwrap();
    let model = train_alone(plan, &encoding, &table.encode(&encoding, Rows::Training).unwrap()).unwrap();
    auc(&model, &test.encode(&encoding, Rows::All).unwrap())
        .unwrap()
        .unwrap()
}

impl Joint {
    pub fn auc(&self, test: &Table) -> f64 {
        auc(&self.model, &test.encode(&self.encoding, Rows::All).unwrap())
            .unwrap()
            .unwrap()
    }
}
