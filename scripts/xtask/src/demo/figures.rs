//! What the demonstration shows at its end.

use super::*;
use crate::summary::{Absence, Auc, Job, Ledger, OnceMore};

/// How well the job's model does, and others over the same rows for comparison.
pub(super) fn compare(network: &Network, prepared: &Prepared, job: u32) -> Result<Auc> {
    heading("The same model trained alone, on all data in one place, and together without noise, for comparison");
    let Prepared {
        data, template, plain, ..
    } = prepared;
    let agent = &network.binaries.agent;
    let test = path(&data.test);
    let auc = |args: &[&str]| -> Result<f64> { shell::number(&network.shell.json(agent, args)?, "auc") };
    let plain_file = path(plain);
    let baseline = ["baseline", "--template", &plain_file, "--test", &test];
    let parts: Vec<String> = OWNERS.iter().map(|(n, _)| path(&data.parts[*n])).collect();
    let mut solo = Vec::new();
    let mut all = baseline.to_vec();
    for part in &parts {
        solo.push(auc(&[&baseline[..], &["--data", part]].concat())?);
        all.extend(["--data", part]);
    }
    let pooled = auc(&all)?;
    // What the job without differential privacy would give, computed by one process that has all files.
    let joint_without_privacy = match template == plain {
        true => None,
        false => Some(auc(&[&all[..], &["--apart"]].concat())?),
    };
    let folder = artefacts(network, job)?;
    let file = |name: &str| path(&folder.join(name));
    let joint = auc(&[
        "evaluate",
        "--model",
        &file("model.safetensors"),
        "--encoding",
        &file("encoding.json"),
        "--plan",
        &file("plan.json"),
        "--data",
        &test,
    ])?;
    Ok(Auc {
        joint,
        joint_without_privacy,
        pooled,
        solo,
    })
}

pub(super) fn summarise(
    network: &Network,
    job: u32,
    prepared: &Prepared,
    result: &Value,
    auc: Auc,
    begin: Instant,
) -> Result<Summary> {
    heading("What the chain holds");
    let shown = network.as_org("bank", &["job", "show", &job.to_string()])?;
    let ledgers = ledgers(network, &prepared.datasets)?;
    let once_more = once_more(network, prepared)?;
    let space = network.as_org("bank", &["space", "show", &prepared.space.to_string()])?;
    let status = network.as_org("bank", &["network", "status"])?;
    proof::prove_completion(network, job)?;
    network.as_org(SUPERVISOR, &["audit", "check", "--job", &job.to_string()])?;
    let mut payouts = BTreeMap::new();
    for payout in shown["payouts"].as_array().into_iter().flatten() {
        payouts.insert(shell::text(payout, "account")?, shell::number(payout, "points")? as u64);
    }
    let mut bytes_per_party = BTreeMap::new();
    for party in shell::field(result, "parties")?.as_array().into_iter().flatten() {
        bytes_per_party.insert(shell::text(party, "name")?, shell::number(party, "bytes")? as u64);
    }
    Ok(Summary {
        job: Job {
            id: job,
            phase: shell::text(&shown, "phase")?,
        },
        rounds: shell::number(&shown, "rounds")? as u32,
        auc,
        epsilon: ledgers["bank"].spent,
        ledgers,
        once_more,
        absences: absences(&shown)?,
        payouts,
        escrow: shell::number(&space, "escrow")? as u64,
        trust_label: shell::text(result, "trust_label")?,
        best_block: shell::number(&status, "best.number")? as u64,
        finalized_block: shell::number(&status, "finalized.number")? as u64,
        seconds: begin.elapsed().as_secs_f64(),
        bytes_per_party,
        artefacts: artefacts(network, job)?,
    })
}

/// Every owner's ledger, as the chain keeps it.
fn ledgers(network: &Network, datasets: &BTreeMap<String, u32>) -> Result<BTreeMap<String, Ledger>> {
    let ledger = |(owner, id): (&String, &u32)| -> Result<(String, Ledger)> {
        let shown = network.as_org(owner, &["dataset", "show", &id.to_string()])?;
        let epsilon = |field: &str| shown["ledger"][field].as_f64();
        let ledger = Ledger {
            spent: epsilon("epsilon_spent"),
            left: epsilon("epsilon_left"),
            budget: epsilon("epsilon_budget"),
        };
        Ok((owner.clone(), ledger))
    };
    datasets.iter().map(ledger).collect()
}

/// What the same job would meet if it were proposed once more: the rule that refuses it, and the ε that there is room for.
fn once_more(network: &Network, prepared: &Prepared) -> Result<OnceMore> {
    let home = path(&network.organisation("bank")?.home);
    let (dataset, template) = (prepared.datasets["bank"].to_string(), path(&prepared.template));
    let args = [
        "--home",
        &home,
        "privacy",
        "explain",
        &dataset,
        "--template",
        &template,
        "--json",
    ];
    // It says no by its exit code too.
    let said = network.shell.output(&network.binaries.cli, &args)?;
    let said: Value = serde_json::from_slice(&said.stdout).context("`privacy explain` printed no JSON")?;
    ensure!(
        said["explained"] == true,
        "the ledger is not what its jobs add up to: {said}"
    );
    Ok(OnceMore {
        refused_by: said["planned"]["refused_by"]["rule"].as_str().map(str::to_owned),
        room: said["room"].as_f64(),
    })
}

fn absences(shown: &Value) -> Result<Vec<Absence>> {
    let absence = |listed: &Value| -> Result<Absence> {
        let parties = shell::field(listed, "parties")?.as_array().into_iter().flatten();
        Ok(Absence {
            step: shell::text(listed, "name")?,
            parties: parties.map(|party| shell::text(party, "name")).collect::<Result<_>>()?,
        })
    };
    let listed = shell::field(shown, "absences")?.as_array().into_iter().flatten();
    listed.map(absence).collect()
}
