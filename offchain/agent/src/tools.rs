//! Tools for files of one's own: nothing here speaks to anybody.

mod utility;

pub use utility::{recompute, Utility};

use crate::cli::Output;
use anyhow::{bail, ensure, Context, Result};
use clap::Args;
use rand::rngs::OsRng;
use secureflow_data::{split, Examples, Rows, Table};
use secureflow_plan::{evaluate, Encoding, Evaluation, Model, Plan, Shape, Template};
use serde_json::{json, Value};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// Trains alone on one file, or on several as if they were one, and evaluates on another.
///
/// With `--apart` each file is a party of a job, and the model is the one that the job would give without noise.
///
/// It learns from the rows that the plan does not hold out, as each party of the job does: so the figures tell what the
/// collaboration brings, and not what the held-out rows would have brought.
#[derive(Args)]
pub struct Baseline {
    /// The job's template (TOML).
    #[arg(long, required_unless_present = "plan", conflicts_with = "plan")]
    template: Option<PathBuf>,
    /// The job's plan (JSON), as it stands on chain.
    #[arg(long)]
    plan: Option<PathBuf>,
    /// Rows to train on; may be given several times.
    #[arg(long = "data", required = true)]
    data: Vec<PathBuf>,
    /// Keeps the files apart: trains round by round as the parties of the job do, without masks and without noise.
    #[arg(long)]
    apart: bool,
    /// Rows to evaluate on; the rows that the plan holds out where it is left out.
    #[arg(long)]
    test: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Evaluates a job's model on a file.
#[derive(Args)]
pub struct Evaluate {
    #[arg(long)]
    model: PathBuf,
    #[arg(long)]
    encoding: PathBuf,
    #[arg(long)]
    plan: PathBuf,
    #[arg(long)]
    data: PathBuf,
    #[command(flatten)]
    output: Output,
}

/// Divides a CSV file among several organisations.
#[derive(Args)]
pub struct Split {
    #[arg(long)]
    data: PathBuf,
    /// The folder that gets NAME.csv for every name, and test.csv.
    #[arg(long)]
    out: PathBuf,
    #[arg(long, value_delimiter = ',', required = true)]
    names: Vec<String>,
    /// Relative sizes, one per name.
    #[arg(long, value_delimiter = ',', required = true)]
    shares: Vec<f64>,
    /// The share of rows that go into the test set.
    #[arg(long, default_value_t = 0.2)]
    test: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: Output,
}

impl Baseline {
    pub fn run(&self) -> Result<()> {
        let plan = self.plan()?;
        secureflow_learning::set_threads(1);
        let tables = self
            .data
            .iter()
            .map(|path| load(path, &plan))
            .collect::<Result<Vec<_>>>()?;
        let encoding = pooled_encoding(&plan, &tables)?;
        let training = encode(&tables, &encoding, Rows::Training)?;
        let parties = match self.apart {
            true => tables
                .iter()
                .map(|table| table.encode(&encoding, Rows::Training))
                .collect::<Result<Vec<_>, _>>()?,
            false => Vec::new(),
        };
        let began = Instant::now();
        let model = match self.apart {
            true => secureflow_learning::train_together(&plan, &encoding, &parties, &mut OsRng, |_, _, _| Ok(()))?,
            false => secureflow_learning::train_alone(&plan, &encoding, &training)?,
        };
        let seconds = began.elapsed().as_secs_f64();
        let test = match &self.test {
            Some(path) => encode(&[load(path, &plan)?], &encoding, Rows::All)?,
            None => encode(&tables, &encoding, Rows::HeldOut)?,
        };
        let mut found = measure(&model, &test)?;
        found["training_rows"] = json!(training.rows());
        found["training_s"] = json!(seconds);
        found["parameters"] = json!(model.parameters().len());
        print(&self.output, &found)
    }

