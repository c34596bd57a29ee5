//! Blocks of random transactions against the native runtime: most make some sense, some are changed in their bytes.
//! Nothing panics, every block ends within its weight, no point is made or lost, and every open job has a deadline ahead.
//!
//! `SEED=7 BLOCKS=2000 cargo nextest run -p secureflow-runtime random_blocks` repeats or lengthens a run.

mod calls;

use crate::{externalities, parties, transactions::signed};
use codec::{Decode, Encode};
use frame_support::traits::fungible::Inspect;
use rand::{rngs::StdRng, Rng, SeedableRng};
use secureflow_primitives::revenue::POINTS;
use secureflow_runtime::{
    constants::{SESSION, SLOT_MS},
    genesis::consortium,
    Executive, Header, Nonce, Points, Revenue, Runtime, RuntimeCall, RuntimeEvent, System, UncheckedExtrinsic,
};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{
    generic::Digest, generic::DigestItem, traits::Header as _, transaction_validity::TransactionValidityError,
};
use std::collections::BTreeMap;

const SIGNERS: [Sr25519Keyring; 4] = [
    Sr25519Keyring::Alice,
    Sr25519Keyring::Bob,
    Sr25519Keyring::Charlie,
    // A stranger.
    Sr25519Keyring::Dave,
];

/// What became of the transactions.
#[derive(Debug, Default)]
struct Tally {
    succeeded: u32,
    failed: u32,
    refused: u32,
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

fn begin(number: u32, parent: secureflow_runtime::Hash) {
    let slot = sp_consensus_aura::Slot::from(u64::from(number));
    let item = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, slot.encode());
    let digest = Digest { logs: vec![item] };
    let header = Header::new(number, Default::default(), Default::default(), parent, digest);
    Executive::initialize_block(&header);
    let now = u64::from(number) * SLOT_MS;
    let time = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
    Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(time))
        .expect("the inherent is valid")
        .expect("time goes on");
}

/// A transaction with some bytes changed, where it is one still.
fn changed(random: &mut StdRng, transaction: UncheckedExtrinsic) -> Option<UncheckedExtrinsic> {
    let mut bytes = transaction.encode();
    for _ in 0..random.gen_range(1..4) {
        let at = random.gen_range(0..bytes.len());
        bytes[at] = random.gen();
    }
    UncheckedExtrinsic::decode(&mut bytes.as_slice()).ok()
}

fn apply(random: &mut StdRng, tally: &mut Tally) {
    let by = SIGNERS[random.gen_range(0..SIGNERS.len())];
    let nonce: Nonce = System::account_nonce(by.to_account_id());
    let mut transaction = signed(calls::any(random), by, nonce);
    if random.gen_ratio(1, 10) {
        let Some(other) = changed(random, transaction) else {
            return;
        };
        transaction = other;
    }
    match Executive::apply_extrinsic(transaction) {
        Ok(Ok(_)) => tally.succeeded += 1,
        Ok(Err(_)) => tally.failed += 1,
        Err(TransactionValidityError::Invalid(_) | TransactionValidityError::Unknown(_)) => tally.refused += 1,
    }
}

/// What the members have made in this block.
fn minted() -> u128 {
    let made = |record: &frame_system::EventRecord<RuntimeEvent, _>| match &record.event {
        RuntimeEvent::Revenue(pallet_revenue::Event::PointsMinted { amount, .. }) => *amount,
        _ => 0,
    };
    System::read_events_no_consensus().map(|record| made(&record)).sum()
}

fn check_points(issuance: u128) {
    assert_eq!(Points::total_issuance(), issuance);
    let held: u128 = pallet_assets::Account::<Runtime>::iter_prefix(POINTS)
        .map(|(_, account)| account.balance)
        .sum();
    assert_eq!(held, issuance, "points were made or lost");
    let mut owed: BTreeMap<_, _> = pallet_revenue::Escrow::<Runtime>::iter().collect();
    for settlement in pallet_revenue::Settlements::<Runtime>::iter_values() {
        let sum: u128 = settlement.payouts.iter().map(|(_, payout)| payout).sum();
        assert_eq!(sum, settlement.amount());
        if settlement.claimed_at.is_none() {
            *owed.entry(settlement.space).or_default() += sum;
        }
    }
    for (space, owed) in owed {
        assert!(Points::balance(&Revenue::escrow_account(space)) >= owed, "{space:?}");
    }
}

fn check_state(issuance: secureflow_runtime::Balance) {
    check_points(issuance);
    let limit = <Runtime as frame_system::Config>::BlockWeights::get().max_block;
    let (now, used) = (System::block_number(), System::block_weight());
    // The session pallet claims a whole block for the change of a session, besides what is mandatory anyhow.
    let changes = now % SESSION == 0;
    assert!(changes || used.total().all_lte(limit), "{used:?} of {limit:?}");
    for (id, job) in pallet_collaborations::Jobs::<Runtime>::iter() {
        // A deadline that falls on a full block is handled in one of the next.
        let ahead = job.deadline + 2 > now;
        assert!(
            job.phase.is_terminal() || ahead,
            "job {id:?} of {:?} waits at {now}",
            job.deadline
        );
    }
}

#[test]
fn random_blocks() {
    let (seed, blocks) = (number("SEED", 1), number("BLOCKS", 150) as u32);
    println!("SEED={seed} BLOCKS={blocks}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut tally = Tally::default();
    let root = Ed25519Keyring::Ferdie.to_raw_public();
    externalities(&consortium(&parties(), Some(root), &[])).execute_with(|| {
        let mut issuance = Points::total_issuance();
        let mut parent = Default::default();
        for number in 1..=blocks {
            begin(number, parent);
            for _ in 0..random.gen_range(0..24) {
                apply(&mut random, &mut tally);
            }
            issuance += minted();
            parent = Executive::finalize_block().hash();
            check_state(issuance);
        }
    });
    println!("{tally:?}");
    // The generator has lost its sense if nothing gets through.
    assert!(
        tally.succeeded > blocks / 2 && tally.failed > 0 && tally.refused > 0,
        "{tally:?}"
    );
}
