//! Blocks of random transactions against the native runtime: most make some sense, some are changed in their bytes.
//! Nothing panics, every block ends within its weight, no point is made or lost, and every open job has a deadline ahead.
//!
//! `SEED=7 BLOCKS=2000 cargo nextest run -p secureflow-runtime random_blocks` repeats or lengthens a run.

mod calls;

use crate::{externalities, parties, transactions::signed};
use codec::{Decode, Encode};
use rand::{rngs::StdRng, Rng, SeedableRng};
use secureflow_runtime::{
    constants::{SESSION, SLOT_MS},
    genesis::consortium,
    Balances, Executive, Header, Nonce, Runtime, RuntimeCall, System, UncheckedExtrinsic,
};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{
    generic::Digest, generic::DigestItem, traits::Header as _, transaction_validity::TransactionValidityError,
};

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

fn check_state(issuance: secureflow_runtime::Balance) {
    use frame_support::traits::fungible::Inspect;
    assert_eq!(<Balances as Inspect<_>>::total_issuance(), issuance);
    let held: u128 = frame_system::Account::<Runtime>::iter_values()
        .map(|account| account.data.free + account.data.reserved)
        .sum();
    assert_eq!(held, issuance, "points were made or lost");
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
    use frame_support::traits::fungible::Inspect;
    let (seed, blocks) = (number("SEED", 1), number("BLOCKS", 150) as u32);
    println!("SEED={seed} BLOCKS={blocks}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut tally = Tally::default();
    let root = Ed25519Keyring::Ferdie.to_raw_public();
    externalities(&consortium(&parties(), Some(root), &[])).execute_with(|| {
        let issuance = <Balances as Inspect<_>>::total_issuance();
        let mut parent = Default::default();
        for number in 1..=blocks {
            begin(number, parent);
            for _ in 0..random.gen_range(0..24) {
                apply(&mut random, &mut tally);
            }
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
