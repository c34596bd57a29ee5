use crate::http;
use crate::{
    consortium::{file, Consortium},
    material::{of_customers, synthetic, TEMPLATE},
};
use rand::rngs::OsRng;
use secureflow_chain::{audit, ChainExt};
use secureflow_data::{Rows, Table};
use secureflow_learning::{set_threads, train_together};
use secureflow_plan::{artefact, steps_total, Encoding, Evaluation, Plan, Steps};
use secureflow_primitives::{
    audit::Kind,
    job::{JobPhase, Receipt},
    merkle, H256,
};

/// Three agents and a worker: every step is committed to, the files are with every agent and fit the chain.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_agents_train_together() {
    let mut consortium = Consortium::new(&[400, 300, 200]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let job = consortium.start_job(TEMPLATE).await;
    let ended = consortium.wait_ended(job).await;
    assert_eq!(ended.phase, JobPhase::Completed);

    let rounds = consortium.rounds(job).await;
    assert_eq!(rounds.len() as u32, steps_total(4));
    assert!(rounds.iter().all(|round| round.participants.len() == 3));

    let state = consortium.chain.finalized_state().await.unwrap();
    let (result, _) = state.result(job).await.unwrap().unwrap();
    assert!(result.simulated);
    assert_eq!(result.contributions.len(), 3);
    for index in 0..3 {
        consortium.wait_agent(index, job, "done").await;
        let folder = consortium.artefacts(index, job);
        for name in artefact::all(Steps::Training { rounds: 4 })
            .iter()
            .map(String::as_str)
            .chain([artefact::TRUST_LABEL])
        {
            assert!(!file(&folder, name).is_empty(), "{name}");
        }
        let receipts: Vec<Receipt> = serde_json::from_slice(&file(&folder, artefact::RECEIPTS)).unwrap();
        assert_eq!(receipts.len() as u32, 3 * steps_total(4));
        assert!(receipts.iter().all(|receipt| receipt.rows > 0 && receipt.bytes > 100));
        let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
        assert_eq!(merkle::root(&leaves), result.receipts_root);
        let evaluation = Evaluation::from_bytes(&file(&folder, artefact::EVALUATION)).unwrap();
        assert!(
            evaluation.auc > 0.65,
            "the model has learned something: {}",
            evaluation.auc
        );
    }

    // The same training in one process, without masks, gives the same model to the bit.
    let folder = consortium.artefacts(0, job);
    let plan = Plan::from_bytes(&file(&folder, artefact::PLAN)).unwrap();
    let encoding = Encoding::from_bytes(&file(&folder, artefact::ENCODING)).unwrap();
    let owners = consortium.organisations.iter().filter_map(|org| org.dataset.as_ref());
    let parties: Vec<_> = owners
        .map(|(_, path)| {
            Table::load(path, &plan)
                .unwrap()
                .encode(&encoding, Rows::Training)
                .unwrap()
        })
        .collect();
    set_threads(1);
    let together = train_together(&plan, &encoding, &parties, &mut OsRng, |_, _, _| Ok(())).unwrap();
    assert_eq!(together.to_safetensors(), file(&folder, artefact::MODEL));

    // The auditor can read a note for every step, once each; nobody else can.
    let notes = loop {
        let entries = consortium
            .chain
            .finalized_state()
            .await
            .unwrap()
            .audit_entries(0..u64::MAX)
            .await
            .unwrap();
        let notes: Vec<_> = entries
            .into_iter()
            .filter(|(_, entry)| entry.kind == Kind::Note)
            .collect();
        if notes.len() as u32 >= steps_total(4) + 2 {
            break notes;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    assert_eq!(notes.len() as u32, steps_total(4) + 2);
    let auditor = consortium.organisations.last().unwrap();
    let secret = auditor.keys.encryption().unwrap();
    for (_, entry) in &notes {
        let opened = audit::open(&entry.details.as_ref().unwrap().ciphertext, auditor.id, &secret).unwrap();
        assert!(String::from_utf8(opened).unwrap().contains("\"job\":0"));
    }

    let (status, body) = http::call(consortium.worker_http, "GET", "/v1/jobs/0/progress", None, None);
    assert_eq!(status, 200);
    let progress = http::json(&body);
    assert_eq!(progress["phase"], "done");
    assert!(progress["parties"][0]["bytes"].as_u64().unwrap() > 10_000);
    assert_eq!(
        http::call(consortium.worker_http, "GET", "/v1/jobs/9/progress", None, None).0,
        404
    );
    assert_eq!(http::call(consortium.worker_http, "GET", "/health", None, None).0, 200);
    // What the worker shows of each party is what it claims for it at the end.
    for (shown, part) in progress["parties"]
        .as_array()
        .unwrap()
        .iter()
        .zip(&result.contributions)
    {
        assert_eq!(shown["utility"].as_u64(), Some(part.utility), "{shown}");
        assert!(part.utility > 0 && part.utility <= 4_000_000, "{part:?}");
    }
    let (_, metrics) = http::call(consortium.worker_http, "GET", "/metrics", None, None);
    assert!(
        metrics.contains("secureflow_worker_jobs_completed_total 1"),
        "{metrics}"
    );
}

/// With a privacy section every party adds its share of noise, and the job still ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_training_runs() {
    let mut consortium = Consortium::new(&[400, 300]).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let template = TEMPLATE.replace(
        "label =",
        "privacy = { epsilon = 8.0, delta = 1e-5, clip = 1.0 }\nlabel =",
    );
    let job = consortium.start_job(&template).await;
    assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
    consortium.wait_agent(0, job, "done").await;
    let label: serde_json::Value =
        serde_json::from_slice(&file(&consortium.artefacts(0, job), artefact::TRUST_LABEL)).unwrap();
    assert!(label["epsilon"].as_f64().unwrap() > 0.0);
}

/// Customers with three rows each, of whom a round has half, and a clip that follows their gradients: rounds cost less than they
/// would with all rows, what is counted is customers, and every model says what the next round clips to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn samples_of_customers_are_trained_on() {
    let files = [(300, 1), (240, 2)].map(|(rows, seed)| of_customers(&synthetic(rows, seed), 3));
    let mut consortium = Consortium::with_data(files.into()).await;
    consortium.start_worker().await;
    consortium.start_agents().await;
    let whole = "privacy = { epsilon = 8.0, delta = 1e-5, clip = 1.0 }\nlabel =";
    let sampled = whole.replace(
        "clip = 1.0",
        "clip = 1.0, clip_quantile = 0.5, sampling = 0.5, unit = { column = \"customer\", most_rows = 2 }",
    );
    let mut epsilons = Vec::new();
    for privacy in [whole.to_string(), sampled] {
        let job = consortium.start_job(&TEMPLATE.replace("label =", &privacy)).await;
        assert_eq!(consortium.wait_ended(job).await.phase, JobPhase::Completed);
        consortium.wait_agent(1, job, "done").await;
        let folder = consortium.artefacts(1, job);
        let label: serde_json::Value = serde_json::from_slice(&file(&folder, artefact::TRUST_LABEL)).unwrap();
        epsilons.push(label["epsilon"].as_f64().unwrap());
        let following = privacy.contains("clip_quantile");
        let mut clips = std::collections::BTreeSet::new();
        for round in 1..=4 {
            let model = file(&folder, &artefact::model(round));
            let text = String::from_utf8_lossy(&model[8..60]).into_owned();
            assert_eq!(text.contains("\"clip\""), following, "{text}");
            clips.insert(text);
        }
        assert_eq!(clips.len(), if following { 4 } else { 1 });
        let state = consortium.chain.finalized_state().await.unwrap();
        let (result, _) = state.result(job).await.unwrap().unwrap();
        let rows: Vec<u64> = result.contributions.iter().map(|part| part.rows).collect();
        // Of 100 and 80 customers seven in ten are trained on, in four rounds; of rows as many, times three.
        let (most, least) = if following { (400, 320) } else { (1_200, 960) };
        for (rows, all) in rows.iter().zip([most, least]) {
            assert!((all * 55 / 100..=all * 85 / 100).contains(rows), "{rows} of {all}");
            assert_eq!(rows % 4, 0, "the same number every round");
        }
    }
    assert!(epsilons[1] < 0.75 * epsilons[0], "{epsilons:?}");
}

