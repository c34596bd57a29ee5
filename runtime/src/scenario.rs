//! States that the pallets' benchmarks start from, made by the calls that members would send. A chain without genesis state
//! is taken for granted: what a scenario needs, it makes.

use crate::{
    configs::CouncilInstance, AccountId, Attestations, Collaborations, Consortium, Council, Hash, Policies, Revenue,
    Runtime, RuntimeCall, RuntimeOrigin, SessionKeys, System,
};
use alloc::{boxed::Box, format, vec, vec::Vec};
use codec::Encode;
use frame_benchmarking::account;
use frame_support::traits::fungibles::Create;
use secureflow_primitives::{
    attestation::{
        leaf_payload, report_payload, Anchor, Evidence, Measurement, SimulatedEvidence, SimulatedReport, Source,
        WorkerRegistration,
    },
    bounds::{MAX_ADMISSIONS, MAX_COLUMNS, MAX_ORGANISATIONS, MAX_PARTIES, MAX_PLAN, MAX_PURPOSES},
    consortium::{OrgKeys, OrgStatus, Organisation},
    job::{
        result_payload, round_payload, Contribution, Deadlines, JobPhase, JobResult, JobSpec, Receipt, RoundCommitment,
    },
    merkle::{self, Proof},
    policy::{DatasetRegistration, Operation, RowBand},
    privacy::{PrivacyCost, RdpCost, ORDERS},
    revenue::{Agreement, Formula, POINTS},
    scenario::{columns, measurement, policy, purpose, text, Scenario, Stage, BUILD, NOISE, PRICE},
    traits::Membership,
    DatasetId, JobId, OrgId, Round, SpaceId,
};
use sp_core::{crypto::KeyTypeId, ed25519};
use sp_runtime::traits::OpaqueKeys;

/// Under which the host keeps the keys of workers and of the development root.
const KEYS: KeyTypeId = KeyTypeId(*b"scen");
/// Training rounds of a job: the number changes what a job costs in all, and not what one call costs.
const ROUNDS: u32 = 1;

pub struct Made;

fn key(name: &str) -> ed25519::Public {
    sp_io::crypto::ed25519_generate(KEYS, Some(format!("//{name}").into_bytes()))
}

fn sign(key: &ed25519::Public, payload: Hash) -> [u8; 64] {
    sp_io::crypto::ed25519_sign(KEYS, key, payload.as_bytes())
        .expect("the host has made the key")
        .0
}

fn signed(account: &AccountId) -> RuntimeOrigin {
    RuntimeOrigin::signed(account.clone())
}

/// A block below this one whose hash the chain knows.
fn anchor() -> Anchor {
    let hash = Hash::repeat_byte(42);
    frame_system::BlockHash::<Runtime>::insert(0, hash);
    if System::block_number() == 0 {
        System::set_block_number(1);
    }
    Anchor { number: 0, hash }
}

fn validators(org: u32) -> [AccountId; 2] {
    [account("validator", org, 0), account("validator", org, 1)]
}

fn let_validate(account: &AccountId) {
    let seed = account.encode();
    let keys = SessionKeys {
        aura: sp_core::sr25519::Public::from_raw(seed[..32].try_into().expect("an account has 32 bytes")).into(),
        grandpa: ed25519::Public::from_raw(seed[..32].try_into().expect("an account has 32 bytes")).into(),
    };
    for id in SessionKeys::key_ids() {
        pallet_session::KeyOwner::<Runtime>::insert((*id, keys.get_raw(*id).to_vec()), account);
    }
    pallet_session::NextKeys::<Runtime>::insert(account, keys);
}

impl Scenario for Made {
    fn organisation(n: u32) -> (OrgId, AccountId) {
        let own: AccountId = account("organisation", n, 0);
        if let Some(org) = Consortium::owner(&own) {
            return (org, own);
        }
        Consortium::admit(RuntimeOrigin::root(), text(&format!("organisation {n}")), own.clone())
            .expect("there is room");
        if !pallet_assets::Asset::<Runtime>::contains_key(POINTS) {
            <crate::Assets as Create<AccountId>>::create(POINTS, own.clone(), true, 1)
                .expect("there are no points yet");
        }
        let byte = |salt: u8| {
            let mut bytes = [salt; 32];
            bytes[..4].copy_from_slice(&n.to_le_bytes());
            bytes
        };
        let keys = OrgKeys {
            tls_fingerprint: byte(1),
            signing: byte(2),
            encryption: byte(3),
        };
        Consortium::set_keys(signed(&own), keys).expect("nobody else has them");
        (Consortium::owner(&own).expect("it was admitted"), own)
    }

