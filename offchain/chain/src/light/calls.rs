//! Which call has which number, where a node's word for it is not enough.
//!
//! Calls are encoded with the numbers in the chain's metadata, which a node gives and nothing proves. A node could let a
//! program sign another call than it means. So the calls that programs sign over a light client are known here by their
//! numbers too; these change with [`TRANSACTION_VERSION`](secureflow_primitives::TRANSACTION_VERSION) only.

use crate::{call::CallIndices, Call, Error, Result};

/// Pallet, call, and their numbers.
const NUMBERS: &[(&str, &str, [u8; 2])] = &[
    ("Collaborations", "submit_round", [12, 6]),
    ("Collaborations", "complete_job", [12, 7]),
    ("Collaborations", "fail_job", [12, 8]),
    ("Attestations", "register_worker", [13, 0]),
    ("Audit", "append", [15, 0]),
    ("Audit", "detailed", [15, 4]),
];

/// What a node's numbers for a call are worth.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    Right,
    /// The node misnames the call: what it claims, and what holds.
    Wrong([u8; 2], [u8; 2]),
}

/// Compares a call's numbers in the metadata with those known here; a call that is not known is refused.
pub(crate) fn check(indices: &dyn CallIndices, call: &Call) -> Result<Numbers> {
    if let Call::Detailed { call, .. } = call {
        let within = check(indices, call)?;
        if within != Numbers::Right {
            return Ok(within);
        }
    }
    let (pallet, name) = call.name();
    let known = NUMBERS.iter().find(|known| (known.0, known.1) == (pallet, name));
    let Some((_, _, numbers)) = known else {
        return Err(Error::Incompatible(format!(
            "over a light client, {pallet}.{name} cannot be signed: its number is not known without a node (light/calls.rs)"
        )));
    };
    let claimed = indices.call_index(pallet, name)?;
    Ok(if claimed == *numbers {
        Numbers::Right
    } else {
        Numbers::Wrong(claimed, *numbers)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secureflow_primitives::{job::FailReason, JobId, SpaceId};

    struct Node([u8; 2]);

    impl CallIndices for Node {
        fn call_index(&self, _: &str, _: &str) -> Result<[u8; 2]> {
            Ok(self.0)
        }

        fn call_name(&self, _: [u8; 2]) -> Result<(String, String)> {
            unreachable!("no call is read")
        }
    }

    #[test]
    fn a_misnamed_call_is_noticed_and_an_unknown_one_refused() {
        let call = Call::FailJob {
            job: JobId(1),
            reason: FailReason::TooFewParties,
            party: None,
        };
        assert_eq!(check(&Node([12, 8]), &call).unwrap(), Numbers::Right);
        assert_eq!(check(&Node([12, 9]), &call).unwrap(), Numbers::Wrong([12, 9], [12, 8]));
        let unknown = Call::Accept { space: SpaceId(0) };
        assert!(matches!(check(&Node([12, 2]), &unknown), Err(Error::Incompatible(_))));
    }
}
