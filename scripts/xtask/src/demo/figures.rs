//! What the demonstration shows at its end.

use super::*;

pub(super) fn compare(network: &Network, data: &Data, template: &Path, job: u32) -> Result<Auc> {
    let agent = &network.binaries.agent;
    let test = path(&data.test);
    let template = path(template);
    let auc = |args: &[&str]| -> Result<f64> { shell::number(&network.shell.json(agent, args)?, "auc") };
    let mut solo = Vec::new();
    let mut pooled = vec!["baseline", "--template", &template, "--test", &test];
    let parts: Vec<String> = OWNERS.iter().map(|(n, _)| path(&data.parts[*n])).collect();
    for part in &parts {
        solo.push(auc(&[
            "baseline",
            "--template",
            &template,
            "--test",
            &test,
            "--data",
            part,
        ])?);
        pooled.extend(["--data", part]);
    }
    let pooled = auc(&pooled)?;
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
    Ok(Auc { joint, pooled, solo })
}

pub(super) fn summarise(
    network: &Network,
    job: u32,
    space: u32,
    result: &Value,
    datasets: &BTreeMap<String, u32>,
    auc: Auc,
    begin: Instant,
) -> Result<Summary> {
    heading("What the chain holds");
    let shown = network.as_org("bank", &["job", "show", &job.to_string()])?;
    let spent = network.as_org("bank", &["dataset", "show", &datasets["bank"].to_string()])?;
    let space = network.as_org("bank", &["space", "show", &space.to_string()])?;
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
        epsilon: spent.pointer("/ledger/epsilon_spent").and_then(Value::as_f64),
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
