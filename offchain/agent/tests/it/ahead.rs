//! Agents compute while the commitment to the model is on its way to a block. Nothing of it leaves before.

use crate::{
    consortium::{file, Consortium},
    material::TEMPLATE,
    recorder::{self, Recorded},
};
use secureflow_agent::compute::{Data, Task};
use secureflow_chain::ChainExt;
use secureflow_plan::{artefact, train, Encoding, JobPlan, Model, Plan, ServerState, Shape, Step};
use secureflow_primitives::{job::JobPhase, JobId, Round};
use secureflow_wire::PollReply;
use std::{
    sync::{
        atomic::{AtomicU32, Ordering},
        Arc,
    },
    time::Duration,
};

const ROUNDS: u32 = 4;

fn second_round() -> u32 {
    Step::Train(1).index(ROUNDS)
}

/// What was submitted in a step.
fn submitted(recorded: &Recorded, step: u32) -> usize {
    recorded.lock().unwrap().iter().filter(|(at, _)| *at == step).count()
}

/// A job whose second training round is computed while the commitment to the first is in no block.
async fn held_up(consortium: &mut Consortium) -> JobId {
    consortium.chain.hold_rounds(Some(Round(second_round() - 1)));
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    for index in 0..3 {
        consortium.wait_doing(index, job, "waiting for the commitment").await;
    }
    job
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaves_before_the_commitment_is_in_a_block() {
    let mut consortium = Consortium::new(&[200, 200, 200]).await;
    let recorded = recorder::stand_between(&mut consortium, |_, reply| reply).await;
    let job = held_up(&mut consortium).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(consortium.rounds(job).await.len() as u32, second_round() - 1);
    assert_eq!(submitted(&recorded, second_round()), 0);
    consortium.chain.hold_rounds(None);
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert!(submitted(&recorded, second_round()) >= 15);
}

/// The first agent is offered another model than the others. What it computed from that is thrown away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_computed_from_another_model_never_counts() {
    let mut consortium = Consortium::new(&[200, 200, 200]).await;
    let forged = Arc::new(AtomicU32::new(0));
    let count = forged.clone();
    let cheated = consortium.certificate(0);
    recorder::stand_between(&mut consortium, move |to, reply| match reply {
        PollReply::Start(mut start) if to == cheated && start.at.step == second_round() => {
            let model = start.input.model.take().map(|bytes| {
                let mut bytes = bytes.to_vec();
                // The last parameter's sign.
                *bytes.last_mut().unwrap() ^= 0x80;
                bytes.into()
            });
            start.input.model = model;
            count.fetch_add(1, Ordering::Relaxed);
            PollReply::Start(start)
        }
        other => other,
    })
    .await;
    let job = held_up(&mut consortium).await;
    consortium.chain.hold_rounds(None);
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    assert!(forged.load(Ordering::Relaxed) > 0);
    let participants = consortium.rounds(job).await[second_round() as usize].participants.len();
    assert_eq!(participants, 3, "it computed again, from the right one");

    consortium.wait_agent(0, job, "done").await;
    let state = consortium.chain.finalized_state().await.unwrap();
    let plan = Plan::from_bytes(&state.spec(job).await.unwrap().unwrap().plan).unwrap();
    let folder = consortium.artefacts(0, job);
    let encoding = Arc::new(Encoding::from_bytes(&file(&folder, artefact::ENCODING)).unwrap());
    let shape = Shape::new(&plan, &encoding).unwrap();
    let mut model = Model::initial(&plan, &encoding).unwrap();
    let mut server = ServerState::new(&shape);
    for round in 0..=1 {
        let mut sum: Vec<u64> = Vec::new();
        for organisation in &consortium.organisations[..3] {
            let path = &organisation.dataset.as_ref().unwrap().1;
            let data = Data::load(path, JobPlan::Training(Box::new(plan.clone()))).unwrap();
            let task = Task::Train {
                round,
                encoding: encoding.clone(),
                model: Arc::new(model.clone()),
            };
            let computed = data.compute(&task).unwrap();
            sum.resize(computed.vector.len(), 0);
            for (sum, word) in sum.iter_mut().zip(computed.vector.iter()) {
                *sum = sum.wrapping_add(*word);
            }
        }
        let mean = train::decode(&plan, &model, &sum).unwrap();
        model = server.apply(&plan, &model, &mean).unwrap();
        assert_eq!(
            model.to_safetensors(),
            file(&folder, &artefact::model(round + 1)),
            "round {round}"
        );
    }
}
