//! What the calls weigh: estimates from the storage that they touch, rounded up, until benchmarks replace them.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};
use secureflow_primitives::bounds::MAX_PARTIES;

/// Weights of this pallet's calls.
pub trait WeightInfo {
    fn set_agreement() -> Weight;
    fn fund() -> Weight;
    fn settle() -> Weight;
}

/// Decoding, checks and an event.
const BASE: Weight = Weight::from_parts(25_000_000, 0);
/// What one record in the audit log reads and writes.
const AUDIT: u64 = 5;
/// What one transfer reads and writes: both accounts.
const TRANSFER: u64 = 2;

/// The estimates over a database's costs.
pub struct Estimate<D>(PhantomData<D>);

/// The estimates over the runtime's own database.
pub type SubstrateWeight<T> = Estimate<<T as frame_system::Config>::DbWeight>;

impl<D: Get<RuntimeDbWeight>> WeightInfo for Estimate<D> {
    fn set_agreement() -> Weight {
        // A space is read once per fixed share.
        BASE.saturating_add(D::get().reads_writes(4 + u64::from(MAX_PARTIES) + AUDIT, 1 + AUDIT))
    }

    fn fund() -> Weight {
        BASE.saturating_mul(2)
            .saturating_add(D::get().reads_writes(4 + TRANSFER + AUDIT, 1 + TRANSFER + AUDIT))
    }

    fn settle() -> Weight {
        let parties = u64::from(MAX_PARTIES);
        BASE.saturating_mul(1 + parties)
            .saturating_add(D::get().reads_writes(8 + (1 + TRANSFER) * parties + AUDIT, 2 + TRANSFER * parties + AUDIT))
    }
}

impl WeightInfo for () {
    fn set_agreement() -> Weight {
        Estimate::<RocksDbWeight>::set_agreement()
    }

    fn fund() -> Weight {
        Estimate::<RocksDbWeight>::fund()
    }

    fn settle() -> Weight {
        Estimate::<RocksDbWeight>::settle()
    }
}
