//! What the pallet says has happened.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A worker registered, or renewed its registration; the verdict holds until `expires_at`.
        WorkerRegistered {
            worker: AccountId,
            measurement: Measurement,
            kind: TeeKind,
            expires_at: BlockNumber,
        },
        /// A worker may compute no more.
        WorkerRevoked { worker: AccountId },
        /// Workers with this measurement, which stands for this source, may register. `replaces` is the older one
        /// in whose place it comes, with the block until which workers with that one stand.
        MeasurementAccepted {
            measurement: Measurement,
            source: Source,
            replaces: Option<(Measurement, BlockNumber)>,
        },
        /// Workers with this measurement may register no more; those that were are revoked.
        MeasurementDropped { measurement: Measurement },
        /// Quotes of these platforms are judged by this collateral, until it ends (unix s).
        CollateralUpdated {
            family: dcap::Family,
            evaluation: u32,
            valid_until: u64,
        },
        /// Reports of this generation are checked against this list of AMD's.
        RevocationsUpdated { product: snp::Product, number: u64 },
        /// The members ask something else of hardware evidence; so many workers are short of it, and have until that block.
        EvidencePolicySet { short: u32, until: BlockNumber },
        /// The worker may compute until that block and no longer, unless it renews.
        WorkerExpiresSoon { worker: AccountId, at: BlockNumber },
        /// The worker's verdict no longer holds, or its operator is suspended; so many jobs of it move or end.
        WorkerStale {
            worker: AccountId,
            status: WorkerStatus,
            jobs: u32,
        },
        /// The worker's verdict has expired; so many jobs of it move or end.
        WorkerExpired { worker: AccountId, jobs: u32 },
        /// This collateral ends then (unix s): evidence that needs it will be refused unless somebody brings newer one.
        CollateralExpiresSoon { family: dcap::Family, at: u64 },
        /// The same of a list of AMD's.
        RevocationsExpireSoon { product: snp::Product, at: u64 },
        /// This collateral has ended, and was removed.
        CollateralRemoved { family: dcap::Family },
    }
}