    fn crowd() {
        let members: Vec<_> = (0..MAX_ORGANISATIONS).map(Self::organisation).collect();
        for (n, (_, own)) in (0..).zip(&members) {
            let named = validators(n);
            for account in &named {
                if Consortium::member(account).is_none() {
                    Consortium::add_operator(signed(own), account.clone()).expect("there is room");
                    let_validate(account);
                }
            }
            let named = named.to_vec().try_into().expect("two");
            Consortium::name_validators(signed(own), named).expect("both have keys");
        }
        let (_, first) = Self::organisation(0);
        let next = pallet_consortium::NextOrg::<Runtime>::get();
        for n in next.0..MAX_ADMISSIONS {
            let left = Organisation {
                name: text(&format!("left {n}")),
                account: account("left", n, 0),
                status: OrgStatus::Removed,
                keys: None,
            };
            pallet_consortium::Organisations::<Runtime>::insert(OrgId(n), left);
        }
        pallet_consortium::NextOrg::<Runtime>::put(OrgId(MAX_ADMISSIONS));
        motions(&first, &members);
    }

    fn space(members: u32) -> SpaceId {
        let (_, creator) = Self::organisation(0);
        let space = SpaceId(0);
        if pallet_collaborations::NextSpace::<Runtime>::get() == space {
            Collaborations::create_space(signed(&creator), text("a space")).expect("a member may");
        }
        for n in 1..members {
            let (org, own) = Self::organisation(n);
            if Collaborations::invite(signed(&creator), space, org).is_ok() {
                Collaborations::accept(signed(&own), space).expect("it is invited");
            }
        }
        space
    }

    fn dataset(owner: u32) -> DatasetId {
        let (org, own) = Self::organisation(owner);
        if let Some(dataset) = pallet_policies::DatasetNames::<Runtime>::get(org, text("rows")) {
            return dataset;
        }
        let dataset = pallet_policies::NextDataset::<Runtime>::get();
        let registration = DatasetRegistration {
            name: text("rows"),
            schema: Hash::zero(),
            rows: RowBand::Under1K,
            content_root: Hash::zero(),
        };
        Policies::register_dataset(signed(&own), registration).expect("the name is free");
        let counterparties = (0..MAX_PARTIES).map(|n| Self::organisation(n).0).collect();
        let policy = policy(MAX_COLUMNS, counterparties);
        Policies::set_policy(signed(&own), dataset, policy).expect("a valid policy");
        dataset
    }

    fn worker(n: u32) -> (AccountId, [u8; 32]) {
        let worker: AccountId = account("worker", n, 0);
        let session = key(&format!("worker{n}"));
        if pallet_attestations::Workers::<Runtime>::contains_key(&worker) {
            return (worker, session.0);
        }
        let (worker, registration, evidence) = Self::registration(n);
        Attestations::register_worker(signed(&worker), registration, evidence).expect("valid evidence");
        (worker, session.0)
    }

    fn registration(n: u32) -> (AccountId, WorkerRegistration, Evidence) {
        let worker: AccountId = account("worker", n, 0);
        let (session, root) = (key(&format!("worker{n}")), key("root"));
        let (_, operator) = Self::organisation(n % MAX_ORGANISATIONS);
        Consortium::add_operator(signed(&operator), worker.clone()).expect("there is room");
        pallet_attestations::SimulatedRoot::<Runtime>::put(root.0);
        accept(measurement(BUILD));
        let (registration, evidence) = evidence(&worker, &session, &root);
        (worker, registration, evidence)
    }

    fn lose(worker: &AccountId) {
        Attestations::revoke(RuntimeOrigin::root(), worker.clone()).expect("it is active");
    }

    fn set_time(seconds: u64) {
        pallet_timestamp::Now::<Runtime>::put(seconds * 1_000);
    }

