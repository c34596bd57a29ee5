#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
// The call enum is as large as simulated evidence; a box would save nothing, since every call carries its evidence.
#![allow(clippy::large_enum_variant)]

extern crate alloc;

mod functions;
mod simulated;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use simulated::SimulatedVerifier;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::WeightInfo;
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use secureflow_primitives::{
        attestation::{Evidence, Measurement, TeeKind, Worker, WorkerRegistration},
        traits::{AuditLog, EvidenceVerifier, Membership},
        AccountId, BlockNumber, H256,
    };

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Who accepts and drops measurements and may revoke any worker: a vote of the members.
        type AdmitOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// Who belongs to the consortium.
        type Membership: Membership;
        /// Checks evidence. What it returns is bound to the registration here.
        type Verifier: EvidenceVerifier<Error: Into<DispatchError>>;
        /// Where calls leave their entries.
        type Audit: AuditLog;
        /// How long a verdict holds, in blocks.
        #[pallet::constant]
        type VerdictPeriod: Get<BlockNumber>;
        /// How old the block that evidence is anchored to may be, in blocks. No more than the block hashes that the chain
        /// keeps.
        #[pallet::constant]
        type AnchorAge: Get<BlockNumber>;
        /// What calls weigh.
        type WeightInfo: WeightInfo;
    }

    /// Registered workers by account; no more than [`MAX_WORKERS`](secureflow_primitives::bounds::MAX_WORKERS).
    #[pallet::storage]
    pub type Workers<T> = CountedStorageMap<_, Blake2_128Concat, AccountId, Worker>;

    /// Measurements that the members accept.
    #[pallet::storage]
    pub type Measurements<T> = StorageMap<_, Blake2_128Concat, Measurement, ()>;

    /// The development root that simulated evidence must lead to. None refuses all of it.
    #[pallet::storage]
    pub type SimulatedRoot<T> = StorageValue<_, [u8; 32]>;

    /// Whose session key this is: no two workers share one, or a signature would not say who made it.
    #[pallet::storage]
    pub type SessionKeys<T> = StorageMap<_, Blake2_128Concat, [u8; 32], AccountId>;

    /// Whose TLS certificate this is: no two workers share one, or a connection would not say who is at its end.
    #[pallet::storage]
    pub type TlsFingerprints<T> = StorageMap<_, Blake2_128Concat, [u8; 32], AccountId>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The development root; leave it out of any network that is not for development.
        pub simulated_root: Option<[u8; 32]>,
        /// Measurements accepted from the start.
        pub measurements: Vec<Measurement>,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            SimulatedRoot::<T>::set(self.simulated_root);
            for measurement in &self.measurements {
                Measurements::<T>::insert(measurement, ());
            }
        }
    }

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
        /// Workers with this measurement may register.
        MeasurementAccepted { measurement: Measurement },
        /// Workers with this measurement may register no more; those that were are revoked.
        MeasurementDropped { measurement: Measurement },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer acts for no active organisation.
        NotMember,
        /// Only the operator's own account or a vote of the members revokes a worker.
        NotOperator,
        /// No such worker is registered.
        UnknownWorker,
        /// The worker is revoked; it may register again once its old verdict has expired and was removed.
        AlreadyRevoked,
        /// The worker's verdict still holds.
        NotExpired,
        /// As many workers are registered as there may be.
        TooManyWorkers,
        /// The endpoint is not `https://host:port` in UTF-8.
        EndpointInvalid,
        /// Another worker has this session key.
        SessionKeyTaken,
        /// Another worker has this TLS certificate.
        TlsFingerprintTaken,
        /// The anchor is no block of this chain that it still knows.
        AnchorUnknown,
        /// The anchor is older than the chain allows.
        AnchorTooOld,
        /// The worker is registered with this very evidence.
        EvidenceReplayed,
        /// No verifier for this kind of evidence is part of this chain.
        EvidenceKindNotSupported,
        /// This chain's genesis names no development root, so that simulated evidence counts for nothing.
        SimulatedEvidenceRefused,
        /// The root did not sign the leaf.
        LeafSignature,
        /// The leaf did not sign the report.
        ReportSignature,
        /// The guest can be debugged.
        DebugEnabled,
        /// The report's data are not those that bind this chain, worker, keys and anchor.
        ReportDataMismatch,
        /// The members have not accepted this measurement.
        MeasurementNotAccepted,
        /// The members have accepted this measurement already.
        MeasurementKnown,
        /// The members have not accepted this measurement, so it cannot be dropped.
        MeasurementUnknown,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
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
        /// `ReportDataMismatch`, `MeasurementNotAccepted`. Emits `WorkerRegistered`.
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
        /// Origin: a vote of the members.
        ///
        /// Errors: `MeasurementKnown`. Emits `MeasurementAccepted`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::accept_measurement())]
        pub fn accept_measurement(origin: OriginFor<T>, measurement: Measurement) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_accept_measurement(measurement)
        }

        /// Drops a measurement and revokes every worker registered with it.
        ///
        /// Origin: a vote of the members.
        ///
        /// Errors: `MeasurementUnknown`. Emits `MeasurementDropped` and a `WorkerRevoked` per worker.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::drop_measurement())]
        pub fn drop_measurement(origin: OriginFor<T>, measurement: Measurement) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
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
    }
}
