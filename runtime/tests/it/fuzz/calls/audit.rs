//! The audit log: notes, auditors, calls with details.

use super::{bounded, data, job, jobs, money, org, space};
use pallet_audit::{Call, CurrentEpoch};
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{audit::Subject, Epoch, JobId};
use secureflow_runtime::{Audit, Runtime, RuntimeCall};

fn epoch(random: &mut StdRng) -> Epoch {
    Epoch(random.gen_range(0..3))
}

pub fn any(random: &mut StdRng) -> RuntimeCall {
    match random.gen_range(0..6) {
        0 => Call::<Runtime>::append {
            space: space(random),
            epoch: epoch(random),
            subject: Subject::Job(job(random)),
            ciphertext: bounded(vec![7; random.gen_range(0..40)]),
        },
        1 => Call::revoke_auditor {
            space: space(random),
            org: org(random),
        },
        2 => Call::rotate_epoch { space: space(random) },
        _ => Call::grant_auditor {
            space: space(random),
            org: org(random),
        },
    }
    .into()
}

/// The call with its details, mostly, where it touches the data of a space with auditors.
pub fn told(random: &mut StdRng, call: RuntimeCall) -> RuntimeCall {
    use pallet_collaborations::Call as Job;
    use pallet_revenue::Call as Money;
    let of = |job: &JobId| pallet_collaborations::Jobs::<Runtime>::get(job).map(|job| job.space);
    let space = match &call {
        RuntimeCall::Collaborations(Job::propose_job { space, .. }) => Some(*space),
        RuntimeCall::Collaborations(
            Job::approve_job { job }
            | Job::assign_job { job }
            | Job::submit_round { job, .. }
            | Job::complete_job { job, .. },
        ) => of(job),
        RuntimeCall::Revenue(Money::settle { job } | Money::dispute { job, .. } | Money::claim { job }) => of(job),
        _ => None,
    };
    let audience = space.and_then(|space| Some((space, Audit::audience(space)?)));
    match audience {
        Some((space, (epoch, roster))) if !roster.is_empty() && random.gen_ratio(9, 10) => Call::<Runtime>::detailed {
            space,
            epoch,
            ciphertext: bounded(vec![7; random.gen_range(1..40)]),
            call: Box::new(call),
        }
        .into(),
        _ => call,
    }
}

/// A call with details, mostly for the right epoch of a space that it may be about.
pub fn detailed(random: &mut StdRng) -> RuntimeCall {
    let call = match random.gen_range(0..3) {
        0 => data::any(random),
        1 => money::any(random),
        _ => jobs::any(random),
    };
    let space = space(random);
    let current = CurrentEpoch::<Runtime>::get(space);
    Call::<Runtime>::detailed {
        space,
        epoch: current.unwrap_or_else(|| epoch(random)),
        ciphertext: bounded(vec![7; random.gen_range(0..40)]),
        call: Box::new(call),
    }
    .into()
}
