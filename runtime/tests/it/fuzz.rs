//! Blocks of random transactions: most make some sense, some are changed in their bytes. Nothing panics, every block ends
//! within its weight, every pallet's invariants hold behind it, no point is made or lost, every open job has a deadline
//! ahead; and the Wasm that nodes run comes to the same state as the native runtime, block by block.
//!
//! `SEED=7 HISTORIES=100 BLOCKS=300 cargo nextest run -p secureflow-runtime random_blocks` repeats or lengthens a run. A
//! history is a chain of its own; its seed is printed before it begins, and repeats it alone with `HISTORIES=1`.

mod calls;
mod state;
mod wasm;

use crate::{externalities, parties, transactions::signed};
use codec::{Decode, Encode};
use frame_support::storage::{transactional::with_transaction_unchecked, TransactionOutcome};
use rand::{rngs::StdRng, Rng, SeedableRng};
use secureflow_primitives::attestation::{Measurement, Source};
use secureflow_runtime::{
    constants::SLOT_MS, genesis::consortium, Block, Executive, Hash, Header, Nonce, RuntimeCall, System,
    UncheckedExtrinsic,
};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    generic::{Digest, DigestItem},
    traits::{Block as _, Header as _},
    transaction_validity::TransactionValidityError,
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
    /// Events by pallet and name: how far the histories got.
    events: BTreeMap<String, u32>,
}

impl Tally {
    fn count_events(&mut self) {
        for record in System::read_events_no_consensus() {
            let text = format!("{:?}", record.event);
            // `Pallet(Event::Name { … })`, with or without the enums' names.
            let words: Vec<&str> = text
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !["", "RuntimeEvent", "Event"].contains(word))
                .take(2)
                .collect();
            *self.events.entry(words.join(".")).or_default() += 1;
        }
    }

    fn saw(&self, event: &str) -> bool {
        self.events.contains_key(event)
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

/// The genesis of every history.
fn genesis() -> serde_json::Value {
    let accepted = (Measurement::simulated(b"fuzz"), Source::DEVELOPMENT);
    consortium(&parties(), Some(calls::ROOT.to_raw_public()), &[accepted])
}

/// Begins a block, and returns the inherent that stands first in it.
fn begin(number: u32, parent: Hash) -> UncheckedExtrinsic {
    let slot = sp_consensus_aura::Slot::from(u64::from(number));
    let item = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, slot.encode());
    let digest = Digest { logs: vec![item] };
    let header = Header::new(number, Default::default(), Default::default(), parent, digest);
    Executive::initialize_block(&header);
    let now = u64::from(number) * SLOT_MS;
    let time = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
    let inherent = UncheckedExtrinsic::new_bare(time);
    Executive::apply_extrinsic(inherent.clone())
        .expect("the inherent is valid")
        .expect("time goes on");
    inherent
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

/// Makes a transaction and executes it. Returned if it belongs into the block, whether its call succeeded or not.
fn apply(random: &mut StdRng, tally: &mut Tally) -> Option<UncheckedExtrinsic> {
    let by = SIGNERS[random.gen_range(0..SIGNERS.len())];
    let nonce: Nonce = System::account_nonce(by.to_account_id());
    let mut transaction = signed(calls::any(random, by), by, nonce);
    if random.gen_ratio(1, 10) {
        transaction = changed(random, transaction)?;
    }
    // As a block's author does it: what is refused leaves no trace.
    let applied = with_transaction_unchecked(|| match Executive::apply_extrinsic(transaction.clone()) {
        Ok(done) => TransactionOutcome::Commit(Ok(done)),
        Err(refusal) => TransactionOutcome::Rollback(Err(refusal)),
    });
    match applied {
        Ok(Ok(_)) => tally.succeeded += 1,
        Ok(Err(_)) => tally.failed += 1,
        Err(TransactionValidityError::Invalid(_) | TransactionValidityError::Unknown(_)) => {
            tally.refused += 1;
            return None;
        }
    }
    Some(transaction)
}

/// A chain of so many blocks, natively executed and checked; each block is handed on.
fn history(seed: u64, blocks: u32, tally: &mut Tally, mut hand_on: impl FnMut(Block)) {
    println!("SEED={seed} HISTORIES=1 BLOCKS={blocks}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut chain = externalities(&genesis());
    let mut issuance = chain.execute_with(state::issuance);
    let mut parent = Hash::default();
    for number in 1..=blocks {
        let block = chain.execute_with(|| {
            let mut extrinsics = vec![begin(number, parent)];
            for _ in 0..random.gen_range(0..24) {
                extrinsics.extend(apply(&mut random, tally));
            }
            issuance += state::minted();
            let header = Executive::finalize_block();
            tally.count_events();
            state::check(issuance);
            Block::new(header, extrinsics)
        });
        chain.commit_all().expect("the state is whole");
        parent = block.header.hash();
        hand_on(block);
    }
}

/// How many histories, of how many blocks, from which seed on.
fn settings(histories: u64, blocks: u64) -> (std::ops::Range<u64>, u32) {
    let seed = number("SEED", 1);
    let blocks = number("BLOCKS", blocks) as u32;
    (seed..seed + number("HISTORIES", histories), blocks)
}

/// Where histories get to if the generator makes sense.
const MILESTONES: [&str; 6] = [
    "Collaborations.RoundSubmitted",
    "Collaborations.JobCompleted",
    "Collaborations.JobFailed",
    "Policies.BudgetSettled",
    "Attestations.WorkerRegistered",
    "Council.Executed",
];
/// How many times as many histories may be needed to get there: few of them see a whole job.
const PATIENCE: u64 = 6;

#[test]
fn random_blocks() {
    let (seeds, blocks) = settings(4, 150);
    let wanted = seeds.end - seeds.start;
    let far = wanted * u64::from(blocks) >= 600;
    let missing = |tally: &Tally| MILESTONES.into_iter().find(|event| far && !tally.saw(event));
    let mut tally = Tally::default();
    for seed in seeds.start..seeds.start + PATIENCE * wanted {
        if seed >= seeds.end && missing(&tally).is_none() {
            break;
        }
        history(seed, blocks, &mut tally, |_| {});
    }
    println!("{tally:#?}");
    // The generator has lost its sense if nothing gets through, or not far.
    let half = wanted as u32 * blocks / 2;
    assert!(
        tally.succeeded > half && tally.failed > 0 && tally.refused > 0,
        "{tally:?}"
    );
    assert_eq!(missing(&tally), None, "no history got as far: {tally:?}");
}
