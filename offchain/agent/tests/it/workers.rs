//! Jobs that change their worker before they have begun.

use crate::{consortium::Consortium, http, material::TEMPLATE};
use secureflow_primitives::{job::JobPhase, JobId};
use std::time::{Duration, Instant};

/// A job that all three must take part in, and that only the first agent has answered so far.
async fn half_begun(consortium: &mut Consortium) -> JobId {
    consortium.start_worker().await;
    // The data are bound before, so that the others need not look twice.
    consortium.start_agents().await;
    for index in 1..3 {
        consortium.organisations[index].agent.as_mut().unwrap().kill();
    }
    let job = consortium
        .start_job(&TEMPLATE.replace("min_parties = 2", "min_parties = 3"))
        .await;
    consortium.wait_aggregating(0, job).await;
    job
}

/// What was begun with the first worker is begun anew with the second, by an agent that had answered the first as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_goes_on_with_another_worker() {
    let mut consortium = Consortium::new(&[200, 200, 200]).await;
    let job = half_begun(&mut consortium).await;

    consortium.replace_worker();
    consortium.start_worker().await;
    let second = consortium.worker_account();
    consortium.give_job(job, Some(second.clone())).await;
    for index in 1..3 {
        consortium.start_agent(index).await;
    }
    let ended = consortium.wait_ended(job).await;
    assert_eq!((ended.phase, ended.worker), (JobPhase::Completed, Some(second)));
    let rounds = consortium.rounds(job).await;
    assert!(rounds.iter().all(|round| round.participants.len() == 3), "{rounds:?}");
    for index in 0..3 {
        consortium.wait_agent(index, job, "done").await;
    }
}

/// A worker lets a job go that the chain takes from it, and takes up where it was when it comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_comes_back_to_its_worker() {
    let mut consortium = Consortium::new(&[200, 200, 200]).await;
    let job = half_begun(&mut consortium).await;

    let jobs_of_worker = |expected: u32| {
        let (begun, line) = (Instant::now(), format!("secureflow_worker_jobs {expected}\n"));
        let address = consortium.worker_http;
        async move {
            while !http::call(address, "GET", "/metrics", None, None).1.contains(&line) {
                assert!(begun.elapsed() < Duration::from_secs(20), "waiting for {line}");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    jobs_of_worker(1).await;
    consortium.give_job(job, None).await;
    jobs_of_worker(0).await;
    consortium.give_job(job, Some(consortium.worker_account())).await;
    jobs_of_worker(1).await;
    for index in 1..3 {
        consortium.start_agent(index).await;
    }
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(consortium.rounds(job).await[0].participants.len(), 3);
}
