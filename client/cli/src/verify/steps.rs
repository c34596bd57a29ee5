//! Specification, plan, commitments and signatures: each step's output is what the worker signed for.

use super::{require, Facts, Folder, Report, STATE};
use crate::proposal;
use ed25519_dalek::{Signature, VerifyingKey};
use secureflow_plan::{
    artefact, commitment::blake2_256, Answers, Encoding, Evaluation, JobPlan, Model, Plan, Shape, StatisticsPlan, Step,
};
use secureflow_primitives::{
    job::{result_payload, round_payload, JobResult, RoundCommitment},
    policy::Column,
    H256,
};
use std::collections::BTreeSet;

pub fn check(report: &mut Report, facts: &Facts, folder: &Folder) {
    let fits = facts.spec.hash() == facts.job.spec_hash;
    report.check(
        "specification",
        Some(STATE),
        require(
            fits,
            "hashes to what the job holds",
            "has another hash than the job holds",
        ),
    );
    let plan = match plan(facts, folder) {
        Ok(plan) => {
            report.check(
                "plan",
                Some(artefact::PLAN),
                Ok("is the one in the specification, and fits its fields".into()),
            );
            Some(plan)
        }
        Err(problem) => {
            report.check("plan", Some(artefact::PLAN), Err(problem));
            // The chain's own copy lets the other checks go on.
            JobPlan::from_bytes(&facts.spec.plan).ok()
        }
    };
    order(report, facts);
    let encoding = outputs(report, facts, folder, plan.as_ref());
    signatures(report, facts);
    let training = plan.as_ref().and_then(JobPlan::training);
    result(report, facts, folder, training.zip(encoding.as_ref()));
}

fn plan(facts: &Facts, folder: &Folder) -> Result<JobPlan, String> {
    let bytes = folder.read(artefact::PLAN)?;
    if bytes != facts.spec.plan.as_slice() {
        return Err("differs from the plan in the specification".into());
    }
    let plan = JobPlan::from_bytes(&bytes).map_err(|error| error.to_string())?;
    let spec = &facts.spec;
    let same = |holds: bool, what: &str| {
        if holds {
            Ok(())
        } else {
            Err(format!("names another {what} than the specification"))
        }
    };
    same(plan.steps() == proposal::steps(spec), "operation or number of rounds")?;
    same(plan.min_parties() == spec.min_parties, "minimum of parties")?;
    same(plan.min_group_size() == spec.min_group_size, "minimum group size")?;
    same(proposal::cost(&plan) == spec.privacy, "privacy cost")?;
    let set = |columns: &[Column]| -> BTreeSet<(Vec<u8>, u8)> {
        let columns = columns.iter();
        columns
            .map(|column| (column.name.to_vec(), column.role as u8))
            .collect()
    };
    let named = proposal::columns(&plan).map_err(|error| error.to_string())?;
    same(set(&named) == set(&spec.columns), "set of columns or roles")?;
    Ok(plan)
}

fn order(report: &mut Report, facts: &Facts) {
    let parties: BTreeSet<_> = facts.parties().into_iter().collect();
    let complete = facts.rounds.len() as u32 == facts.spec.steps();
    let ordered = facts
        .rounds
        .iter()
        .zip(0u32..)
        .all(|((commitment, _), index)| commitment.round.0 == index);
    report.check(
        "commitments",
        Some(STATE),
        require(
            complete && ordered,
            &format!("one for each of the {} steps", facts.spec.steps()),
            &format!("{} of {} steps have one", facts.rounds.len(), facts.spec.steps()),
        ),
    );
    let enough = facts.rounds.iter().all(|(commitment, _)| {
        let named: BTreeSet<_> = commitment.participants.iter().collect();
        named.len() == commitment.participants.len()
            && named.len() as u32 >= facts.spec.min_parties
            && commitment.participants.iter().all(|party| parties.contains(party))
    });
    report.check(
        "participants",
        Some(STATE),
        require(
            enough,
            &format!("at least {} of the job's parties in every sum", facts.spec.min_parties),
            "a sum is over too few parties, or over one that is not in the job",
        ),
    );
}

/// Each step's file against its commitment. Returns the encoding where it is good.
fn outputs(report: &mut Report, facts: &Facts, folder: &Folder, plan: Option<&JobPlan>) -> Option<Encoding> {
    let mut encoding = None;
    for (commitment, _) in &facts.rounds {
        let Some(step) = proposal::steps(&facts.spec).at(commitment.round.0) else {
            continue;
        };
        let file = match step {
            Step::Survey => artefact::SURVEY.to_string(),
            Step::Moments => artefact::ENCODING.to_string(),
            Step::Train(round) => artefact::model(round + 1),
            Step::Evaluate => artefact::EVALUATION.to_string(),
            Step::Release => artefact::RELEASE.to_string(),
        };
        let found = matches(folder, &file, commitment.output);
        let bytes = found.as_ref().ok().cloned();
        report.check(
            format!("output of {step}"),
            Some(&file),
            found.map(|_| "is what the worker committed to".into()),
        );
        let Some(bytes) = bytes else { continue };
        match step {
            Step::Moments => match Encoding::from_bytes(&bytes) {
                Ok(read) => encoding = Some(read),
                Err(error) => {
                    report.check("encoding reads", Some(&file), Err(error.to_string()));
                }
            },
            Step::Evaluate => {
                let read = Evaluation::from_bytes(&bytes);
                report.check(
                    "evaluation",
                    Some(&file),
                    read.map(|found| format!("its figures follow from its histogram (AUC {:.4})", found.auc))
                        .map_err(|error| error.to_string()),
                );
            }
            _ => {}
        }
    }
    match plan {
        Some(JobPlan::Training(plan)) => {
            let derived = derived(folder, plan, encoding.as_ref());
            report.check("encoding follows from the sums", Some(artefact::MOMENTS), derived);
        }
        Some(JobPlan::Statistics(plan)) => {
            let answered = answered(facts, folder, plan);
            report.check("answers follow from the sum", Some(artefact::ANSWERS), answered);
        }
        None => {}
    }
    encoding
}

