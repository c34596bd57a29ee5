//! What the calls of the SDK's pallets weigh on this chain. The files are written by `./scripts/weights`; this project's own
//! pallets keep theirs beside their code.

pub mod frame_system;
pub mod frame_system_extensions;
pub mod pallet_assets;
pub mod pallet_balances;
pub mod pallet_collective;
pub mod pallet_contracts;
pub mod pallet_grandpa;
pub mod pallet_session;
pub mod pallet_timestamp;

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// GRANDPA's weights in the form that its pallet asks for. Its benchmarks measure the check of an equivocation; a report also
/// checks who held the key, and disables the validator.
pub struct GrandpaWeight<T>(PhantomData<T>);

/// What a report reads beside the proof: the session's validators and their count, the offences and the disabled.
const REPORT_READS: u64 = 16;
/// What a report writes: the offence, its indices, the disabled.
const REPORT_WRITES: u64 = 10;

impl<T: ::frame_system::Config> ::pallet_grandpa::WeightInfo for GrandpaWeight<T> {
    fn report_equivocation(validator_count: u32, _max_nominators: u32) -> Weight {
        // The proof that a validator held the key is a path in a tree of all keys: one hash per level, and decoding.
        let proof = Weight::from_parts(1_000_000, 0).saturating_mul(u64::from(validator_count));
        pallet_grandpa::WeightInfo::<T>::check_equivocation_proof(1)
            .saturating_add(proof)
            .saturating_add(T::DbWeight::get().reads_writes(REPORT_READS, REPORT_WRITES))
    }

    fn note_stalled() -> Weight {
        pallet_grandpa::WeightInfo::<T>::note_stalled()
    }
}
