//! Jobs that an agent takes no part in, whatever a worker asks.

use crate::consortium::{bounded, policy, Consortium, TEMPLATE};
use crate::http;
use secureflow_chain::{storage, ChainExt};
use secureflow_primitives::{
    audit::Kind,
    policy::{Column, ColumnRole, Policy},
    privacy::{PrivacyBudget, PrivacyCost, RdpCost},
    JobId, PolicyVersion,
};
use std::time::{Duration, Instant};

async fn refusal(consortium: &Consortium, index: usize, job: JobId) -> String {
    let shown = consortium.wait_agent(index, job, "refused").await;
    shown["reason"].as_str().unwrap().to_owned()
}

/// The fake chain does not judge, so that these jobs reach the agents.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_the_policy_does_not_allow_are_refused() {
    let mut consortium = Consortium::new(&[80, 80]).await;
    consortium.start_worker().await;
    // It stays registered. Were it there, it would end the worst of these jobs before an agent has looked.
    consortium.worker.take().unwrap().kill();
    consortium.start_agents().await;
    let good = consortium.spec(TEMPLATE);

    let mut purpose = good.clone();
    purpose.purpose = bounded("marketing");
    let mut columns = good.clone();
    columns
        .columns
        .try_push(Column {
            name: bounded("secret"),
            role: ColumnRole::Feature,
        })
        .unwrap();
    let mut fewer = good.clone();
    fewer.columns = fewer
        .columns
        .into_iter()
        .skip(1)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let mut cost = good.clone();
    cost.privacy = PrivacyCost::PerRound(RdpCost([1; 17]));
    let mut plan = good.clone();
    plan.plan = b"{}".to_vec().try_into().unwrap();
    let mut rounds = good.clone();
    rounds.rounds += 1;
    let table = [
        (purpose, "Purpose"),
        (columns, "the columns"),
        (fewer, "the columns"),
        (cost, "privacy cost"),
        (plan, "plan cannot be read"),
        (rounds, "the rounds"),
    ];
    for (spec, expected) in table {
        let job = consortium.start_spec(spec).await;
        let reason = refusal(&consortium, 0, job).await;
        assert!(reason.contains(expected), "{reason}");
    }
    // The auditors hear of every one.
    let begun = Instant::now();
    loop {
        let entries = consortium
            .chain
            .finalized_state()
            .await
            .unwrap()
            .audit_entries(0..u64::MAX)
            .await
            .unwrap();
        if entries.iter().filter(|(_, entry)| entry.kind == Kind::Note).count() >= 12 {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pinned_policy_and_the_file_are_checked() {
    let mut consortium = Consortium::new(&[80, 80]).await;
    consortium.start_worker().await;
    consortium.start_agent(0).await;

    // No file yet.
    let job = consortium.start_job(TEMPLATE).await;
    assert!(refusal(&consortium, 0, job).await.contains("has no file here"));

    let (dataset, path) = consortium.organisations[0].dataset.clone().unwrap();
    consortium.bind_data(0);
    let set = |policy: Policy| {
        consortium
            .chain
            .set(&storage::policy(dataset, PolicyVersion(1)), &policy);
    };
    set(Policy {
        allow_simulated: false,
        ..policy()
    });
    let job = consortium.start_job(TEMPLATE).await;
    assert!(refusal(&consortium, 0, job).await.contains("simulated"));
    set(Policy {
        budget: Some(PrivacyBudget {
            epsilon_micro: 1,
            delta_exponent: 5,
        }),
        ..policy()
    });
    let job = consortium.start_job(TEMPLATE).await;
    assert!(refusal(&consortium, 0, job).await.contains("NoPrivacy"));
    set(Policy {
        expires_at: Some(1),
        ..policy()
    });
    let job = consortium.start_job(TEMPLATE).await;
    assert!(refusal(&consortium, 0, job).await.contains("Expired"));
    set(policy());

    // The file has changed since.
    let changed = std::fs::read_to_string(&path).unwrap().replace("baker", "cook");
    std::fs::write(&path, changed).unwrap();
    let job = consortium.start_job(TEMPLATE).await;
    assert!(refusal(&consortium, 0, job).await.contains("no longer the one"));

    let (_, body) = consortium.api(0, "GET", "/v1/jobs", None);
    assert!(http::json(&body)["jobs"].as_array().unwrap().len() >= 5);
}
