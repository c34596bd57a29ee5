//! Votes about what workers may run, and what they ask of the Council.

use crate::{
    blocks::{run_to, vote},
    council::{approve, close, propose},
    job, simulated,
};
use frame_support::assert_ok;
use secureflow_primitives::{
    attestation::{Measurement, Revision, Source, WorkerStatus},
    job::{FailReason, JobPhase, Party},
    revenue::Ruling,
    traits::WorkerRegistry,
    JobId, OrgId,
};
use secureflow_runtime::{
    constants::{EXPIRY_NOTICE, REPLACEMENT, VERDICT},
    Attestations, Hash, Runtime, RuntimeCall, RuntimeEvent, System,
};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};
use sp_runtime::DispatchError;

/// Puts a call to the vote; what came of it once these have voted for it.
fn decide(call: pallet_attestations::Call<Runtime>, ayes: &[Sr25519Keyring]) -> Result<(), DispatchError> {
    let motion = propose(Alice, ayes.len() as u32, call);
    for aye in ayes {
        approve(motion, *aye);
    }
    assert_ok!(close(motion));
    System::events()
        .into_iter()
        .rev()
        .find_map(|record| match record.event {
            RuntimeEvent::Council(pallet_collective::Event::Executed { result, .. }) => Some(result),
            _ => None,
        })
        .expect("the motion passed")
}

fn accept(measurement: Measurement, replaces: Option<Measurement>) -> pallet_attestations::Call<Runtime> {
    pallet_attestations::Call::accept_measurement {
        measurement,
        source: Source {
            revision: Revision::Sha256([1; 32]),
            recipe: Hash::repeat_byte(2),
        },
        replaces,
    }
}

#[test]
fn a_measurement_takes_two_thirds_to_come_and_three_quarters_to_go() {
    simulated().execute_with(|| {
        run_to(1);
        let measurement = Measurement::simulated(b"new");
        assert_ok!(decide(accept(measurement, None), &[Alice, Bob]));
        let drop = || pallet_attestations::Call::drop_measurement { measurement };
        assert_eq!(decide(drop(), &[Alice, Bob]), Err(DispatchError::BadOrigin));
        assert!(pallet_attestations::Measurements::<Runtime>::contains_key(measurement));
        assert_ok!(decide(drop(), &[Alice, Bob, Charlie]));
        assert!(!pallet_attestations::Measurements::<Runtime>::contains_key(measurement));
    });
}

#[test]
fn a_replaced_measurement_counts_for_some_days() {
    simulated().execute_with(|| {
        run_to(1);
        let new = Measurement::simulated(b"new");
        assert_ok!(decide(accept(new, Some(job::measurement())), &[Alice, Bob]));
        job::register_worker(Bob, Dave);
        let status = || Attestations::worker_verdict(Dave.to_account_id()).map(|(_, status)| status);
        assert_eq!(status(), Some(WorkerStatus::Active { until: 1 + VERDICT }));
        let accepted = pallet_attestations::Measurements::<Runtime>::get(job::measurement()).expect("it is kept");
        assert_eq!(accepted.replaced.map(|by| (by.by, by.at)), Some((new, 1 + REPLACEMENT)));
        assert!(accepted.counts(REPLACEMENT) && !accepted.counts(1 + REPLACEMENT));
        assert_eq!(Attestations::active(1), [Dave.to_account_id()]);
    });
}

#[test]
fn a_revoked_workers_jobs_end_or_wait_for_another_in_the_next_block() {
    simulated().execute_with(|| {
        run_to(1);
        job::register_worker(Charlie, Dave);
        let space = job::space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        let running = job::propose(Alice, space, [Alice, Bob]);
        job::approve(running, [Alice, Bob]);
        job::commit(running, Dave, [OrgId(0), OrgId(1)], 0);
        let assigned = job::propose(Alice, space, [Alice, Bob]);
        job::approve(assigned, [Alice, Bob]);
        assert_eq!(job::job(assigned).phase, JobPhase::Assigned);

        let worker = Dave.to_account_id();
        assert_ok!(vote(pallet_attestations::Call::revoke { worker: worker.clone() }));
        run_to(2);
        let lost = JobPhase::Failed {
            reason: FailReason::WorkerRevoked,
            party: Some(Party::Worker(worker)),
        };
        assert_eq!(job::job(running).phase, lost);
        assert_eq!(job::job(assigned).phase, JobPhase::Approved);
    });
}

const _: () = {
    // What is said of a worker is said after the time in which it renews by itself (`renew_before_blocks`, 200).
    assert!(EXPIRY_NOTICE < 200 && EXPIRY_NOTICE < VERDICT);
};

/// The command line closes motions within this (`council.rs`); dropping a measurement is the costliest of ours.
#[test]
fn nothing_that_members_decide_is_too_heavy_for_a_motion() {
    use frame_support::{
        dispatch::GetDispatchInfo,
        weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight},
    };
    let (measurement, org) = (job::measurement(), OrgId(0));
    let most = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND / 4, 16 * 1024 * 1024);
    let calls: [RuntimeCall; 8] = [
        pallet_attestations::Call::drop_measurement { measurement }.into(),
        pallet_attestations::Call::set_evidence_policy {
            policy: Default::default(),
            grace: 0,
        }
        .into(),
        accept(measurement, None).into(),
        pallet_consortium::Call::suspend { org }.into(),
        pallet_consortium::Call::reinstate { org }.into(),
        pallet_consortium::Call::remove { org }.into(),
        pallet_revenue::Call::mint { org, amount: 1 }.into(),
        pallet_revenue::Call::resolve {
            job: JobId(0),
            party: org,
            ruling: Ruling::Rejected,
        }
        .into(),
    ];
    for call in calls {
        let weight = call.get_dispatch_info().call_weight;
        assert!(weight.all_lte(most), "{call:?} takes {weight:?}");
    }
}
