#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
// The call enum is as large as simulated evidence; a box would save nothing, since every call carries its evidence.
#![allow(clippy::large_enum_variant)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod collateral;
mod errors;
mod events;
mod functions;
mod measurements;
mod refusal;
mod registry;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod state;
mod sweep;
mod verify;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use collateral::StoredRevocations;
pub use pallet::*;
pub use sweep::Notice;
pub use weights::WeightInfo;

use frame_support::pallet_macros::import_section;

/// Platform families of which Intel's collateral is kept.
pub const MAX_FAMILIES: u32 = 64;

#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
    use super::{Notice, StoredRevocations, WeightInfo};
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::UnixTime};
    use frame_system::pallet_prelude::*;
    use secureflow_evidence::{
        dcap,
        registry::{Platform, Policy},
        snp,
    };
    use secureflow_primitives::{
        attestation::{
            AcceptedMeasurement, Evidence, Measurement, Source, TeeKind, Worker, WorkerRegistration, WorkerStatus,
        },
        traits::{AuditLog, Membership, WorkerJobs},
        AccountId, BlockNumber, H256,
    };

    /// How this pallet's storage is laid out; a migration counts it up.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Who accepts measurements, says what is asked of evidence, and may revoke any worker: a vote of the members.
        type AdmitOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Who drops measurements: more votes than that takes, since it stops every worker that has them.
        type DropOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Who belongs to the consortium.
        type Membership: Membership;
        /// Who hears that a worker may no longer compute.
        type Jobs: WorkerJobs;
        /// The time by which certificates and collateral are valid.
        type Time: UnixTime;
        /// Milliseconds between blocks.
        #[pallet::constant]
        type BlockMillis: Get<u64>;
        /// Where calls leave their entries.
        type Audit: AuditLog;
        /// How long a verdict holds, in blocks.
        #[pallet::constant]
        type VerdictPeriod: Get<BlockNumber>;
        /// How old the block that evidence is anchored to may be, in blocks. No more than the block hashes that the chain
        /// keeps.
        #[pallet::constant]
        type AnchorAge: Get<BlockNumber>;
        /// How long a measurement counts after a successor was accepted, in blocks.
        #[pallet::constant]
        type ReplacementPeriod: Get<BlockNumber>;
        /// How long before a worker may compute no longer it is said, in blocks. Shorter than the time before the end in
        /// which workers renew by themselves.
        #[pallet::constant]
        type ExpiryNotice: Get<BlockNumber>;
        /// What calls weigh.
        type WeightInfo: WeightInfo;
        /// States that benchmarks start from.
        #[cfg(feature = "runtime-benchmarks")]
        type Scenario: secureflow_primitives::scenario::Scenario;
    }

    /// Registered workers by account; no more than [`MAX_WORKERS`](secureflow_primitives::bounds::MAX_WORKERS).
    #[pallet::storage]
    pub type Workers<T> = CountedStorageMap<_, Blake2_128Concat, AccountId, Worker>;

    /// Measurements that the members accept, with what they stand for. Those whose time is over are kept, so that it can
    /// still be told what earlier jobs ran.
    #[pallet::storage]
    pub type Measurements<T> = StorageMap<_, Blake2_128Concat, Measurement, AcceptedMeasurement>;

    /// The development root that simulated evidence must lead to. None refuses all of it.
    #[pallet::storage]
    pub type SimulatedRoot<T> = StorageValue<_, [u8; 32]>;

    /// Whose session key this is: no two workers share one, or a signature would not say who made it.
    #[pallet::storage]
    pub type SessionKeys<T> = StorageMap<_, Blake2_128Concat, [u8; 32], AccountId>;

    /// Whose TLS certificate this is: no two workers share one, or a connection would not say who is at its end.
    #[pallet::storage]
    pub type TlsFingerprints<T> = StorageMap<_, Blake2_128Concat, [u8; 32], AccountId>;

    /// What is known of the hardware of each worker that has some.
    #[pallet::storage]
    pub type Platforms<T> = StorageMap<_, Blake2_128Concat, AccountId, Platform>;

    /// The key that signed a worker's last SEV-SNP report, with the hash of the certificates that vouched for it: a renewal
    /// need not check them again.
    #[pallet::storage]
    pub type ChipKeys<T> = StorageMap<_, Blake2_128Concat, AccountId, (H256, snp::VerifiedKey)>;

    /// Intel's collateral by family of platforms.
    #[pallet::storage]
    pub type Collaterals<T> = CountedStorageMap<_, Blake2_128Concat, dcap::Family, dcap::VerifiedCollateral>;

    /// AMD's lists of revoked intermediates.
    #[pallet::storage]
    pub type AmdRevocations<T> = StorageMap<_, Blake2_128Concat, snp::Product, StoredRevocations>;

    /// What the members ask of hardware evidence.
    #[pallet::storage]
    pub type EvidencePolicy<T> = StorageValue<_, Policy, ValueQuery>;

    /// What was said of a worker, so that it is said once.
    #[pallet::storage]
    pub type Notices<T> = StorageMap<_, Blake2_128Concat, AccountId, Notice>;

    /// The worker that was looked at last.
    #[pallet::storage]
    pub type LastWorker<T> = StorageValue<_, AccountId>;

    /// Collateral and lists of which it was said that they end, with the end that was said (unix s).
    #[pallet::storage]
    pub type EndingFamilies<T> = StorageMap<_, Blake2_128Concat, dcap::Family, u64>;

    /// The same of AMD's lists.
    #[pallet::storage]
    pub type EndingProducts<T> = StorageMap<_, Blake2_128Concat, snp::Product, u64>;

    /// The family whose collateral was looked at last.
    #[pallet::storage]
    pub type LastFamily<T> = StorageValue<_, dcap::Family>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The development root; leave it out of any network that is not for development.
        pub simulated_root: Option<[u8; 32]>,
        /// Measurements accepted from the start, each with what it stands for.
        pub measurements: Vec<(Measurement, Source)>,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            SimulatedRoot::<T>::set(self.simulated_root);
            for (measurement, source) in &self.measurements {
                Measurements::<T>::insert(measurement, AcceptedMeasurement::new(*source, 0));
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            Self::sweep();
            T::WeightInfo::sweep()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers the signer as a worker, or renews its registration, on evidence.
        ///
        /// Origin: an account that acts for an active organisation, which becomes the worker's operator.
        ///
        /// - `registration`: endpoint, keys, and the recent block that the evidence is anchored to.
        /// - `evidence`: its report data must be those that `registration` demands of this account on this chain.
        ///
        /// Errors: `NotMember`, `EndpointInvalid`, `AlreadyRevoked`, `EvidenceReplayed`, `AnchorUnknown`, `AnchorTooOld`,
        /// `SessionKeyTaken`, `TlsFingerprintTaken`, `TooManyWorkers`, what the verifier finds wrong,
        /// `ReportDataMismatch`, `MeasurementNotAccepted`, `MeasurementReplaced`. Emits `WorkerRegistered`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register_worker())]
        pub fn register_worker(
            origin: OriginFor<T>,
            registration: WorkerRegistration,
            evidence: Evidence,
        ) -> DispatchResult {
            let worker = ensure_signed(origin)?;
            let operator = T::Membership::member(&worker).ok_or(Error::<T>::NotMember)?;
            Self::do_register_worker(worker, operator, registration, evidence)
        }

        /// Takes a worker's right to compute away.
        ///
        /// Origin: the operator's own account, or a vote of the members.
        ///
        /// Errors: `UnknownWorker`, `NotOperator`, `AlreadyRevoked`. Emits `WorkerRevoked`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::revoke())]
        pub fn revoke(origin: OriginFor<T>, worker: AccountId) -> DispatchResult {
            let actor = match T::AdmitOrigin::try_origin(origin) {
                Ok(_) => None,
                Err(origin) => Some(ensure_signed(origin)?),
            };
            Self::do_revoke(actor, worker)
        }

        /// Accepts a measurement: workers that report it may register.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// - `source`: what the measurement stands for.
        /// - `replaces`: an older measurement, which counts for `ReplacementPeriod` blocks more. One that was replaced
        ///   before keeps the sooner end. A replaced measurement that is accepted again has no end any more.
        ///
        /// Errors: `MeasurementKnown`, `MeasurementUnknown` (the older one). Emits `MeasurementAccepted`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::accept_measurement())]
        pub fn accept_measurement(
            origin: OriginFor<T>,
            measurement: Measurement,
            source: Source,
            replaces: Option<Measurement>,
        ) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_accept_measurement(measurement, source, replaces)
        }

        /// Drops a measurement and revokes every worker registered with it.
        ///
        /// Origin: `DropOrigin`.
        ///
        /// Errors: `MeasurementUnknown`. Emits `MeasurementDropped` and a `WorkerRevoked` per worker.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::drop_measurement())]
        pub fn drop_measurement(origin: OriginFor<T>, measurement: Measurement) -> DispatchResult {
            T::DropOrigin::ensure_origin(origin)?;
            Self::do_drop_measurement(measurement)
        }

        /// Removes a worker whose verdict has expired, revoked or not, and frees its keys and its place.
        ///
        /// Origin: any signed account.
        ///
        /// Errors: `UnknownWorker`, `NotExpired`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::remove_expired())]
        pub fn remove_expired(origin: OriginFor<T>, worker: AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_remove_expired(worker)
        }

        /// Keeps Intel's collateral for a family of platforms, in the place of an older one.
        ///
        /// Origin: an account that acts for an active organisation. Intel's signatures decide, not who brings it.
        ///
        /// - `collateral`: in SCALE, the fields of Intel's `sgx_ql_qve_collateral_t`.
        ///
        /// Errors: `NotMember`, `CollateralNotNewer`, `TooManyFamilies`, and what is wrong with the collateral. Emits
        /// `CollateralUpdated`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::submit_collateral())]
        pub fn submit_collateral(
            origin: OriginFor<T>,
            collateral: BoundedVec<u8, ConstU32<{ dcap::MAX_COLLATERAL as u32 }>>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_submit_collateral(who, &collateral)
        }

        /// Keeps AMD's list of revoked intermediates (DER) for a generation, in the place of an older one.
        ///
        /// Origin: an account that acts for an active organisation. AMD's signature decides, not who brings it.
        ///
        /// Errors: `NotMember`, `CollateralNotNewer`, and what is wrong with the list. Emits `RevocationsUpdated`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::submit_revocations())]
        pub fn submit_revocations(
            origin: OriginFor<T>,
            list: BoundedVec<u8, ConstU32<{ snp::MAX_REVOCATION_LIST as u32 }>>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_submit_revocations(who, &list)
        }

        /// Says what is asked of hardware evidence from now on. New registrations must keep to it at once. Workers that are
        /// registered and fall short may go on for `grace` blocks; one that was short already, no longer than it might have.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Emits `EvidencePolicySet`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::set_evidence_policy())]
        pub fn set_evidence_policy(origin: OriginFor<T>, policy: Policy, grace: BlockNumber) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_set_evidence_policy(policy, grace)
        }

        /// Removes collateral of Intel's that has ended, and frees its place.
        ///
        /// Origin: any signed account.
        ///
        /// Errors: `UnknownFamily`, `NotExpired`. Emits `CollateralRemoved`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::remove_collateral())]
        pub fn remove_collateral(origin: OriginFor<T>, family: dcap::Family) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_remove_collateral(family)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// What evidence would be found to say at the newest block, without registering anybody: kind and measurement, or
        /// the reason for which it is refused, in words (UTF-8). Whether the report data are fresh is not asked.
        pub fn try_evidence(evidence: Evidence) -> Result<(TeeKind, Measurement), Vec<u8>> {
            match Self::verify(&evidence, None) {
                Ok(found) => Ok((found.verdict.kind, found.verdict.measurement)),
                Err(refusal) => Err(refusal.text().into_bytes()),
            }
        }

        /// A registered worker and whether it may compute.
        pub fn worker_verdict(worker: AccountId) -> Option<(Worker, WorkerStatus)> {
            Self::verdict_of(&worker)
        }

        /// All registered workers, by account, and whether they may compute.
        pub fn worker_verdicts() -> Vec<(AccountId, Worker, WorkerStatus)> {
            Self::all_verdicts()
        }
    }
}
