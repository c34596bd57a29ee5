#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
// The call enum is as large as simulated evidence; a box would save nothing, since every call carries its evidence.
#![allow(clippy::large_enum_variant)]

extern crate alloc;

mod collateral;
mod functions;
mod refusal;
mod verify;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use collateral::StoredRevocations;
pub use pallet::*;
pub use weights::WeightInfo;

/// Platform families of which Intel's collateral is kept.
pub const MAX_FAMILIES: u32 = 64;

#[frame_support::pallet]
pub mod pallet {
    use super::{StoredRevocations, WeightInfo};
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::UnixTime};
    use frame_system::pallet_prelude::*;
    use secureflow_evidence::{
        dcap,
        registry::{GracePeriod, Platform, Policy},
        snp,
    };
    use secureflow_primitives::{
        attestation::{Evidence, Measurement, TeeKind, Worker, WorkerRegistration},
        traits::{AuditLog, Membership},
        view::WorkerStatus,
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

    /// What they asked before, which still counts for workers that are registered.
    #[pallet::storage]
    pub type Grace<T> = StorageValue<_, GracePeriod>;

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
        /// The quote is of another kind than the evidence says.
        EvidenceKindMismatch,
        /// There is no collateral for this family of platforms: submit it first.
        CollateralMissing,
        /// The chain holds what is as new or newer.
        CollateralNotNewer,
        /// Collateral is kept for as many families as there may be.
        TooManyFamilies,
        /// Longer than it may be. Here and below `item` is the index of `secureflow_evidence::Item`.
        EvidenceTooLarge { item: u8 },
        /// It cannot be decoded, or lacks what the standard asks for.
        EvidenceMalformed { item: u8 },
        /// Bytes follow it.
        EvidenceTrailingBytes { item: u8 },
        /// Its version is not known.
        EvidenceVersion { item: u8 },
        /// Its time has not come.
        EvidenceNotYetValid { item: u8 },
        /// Its time is over.
        EvidenceExpired { item: u8 },
        /// It does not descend from a vendor's root.
        EvidenceUnknownIssuer { item: u8 },
        /// The signature over it is wrong.
        EvidenceSignature { item: u8 },
        /// Its vendor has revoked it.
        EvidenceRevoked { item: u8 },
        /// Two things that must agree do not: the index of `secureflow_evidence::Mismatch`.
        EvidenceMismatch { what: u8 },
        /// Genuine, and against a rule: the index of `secureflow_evidence::Rule`.
        EvidenceRule { rule: u8 },
        /// A component of the platform is below the minimum: the index of `secureflow_evidence::snp::TcbPart`.
        TcbTooLow { part: u8, have: u8, needs: u8 },
        /// The platform's TCB status is not accepted: the index of `secureflow_evidence::dcap::TcbStatus`.
        TcbNotAccepted { status: u8 },
        /// Intel's collateral is older than the members ask.
        CollateralTooOld,
        /// The quote does not verify.
        QuoteRefused,
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

        /// Says what is asked of hardware evidence from now on. Workers that are registered and fall short may go on for
        /// `grace` blocks; new registrations may not.
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
