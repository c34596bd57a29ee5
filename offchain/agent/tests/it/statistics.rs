//! Jobs that ask for statistics, with real agents and a real worker.

use crate::consortium::{file, Consortium};
use secureflow_chain::ChainExt;
use secureflow_plan::{artefact, Answers, JobPlan, Steps};
use secureflow_primitives::{
    job::{JobPhase, Receipt},
    JobId, H256,
};

const TEMPLATE: &str = r#"
name = "customers"
purpose = "credit-scoring"
min_parties = 2
min_group_size = 5
step_timeout_s = 3
privacy = { epsilon = 1.0, delta = 1e-5 }
statistic = [
    { kind = "count", column = "job" },
    { kind = "mean", column = "income", lower = 0, upper = 10000 },
    { kind = "categories", column = "job", categories = ["baker", "clerk", "driver", "pilot"] },
]
"#;

/// The answers of a completed job, from one organisation's folder: they must follow from the sum.
fn answers(consortium: &Consortium, org: usize, parties: u32) -> Answers {
    let folder = consortium.artefacts(org, JobId(0));
    let JobPlan::Statistics(plan) = JobPlan::from_bytes(&file(&folder, artefact::PLAN)).unwrap() else {
        panic!("statistics");
    };
    let sum = artefact::sum_from_bytes(&file(&folder, artefact::RELEASE)).unwrap();
    let answers = plan.answers(&sum, parties).unwrap();
    assert_eq!(file(&folder, artefact::ANSWERS), answers.to_bytes());
    answers
}

fn near(answers: &Answers, statistic: usize, at: usize, expected: f64, within: f64) {
    let value = &answers.statistics[statistic].values[at];
    let found = value.estimate.expect("enough rows").value;
    assert!((found - expected).abs() < within, "{value:?} for {expected}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_agents_answer_together() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    let rounds = consortium.rounds(job).await;
    assert_eq!((rounds.len(), rounds[0].participants.len()), (1, 3));
    let state = consortium.chain.finalized_state().await.unwrap();
    let (result, _) = state.result(job).await.unwrap().unwrap();
    assert_eq!((result.model, result.encoding), (H256::zero(), H256::zero()));
    assert_eq!(result.evaluation, rounds[0].output);
    // How many rows a party has is what the noise hides.
    assert!(result
        .contributions
        .iter()
        .all(|part| (part.rows, part.steps) == (0, 1)));

    for org in 0..3 {
        consortium.wait_agent(org, job, "done").await;
        let folder = consortium.artefacts(org, job);
        for name in artefact::all(Steps::Statistics) {
            assert!(!file(&folder, &name).is_empty(), "{name}");
        }
        let receipts: Vec<Receipt> = serde_json::from_slice(&file(&folder, artefact::RECEIPTS)).unwrap();
        assert!(receipts.iter().all(|receipt| receipt.rows == 0 && receipt.bytes > 100));
        let found = answers(&consortium, org, 3);
        // Noise of 3·√3 for a row; ten deviations of it.
        near(&found, 0, 0, 900.0, 60.0);
        near(&found, 1, 0, 3000.0, 700.0);
        let jobs: f64 = (0..3)
            .map(|at| found.statistics[2].values[at].estimate.unwrap().value)
            .sum();
        assert!((jobs - 900.0).abs() < 110.0, "{jobs}");
    }
    let label = String::from_utf8(file(&consortium.artefacts(0, job), artefact::TRUST_LABEL)).unwrap();
    assert!(label.contains("epsilon"), "{label}");
}

/// Whoever is away is not in the sum, and the others' noise suffices.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_three_suffice() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    consortium.start_worker().await;
    for org in 0..2 {
        consortium.start_agent(org).await;
        consortium.bind_data(org);
    }
    let job = consortium.start_job(TEMPLATE).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(consortium.rounds(job).await[0].participants.len(), 2);
    consortium.wait_agent(0, job, "done").await;
    near(&answers(&consortium, 0, 2), 0, 0, 700.0, 60.0);
}

/// A worker that dies in the middle of the only step goes on with it: no second release.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_comes_back_releases_once() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    consortium.start_worker().await;
    for org in 0..2 {
        consortium.start_agent(org).await;
        consortium.bind_data(org);
    }
    // The third is not there yet, so that the step waits.
    let job = consortium
        .start_job(&TEMPLATE.replace("step_timeout_s = 3", "step_timeout_s = 20"))
        .await;
    consortium.wait_aggregating(0, job).await;
    consortium.worker.as_mut().unwrap().kill();
    consortium.start_worker().await;
    consortium.start_agent(2).await;
    consortium.bind_data(2);
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(consortium.rounds(job).await.len(), 1);
    consortium.wait_agent(0, job, "done").await;
    answers(
        &consortium,
        0,
        consortium.rounds(job).await[0].participants.len() as u32,
    );
}

/// A party with fewer rows than a group may have stays out, and says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_party_that_is_a_group_too_small_stays_out() {
    let mut consortium = Consortium::new(&[400, 300, 8]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium
        .start_job(&TEMPLATE.replace("min_group_size = 5", "min_group_size = 9"))
        .await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(consortium.rounds(job).await[0].participants.len(), 2);
    consortium.wait_agent(0, job, "done").await;
    near(&answers(&consortium, 0, 2), 0, 0, 700.0, 60.0);
}
