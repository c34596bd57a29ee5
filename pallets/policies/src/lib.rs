#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod gate;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod views;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use secureflow_primitives::{
        bounds::Name,
        policy::{Dataset, DatasetRegistration, Policy},
        privacy::{Ledger, RdpCost, Reservation},
        traits::{AuditLog, Membership, WaitingJobs},
        view::BudgetView,
        AccountId, DatasetId, JobId, OrgId, PolicyVersion, H256,
    };

    /// How this pallet's storage is laid out; a migration counts it up.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Who is a member.
        type Membership: Membership;
        /// The jobs that a revocation stops.
        type Jobs: WaitingJobs;
        type Audit: AuditLog;
        type WeightInfo: WeightInfo;
        /// States that benchmarks start from.
        #[cfg(feature = "runtime-benchmarks")]
        type Scenario: secureflow_primitives::scenario::Scenario;
    }

    /// The datasets, retired ones included.
    #[pallet::storage]
    pub type Datasets<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, Dataset>;

    /// Every version of every dataset's policy, from one to the dataset's newest.
    #[pallet::storage]
    pub type Policies<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, DatasetId, Blake2_128Concat, PolicyVersion, Policy>;

    /// What each dataset has spent and holds back.
    #[pallet::storage]
    pub type Ledgers<T: Config> = StorageMap<_, Blake2_128Concat, DatasetId, Ledger, ValueQuery>;

    /// What is held back for a job that has not ended.
    #[pallet::storage]
    pub type Reservations<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, JobId, Blake2_128Concat, DatasetId, Reservation>;

    /// The names that each owner has given.
    #[pallet::storage]
    pub type DatasetNames<T: Config> = StorageDoubleMap<_, Blake2_128Concat, OrgId, Blake2_128Concat, Name, DatasetId>;

    /// The id that the next dataset gets.
    #[pallet::storage]
    pub type NextDataset<T: Config> = StorageValue<_, DatasetId, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// There is a new dataset, without a policy.
        DatasetRegistered { dataset: DatasetId, owner: OrgId },
        /// From now on jobs are checked against this version.
        PolicySet { dataset: DatasetId, version: PolicyVersion },
        /// The dataset takes part in no new job.
        DatasetRetired { dataset: DatasetId },
        /// Nothing may be done with the dataset until it has another policy; so many jobs that waited for it end.
        PolicyRevoked {
            dataset: DatasetId,
            version: PolicyVersion,
            jobs: u32,
        },
        /// The cost of the whole job is held back.
        BudgetReserved {
            job: JobId,
            dataset: DatasetId,
            held: Reservation,
        },
        /// The cost of so many rounds is spent and the rest given back. The sum over a dataset's events is its ledger.
        BudgetSettled {
            job: JobId,
            dataset: DatasetId,
            rounds: u32,
            spent: RdpCost,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer is not the own account of an active organisation, or its organisation does not own the dataset.
        NotOwner,
        /// There is no such dataset.
        UnknownDataset,
        /// The dataset is retired.
        DatasetRetired,
        /// A name, a purpose or a column is UTF-8, not empty, without control characters and without white space at its
        /// ends.
        InvalidName,
        /// The owner has a dataset of this name.
        NameTaken,
        /// The policy has a rule twice: for the same column, role, operations and purposes.
        DuplicateRule,
        /// A column's rule is about a purpose that the policy does not allow.
        UnknownPurpose,
        /// A sum over fewer than two parties is a party's own data.
        MinPartiesTooSmall,
        /// A budget's δ must be smaller than one: its exponent cannot be zero.
        InvalidBudget,
        /// A counterparty is no organisation of the consortium.
        UnknownCounterparty,
        /// The ids are used up.
        TooManyDatasets,
        /// The versions are used up.
        TooManyVersions,
        /// The dataset has no policy in force that could be revoked.
        NoPolicyInForce,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers a dataset. Nothing may be done with it until it has a policy.
        ///
        /// Origin: signed by an organisation's own account, which becomes the owner.
        ///
        /// Errors: `NotOwner`, `InvalidName`, `NameTaken`, `TooManyDatasets`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::register_dataset())]
        pub fn register_dataset(origin: OriginFor<T>, registration: DatasetRegistration) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_register_dataset(who, registration)
        }

        /// Sets the terms for jobs approved from now on. A policy that has expired already is accepted: it closes the
        /// dataset until there is another.
        ///
        /// Origin: signed by the dataset owner's own account.
        ///
        /// Errors: `UnknownDataset`, `NotOwner`, `DatasetRetired`, `InvalidName`, `DuplicateRule`,
        /// `UnknownPurpose`, `MinPartiesTooSmall`, `InvalidBudget`, `UnknownCounterparty`, `TooManyVersions`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::set_policy(
            policy.columns.len() as u32,
            policy.counterparties.as_ref().map_or(0, |list| list.len() as u32),
        ))]
        pub fn set_policy(origin: OriginFor<T>, dataset: DatasetId, policy: Policy) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_policy(who, dataset, policy)
        }

        /// Takes a dataset out of use for good. Jobs that are approved already go on.
        ///
        /// Origin: signed by the dataset owner's own account.
        ///
        /// Errors: `UnknownDataset`, `NotOwner`, `DatasetRetired`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::retire())]
        pub fn retire(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_retire(who, dataset)
        }

        /// Takes the consent back: the dataset's policy is in force no longer, and every job that names the dataset and has
        /// not begun is stopped, and ends within the next blocks with `PolicyRevoked` and the owner as the reason. A job that
        /// runs goes on under the version that it was approved with. Another policy may be set at any time.
        ///
        /// Origin: signed by the dataset owner's own account.
        ///
        /// Errors: `UnknownDataset`, `NotOwner`, `DatasetRetired`, `NoPolicyInForce`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::revoke())]
        pub fn revoke(origin: OriginFor<T>, dataset: DatasetId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_revoke(who, dataset)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// What a dataset has spent, holds back and may still spend; ε for δ = 10^-`delta_exponent`, that of its budget where
        /// none is given.
        pub fn dataset_budget(dataset: DatasetId, delta_exponent: Option<u8>) -> Option<BudgetView> {
            Self::budget_of(dataset, delta_exponent)
        }
    }
}
