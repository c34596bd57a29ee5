//! What the worker is sent in a step holds no party's vector; the sum does come out.

use crate::{
    consortium::{file, Consortium},
    material::TEMPLATE,
    recorder,
};
use secureflow_agent::compute::{Data, Task};
use secureflow_chain::ChainExt;
use secureflow_plan::{artefact, train, Encoding, JobPlan, Model, Plan, ServerState, Shape};
use secureflow_primitives::job::JobPhase;
use std::sync::Arc;

/// Whether a part of the vector stands in the bytes: any four words in a row of which one is not small, or any one word
/// that is large.
fn finds(bytes: &[u8], vector: &[u64]) -> bool {
    let small = |word: &u64| (*word as i64).unsigned_abs() < 1 << 20;
    let words: std::collections::HashSet<u64> = bytes
        .windows(8)
        .map(|window| u64::from_le_bytes(window.try_into().unwrap()))
        .collect();
    let single = vector
        .iter()
        .filter(|word| !small(word))
        .any(|word| words.contains(word));
    let rows = vector
        .windows(4)
        .filter(|window| window.iter().any(|word| *word != 0))
        .any(|window| {
            let wanted: Vec<u8> = window.iter().flat_map(|word| word.to_le_bytes()).collect();
            words.contains(&window[0]) && bytes.windows(32).any(|found| found == wanted)
        });
    single || rows
}

#[test]
fn the_search_finds_what_is_there() {
    let vector = [3u64, 0, 1 << 40, 7, 9, 0, 2, 5];
    let plain: Vec<u8> = vector.iter().flat_map(|word| word.to_le_bytes()).collect();
    let mut hidden = vec![1, 2, 3];
    hidden.extend(&plain[32..]);
    assert!(finds(&plain, &vector) && finds(&hidden, &vector));
    assert!(!finds(&[0; 100], &vector));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_worker_sees_masked_vectors_and_their_sum() {
    let mut consortium = Consortium::new(&[300, 200, 150]).await;
    let recorded = recorder::stand_between(&mut consortium, |_, reply| reply).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    consortium.wait_agent(0, job, "done").await;

    // What every party computed, found again from its file.
    let spec = consortium
        .chain
        .finalized_state()
        .await
        .unwrap()
        .spec(job)
        .await
        .unwrap()
        .unwrap();
    let plan = Plan::from_bytes(&spec.plan).unwrap();
    let folder = consortium.artefacts(0, job);
    let encoding = Arc::new(Encoding::from_bytes(&file(&folder, artefact::ENCODING)).unwrap());
    let shape = Shape::new(&plan, &encoding).unwrap();
    let data: Vec<Data> = consortium.organisations[..3]
        .iter()
        .map(|organisation| {
            let path = &organisation.dataset.as_ref().unwrap().1;
            Data::load(path, JobPlan::Training(Box::new(plan.clone()))).unwrap()
        })
        .collect();
    let all = recorded.lock().unwrap().clone();
    let sum_of = |task: &Task, step: u32| {
        let mut sum: Vec<u64> = Vec::new();
        for data in &data {
            let computed = data.compute(task).unwrap();
            for (_, bytes) in all.iter().filter(|(at, _)| *at == step) {
                assert!(!finds(bytes, &computed.vector), "step {step} shows a party's vector");
            }
            sum.resize(computed.vector.len(), 0);
            sum.iter_mut()
                .zip(computed.vector.iter())
                .for_each(|(sum, word)| *sum = sum.wrapping_add(*word));
        }
        sum
    };

    // Three parties, five messages each, in every step.
    assert!(all.iter().filter(|(step, _)| *step == 0).count() >= 15);
    let survey = sum_of(&Task::Survey, 0);
    assert_eq!(artefact::sum_bytes(&survey), file(&folder, artefact::SURVEY));
    let moments = sum_of(
        &Task::Moments {
            survey: Arc::new(survey),
        },
        1,
    );
    assert_eq!(artefact::sum_bytes(&moments), file(&folder, artefact::MOMENTS));

    let mut model = Model::initial(&plan, &encoding).unwrap();
    let mut server = ServerState::new(&shape);
    for round in 0..plan.rounds() {
        let (encoding, current) = (encoding.clone(), Arc::new(model.clone()));
        let sum = sum_of(
            &Task::Train {
                round,
                encoding,
                model: current,
            },
            2 + round,
        );
        let mean = train::decode(&plan, &model, &sum).unwrap();
        model = server.apply(&plan, &model, &mean).unwrap();
        assert_eq!(
            model.to_safetensors(),
            file(&folder, &artefact::model(round + 1)),
            "round {round}"
        );
    }
    // Nor does the worker's disk hold any.
    let database: Vec<u8> = ["worker.db", "worker.db-wal"]
        .iter()
        .flat_map(|name| std::fs::read(consortium.worker_home.join(name)).unwrap_or_default())
        .collect();
    assert!(!database.is_empty());
    for data in &data {
        let encoding = encoding.clone();
        let model = Arc::new(Model::initial(&plan, &encoding).unwrap());
        let computed = data
            .compute(&Task::Train {
                round: 0,
                encoding,
                model,
            })
            .unwrap();
        assert!(
            !finds(&database, &computed.vector),
            "the worker's database shows a party's vector"
        );
    }
}
