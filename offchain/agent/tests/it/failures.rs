//! Processes that die in the middle.

use crate::{consortium::Consortium, material::TEMPLATE, recorder};
use secureflow_chain::{Call, ChainExt};
use secureflow_plan::{steps_total, Step};
use secureflow_primitives::{
    job::{FailReason, JobPhase, Party},
    JobId, Round,
};
use secureflow_secagg::ServerMessage;
use secureflow_wire::{PollReply, Refusal, RefusalCode, StepRef};

/// An agent that stays away: the others go on without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_job_goes_on_without_one() {
    let mut consortium = Consortium::new(&[200, 200, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    consortium.wait_rounds(job, 2).await;
    consortium.organisations[2].agent.as_mut().unwrap().kill();
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    let rounds = consortium.rounds(job).await;
    assert_eq!(rounds.last().unwrap().participants.len(), 2);
    assert_eq!(rounds[0].participants.len(), 3);
}

/// An agent that is killed and started again: takes part again, and gets the files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_comes_back() {
    let mut consortium = Consortium::new(&[200, 200, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium
        .start_job(&TEMPLATE.replace("rounds = 4", "rounds = 8"))
        .await;
    consortium.wait_rounds(job, 3).await;
    consortium.organisations[1].agent.as_mut().unwrap().kill();
    consortium.start_agent(1).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert_eq!(consortium.rounds(job).await.last().unwrap().participants.len(), 3);
    consortium.wait_agent(1, job, "done").await;
}

/// A worker that is killed again and again: no step is lost, none is committed to twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_comes_back() {
    let mut consortium = Consortium::new(&[200, 200, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    for rounds in [1, 3, 5] {
        consortium.wait_rounds(job, rounds).await;
        consortium.worker.as_mut().unwrap().kill();
        consortium.start_worker().await;
    }
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    let submitted = consortium.chain.submitted();
    let commitments = submitted
        .iter()
        .filter(|(_, call)| matches!(call, Call::SubmitRound { .. }))
        .count();
    assert_eq!(commitments as u32, steps_total(4));
    let results = submitted
        .iter()
        .filter(|(_, call)| matches!(call, Call::CompleteJob { .. }))
        .count();
    assert_eq!(results, 1);
    for index in 0..3 {
        consortium.wait_agent(index, job, "done").await;
    }
}

/// The chain is away for a while: everything waits and goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_chain_pauses() {
    let mut consortium = Consortium::new(&[200, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    consortium.wait_rounds(job, 2).await;
    consortium.chain.set_away(true);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    consortium.chain.set_away(false);
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
}

/// Below the threshold the step is begun anew a few times, then the job fails with the party that was missing. It is killed
/// while no vector may leave, so before any share is out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_few_parties_end_the_job() {
    let mut consortium = Consortium::new(&[200, 200]).await;
    let held = Step::Train(1).index(4);
    consortium.chain.hold_rounds(Some(Round(held - 1)));
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(&hurried()).await;
    for index in 0..2 {
        consortium.wait_doing(index, job, "waiting for the commitment").await;
    }
    consortium.organisations[1].agent.as_mut().unwrap().kill();
    consortium.chain.hold_rounds(None);
    failed_without(&consortium, job, 1).await;
}

/// A party that is gone when its unmasking shares are due: they are waited for, since another attempt could open a vector,
/// until shortly before the chain would end the job and name the worker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_shares_end_the_job_before_its_deadline() {
    let mut consortium = Consortium::new(&[200, 200]).await;
    let gone = consortium.certificate(1);
    let at = Step::Train(0).index(4);
    recorder::stand_between(&mut consortium, move |to, reply| match reply {
        PollReply::Message {
            at: StepRef { step, .. },
            message: ServerMessage::ConsistencyBook(_),
        } if to == gone && step == at => PollReply::Refused(Refusal::new(RefusalCode::Busy, "lost on the way")),
        other => other,
    })
    .await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let mut spec = consortium.spec(&hurried());
    spec.deadlines.round = 400;
    let job = consortium.start_spec(spec).await;
    consortium.wait_rounds(job, at as usize).await;
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let waiting = consortium.job(job).await;
    assert_eq!(waiting.phase, JobPhase::Running { round: Round(at - 1) });
    let now = consortium.chain.finalized_state().await.unwrap().block().number;
    consortium.chain.advance(waiting.deadline - now - 90);
    failed_without(&consortium, job, 1).await;
}

/// The sample with steps that wait for two seconds.
fn hurried() -> String {
    TEMPLATE.replace("step_timeout_s = 60", "step_timeout_s = 2")
}

async fn failed_without(consortium: &Consortium, job: JobId, index: usize) {
    let ended = consortium.wait_ended(job).await;
    let JobPhase::Failed { reason, party } = ended.phase else {
        panic!("{:?}", ended.phase)
    };
    assert_eq!(reason, FailReason::TooFewParties);
    let missing = consortium.organisations[index].id;
    assert_eq!(party, Some(Party::Organisation(missing)));
    consortium.wait_agent(0, job, "ended").await;
}