    fn job(parties: u32, count: u32, stage: Stage) -> JobId {
        let space = Self::space(parties);
        let job = pallet_collaborations::NextJob::<Runtime>::get();
        // Another one for every 64 jobs: an organisation may not have more under way.
        let (_, proposer) = Self::organisation(job.0 / 64 % parties);
        let datasets: Vec<_> = (0..parties).map(Self::dataset).collect();
        let spec = JobSpec {
            name: text("a job"),
            operation: Operation::HorizontalTraining,
            purpose: purpose(MAX_PURPOSES - 1),
            datasets: datasets.try_into().expect("no more than there may be"),
            columns: columns(count.max(1))
                .collect::<Vec<_>>()
                .try_into()
                .expect("no more than there may be"),
            min_parties: 2,
            min_group_size: 1,
            rounds: ROUNDS,
            privacy: PrivacyCost::PerRound {
                noise_micro: NOISE,
                cost: RdpCost([1; ORDERS.len()]),
            },
            deadlines: Deadlines {
                approval: 100,
                start: 100,
                round: 100,
            },
            plan: vec![1; MAX_PLAN as usize].try_into().expect("as long as it may be"),
        };
        Collaborations::propose_job(signed(&proposer), space, spec).expect("a valid job");
        if stage == Stage::Proposed {
            return job;
        }
        if pallet_attestations::Workers::<Runtime>::count() == 0 {
            Self::worker(0);
        }
        cover(space, PRICE * u128::from(parties));
        let last = if stage == Stage::LastApprovalMissing { 1 } else { 0 };
        for n in 0..parties - last {
            Collaborations::approve_job(signed(&Self::organisation(n).1), job).expect("the policy allows it");
        }
        if stage >= Stage::ResultMissing {
            for _ in 0..ROUNDS + 3 {
                let (worker, commitment, signature) = Self::commitment(job);
                Collaborations::submit_round(signed(&worker), job, commitment, signature).expect("a valid step");
            }
        }
        if stage == Stage::Completed {
            let (worker, result, signature) = Self::result(job);
            Collaborations::complete_job(signed(&worker), job, result, signature).expect("a valid result");
        }
        job
    }

    fn proposal(plan: u32) -> (AccountId, Vec<u8>) {
        let job = Self::job(2, 1, Stage::Proposed);
        let spec = JobSpec {
            plan: vec![1; plan as usize].try_into().expect("no longer than it may be"),
            ..Self::spec(job)
        };
        let space = Self::space(2);
        let call = pallet_collaborations::Call::propose_job { space, spec };
        (Self::organisation(0).1, RuntimeCall::Collaborations(call).encode())
    }

    fn spec(job: JobId) -> JobSpec {
        pallet_collaborations::Specs::<Runtime>::get(job).expect("the job was proposed")
    }

    fn commitment(job: JobId) -> (AccountId, RoundCommitment, [u8; 64]) {
        let (found, parties) = (known(job), parties(job));
        let round = match found.phase {
            JobPhase::Running { round } => Round(round.0 + 1),
            _ => Round(0),
        };
        let commitment = RoundCommitment {
            round,
            output: output(round),
            participants: parties.try_into().expect("the job's own"),
        };
        let (worker, session) = signer(&found.worker);
        let signature = sign(&session, round_payload(anchor().hash, job, &commitment));
        (worker, commitment, signature)
    }

    fn receipt(job: JobId, party: OrgId) -> (Receipt, Proof) {
        let (receipts, leaves) = receipts(job);
        let index = receipts
            .iter()
            .position(|receipt| receipt.party == party)
            .expect("a party of the job");
        (
            receipts[index],
            merkle::proof(&leaves, index).expect("there is such a leaf"),
        )
    }

    fn result(job: JobId) -> (AccountId, JobResult, [u8; 64]) {
        let (found, parties) = (known(job), parties(job));
        let contribution = |party| Contribution {
            party,
            rows: 1_000,
            compute_ms: 1_000,
            utility: 1_000,
            steps: ROUNDS + 3,
        };
        let contributions: Vec<_> = parties.into_iter().map(contribution).collect();
        let result = JobResult {
            spec_hash: found.spec_hash,
            model: output(Round(ROUNDS + 1)),
            encoding: output(Round(1)),
            evaluation: output(Round(ROUNDS + 2)),
            receipts_root: merkle::root(&receipts(job).1),
            contributions: contributions.try_into().expect("the job's own"),
            measurement: measurement(BUILD),
            simulated: true,
        };
        let (worker, session) = signer(&found.worker);
        let signature = sign(&session, result_payload(anchor().hash, job, &result));
        (worker, result, signature)
    }
}

