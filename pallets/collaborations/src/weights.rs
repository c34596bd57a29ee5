//! What the calls weigh: estimates from the storage that they touch and the signatures that they check, rounded up, until
//! benchmarks replace them.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};
use secureflow_primitives::bounds::{MAX_PARTIES, MAX_WORKERS};

/// Weights of this pallet's calls and of its work at the start of a block.
pub trait WeightInfo {
    fn create_space() -> Weight;
    fn invite() -> Weight;
    fn accept() -> Weight;
    fn propose_job() -> Weight;
    fn approve_job() -> Weight;
    fn assign_job() -> Weight;
    fn submit_round() -> Weight;
    fn complete_job() -> Weight;
    /// A job given up or cancelled.
    fn end_job() -> Weight;
    /// Looking for deadlines, and ending so many jobs.
    fn expire_jobs(jobs: u32) -> Weight;
    /// Looking for lost workers, and taking so many jobs off them.
    fn move_jobs(jobs: u32) -> Weight;
}

/// Decoding, checks and an event.
const BASE: Weight = Weight::from_parts(25_000_000, 0);
/// Hashing and comparing a specification of full size, or one signature.
const HEAVY: Weight = Weight::from_parts(250_000_000, 0);
/// What one record in the audit log reads and writes.
const AUDIT: u64 = 5;
const PARTIES: u64 = MAX_PARTIES as u64;
const WORKERS: u64 = MAX_WORKERS as u64;

/// The estimates over a database's costs.
pub struct Estimate<D>(PhantomData<D>);

/// The estimates over the runtime's own database.
pub type SubstrateWeight<T> = Estimate<<T as frame_system::Config>::DbWeight>;

impl<D: Get<RuntimeDbWeight>> Estimate<D> {
    /// Going through all workers: registration, membership and load of each.
    fn pick_worker() -> Weight {
        BASE.saturating_add(D::get().reads(4 * WORKERS))
    }
}

impl<D: Get<RuntimeDbWeight>> WeightInfo for Estimate<D> {
    fn create_space() -> Weight {
        BASE.saturating_add(D::get().reads_writes(3 + AUDIT, 2 + AUDIT))
    }

    fn invite() -> Weight {
        BASE.saturating_add(D::get().reads_writes(4 + AUDIT, 1 + AUDIT))
    }

    fn accept() -> Weight {
        BASE.saturating_add(D::get().reads_writes(3 + AUDIT, 1 + AUDIT))
    }

    fn propose_job() -> Weight {
        HEAVY.saturating_add(D::get().reads_writes(7 + 3 * PARTIES + AUDIT, 6 + PARTIES + AUDIT))
    }

    fn approve_job() -> Weight {
        // The last approval: every dataset's policy is checked, every ledger written, the prices held back.
        HEAVY
            .saturating_add(BASE.saturating_mul(2 * PARTIES))
            .saturating_add(Self::pick_worker())
            .saturating_add(D::get().reads_writes(12 + 5 * PARTIES + 2 * AUDIT, 8 + 2 * PARTIES + 2 * AUDIT))
    }

    fn assign_job() -> Weight {
        // It may end the job instead.
        Self::pick_worker()
            .saturating_add(D::get().reads_writes(6 + AUDIT, 6 + AUDIT))
            .max(D::get().reads(6).saturating_add(Self::end_job()))
    }

    fn submit_round() -> Weight {
        // The first commitment takes the job from its datasets' lists.
        HEAVY.saturating_add(D::get().reads_writes(10 + PARTIES + AUDIT, 4 + PARTIES + AUDIT))
    }

    fn complete_job() -> Weight {
        HEAVY.saturating_add(D::get().reads(8)).saturating_add(Self::end_job())
    }

    fn end_job() -> Weight {
        BASE.saturating_mul(PARTIES)
            .saturating_add(D::get().reads_writes(11 + 3 * PARTIES + AUDIT, 11 + 3 * PARTIES + AUDIT))
    }

    fn expire_jobs(jobs: u32) -> Weight {
        D::get()
            .reads_writes(1, 1)
            .saturating_add(Self::end_job().saturating_mul(u64::from(jobs)))
    }

    fn move_jobs(jobs: u32) -> Weight {
        let one = Self::assign_job().saturating_add(D::get().reads_writes(3, 1));
        D::get().reads(1).saturating_add(one.saturating_mul(u64::from(jobs)))
    }
}

impl WeightInfo for () {
    fn create_space() -> Weight {
        Estimate::<RocksDbWeight>::create_space()
    }

    fn invite() -> Weight {
        Estimate::<RocksDbWeight>::invite()
    }

    fn accept() -> Weight {
        Estimate::<RocksDbWeight>::accept()
    }

    fn propose_job() -> Weight {
        Estimate::<RocksDbWeight>::propose_job()
    }

    fn approve_job() -> Weight {
        Estimate::<RocksDbWeight>::approve_job()
    }

    fn assign_job() -> Weight {
        Estimate::<RocksDbWeight>::assign_job()
    }

    fn submit_round() -> Weight {
        Estimate::<RocksDbWeight>::submit_round()
    }

    fn complete_job() -> Weight {
        Estimate::<RocksDbWeight>::complete_job()
    }

    fn end_job() -> Weight {
        Estimate::<RocksDbWeight>::end_job()
    }

    fn expire_jobs(jobs: u32) -> Weight {
        Estimate::<RocksDbWeight>::expire_jobs(jobs)
    }

    fn move_jobs(jobs: u32) -> Weight {
        Estimate::<RocksDbWeight>::move_jobs(jobs)
    }
}
