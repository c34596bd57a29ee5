//! Spaces and jobs, and what the worker of a job does next.

use super::{bounded, dataset, job, name, org, space, workers};
use pallet_collaborations::{Call, Jobs, Parties, Rounds, Spaces, Specs};
use rand::{rngs::StdRng, seq::SliceRandom, Rng};
use secureflow_primitives::{
    attestation::{Measurement, Worker},
    job::{
        result_payload, round_payload, Contribution, Deadlines, FailReason, Job, JobPhase, JobResult, JobSpec, Party,
        Receipt, RoundCommitment,
    },
    merkle,
    policy::{Column, ColumnRole, Operation},
    privacy::{PrivacyCost, RdpCost, ORDERS},
    traits::Membership,
    DatasetId, JobId, OrgId, Round, SpaceId, H256,
};
use secureflow_runtime::{Consortium, Runtime, RuntimeCall, System};
use sp_keyring::Sr25519Keyring;

/// Two datasets that have a policy, of two owners where there are such.
fn usable_pair(random: &mut StdRng) -> Vec<DatasetId> {
    let mut usable: Vec<_> = pallet_policies::Datasets::<Runtime>::iter()
        .filter(|(_, dataset)| dataset.policy.0 > 0 && !dataset.retired && !dataset.revoked)
        .map(|(id, dataset)| (id, dataset.owner))
        .collect();
    usable.sort_unstable();
    usable.shuffle(random);
    let Some((first, owner)) = usable.pop() else {
        return vec![dataset(random), dataset(random)];
    };
    let second = usable.iter().find(|(_, other)| *other != owner);
    vec![first, second.map_or_else(|| dataset(random), |(id, _)| *id)]
}

fn column(name: &[u8], role: ColumnRole) -> Column {
    Column {
        name: bounded(name.to_vec()),
        role,
    }
}

/// What a permissive policy allows, in a space of the datasets' owners where there is one.
fn modest(random: &mut StdRng) -> (SpaceId, JobSpec) {
    let datasets = usable_pair(random);
    let owner = |id: &DatasetId| Some(pallet_policies::Datasets::<Runtime>::get(id)?.owner);
    let owners: Vec<OrgId> = datasets.iter().filter_map(owner).collect();
    let mut shared: Vec<SpaceId> = Spaces::<Runtime>::iter()
        .filter(|(_, space)| owners.iter().all(|owner| space.members.contains(owner)))
        .map(|(id, _)| id)
        .collect();
    shared.sort_unstable();
    let space = shared.choose(random).copied().unwrap_or_else(|| space(random));
    let spec = JobSpec {
        purpose: bounded(b"alpha".to_vec()),
        datasets: bounded(datasets),
        columns: bounded(vec![
            column(b"income", ColumnRole::Feature),
            column(b"default", ColumnRole::Label),
        ]),
        min_parties: 2,
        min_group_size: 10,
        rounds: random.gen_range(1..3),
        deadlines: Deadlines {
            approval: 20,
            start: 20,
            round: random.gen_range(5..20),
        },
        ..spec(random)
    };
    (space, spec)
}

