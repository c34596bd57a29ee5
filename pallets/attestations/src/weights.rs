//! What the calls weigh: estimates from the storage that they touch and the signatures that they check, rounded up, until
//! benchmarks replace them.

use crate::sweep::WORKERS;
use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};
use secureflow_primitives::bounds::MAX_WORKERS;

/// Weights of this pallet's calls.
pub trait WeightInfo {
    fn register_worker() -> Weight;
    fn revoke() -> Weight;
    fn accept_measurement() -> Weight;
    fn drop_measurement() -> Weight;
    fn remove_expired() -> Weight;
    fn submit_collateral() -> Weight;
    fn submit_revocations() -> Weight;
    fn set_evidence_policy() -> Weight;
    fn remove_collateral() -> Weight;
    fn sweep() -> Weight;
}

/// A chain of certificates and a report, in Wasm: an SEV-SNP report needs two RSA-4096 and one P-384 verification (13 ms), a
/// quote with its collateral about ten of P-256 (12 ms). Twice that, and parsing.
const VERIFICATION: Weight = Weight::from_parts(40_000_000_000, 64 * 1024);
/// One RSA-4096 verification.
const SIGNATURE: Weight = Weight::from_parts(6_000_000_000, 8 * 1024);
/// Decoding, checks and an event.
const BASE: Weight = Weight::from_parts(25_000_000, 0);
/// What one record in the audit log reads and writes.
const AUDIT: u64 = 5;
/// What a worker that is lost takes: its jobs are marked, and end or move in later blocks.
const LOST: u64 = 3;
/// What it takes to say where a worker stands: its record, platform, measurement and operator.
const STATUS: u64 = 5;

/// The estimates over a database's costs.
pub struct Estimate<D>(PhantomData<D>);

/// The estimates over the runtime's own database.
pub type SubstrateWeight<T> = Estimate<<T as frame_system::Config>::DbWeight>;

impl<D: Get<RuntimeDbWeight>> WeightInfo for Estimate<D> {
    fn register_worker() -> Weight {
        BASE.saturating_add(VERIFICATION)
            .saturating_add(D::get().reads_writes(18 + AUDIT, 9 + AUDIT))
    }

    fn revoke() -> Weight {
        BASE.saturating_add(D::get().reads_writes(3 + LOST + AUDIT, 2 + LOST + AUDIT))
    }

    fn accept_measurement() -> Weight {
        BASE.saturating_add(D::get().reads_writes(2 + AUDIT, 2 + AUDIT))
    }

    fn drop_measurement() -> Weight {
        let workers = u64::from(MAX_WORKERS);
        BASE.saturating_mul(workers)
            .saturating_add(D::get().reads_writes((1 + LOST + AUDIT) * workers, (2 + LOST + AUDIT) * workers))
    }

    fn remove_expired() -> Weight {
        BASE.saturating_add(D::get().reads_writes(2 + LOST, 7 + LOST))
    }

    fn submit_collateral() -> Weight {
        BASE.saturating_add(VERIFICATION)
            .saturating_add(D::get().reads_writes(6, 2))
    }

    fn submit_revocations() -> Weight {
        BASE.saturating_add(SIGNATURE)
            .saturating_add(D::get().reads_writes(5, 1))
    }

    fn set_evidence_policy() -> Weight {
        let workers = u64::from(MAX_WORKERS);
        BASE.saturating_mul(workers / 8)
            .saturating_add(D::get().reads_writes(2 + 2 * workers + AUDIT, 2 + workers + AUDIT))
    }

    fn remove_collateral() -> Weight {
        BASE.saturating_add(D::get().reads_writes(2, 3))
    }

    fn sweep() -> Weight {
        let workers = WORKERS as u64;
        BASE.saturating_mul(1 + workers)
            .saturating_add(D::get().reads_writes((1 + STATUS + LOST) * workers + 8, (1 + LOST) * workers + 4))
    }
}

impl WeightInfo for () {
    fn register_worker() -> Weight {
        Estimate::<RocksDbWeight>::register_worker()
    }

    fn revoke() -> Weight {
        Estimate::<RocksDbWeight>::revoke()
    }

    fn accept_measurement() -> Weight {
        Estimate::<RocksDbWeight>::accept_measurement()
    }

    fn drop_measurement() -> Weight {
        Estimate::<RocksDbWeight>::drop_measurement()
    }

    fn remove_expired() -> Weight {
        Estimate::<RocksDbWeight>::remove_expired()
    }

    fn submit_collateral() -> Weight {
        Estimate::<RocksDbWeight>::submit_collateral()
    }

    fn submit_revocations() -> Weight {
        Estimate::<RocksDbWeight>::submit_revocations()
    }

    fn set_evidence_policy() -> Weight {
        Estimate::<RocksDbWeight>::set_evidence_policy()
    }

    fn remove_collateral() -> Weight {
        Estimate::<RocksDbWeight>::remove_collateral()
    }

    fn sweep() -> Weight {
        Estimate::<RocksDbWeight>::sweep()
    }
}
