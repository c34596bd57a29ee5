//! Points, agreements, escrow, disputes.

use super::{account, bounded, job, jobs, org, space};
use codec::Compact;
use pallet_revenue::Call;
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{
    job::Receipt,
    merkle::{self, Proof},
    revenue::{Agreement, Figures, Formula, Mixture, Ruling, POINTS},
    Round, H256,
};
use secureflow_runtime::{Runtime, RuntimeCall};

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

fn figures(random: &mut StdRng) -> Figures {
    Figures {
        rows: random.gen(),
        compute_ms: random.gen(),
        utility: random.gen(),
    }
}

/// What the members decide about points and disputes.
pub fn motion(random: &mut StdRng) -> RuntimeCall {
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

/// A dispute of a receipt: a worker's own with its proof, where the job has some, or one that was made up.
fn dispute(random: &mut StdRng) -> RuntimeCall {
    let job = job(random);
    let receipts = jobs::receipts(job);
    let (receipt, proof) = match receipts.is_empty() || random.gen_ratio(1, 4) {
        true => made_up(random),
        false => {
            let at = random.gen_range(0..receipts.len());
            let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
            match merkle::proof(&leaves, at) {
                Some(proof) => (receipts[at], proof),
                None => made_up(random),
            }
        }
    };
    Call::<Runtime>::dispute {
        job,
        receipt,
        proof,
        claimed: figures(random),
        evidence: H256::zero(),
    }
    .into()
}

fn made_up(random: &mut StdRng) -> (Receipt, Proof) {
    let receipt = Receipt {
        job: job(random),
        round: Round(random.gen_range(0..5)),
        party: org(random),
        rows: 1,
        compute_ms: 1,
        utility: 0,
        bytes: 1,
    };
    let proof = Proof {
        index: random.gen(),
        leaves: random.gen(),
        siblings: vec![H256::zero(); random.gen_range(0..40)],
    };
    (receipt, proof)
}

pub fn any(random: &mut StdRng) -> RuntimeCall {
    match random.gen_range(0..8) {
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
        2 | 3 => Call::<Runtime>::settle { job: job(random) }.into(),
        4 => Call::<Runtime>::claim { job: job(random) }.into(),
        5 => dispute(random),
        6 => pallet_assets::Call::<Runtime>::transfer {
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