fn spec(random: &mut StdRng) -> JobSpec {
    let deadline = |random: &mut StdRng| random.gen_range(0..20);
    let flat = PrivacyCost::PerRound {
        noise_micro: 1_500_000,
        cost: RdpCost([1_000; ORDERS.len()]),
    };
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

pub fn any(random: &mut StdRng) -> RuntimeCall {
    match random.gen_range(0..12) {
        0 => Call::<Runtime>::create_space { name: name(random) },
        1 => Call::invite {
            space: space(random),
            org: org(random),
        },
        2 => Call::accept { space: space(random) },
        3 | 4 => {
            let (space, spec) = match random.gen_ratio(2, 3) {
                true => modest(random),
                false => (space(random), spec(random)),
            };
            Call::propose_job { space, spec }
        }
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

/// The receipts behind the results of this module's workers; none for a job that does not exist.
pub fn receipts(job: JobId) -> Vec<Receipt> {
    let Some((spec, parties)) = Specs::<Runtime>::get(job).zip(Parties::<Runtime>::get(job)) else {
        return Vec::new();
    };
    let receipt = |round, party| Receipt {
        job,
        round: Round(round),
        party,
        rows: 10,
        compute_ms: 3,
        utility: 1,
        bytes: 100,
    };
    (0..spec.steps())
        .flat_map(|round| parties.iter().map(move |party| (round, *party)))
        .map(|(round, party)| receipt(round, party))
        .collect()
}

/// What is waited for from this signer: the answer to an invitation, an approval, or what the job of a worker asks next.
pub fn next_step(random: &mut StdRng, by: Sr25519Keyring) -> Option<RuntimeCall> {
    match random.gen_range(0..4) {
        0 => acceptance(by).or_else(|| approval(by)),
        1 => approval(by),
        _ => work(random, by).or_else(|| approval(by)),
    }
}

fn acceptance(by: Sr25519Keyring) -> Option<RuntimeCall> {
    let org = <Consortium as Membership>::owner(&by.to_account_id())?;
    let invited = Spaces::<Runtime>::iter().filter(|(_, space)| space.invited.contains(&org));
    let space = invited.map(|(id, _)| id).min()?;
    Some(Call::<Runtime>::accept { space }.into())
}

fn approval(by: Sr25519Keyring) -> Option<RuntimeCall> {
    let org = <Consortium as Membership>::owner(&by.to_account_id())?;
    let waits = |id: &JobId, job: &Job| {
        let party = Parties::<Runtime>::get(id).is_some_and(|parties| parties.contains(&org));
        job.phase == JobPhase::Proposed && party && !job.approvals.contains(&org)
    };
    let mut waiting: Vec<JobId> = Jobs::<Runtime>::iter()
        .filter(|(id, job)| waits(id, job))
        .map(|(id, _)| id)
        .collect();
    waiting.sort_unstable();
    waiting
        .last()
        .map(|job| Call::<Runtime>::approve_job { job: *job }.into())
}

/// The next commitment of this worker's job, or the result, signed.
fn work(random: &mut StdRng, by: Sr25519Keyring) -> Option<RuntimeCall> {
    let account = by.to_account_id();
    let worker = pallet_attestations::Workers::<Runtime>::get(&account)?;
    let mut mine: Vec<(JobId, Job)> = Jobs::<Runtime>::iter()
        .filter(|(_, job)| job.worker.as_ref() == Some(&account) && !job.phase.is_terminal())
        .collect();
    mine.sort_by_key(|(id, _)| *id);
    if mine.is_empty() {
        return None;
    }
    let (id, job) = mine.swap_remove(random.gen_range(0..mine.len()));
    let step = match job.phase {
        JobPhase::Running { round } => round.0 + 1,
        _ => 0,
    };
    let parties = Parties::<Runtime>::get(id)?.into_inner();
    match step < Specs::<Runtime>::get(id)?.steps() {
        true => commit(id, step, parties, &worker),
        false => complete(random, id, &job, parties, &worker),
    }
}

fn commit(job: JobId, step: u32, parties: Vec<OrgId>, worker: &Worker) -> Option<RuntimeCall> {
    let commitment = RoundCommitment {
        round: Round(step),
        output: H256::repeat_byte(step as u8 + 1),
        participants: bounded(parties),
    };
    let payload = round_payload(System::block_hash(0), job, &commitment);
    let signature = workers::sign(worker, payload)?;
    Some(
        Call::<Runtime>::submit_round {
            job,
            commitment,
            signature,
        }
        .into(),
    )
}

fn complete(random: &mut StdRng, id: JobId, job: &Job, parties: Vec<OrgId>, worker: &Worker) -> Option<RuntimeCall> {
    let rounds = Specs::<Runtime>::get(id)?.rounds;
    let output = |step: u32| Some(Rounds::<Runtime>::get(id, Round(step))?.0.output);
    let contribution = |party| Contribution {
        party,
        rows: random.gen_range(0..50),
        compute_ms: random.gen_range(0..50),
        utility: random.gen_range(0..3),
        steps: rounds,
    };
    let result = JobResult {
        spec_hash: job.spec_hash,
        model: output(rounds + 1)?,
        encoding: output(1)?,
        evaluation: output(rounds + 2)?,
        receipts_root: merkle::root(&receipts(id).iter().map(Receipt::hash).collect::<Vec<_>>()),
        contributions: bounded(parties.into_iter().map(contribution).collect()),
        measurement: worker.measurement,
        simulated: worker.is_simulated(),
    };
    let payload = result_payload(System::block_hash(0), id, &result);
    let signature = workers::sign(worker, payload)?;
    Some(
        Call::<Runtime>::complete_job {
            job: id,
            result,
            signature,
        }
        .into(),
    )
}
