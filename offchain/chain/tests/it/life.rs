//! A job's life, and what the fake refuses.

use std::time::Duration;

use futures::StreamExt;
use secureflow_chain::{Call, Chain, ChainEvent, ChainExt, Error, Wait};
use secureflow_primitives::{
    job::{FailReason, JobPhase, Party},
    revenue::{Agreement, Formula},
    JobId, OrgId, Round, SpaceId,
};

use crate::network::{Network, STEPS};

#[tokio::test]
async fn a_job_runs_to_its_end() {
    let network = Network::assigned().await;
    let state = network.chain.finalized_state().await.unwrap();
    let job = state.job(JobId(0)).await.unwrap().unwrap();
    assert_eq!(job.phase, JobPhase::Assigned);
    assert_eq!(job.worker, Some(network.worker.account()));
    assert!(job.simulated);
    assert_eq!(state.organisations().await.unwrap().len(), 2);
    assert_eq!(
        state.org_of(&network.owners[1].account()).await.unwrap(),
        Some(OrgId(1))
    );

    network.complete().await;
    // What was read stays at its block.
    assert!(state.rounds(JobId(0)).await.unwrap().is_empty());
    let state = network.chain.finalized_state().await.unwrap();
    assert_eq!(state.job(JobId(0)).await.unwrap().unwrap().phase, JobPhase::Completed);
    let rounds = state.rounds(JobId(0)).await.unwrap();
    let numbers: Vec<_> = rounds.iter().map(|(commitment, _)| commitment.round).collect();
    assert_eq!(numbers, (0..STEPS).map(Round).collect::<Vec<_>>());
    assert!(state.result(JobId(0)).await.unwrap().is_some());
    assert!(state.audit_count().await.unwrap() > u64::from(STEPS));
}

#[track_caller]
fn refused(result: Result<secureflow_chain::Submitted, Error>, name: &str) {
    match result {
        Err(error) if error.is_dispatch("Collaborations", name) => {}
        other => panic!("{name} expected, {other:?} found"),
    }
}

#[tokio::test]
async fn rounds_come_in_order_once_from_the_right_worker() {
    let network = Network::assigned().await;
    let wait = Wait::default();
    let before = network.chain.best().await.unwrap();
    refused(
        network.chain.submit(&network.worker, network.round(1), wait).await,
        "RoundOutOfOrder",
    );
    refused(
        network.chain.submit(&network.owners[0], network.round(0), wait).await,
        "NotAssignedWorker",
    );
    refused(
        network.chain.submit(&network.worker, network.result(), wait).await,
        "StepsMissing",
    );
    let Call::SubmitRound {
        job,
        commitment,
        mut signature,
    } = network.round(0)
    else {
        unreachable!()
    };
    signature[0] ^= 1;
    refused(
        network
            .chain
            .submit(
                &network.worker,
                Call::SubmitRound {
                    job,
                    commitment,
                    signature,
                },
                wait,
            )
            .await,
        "BadSignature",
    );
    assert_eq!(network.chain.best().await.unwrap(), before);
    network.submit(&network.worker, network.round(0)).await;
    refused(
        network.chain.submit(&network.worker, network.round(0), wait).await,
        "RoundAlreadySubmitted",
    );
}

#[tokio::test]
async fn a_deadline_ends_the_job() {
    let network = Network::assigned().await;
    network.submit(&network.worker, network.round(0)).await;
    network.chain.advance(60);
    let job = network
        .chain
        .finalized_state()
        .await
        .unwrap()
        .job(JobId(0))
        .await
        .unwrap()
        .unwrap();
    let party = Some(Party::Worker(network.worker.account()));
    assert_eq!(
        job.phase,
        JobPhase::Failed {
            reason: FailReason::Deadline,
            party
        }
    );
    refused(
        network
            .chain
            .submit(&network.worker, network.round(1), Wait::default())
            .await,
        "JobEnded",
    );
}

#[tokio::test]
async fn an_outage_pauses() {
    let network = Network::assigned().await;
    let chain = network.chain.clone().with_patience(Duration::from_millis(50));
    chain.set_away(true);
    assert!(chain.finalized().await.unwrap_err().is_retryable());
    let away = chain.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        away.set_away(false);
    });
    let done = chain
        .submit(&network.worker, network.round(0), Wait::default())
        .await
        .unwrap();
    let round = done.find(|event| match event {
        ChainEvent::RoundSubmitted { round, .. } => Some(*round),
        _ => None,
    });
    assert_eq!(round, Some(Round(0)));
}

#[tokio::test]
async fn the_stream_of_blocks_starts_with_the_present_one() {
    let network = Network::assigned().await;
    let mut blocks = network.chain.watch_finalized();
    let first = blocks.next().await.unwrap();
    assert_eq!(first, network.chain.finalized().await.unwrap());
    network.chain.advance(1);
    assert!(blocks.next().await.unwrap().number > first.number);
}

#[tokio::test]
async fn a_completed_job_is_settled_and_paid_once() {
    let network = Network::assigned().await;
    let (owner, wait, job) = (&network.owners[0], Wait::default(), JobId(0));
    let refused = |result: Result<secureflow_chain::Submitted, Error>, name: &str| {
        assert!(
            result.is_err_and(|error| error.is_dispatch("Revenue", name)),
            "{name} expected"
        );
    };
    let send = |call| network.chain.submit(owner, call, wait);
    refused(send(Call::Settle { job }).await, "NotCompleted");
    network.complete().await;
    refused(send(Call::Settle { job }).await, "NoAgreement");
    let agreement = Agreement {
        formula: Formula::Equal,
        reward: 7,
        dispute_window: 3,
    };
    let space = SpaceId(0);
    send(Call::SetAgreement { space, agreement }).await.unwrap();
    refused(send(Call::Claim { job }).await, "NotSettled");
    send(Call::Settle { job }).await.unwrap();
    refused(send(Call::Settle { job }).await, "AlreadySettled");
    refused(send(Call::Claim { job }).await, "WindowOpen");
    network.chain.advance(3);
    send(Call::Claim { job }).await.unwrap();
    refused(send(Call::Claim { job }).await, "AlreadyClaimed");
    let state = network.chain.finalized_state().await.unwrap();
    let settlement = state.settlement(job).await.unwrap().unwrap();
    assert!(settlement.claimed_at.is_some());
    let sum: u128 = settlement.payouts.iter().map(|(_, points)| points).sum();
    assert_eq!(sum, 7);
}
