//! What the parties' updates are worth, over whole jobs.

use crate::{
    consortium::{file, Consortium},
    material::{synthetic, TEMPLATE},
};
use secureflow_agent::tools::recompute;
use secureflow_chain::ChainExt;
use secureflow_plan::{artefact, steps_total};
use secureflow_primitives::{
    job::{JobPhase, JobResult, Receipt},
    JobId, OrgId,
};
use sqlx::{ConnectOptions, Connection};
use std::collections::BTreeMap;

/// The last column dealt out anew, so that it says nothing about the others any more.
fn shuffled_labels(csv: &str, mut state: u64) -> String {
    let mut lines = csv.lines();
    let header = lines.next().unwrap();
    let (rows, mut labels): (Vec<&str>, Vec<&str>) = lines.map(|line| line.rsplit_once(',').unwrap()).unzip();
    for last in (1..labels.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        labels.swap(last, (state >> 33) as usize % (last + 1));
    }
    let rows = rows.iter().zip(labels).map(|(row, label)| format!("{row},{label}\n"));
    format!("{header}\n{}", rows.collect::<String>())
}

/// Result and receipts of a job that has ended well.
async fn outcome(consortium: &Consortium, job: JobId) -> (JobResult, Vec<Receipt>) {
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    consortium.wait_agent(0, job, "done").await;
    let receipts = file(&consortium.artefacts(0, job), artefact::RECEIPTS);
    let state = consortium.chain.finalized_state().await.unwrap();
    let (result, _) = state.result(job).await.unwrap().unwrap();
    (result, serde_json::from_slice(&receipts).unwrap())
}

/// Utilities by step of one party.
fn of_party(receipts: &[Receipt], party: OrgId) -> BTreeMap<u32, u64> {
    receipts
        .iter()
        .filter(|receipt| receipt.party == party)
        .map(|receipt| (receipt.round.0, receipt.utility))
        .collect()
}

/// Of four equal parties one has labels without sense: it earns less than half of what each honest one does. The receipts
/// add up to the contributions, and the figures are those that everybody with the rows finds again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_without_sense_are_worth_little() {
    let mut files: Vec<String> = (0..4).map(|seed| synthetic(300, seed)).collect();
    files[2] = shuffled_labels(&files[2], 77);
    let mut consortium = Consortium::with_data(files).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    let (result, receipts) = outcome(&consortium, job).await;

    let earned: Vec<u64> = result.contributions.iter().map(|part| part.utility).collect();
    println!("utilities over four rounds: {earned:?}");
    for honest in [0, 1, 3] {
        assert!(earned[honest] > 2 * earned[2], "{earned:?}");
        assert!(earned[honest] <= 4_000_000, "{earned:?}");
    }
    for part in &result.contributions {
        let steps = of_party(&receipts, part.party);
        assert_eq!(steps.len() as u32, steps_total(4));
        assert_eq!(steps.values().sum::<u64>(), part.utility);
        // Survey, moments and the first round come after no training round.
        assert_eq!(
            steps.range(..3).map(|(_, utility)| *utility).collect::<Vec<_>>(),
            [0; 3]
        );
    }

    // Who has the rows finds every figure again, whatever a party says.
    for (index, part) in result.contributions.iter().enumerate() {
        let rows = &consortium.organisations[index].dataset.as_ref().unwrap().1;
        let found = recompute(&consortium.artefacts(0, job), rows, part.party).unwrap();
        assert_eq!(found.earned, found.reported, "party {index}");
        assert_eq!(found.earned.iter().sum::<u64>(), part.utility);
    }
}

/// A utility is computed from rows without noise: where a job hides rows there is none, and none can be found again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_training_has_no_utilities() {
    let mut consortium = Consortium::new(&[400, 300]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let privacy = "privacy = { epsilon = 8.0, delta = 1e-5, clip = 1.0 }\nlabel =";
    let job = consortium.start_job(&TEMPLATE.replace("label =", privacy)).await;
    let (result, receipts) = outcome(&consortium, job).await;
    for (index, part) in result.contributions.iter().enumerate() {
        assert_eq!(part.utility, 0, "{part:?}");
        assert!(of_party(&receipts, part.party).values().all(|utility| *utility == 0));
        let rows = &consortium.organisations[index].dataset.as_ref().unwrap().1;
        let refused = recompute(&consortium.artefacts(0, job), rows, part.party)
            .err()
            .unwrap();
        assert!(refused.to_string().contains("differential privacy"), "{refused}");
    }
}

/// An agent that is killed in the middle again and again reports what it would have without.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_keeps_the_utility() {
    let mut consortium = Consortium::new(&[200, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let calm = consortium.start_job(TEMPLATE).await;
    let (expected, receipts) = outcome(&consortium, calm).await;
    let party = consortium.organisations[1].id;
    let expected_steps = of_party(&receipts, party);
    assert!(
        expected_steps.range(3..).all(|(_, utility)| *utility > 0),
        "{expected_steps:?}"
    );

    let job = consortium.start_job(TEMPLATE).await;
    for rounds in [3, 4, 5, 6] {
        consortium.wait_rounds(job, rounds).await;
        consortium.organisations[1].agent.as_mut().unwrap().kill();
        consortium.start_agent(1).await;
    }
    let (found, receipts) = outcome(&consortium, job).await;
    assert_eq!(found.model, expected.model);
    assert_eq!(of_party(&receipts, party), expected_steps);
}

/// An update that is gone after a crash is worth nothing, and never something else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_update_is_worth_nothing() {
    let template = TEMPLATE.replace("rounds = 4", "rounds = 8");
    let mut consortium = Consortium::new(&[200, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let calm = consortium.start_job(&template).await;
    let (_, receipts) = outcome(&consortium, calm).await;
    let party = consortium.organisations[1].id;
    let expected = of_party(&receipts, party);

    let job = consortium.start_job(&template).await;
    consortium.wait_rounds(job, 3).await;
    consortium.organisations[1].agent.as_mut().unwrap().kill();
    let mut database = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(consortium.organisations[1].home.join("agent.db"))
        .connect()
        .await
        .unwrap();
    let gone = sqlx::query("DELETE FROM directions")
        .execute(&mut database)
        .await
        .unwrap();
    assert!(gone.rows_affected() > 0);
    database.close().await.unwrap();
    consortium.start_agent(1).await;

    let (_, receipts) = outcome(&consortium, job).await;
    let found = of_party(&receipts, party);
    let lost: Vec<u32> = expected
        .iter()
        .filter(|(step, utility)| found[*step] != **utility)
        .map(|(step, _)| *step)
        .collect();
    assert_eq!(lost.len(), 1, "{found:?}, expected {expected:?}");
    assert_eq!(found[&lost[0]], 0);
}
