//! Jobs that an agent takes no part in, whatever a worker asks.

use crate::http;
use crate::{
    consortium::Consortium,
    material::{bounded, policy, TEMPLATE},
};
use secureflow_chain::{storage, ChainExt};
use secureflow_primitives::{
    attestation::{Measurement, TeeKind},
    audit::Kind,
    policy::{Column, ColumnRole, Policy, WorkerRequirement},
    privacy::{PrivacyBudget, PrivacyCost, RdpCost},
    JobId, PolicyVersion,
};
use std::time::{Duration, Instant};

/// A job with differential privacy, by noise of three times what a row can change.
fn private() -> String {
    TEMPLATE.replace(
        "label =",
        "privacy = { epsilon = 8.0, delta = 1e-5, clip = 1.0 }\nlabel =",
    )
}

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
    cost.privacy = PrivacyCost::PerRound {
        noise_micro: 1_000_000,
        cost: RdpCost([1; 17]),
    };
    let mut noise = consortium.spec(&private());
    let PrivacyCost::PerRound { cost: honest, .. } = noise.privacy else {
        panic!("the job has a privacy section")
    };
    noise.privacy = PrivacyCost::PerRound {
        noise_micro: 9_000_000,
        cost: honest,
    };
    let mut plan = good.clone();
    plan.plan = b"{}".to_vec().try_into().unwrap();
    let mut rounds = good.clone();
    rounds.rounds += 1;
    let table = [
        (purpose, "Purpose"),
        (columns, "the columns"),
        (fewer, "the columns"),
        (cost, "privacy cost"),
        (noise, "claimed noise"),
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
        if entries.iter().filter(|(_, entry)| entry.kind == Kind::Note).count() >= 14 {
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
    let other_kind = WorkerRequirement {
        kinds: vec![TeeKind::SevSnp].try_into().unwrap(),
        measurements: None,
    };
    let other_build = WorkerRequirement {
        measurements: Some(vec![Measurement::simulated(b"another")].try_into().unwrap()),
        ..WorkerRequirement::default()
    };
    for (worker, expected) in [(other_kind, "SimulatedWorker"), (other_build, "WorkerMeasurement")] {
        set(Policy { worker, ..policy() });
        let job = consortium.start_job(TEMPLATE).await;
        assert!(refusal(&consortium, 0, job).await.contains(expected));
    }
    set(Policy {
        budget: Some(PrivacyBudget {
            epsilon_micro: 1,
            delta_exponent: 5,
            min_noise_micro: None,
        }),
        ..policy()
    });
    let job = consortium.start_job(TEMPLATE).await;
    assert!(refusal(&consortium, 0, job).await.contains("NoPrivacy"));
    set(Policy {
        budget: Some(PrivacyBudget {
            epsilon_micro: u64::MAX,
            delta_exponent: 5,
            min_noise_micro: Some(4_000_000),
        }),
        ..policy()
    });
    let job = consortium.start_job(&private()).await;
    assert!(refusal(&consortium, 0, job).await.contains("NoiseTooLow"));
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
