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
    fn claim() -> Weight;
    fn dispute() -> Weight;
    fn resolve() -> Weight;
    fn mint() -> Weight;
    fn set_transferable() -> Weight;
    fn release() -> Weight;
}

/// Decoding, checks and an event.
const BASE: Weight = Weight::from_parts(25_000_000, 0);
/// What one record in the audit log reads and writes.
const AUDIT: u64 = 5;
/// What one transfer reads and writes: the asset, its two accounts, and the accounts themselves, which it may open or close.
const TRANSFER: u64 = 5;
/// A Merkle path as long as there can be, in units of [`BASE`].
const PROOF: u64 = 2;

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
        // Division by one agreement and perhaps another, and a look at each payee.
        BASE.saturating_mul(1 + 2 * parties)
            .saturating_add(D::get().reads_writes(10 + parties + AUDIT, 5 + AUDIT))
    }

    fn claim() -> Weight {
        let parties = u64::from(MAX_PARTIES);
        BASE.saturating_mul(1 + parties)
            .saturating_add(D::get().reads_writes(4 + (1 + TRANSFER) * parties + AUDIT, 2 + TRANSFER * parties + AUDIT))
    }

    fn dispute() -> Weight {
        BASE.saturating_mul(1 + PROOF)
            .saturating_add(D::get().reads_writes(6 + AUDIT, 2 + AUDIT))
    }

    fn resolve() -> Weight {
        Self::settle()
    }

    fn mint() -> Weight {
        BASE.saturating_mul(2)
            .saturating_add(D::get().reads_writes(2 + TRANSFER + AUDIT, TRANSFER + AUDIT))
    }

    fn set_transferable() -> Weight {
        BASE.saturating_add(D::get().reads_writes(AUDIT, 1 + AUDIT))
    }

    fn release() -> Weight {
        BASE.saturating_mul(2)
            .saturating_add(D::get().reads_writes(3 + TRANSFER + AUDIT, 1 + TRANSFER + AUDIT))
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

    fn claim() -> Weight {
        Estimate::<RocksDbWeight>::claim()
    }

    fn dispute() -> Weight {
        Estimate::<RocksDbWeight>::dispute()
    }

    fn resolve() -> Weight {
        Estimate::<RocksDbWeight>::resolve()
    }

    fn mint() -> Weight {
        Estimate::<RocksDbWeight>::mint()
    }

    fn set_transferable() -> Weight {
        Estimate::<RocksDbWeight>::set_transferable()
    }

    fn release() -> Weight {
        Estimate::<RocksDbWeight>::release()
    }
}