    fn plan(&self) -> Result<Plan> {
        match (&self.template, &self.plan) {
            (Some(path), _) => {
                // A baseline adds no noise: any multiplier does.
                Ok(Template::parse(&text(path)?)?.plan(Some(1.0))?)
            }
            (None, Some(path)) => Ok(Plan::from_bytes(&bytes(path)?)?),
            (None, None) => bail!("give --template or --plan"),
        }
    }
}

impl Evaluate {
    pub fn run(&self) -> Result<()> {
        let plan = Plan::from_bytes(&bytes(&self.plan)?).context("the plan")?;
        let encoding = Encoding::from_bytes(&bytes(&self.encoding)?).context("the encoding")?;
        let shape = Shape::new(&plan, &encoding)?;
        let model = Model::from_safetensors(shape, &bytes(&self.model)?).context("the model")?;
        secureflow_learning::set_threads(1);
        let examples = load(&self.data, &plan)?.encode(&encoding, Rows::All)?;
        print(&self.output, &measure(&model, &examples)?)
    }
}

impl Split {
    pub fn run(&self) -> Result<()> {
        ensure!(self.names.len() == self.shares.len(), "give one share per name");
        let plain = |name: &String| secureflow_service::folder::is_plain_name(name) && name != "test";
        ensure!(
            self.names.iter().all(plain),
            "names are letters, digits, - and _, and not `test`"
        );
        fs::create_dir_all(&self.out).with_context(|| format!("cannot make {}", self.out.display()))?;
        let test = self.out.join("test.csv");
        let parts: Vec<split::Part> = self
            .names
            .iter()
            .zip(&self.shares)
            .map(|(name, weight)| split::Part {
                path: self.out.join(format!("{name}.csv")),
                weight: *weight,
            })
            .collect();
        let report = split::split(&self.data, &test, self.test, &parts, self.seed)?;
        let rows: serde_json::Map<String, Value> = self
            .names
            .iter()
            .zip(&report.parts)
            .map(|(name, rows)| (name.clone(), json!(rows)))
            .collect();
        print(&self.output, &json!({ "test": report.test, "parts": rows }))
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn load(path: &Path, plan: &Plan) -> Result<Table> {
    Table::load(path, plan).with_context(|| path.display().to_string())
}

/// The encoding that the tables together lead to, as the first two steps of a job would find it.
fn pooled_encoding(plan: &Plan, tables: &[Table]) -> Result<Encoding> {
    let add = |mut sum: Vec<u64>, vector: Vec<u64>| {
        sum.iter_mut()
            .zip(vector)
            .for_each(|(sum, value)| *sum = sum.wrapping_add(value));
        sum
    };
    let total = |vectors: Result<Vec<Vec<u64>>, _>| -> Result<Vec<u64>> {
        let vectors: Vec<Vec<u64>> = vectors.map_err(|error: secureflow_data::DataError| anyhow::Error::from(error))?;
        vectors.into_iter().reduce(add).context("there is no data")
    };
    let survey = total(tables.iter().map(|table| table.survey(plan)).collect())?;
    let moments = total(tables.iter().map(|table| table.moments(plan, &survey)).collect())?;
    Ok(Encoding::derive(plan, &survey, &moments)?)
}

fn encode(tables: &[Table], encoding: &Encoding, rows: Rows) -> Result<Examples> {
    let (mut inputs, mut labels) = (Vec::new(), Vec::new());
    for table in tables {
        let examples = table.encode(encoding, rows)?;
        inputs.extend_from_slice(examples.inputs());
        labels.extend_from_slice(examples.labels());
    }
    Ok(Examples::new(inputs, labels, encoding.width()))
}

fn measure(model: &Model, examples: &Examples) -> Result<Value> {
    let log_odds = secureflow_learning::predict(model, examples)?;
    let evaluation = Evaluation::from_sum(&evaluate::vector(&log_odds, examples.labels()))?;
    let exact = secureflow_plan::metrics::auc(&log_odds, examples.labels()).context("only one label occurs")?;
    Ok(json!({
        "auc": exact, "ks": evaluation.ks, "accuracy": evaluation.accuracy, "brier": evaluation.brier,
        "ece": evaluation.ece, "rows": evaluation.rows, "positives": evaluation.positives,
    }))
}

fn print(output: &Output, found: &Value) -> Result<()> {
    if output.json {
        println!("{found}");
        return Ok(());
    }
    for (key, value) in found.as_object().into_iter().flatten() {
        match value.as_f64().filter(|_| !value.is_u64()) {
            Some(number) => println!("{key:14} {number:.4}"),
            None => println!("{key:14} {value}"),
        }
    }
    Ok(())
}