/// The local API wants its token, and tells what is wrong with a file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_api_is_guarded() {
    let mut consortium = Consortium::new(&[60, 60]).await;
    consortium.start_agent(0).await;
    let api = consortium.organisations[0].api.unwrap();
    assert_eq!(http::call(api, "GET", "/v1/jobs", None, None).0, 401);
    assert_eq!(http::call(api, "GET", "/v1/jobs", Some("wrong"), None).0, 401);
    assert_eq!(http::call(api, "GET", "/health", None, None).0, 200);
    assert_eq!(consortium.api(0, "GET", "/v1/jobs/7", None).0, 404);

    let (dataset, path) = consortium.organisations[0].dataset.clone().unwrap();
    let (status, body) = consortium.api(
        0,
        "POST",
        "/v1/datasets/inspect",
        Some(serde_json::json!({ "path": path, "label": "default" })),
    );
    let shown = http::json(&body);
    assert_eq!((status, shown["rows"].as_u64()), (200, Some(60)), "{body}");
    assert_eq!(shown["label"]["values"], serde_json::json!(["no", "yes"]));
    assert!(!body.contains("baker"), "no value leaves but the label's two");

    let other = consortium.organisations[1].dataset.clone().unwrap();
    let bind = |dataset, path: &std::path::Path| Some(serde_json::json!({ "dataset_id": dataset, "path": path }));
    let (status, body) = consortium.api(0, "POST", "/v1/datasets", bind(other.0, &other.1));
    assert_eq!(
        (status, http::json(&body)["error"]["code"].as_str()),
        (422, Some("foreign_dataset"))
    );
    let (status, body) = consortium.api(0, "POST", "/v1/datasets", bind(dataset, &other.1));
    assert_eq!(
        (status, http::json(&body)["error"]["code"].as_str()),
        (422, Some("content_changed"))
    );
    let (status, _) = consortium.api(0, "POST", "/v1/datasets", bind(dataset, &path));
    assert_eq!(status, 200);
    let (_, body) = consortium.api(0, "GET", "/v1/datasets", None);
    assert_eq!(
        http::json(&body)["datasets"][0]["dataset_id"],
        serde_json::json!(dataset)
    );
}