/// Pays what a job's datasets ask for into the space's escrow, and promises it.
fn cover(space: SpaceId, amount: u128) {
    let (org, own) = Made::organisation(0);
    if !pallet_revenue::Agreements::<Runtime>::contains_key(space) {
        let agreement = Agreement {
            formula: Formula::Equal,
            reward: PRICE * u128::from(MAX_PARTIES),
            dispute_window: 0,
        };
        Revenue::set_agreement(signed(&own), space, agreement).expect("it has created the space");
    }
    Revenue::mint(RuntimeOrigin::root(), org, amount).expect("the members may");
    Revenue::fund(signed(&own), space, amount).expect("it has the points");
}

fn accept(measurement: Measurement) {
    if !pallet_attestations::Measurements::<Runtime>::contains_key(measurement) {
        Attestations::accept_measurement(RuntimeOrigin::root(), measurement, Source::DEVELOPMENT, None)
            .expect("a vote may");
    }
}

fn evidence(worker: &AccountId, session: &ed25519::Public, root: &ed25519::Public) -> (WorkerRegistration, Evidence) {
    let anchor = anchor();
    let registration = WorkerRegistration {
        endpoint: b"https://worker.example:4433".to_vec().try_into().expect("short"),
        tls_fingerprint: session.0,
        session_key: session.0,
        anchor,
    };
    let report = SimulatedReport {
        measurement: measurement(BUILD),
        report_data: registration.report_data(anchor.hash, worker),
        tcb: 1,
        debug: false,
    };
    let evidence = Evidence::Simulated(SimulatedEvidence {
        leaf: root.0,
        leaf_signature: sign(root, leaf_payload(&root.0)),
        report_signature: sign(root, report_payload(&report)),
        report,
    });
    (registration, evidence)
}

/// A job's worker with its session key.
fn signer(worker: &Option<AccountId>) -> (AccountId, ed25519::Public) {
    let account = worker.clone().expect("the job has a worker");
    let worker = pallet_attestations::Workers::<Runtime>::get(&account).expect("it is registered");
    (account, ed25519::Public::from_raw(worker.registration.session_key))
}

fn known(job: JobId) -> secureflow_primitives::job::Job {
    pallet_collaborations::Jobs::<Runtime>::get(job).expect("the job was proposed")
}

fn parties(job: JobId) -> Vec<OrgId> {
    pallet_collaborations::Parties::<Runtime>::get(job)
        .expect("the job was proposed")
        .into_inner()
}

/// As many receipts as a job of so many parties has, with their leaves.
fn receipts(job: JobId) -> (Vec<Receipt>, Vec<Hash>) {
    let of = |party| {
        (0..ROUNDS + 3).map(move |round| Receipt {
            job,
            round: Round(round),
            party,
            rows: 1_000,
            compute_ms: 1_000,
            utility: 0,
            bytes: 1_000,
        })
    };
    let receipts: Vec<_> = parties(job).into_iter().flat_map(of).collect();
    let leaves = receipts.iter().map(Receipt::hash).collect();
    (receipts, leaves)
}

fn output(round: Round) -> Hash {
    Hash::repeat_byte(round.0 as u8 + 1)
}

/// As many motions as may be open, each with the vote of every member.
fn motions(first: &AccountId, members: &[(OrgId, AccountId)]) {
    let have = pallet_collective::Proposals::<Runtime, CouncilInstance>::get().len() as u32;
    for n in have..crate::configs::MAX_MOTIONS {
        let call = RuntimeCall::System(frame_system::Call::remark { remark: n.encode() });
        let (length, hash) = (
            call.encoded_size() as u32,
            <sp_runtime::traits::BlakeTwo256 as sp_runtime::traits::Hash>::hash_of(&call),
        );
        Council::propose(signed(first), members.len() as u32, Box::new(call), length).expect("there is room");
        for (_, member) in members {
            Council::vote(signed(member), hash, n, true).expect("a member may vote");
        }
    }
}
