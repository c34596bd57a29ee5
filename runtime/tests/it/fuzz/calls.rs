//! Random calls: small ids, a handful of names, so that they meet what earlier ones made.

use super::SIGNERS;
use codec::{Compact, Decode};
use pallet_collective::Instance1;
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{
    attestation::{Anchor, Evidence, Measurement, SimulatedEvidence, SimulatedReport, WorkerRegistration},
    audit::Subject,
    consortium::{NodeId, OrgKeys},
    job::{Contribution, Deadlines, FailReason, JobResult, JobSpec, Party, Receipt, RoundCommitment},
    merkle::Proof,
    policy::{Column, ColumnRole, DatasetRegistration, Operation, Policy, RowBand},
    privacy::{PrivacyBudget, PrivacyCost, RdpCost, ORDERS},
    revenue::{Agreement, Figures, Formula, Mixture, Ruling, POINTS},
    AccountId, DatasetId, Epoch, JobId, OrgId, Round, SpaceId, H256,
};
use secureflow_runtime::{Runtime, RuntimeCall, System};
use sp_runtime::traits::{BlakeTwo256, Hash};

fn bounded<T: TryFrom<Vec<I>>, I>(items: Vec<I>) -> T {
    T::try_from(items).ok().expect("few items")
}

fn name(random: &mut StdRng) -> secureflow_primitives::bounds::Name {
    let names = ["alpha", "beta", "gamma", "income", "default", " bad", ""];
    bounded(names[random.gen_range(0..names.len())].as_bytes().to_vec())
}

fn account(random: &mut StdRng) -> AccountId {
    match random.gen_range(0..6) {
        at @ 0..=3 => SIGNERS[at].to_account_id(),
        at => AccountId::new([at as u8; 32]),
    }
}

fn dataset(random: &mut StdRng) -> DatasetId {
    DatasetId(random.gen_range(0..6))
}

fn space(random: &mut StdRng) -> SpaceId {
    SpaceId(random.gen_range(0..3))
}

fn job(random: &mut StdRng) -> JobId {
    JobId(random.gen_range(0..12))
}

fn org(random: &mut StdRng) -> OrgId {
    OrgId(random.gen_range(0..5))
}

fn policy(random: &mut StdRng) -> Policy {
    let column = |random: &mut StdRng, role| Column {
        name: name(random),
        role,
    };
    Policy {
        purposes: bounded(vec![name(random)]),
        operations: bounded(vec![Operation::HorizontalTraining]),
        columns: bounded(vec![
            column(random, ColumnRole::Feature),
            column(random, ColumnRole::Label),
        ]),
        min_parties: random.gen_range(0..4),
        min_group_size: random.gen_range(0..10),
        allow_simulated: random.gen(),
        budget: random.gen::<bool>().then_some(PrivacyBudget {
            epsilon_micro: 3_000_000,
            delta_exponent: 5,
        }),
        max_uses: random.gen_ratio(1, 4).then_some(2),
        expires_at: random
            .gen_ratio(1, 4)
            .then(|| System::block_number() + random.gen_range(0..40)),
        counterparties: random.gen_ratio(1, 4).then(|| bounded(vec![org(random)])),
        price: random.gen_range(0..3),
    }
}

fn spec(random: &mut StdRng) -> JobSpec {
    let deadline = |random: &mut StdRng| random.gen_range(0..20);
    let flat = PrivacyCost::PerRound(RdpCost([1_000; ORDERS.len()]));
    JobSpec {
        name: name(random),
        operation: Operation::HorizontalTraining,
        purpose: name(random),
        datasets: bounded((0..random.gen_range(1..4)).map(|_| dataset(random)).collect()),
        columns: bounded(vec![Column {
            name: name(random),
            role: ColumnRole::Feature,
        }]),
        min_parties: random.gen_range(1..4),
        min_group_size: random.gen_range(0..12),
        rounds: random.gen_range(0..3),
        privacy: if random.gen() { flat } else { PrivacyCost::Unbounded },
        deadlines: Deadlines {
            approval: deadline(random),
            start: deadline(random),
            round: deadline(random),
        },
        plan: bounded(vec![1, 2, 3]),
    }
}

fn formula(random: &mut StdRng) -> Formula {
    match random.gen_range(0..7) {
        0 => Formula::Equal,
        1 => Formula::Fixed(bounded(vec![(org(random), random.gen_range(0..4)), (org(random), 1)])),
        2 => Formula::ByRows,
        3 => Formula::ByComputeTime,
        4 => Formula::ByUtility,
        5 => Formula::Contract(account(random)),
        _ => Formula::Mixture(Mixture {
            equal: 300_000,
            rows: 250_000,
            compute: random.gen_range(0..2) * 250_000,
            utility: 100_000,
            fixed: 100_000,
            shares: bounded(vec![(org(random), 1)]),
        }),
    }
}

