//! The audit log: notes, auditors, calls with details.

use super::{bounded, data, job, jobs, money, org, space};
use pallet_audit::{Call, CurrentEpoch};
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{audit::Subject, Epoch};
use secureflow_runtime::{Runtime, RuntimeCall};

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
