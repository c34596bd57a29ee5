//! What a job needs before anybody proposes it: data, policies, a space, and the job as it is written down.

use super::*;

const FOLDER: &str = "docs/samples/credit-risk";
const PLAIN: &str = "credit-risk.toml";
const PRIVATE: &str = "credit-risk-private.toml";

/// What the owners want of a job.
pub(super) struct Wanted<'a> {
    /// Differential privacy, with a budget in every policy that the job has to keep to.
    pub private: bool,
    pub seed: u64,
    pub formula: &'a str,
    /// How long a step waits for a party; the sample's time when not given.
    pub step_timeout_s: Option<u32>,
}

/// Registered data, a space and a template: all that a job needs.
pub struct Prepared {
    pub data: Data,
    /// The policy of every dataset.
    pub policy: PathBuf,
    /// Owner to dataset id.
    pub datasets: BTreeMap<String, u32>,
    pub space: u32,
    pub template: PathBuf,
    /// The same job without differential privacy.
    pub plain: PathBuf,
}

/// Data files: one per owner, and the test set.
pub struct Data {
    pub parts: BTreeMap<String, PathBuf>,
    pub test: PathBuf,
}

/// Splits the sample among the owners, registers it, opens a space and writes the template, without differential privacy:
/// any number of jobs may follow each other.
pub fn prepare(network: &Network, seed: u64) -> Result<Prepared> {
    let wanted = Wanted {
        private: false,
        seed,
        formula: FORMULA,
        step_timeout_s: None,
    };
    prepare_with(network, &wanted)
}

pub(super) fn prepare_with(network: &Network, wanted: &Wanted<'_>) -> Result<Prepared> {
    heading("Each organisation gets its part of the data; a test set is held back from all");
    let data = split_data(network, wanted.seed)?;
    let policy = write_policy(network, wanted.private)?;
    let datasets = register_data(network, &data, &policy)?;
    let space = open_space(network, wanted.formula)?;
    let plain = write_template(network, PLAIN, wanted)?;
    let template = match wanted.private {
        true => write_template(network, PRIVATE, wanted)?,
        false => plain.clone(),
    };
    Ok(Prepared {
        data,
        policy,
        datasets,
        space,
        template,
        plain,
    })
}

fn split_data(network: &Network, seed: u64) -> Result<Data> {
    let source = checks::root().join(FOLDER).join("germancredit.csv");
    let out = network.dir.join("csv");
    crate::network::private_folder(&out)?;
    let names: Vec<_> = OWNERS.iter().map(|(n, _)| *n).collect();
    let shares: Vec<_> = OWNERS.iter().map(|(_, s)| *s).collect();
    network.shell.text(
        &network.binaries.agent,
        &[
            "split",
            "--data",
            &path(&source),
            "--out",
            &path(&out),
            "--names",
            &names.join(","),
            "--shares",
            &shares.join(","),
            "--test",
            "0.2",
            "--seed",
            &seed.to_string(),
        ],
    )?;
    Ok(Data {
        parts: names
            .iter()
            .map(|n| ((*n).to_owned(), out.join(format!("{n}.csv"))))
            .collect(),
        test: out.join("test.csv"),
    })
}

/// The sample of that name.
fn sample(name: &str) -> Result<toml::Table> {
    let text = fs::read_to_string(checks::root().join(FOLDER).join(name))?;
    Ok(text.parse()?)
}

fn write(network: &Network, name: &str, table: &toml::Table) -> Result<PathBuf> {
    let file = network.dir.join(name);
    fs::write(&file, toml::to_string(table)?)?;
    Ok(file)
}

/// The sample policy; without its budget where jobs without differential privacy are to run.
fn write_policy(network: &Network, private: bool) -> Result<PathBuf> {
    let mut policy = sample("policy.toml")?;
    if !private {
        policy.remove("budget");
    }
    write(network, "policy.toml", &policy)
}

fn register_data(network: &Network, data: &Data, policy: &Path) -> Result<BTreeMap<String, u32>> {
    heading("Each organisation registers its dataset and a policy");
    let mut datasets = BTreeMap::new();
    for (name, file) in &data.parts {
        let registered = network.as_org(
            name,
            &["dataset", "register", &path(file), "--name", &format!("{name}-credit")],
        )?;
        let id = shell::number(&registered, "dataset")? as u32;
        network.as_org(name, &["policy", "set", &id.to_string(), &path(policy)])?;
        datasets.insert(name.clone(), id);
    }
    Ok(datasets)
}

fn open_space(network: &Network, formula: &str) -> Result<u32> {
    heading("The bank opens a space; the others join; a reward is agreed and funded; the supervisor audits");
    let space = shell::number(&network.as_org("bank", &["space", "create", "credit-risk"])?, "space")? as u32;
    let id = space.to_string();
    for owner in network.owners().filter(|o| o.name != "bank") {
        network.as_org("bank", &["space", "invite", &id, &owner.id.to_string()])?;
        network.as_org(&owner.name, &["space", "accept", &id])?;
    }
    network.as_org(
        "bank",
        &[
            "space",
            "agreement",
            &id,
            "--formula",
            formula,
            "--reward",
            REWARD,
            "--dispute-window",
            DISPUTE_WINDOW,
        ],
    )?;
    network.as_org("bank", &["space", "fund", &id, FUND])?;
    let supervisor = network.organisation(SUPERVISOR)?.id.to_string();
    network.as_org("bank", &["space", "auditor", &id, &supervisor])?;
    Ok(space)
}

/// A sample template with the demonstration's dataset names and seed.
fn write_template(network: &Network, name: &str, wanted: &Wanted<'_>) -> Result<PathBuf> {
    let mut template = sample(name)?;
    let names = OWNERS
        .iter()
        .map(|(n, _)| toml::Value::String(format!("{n}-credit")))
        .collect();
    template.insert("datasets".to_owned(), toml::Value::Array(names));
    if let Some(seconds) = wanted.step_timeout_s {
        template.insert("step_timeout_s".to_owned(), toml::Value::Integer(seconds.into()));
    }
    if let Some(training) = template.get_mut("training").and_then(toml::Value::as_table_mut) {
        training.insert("seed".to_owned(), toml::Value::Integer(i64::try_from(wanted.seed)?));
    }
    write(network, name, &template)
}