/// Evidence with signatures that hold for nothing.
fn registration(random: &mut StdRng) -> (WorkerRegistration, Evidence) {
    let number = random.gen_range(0..System::block_number().max(1));
    let registration = WorkerRegistration {
        endpoint: bounded(b"https://worker:1".to_vec()),
        tls_fingerprint: [random.gen_range(1..4); 32],
        session_key: [random.gen_range(1..4); 32],
        anchor: Anchor {
            number,
            hash: System::block_hash(number),
        },
    };
    let report = SimulatedReport {
        measurement: Measurement::simulated(b"fuzz"),
        report_data: [0; 64],
        tcb: 1,
        debug: random.gen(),
    };
    let evidence = SimulatedEvidence {
        report,
        leaf: [1; 32],
        leaf_signature: [2; 64],
        report_signature: [3; 64],
    };
    (registration, Evidence::Simulated(evidence))
}

fn result(random: &mut StdRng) -> JobResult {
    let contribution = |random: &mut StdRng| Contribution {
        party: org(random),
        rows: random.gen(),
        compute_ms: 1,
        utility: 0,
        steps: 1,
    };
    JobResult {
        spec_hash: H256::zero(),
        model: H256::zero(),
        encoding: H256::zero(),
        evaluation: H256::zero(),
        receipts_root: H256::zero(),
        contributions: bounded(vec![contribution(random)]),
        measurement: Measurement::simulated(b"fuzz"),
        simulated: true,
    }
}

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
            measurement: Measurement::simulated(b"fuzz"),
        }
        .into(),
        4 => pallet_attestations::Call::<Runtime>::drop_measurement {
            measurement: Measurement::simulated(b"fuzz"),
        }
        .into(),
        5..=7 => points_motion(random),
        _ => frame_system::Call::<Runtime>::remark {
            remark: vec![1; random.gen_range(0..64)],
        }
        .into(),
    }
}

fn council(random: &mut StdRng) -> RuntimeCall {
    use pallet_collective::{Call, ProposalCount, Proposals};
    let open = Proposals::<Runtime, Instance1>::get();
    let last = open.last().copied().unwrap_or_else(|| BlakeTwo256::hash(b"none"));
    let index = ProposalCount::<Runtime, Instance1>::get().saturating_sub(1);
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
            proposal_weight_bound: frame_support::weights::Weight::from_parts(10_000_000_000, 100_000),
            length_bound: 1_000,
        }
        .into(),
    }
}

fn collaboration(random: &mut StdRng) -> RuntimeCall {
    use pallet_collaborations::Call;
    match random.gen_range(0..12) {
        0 => Call::<Runtime>::create_space { name: name(random) },
        1 => Call::invite {
            space: space(random),
            org: org(random),
        },
        2 => Call::accept { space: space(random) },
        3 | 4 => Call::propose_job {
            space: space(random),
            spec: spec(random),
        },
        5 | 6 => Call::approve_job { job: job(random) },
        7 => Call::assign_job { job: job(random) },
        8 => Call::submit_round {
            job: job(random),
            commitment: RoundCommitment {
                round: Round(random.gen_range(0..4)),
                output: H256::zero(),
                participants: bounded(vec![org(random)]),
            },
            signature: [0; 64],
        },
        9 => Call::complete_job {
            job: job(random),
            result: result(random),
            signature: [0; 64],
        },
        10 => Call::fail_job {
            job: job(random),
            reason: FailReason::Protocol,
            party: Some(Party::Organisation(org(random))),
        },
        _ => Call::cancel { job: job(random) },
    }
    .into()
}

fn data(random: &mut StdRng) -> RuntimeCall {
    use pallet_policies::Call;
    match random.gen_range(0..6) {
        5 => Call::<Runtime>::revoke {
            dataset: dataset(random),
        },
        0 | 1 => Call::<Runtime>::register_dataset {
            registration: DatasetRegistration {
                name: name(random),
                schema: H256::zero(),
                rows: RowBand::Under1K,
                content_root: H256::zero(),
            },
        },
        2 | 3 => Call::set_policy {
            dataset: dataset(random),
            policy: policy(random),
        },
        _ => Call::retire {
            dataset: dataset(random),
        },
    }
    .into()
}

