//! Templates and proposals.

use crate::{
    commands::policy,
    context::Context,
    error::{Failure, Result},
    names::{micro, shown, Reference},
    network::{find_dataset, find_space, ChainState},
    out::{fields, table, Answer},
    proposal::{self, Proposal, SAMPLES},
};
use secureflow_chain::{Call, ChainEvent};
use secureflow_plan::{DatasetRef, JobTemplate};
use secureflow_primitives::{policy::Dataset, privacy::PrivacyCost, DatasetId};
use serde_json::json;
use std::path::{Path, PathBuf};

/// What a template for data of one's own is made from.
pub struct Tabular {
    pub file: Option<PathBuf>,
    pub dataset: Option<Reference>,
    pub label: Option<String>,
    pub positive: Option<String>,
    pub purpose: String,
}

pub async fn template(context: &Context, name: Option<&str>, wanted: Tabular) -> Result<Answer> {
    match name {
        None => {
            let mut rows: Vec<_> = SAMPLES
                .iter()
                .map(|sample| [sample.name.to_string(), sample.about.to_string()])
                .collect();
            rows.push([
                "tabular".into(),
                "any label over any columns: made from a file of yours".into(),
            ]);
            let value: Vec<_> = rows
                .iter()
                .map(|[name, about]| json!({ "name": name, "about": about }))
                .collect();
            Ok(Answer::new(
                json!({ "templates": value }),
                table(["template", "about"], &rows),
            ))
        }
        Some("tabular") => tabular(context, wanted).await,
        Some(name) => {
            let sample = SAMPLES.iter().find(|sample| sample.name == name).ok_or_else(|| {
                Failure::usage(format!("there is no template {name:?}")).hint("`secureflow job template` lists them.")
            })?;
            Ok(Answer::new(json!({ "template": sample.text }), sample.text))
        }
    }
}

async fn tabular(context: &Context, wanted: Tabular) -> Result<Answer> {
    let Some(label) = wanted.label else {
        return Err(Failure::usage("tabular needs the column to predict").hint("Add --label COLUMN."));
    };
    let Some(file) = policy::file_of(context, wanted.dataset, wanted.file).await? else {
        return Err(Failure::usage("tabular needs a file").hint("Add --file CSV, or --dataset NAME for one of yours."));
    };
    let agent = context.agent()?;
    let found = context
        .out
        .busy("your agent reads the file", agent.inspect(&file, Some(&label)))
        .await?;
    let values = found.label.map(|label| label.values).unwrap_or_default();
    let (positive, negative) = proposal::label_values(&label, &values, wanted.positive.as_deref())?;
    let columns: Vec<_> = found
        .columns
        .into_iter()
        .map(|column| (column.name, column.kind))
        .collect();
    let text = proposal::tabular(&columns, &label, (&positive, negative.as_deref()), &wanted.purpose)?;
    proposal::parse(&text)?;
    Ok(Answer::new(json!({ "template": text }), text))
}

/// The datasets of a job: those on the command line, else those in the template.
pub fn resolve(template: &JobTemplate, given: &[Reference], known: &[(DatasetId, Dataset)]) -> Result<Vec<DatasetId>> {
    let named: Vec<Reference> = match given {
        [] => template.datasets().iter().map(reference).collect::<Result<_>>()?,
        some => some.to_vec(),
    };
    named.iter().map(|wanted| find_dataset(known, wanted)).collect()
}

fn reference(dataset: &DatasetRef) -> Result<Reference> {
    Ok(match dataset {
        DatasetRef::Name(name) => Reference::Name(name.clone()),
        DatasetRef::Id(id) => Reference::Id(
            u32::try_from(*id)
                .map_err(|_| Failure::new("bad_job", format!("datasets: {id} is no dataset's number")))?,
        ),
    })
}

/// Names the workers of a template that asks for two; see [`proposal::name_workers`].
pub async fn name_workers(template: &mut JobTemplate, state: &ChainState<'_>) -> Result<()> {
    let Some(bounded) = template.bounded_mut() else {
        return Ok(());
    };
    let standings = state.standings().await?.into_iter();
    let active = standings.filter(|(_, found)| found.status.is_active());
    let active: Vec<_> = active
        .map(|(account, found)| (account, found.worker.operator))
        .collect();
    proposal::name_workers(bounded, &active)
}

pub async fn propose(context: &Context, space: &Reference, file: &Path, datasets: &[Reference]) -> Result<Answer> {
    let mut template = proposal::parse(&policy::read(file)?)?;
    let network = context.network().await?;
    let state = network.state().await?;
    name_workers(&mut template, &state).await?;
    let known = state.datasets().await?;
    let space = find_space(&state.spaces().await?, space)?;
    let Proposal { spec, plan } = Proposal::new(&template, resolve(&template, datasets, &known)?)?;
    let hash = crate::names::hash(&spec.hash());
    let privacy = match &spec.privacy {
        PrivacyCost::Unbounded => "no differential privacy".to_string(),
        PrivacyCost::PerRound { noise_micro, cost } => {
            let delta = plan.noise().map_or(5, |(_, delta_exponent)| delta_exponent as u8);
            let mut text = format!(
                "ε = {} at δ = 1e-{delta}, by noise of {} times what {} can change",
                micro(cost.times(spec.rounds).epsilon_micro(delta)),
                micro(*noise_micro),
                plan.hidden().unwrap_or_default()
            );
            if template.sampling() < 1.0 {
                text.push_str(&format!(
                    "; each is in a round with probability {}",
                    template.sampling()
                ));
            }
            text
        }
    };
    let owners: Vec<_> = spec
        .datasets
        .iter()
        .filter_map(|id| known.iter().find(|(known, _)| known == id))
        .collect();
    let names = crate::network::Names::read(&state).await?;
    let waiting = names.list(&owners.iter().map(|(_, dataset)| dataset.owner).collect::<Vec<_>>());
    let listed: Vec<String> = owners
        .iter()
        .map(|(id, dataset)| format!("{id} {}", shown(&dataset.registration.name)))
        .collect();
    let proofs = plan.bounded().map_or_else(
        || "none: each owner's agent sees to it that its contribution is no larger than agreed".to_string(),
        |bounded| {
            format!(
                "to two workers, that no owner counts for more than {} rows",
                bounded.most_rows
            )
        },
    );
    let (rounds, steps, deadlines) = (spec.rounds, spec.steps(), spec.deadlines);
    let extent = proposal::extent(&spec);
    let ids = spec.datasets.clone().into_inner();
    let done = context.submit(&network, Call::ProposeJob { space, spec }).await?;
    let job = done.find(|event| match event {
        ChainEvent::JobProposed { job, .. } => Some(*job),
        _ => None,
    });
    let job = job.ok_or_else(|| Failure::new("chain", "the chain took the proposal and gave no number"))?;
    let text = format!(
        "Job {job} is proposed. Its owners approve it with: secureflow job approve {job}\n{}",
        fields(&[
            ("datasets", listed.join(", ")),
            ("waiting for", waiting),
            ("extent", extent),
            ("privacy", privacy.clone()),
            ("proofs", proofs),
            ("approval ends", format!("after {} blocks", deadlines.approval)),
            ("specification", hash.clone()),
        ])
    );
    let value = json!({
        "job": job, "space": space, "datasets": ids, "rounds": rounds, "steps": steps, "spec_hash": hash,
        "privacy": privacy, "block": done.block.number,
    });
    Ok(Answer::new(value, text))
}
