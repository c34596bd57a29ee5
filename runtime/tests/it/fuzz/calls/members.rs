//! Members, and what they vote on.

use super::{account, bounded, money, name, org, workers};
use frame_support::{dispatch::GetDispatchInfo, weights::Weight};
use pallet_collective::Instance1;
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{
    attestation::Source,
    consortium::{NodeId, OrgKeys},
    OrgId,
};
use secureflow_runtime::{Runtime, RuntimeCall};
use sp_runtime::traits::{BlakeTwo256, Hash};

/// Something for the Council to vote on.
fn motion(random: &mut StdRng) -> RuntimeCall {
    use pallet_consortium::Call;
    match random.gen_range(0..9) {
        0 => Call::<Runtime>::admit {
            name: name(random),
            account: account(random),
        }
        .into(),
        1 => Call::<Runtime>::suspend { org: OrgId(2) }.into(),
        2 => Call::<Runtime>::reinstate { org: org(random) }.into(),
        3 => pallet_attestations::Call::<Runtime>::accept_measurement {
            measurement: workers::measurement(random),
            source: Source::DEVELOPMENT,
            replaces: random.gen_ratio(1, 3).then(|| workers::measurement(random)),
        }
        .into(),
        4 => pallet_attestations::Call::<Runtime>::drop_measurement {
            measurement: workers::measurement(random),
        }
        .into(),
        5 => pallet_attestations::Call::<Runtime>::set_evidence_policy {
            policy: workers::policy(random),
            grace: random.gen_range(0..20),
        }
        .into(),
        6 | 7 => money::motion(random),
        _ => frame_system::Call::<Runtime>::remark {
            remark: vec![1; random.gen_range(0..64)],
        }
        .into(),
    }
}

pub fn council(random: &mut StdRng) -> RuntimeCall {
    use pallet_collective::{Call, ProposalCount, ProposalOf, Proposals};
    let open = Proposals::<Runtime, Instance1>::get();
    let last = open.last().copied().unwrap_or_else(|| BlakeTwo256::hash(b"none"));
    let index = ProposalCount::<Runtime, Instance1>::get().saturating_sub(1);
    // What the motion needs, or so much that its signer has to wait for blocks afterwards.
    let needed = ProposalOf::<Runtime, Instance1>::get(last).map(|motion| motion.get_dispatch_info().call_weight);
    let bound = match random.gen_ratio(1, 20) {
        true => Weight::from_parts(200_000_000_000, 1_000_000),
        false => needed.unwrap_or_default(),
    };
    match random.gen_range(0..4) {
        0 => Call::<Runtime, Instance1>::propose {
            threshold: random.gen_range(1..4),
            proposal: Box::new(motion(random)),
            length_bound: 1_000,
        }
        .into(),
        1 | 2 => Call::<Runtime, Instance1>::vote {
            proposal: last,
            index,
            approve: random.gen_ratio(3, 4),
        }
        .into(),
        _ => Call::<Runtime, Instance1>::close {
            proposal_hash: last,
            index,
            proposal_weight_bound: bound,
            length_bound: 1_000,
        }
        .into(),
    }
}

pub fn any(random: &mut StdRng) -> RuntimeCall {
    use pallet_consortium::Call;
    let byte = random.gen_range(0..6);
    match random.gen_range(0..5) {
        0 => Call::<Runtime>::add_operator {
            account: account(random),
        },
        1 => Call::remove_operator {
            account: account(random),
        },
        2 => Call::name_nodes {
            nodes: bounded(vec![NodeId::of_key(&[byte; 32])]),
        },
        _ => Call::set_keys {
            keys: OrgKeys {
                tls_fingerprint: [byte; 32],
                signing: [byte; 32],
                encryption: [byte; 32],
            },
        },
    }
    .into()
}