fn membership(random: &mut StdRng) -> RuntimeCall {
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

fn figures(random: &mut StdRng) -> Figures {
    Figures {
        rows: random.gen(),
        compute_ms: random.gen(),
        utility: random.gen(),
    }
}

/// What the members decide about points and disputes.
fn points_motion(random: &mut StdRng) -> RuntimeCall {
    use pallet_revenue::Call;
    match random.gen_range(0..4) {
        0 => Call::<Runtime>::mint {
            org: org(random),
            amount: random.gen_range(0..100),
        },
        1 => Call::set_transferable {
            transferable: random.gen(),
        },
        2 => Call::release {
            space: space(random),
            org: org(random),
            amount: random.gen_range(0..20),
        },
        _ => Call::resolve {
            job: job(random),
            party: org(random),
            ruling: Ruling::Corrected(figures(random)),
        },
    }
    .into()
}

fn money(random: &mut StdRng) -> RuntimeCall {
    use pallet_revenue::Call;
    match random.gen_range(0..7) {
        0 => Call::<Runtime>::set_agreement {
            space: space(random),
            agreement: Agreement {
                formula: formula(random),
                reward: random.gen_range(0..20),
                dispute_window: random.gen_range(0..10),
            },
        }
        .into(),
        1 => Call::<Runtime>::fund {
            space: space(random),
            amount: random.gen_range(0..60),
        }
        .into(),
        2 => Call::<Runtime>::settle { job: job(random) }.into(),
        3 => Call::<Runtime>::claim { job: job(random) }.into(),
        4 => {
            let receipt = Receipt {
                job: job(random),
                round: Round(random.gen_range(0..5)),
                party: org(random),
                rows: 1,
                compute_ms: 1,
                utility: 0,
                bytes: 1,
            };
            Call::<Runtime>::dispute {
                job: receipt.job,
                receipt,
                // Every result here has an empty root: no proof leads to it.
                proof: Proof {
                    index: random.gen(),
                    leaves: random.gen(),
                    siblings: vec![H256::zero(); random.gen_range(0..40)],
                },
                claimed: figures(random),
                evidence: H256::zero(),
            }
            .into()
        }
        5 => pallet_assets::Call::<Runtime>::transfer {
            id: Compact(random.gen_range(0..3)),
            target: account(random).into(),
            amount: random.gen_range(0..60),
        }
        .into(),
        _ => pallet_assets::Call::<Runtime>::approve_transfer {
            id: Compact(POINTS),
            delegate: account(random).into(),
            amount: random.gen_range(0..60),
        }
        .into(),
    }
}

fn evidence_and_audit(random: &mut StdRng) -> RuntimeCall {
    match random.gen_range(0..7) {
        0 => {
            let (registration, evidence) = registration(random);
            pallet_attestations::Call::<Runtime>::register_worker { registration, evidence }.into()
        }
        1 => pallet_attestations::Call::<Runtime>::revoke {
            worker: account(random),
        }
        .into(),
        2 => pallet_audit::Call::<Runtime>::append {
            space: space(random),
            epoch: epoch(random),
            subject: Subject::Job(job(random)),
            ciphertext: bounded(vec![7; random.gen_range(0..40)]),
        }
        .into(),
        3 => pallet_audit::Call::<Runtime>::revoke_auditor {
            space: space(random),
            org: org(random),
        }
        .into(),
        4 => pallet_audit::Call::<Runtime>::rotate_epoch { space: space(random) }.into(),
        _ => pallet_audit::Call::<Runtime>::grant_auditor {
            space: space(random),
            org: org(random),
        }
        .into(),
    }
}

fn epoch(random: &mut StdRng) -> Epoch {
    Epoch(random.gen_range(0..3))
}

/// A call with details, mostly for the right epoch of a space that it may be about.
fn detailed(random: &mut StdRng) -> RuntimeCall {
    let call = match random.gen_range(0..3) {
        0 => data(random),
        1 => money(random),
        _ => collaboration(random),
    };
    let space = space(random);
    let current = pallet_audit::CurrentEpoch::<Runtime>::get(space);
    pallet_audit::Call::<Runtime>::detailed {
        space,
        epoch: current.unwrap_or_else(|| epoch(random)),
        ciphertext: bounded(vec![7; random.gen_range(0..40)]),
        call: Box::new(call),
    }
    .into()
}

/// Bytes that decode as a call of some kind.
fn decoded(random: &mut StdRng) -> Option<RuntimeCall> {
    let mut bytes = vec![0; 600];
    (bytes[0], bytes[1]) = (random.gen_range(0..17), random.gen_range(0..12));
    for byte in &mut bytes[2..] {
        *byte = match random.gen_range(0..8) {
            0 => random.gen(),
            1 => random.gen_range(0..5),
            _ => 0,
        };
    }
    RuntimeCall::decode(&mut bytes.as_slice()).ok()
}

pub fn any(random: &mut StdRng) -> RuntimeCall {
    match random.gen_range(0..18) {
        16 | 17 => detailed(random),
        0..=5 => collaboration(random),
        6..=8 => data(random),
        9 => membership(random),
        10 | 11 => money(random),
        12 | 13 => council(random),
        14 => evidence_and_audit(random),
        _ => decoded(random).unwrap_or_else(|| collaboration(random)),
    }
}