fn matches(folder: &Folder, file: &str, expected: H256) -> Result<Vec<u8>, String> {
    let bytes = folder.read(file)?;
    if H256(blake2_256(&bytes)) == expected {
        Ok(bytes)
    } else {
        Err("is not what the worker committed to".into())
    }
}

/// The commitment of the second step is to the encoding; the sums that it came from must give the same.
fn derived(folder: &Folder, plan: &Plan, encoding: Option<&Encoding>) -> Result<String, String> {
    let sum = |name: &str| {
        folder
            .read(name)
            .and_then(|bytes| artefact::sum_from_bytes(&bytes).ok_or_else(|| "is no sum".to_string()))
    };
    let encoding = encoding.ok_or("there is no good encoding to compare with")?;
    let found =
        Encoding::derive(plan, &sum(artefact::SURVEY)?, &sum(artefact::MOMENTS)?).map_err(|error| error.to_string())?;
    require(
        found == *encoding,
        "survey and moments give the same",
        "survey and moments give another encoding",
    )
}

/// Nobody commits to the answers: they follow from the sum and the number of parties in it.
fn answered(facts: &Facts, folder: &Folder, plan: &StatisticsPlan) -> Result<String, String> {
    let bytes = folder.read(artefact::RELEASE)?;
    let sum = artefact::sum_from_bytes(&bytes).ok_or("the release is no sum")?;
    let (commitment, _) = facts.rounds.first().ok_or("the release has no commitment")?;
    let answers: Answers = plan
        .answers(&sum, commitment.participants.len() as u32)
        .map_err(|error| error.to_string())?;
    require(
        answers.to_bytes() == folder.read(artefact::ANSWERS)?,
        "each figure and interval is what the plan gives",
        "other figures or intervals than the plan gives",
    )
}

fn signatures(report: &mut Report, facts: &Facts) {
    let Some((_, worker)) = &facts.worker else {
        report.check("signatures", Some(STATE), Err("the export holds no worker".into()));
        return;
    };
    let key = worker.registration.session_key;
    for (commitment, signature) in &facts.rounds {
        let step = proposal::steps(&facts.spec)
            .at(commitment.round.0)
            .map_or_else(|| "a step".into(), |step| step.to_string());
        let payload = round_payload(facts.genesis, facts.id, commitment);
        report.check(
            format!("signature of {step}"),
            Some(STATE),
            signed(&key, payload, signature),
        );
    }
    if let Some((result, signature)) = &facts.result {
        let payload = result_payload(facts.genesis, facts.id, result);
        report.check("signature of the result", Some(STATE), signed(&key, payload, signature));
    }
}

/// Checks an Ed25519 signature, strictly.
pub fn signed(key: &[u8; 32], payload: H256, signature: &[u8; 64]) -> Result<String, String> {
    let key = VerifyingKey::from_bytes(key).map_err(|_| "the key is no Ed25519 key".to_string())?;
    match key.verify_strict(payload.as_bytes(), &Signature::from_bytes(signature)) {
        Ok(()) => Ok("by the worker's session key".into()),
        Err(_) => Err("is not by the worker's session key".into()),
    }
}

fn result(report: &mut Report, facts: &Facts, folder: &Folder, shape: Option<(&Plan, &Encoding)>) {
    let Some((result, _)) = &facts.result else {
        report.check("result", Some(STATE), Err("the chain holds none".into()));
        return;
    };
    let same = consistent(facts, result);
    report.check(
        "result",
        Some(STATE),
        same.map(|()| "names the outputs of the last steps".into()),
    );
    if facts.spec.model_and_encoding_steps().is_none() {
        return;
    }
    let model = matches(folder, artefact::MODEL, result.model).and_then(|bytes| {
        let Some((plan, encoding)) = shape else {
            return Ok("is the one that the result names".to_string());
        };
        let shape = Shape::new(plan, encoding).map_err(|error| error.to_string())?;
        let model = Model::from_safetensors(shape, &bytes).map_err(|error| error.to_string())?;
        Ok(format!(
            "is the one that the result names: {} parameters, as the plan and the encoding ask",
            model.parameters().len()
        ))
    });
    report.check("model", Some(artefact::MODEL), model);
}

fn consistent(facts: &Facts, result: &JobResult) -> Result<(), String> {
    let output = |index: u32| -> Option<H256> {
        let find = |(commitment, _): &&(RoundCommitment, [u8; 64])| commitment.round.0 == index;
        facts.rounds.iter().find(find).map(|(commitment, _)| commitment.output)
    };
    let same = |holds: bool, what: &str| {
        if holds {
            Ok(())
        } else {
            Err(format!("names another {what}"))
        }
    };
    same(result.spec_hash == facts.job.spec_hash, "specification")?;
    let (model, encoding) = match facts.spec.model_and_encoding_steps() {
        Some((model, encoding)) => (output(model), output(encoding)),
        None => (Some(H256::zero()), Some(H256::zero())),
    };
    same(encoding == Some(result.encoding), "encoding than the second step's")?;
    same(model == Some(result.model), "model than the last round's")?;
    same(
        output(facts.spec.evaluation_step()) == Some(result.evaluation),
        "evaluation than the last step's",
    )?;
    same(result.simulated == facts.job.simulated, "kind of evidence than the job")
}
