//! The files that a job leaves behind: their names in its folder, and the bytes of sums.

use crate::{JobPlan, Steps};

/// The job's plan, as it stands on chain.
pub const PLAN: &str = "plan.json";
/// The sum of the first step: elements as little-endian bytes. Its hash is the commitment.
pub const SURVEY: &str = "survey.bin";
/// The sum of the second step, in the same form.
pub const MOMENTS: &str = "moments.bin";
/// What follows from both; its hash is the second step's commitment.
pub const ENCODING: &str = "encoding.json";
/// The model after the last round.
pub const MODEL: &str = "model.safetensors";
pub const EVALUATION: &str = "evaluation.json";
/// The noised sum of statistics, in the form of [`SURVEY`]. Its hash is the commitment.
pub const RELEASE: &str = "release.bin";
/// What follows from it.
pub const ANSWERS: &str = "answers.json";
/// The receipts by step and party: the leaves of the result's Merkle tree, in order.
pub const RECEIPTS: &str = "receipts.json";
/// The worker's evidence, in SCALE.
pub const EVIDENCE: &str = "evidence.scale";
/// The worker's registration that the evidence was made for, in SCALE.
pub const REGISTRATION: &str = "registration.scale";

/// The model after a training round, counted from one. Its hash is that step's commitment.
pub fn model(rounds_done: u32) -> String {
    format!("model-{rounds_done:04}.safetensors")
}

/// All files of a completed job.
pub fn all(steps: Steps) -> Vec<String> {
    let own: &[&str] = match steps {
        Steps::Training { .. } => &[SURVEY, MOMENTS, ENCODING, MODEL, EVALUATION],
        Steps::Statistics => &[RELEASE, ANSWERS],
    };
    [PLAN, RECEIPTS, EVIDENCE, REGISTRATION]
        .iter()
        .chain(own)
        .map(|name| name.to_string())
        .chain((1..=steps.training_rounds()).map(model))
        .collect()
}

/// The bytes of a sum.
pub fn sum_bytes(sum: &[u64]) -> Vec<u8> {
    sum.iter().flat_map(|element| element.to_le_bytes()).collect()
}

/// Reads the bytes of [`sum_bytes`]; `None` where their number is no multiple of eight.
pub fn sum_from_bytes(bytes: &[u8]) -> Option<Vec<u64>> {
    let (elements, rest) = bytes.as_chunks::<8>();
    rest.is_empty()
        .then(|| elements.iter().map(|eight| u64::from_le_bytes(*eight)).collect())
}

/// Who must be honest and what leaks, for those who open the folder.
pub const TRUST_LABEL: &str = "trust-label.json";

/// The bytes of the trust label's file. It follows from what the chain holds, so that a verifier finds the same. `epsilon` is what
/// the whole job costs by the ledger, where it has differential privacy.
pub fn trust_label(
    plan: &JobPlan,
    job: u32,
    simulated: bool,
    parties: &[u32],
    threshold: usize,
    epsilon: Option<f64>,
) -> Vec<u8> {
    let masks = "masked vectors and, per step, the sum over the parties that took part";
    let collusion = format!(
        "no {threshold} of the {} parties collude with the worker; without that, a party's own vector would show",
        parties.len()
    );
    let (worker_sees, honest_needed) = match plan.bounded() {
        None => (masks.to_string(), collusion),
        Some(_) => (
            format!(
                "{masks}; of what is trained or released, each of two workers sees one of two shares of a party's vector, which \
                 says nothing alone, and whether the vector is bounded"
            ),
            format!(
                "one of the two workers, or a party's own vector would show; both, or the sum could be another; in the counts \
                 around a training, {collusion}"
            ),
        ),
    };
    let consortium_sees = match plan.noise() {
        None => {
            "who took part in each step; per party the rows, the compute time, and the utility of its updates (how far \
             they pointed where the joint ones did), summed over the job; worker and parties see the utility per round"
        }
        Some(_) => "who took part in each step; per party the rows and the compute time",
    };
    let mut label = serde_json::json!({
        "job": job,
        "simulated": simulated,
        "parties": parties,
        "threshold": threshold,
        "epsilon": epsilon,
        "delta_exponent": plan.noise().map(|(_, delta_exponent)| delta_exponent),
        "worker_sees": worker_sees,
        "consortium_sees": consortium_sees,
        "parties_see": "the sums of survey, moments and evaluation, and the model after every round",
        "honest_needed": honest_needed,
    });
    if let Some(hidden) = plan.hidden() {
        label["hidden"] = hidden.into();
    }
    serde_json::to_vec_pretty(&label).expect("a label of words and numbers has no fallible serialisers")
}
