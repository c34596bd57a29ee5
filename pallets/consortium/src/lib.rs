#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod extension;
mod impls;
#[cfg(test)]
mod mock;
mod nodes;
mod nonce;
mod seams;
mod standing;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
mod validators;
pub mod weights;

pub use extension::CheckMember;
pub use nonce::FairNonce;
pub use pallet::*;
pub use seams::{AuthorizeUpgrade, SystemUpgrade, ValidatorKeys};
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use frame_support::{pallet_prelude::*, traits::ChangeMembers};
    use frame_system::pallet_prelude::*;
    use secureflow_primitives::{
        bounds::{Name, MAX_OPERATORS, MAX_VALIDATORS},
        consortium::{NodeId, NodeList, NodesByOrg, OrgKeys, Organisation},
        traits::AuditLog,
        AccountId, OrgId, H256,
    };

    /// The accounts of validators.
    pub type ValidatorList = BoundedVec<AccountId, ConstU32<MAX_VALIDATORS>>;
    /// The accounts that one organisation could name: its operators and its own.
    pub type Choice = BoundedVec<AccountId, ConstU32<{ MAX_OPERATORS + 1 }>>;
    /// The operators of one organisation.
    pub type OperatorList = BoundedVec<AccountId, ConstU32<MAX_OPERATORS>>;

    /// How this pallet's storage is laid out; a migration counts it up.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Who admits, suspends, reinstates and removes organisations: a vote of the members.
        type AdmitOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        type Audit: AuditLog;
        /// Where the own accounts of the active organisations vote. The pallet alone decides on its members.
        type Council: ChangeMembers<AccountId>;
        /// How the members let new code become the runtime.
        type Upgrades: AuthorizeUpgrade;
        /// Who could validate.
        type SessionKeys: ValidatorKeys;
        /// How many of its accounts an organisation may name as validators.
        #[pallet::constant]
        type ValidatorsPerOrganisation: Get<u32>;
        /// How many transactions of an organisation a block takes.
        #[pallet::constant]
        type Quota: Get<u32>;
        /// What the transactions of an organisation may weigh in a block. One that is heavier goes in alone, and counts in the
        /// next blocks too.
        #[pallet::constant]
        type WeightQuota: Get<Weight>;
        type WeightInfo: WeightInfo;
        /// States that benchmarks start from.
        #[cfg(feature = "runtime-benchmarks")]
        type Scenario: secureflow_primitives::scenario::Scenario;
    }

    /// The organisations, suspended and removed ones included. No record is ever deleted.
    #[pallet::storage]
    pub type Organisations<T: Config> = StorageMap<_, Blake2_128Concat, OrgId, Organisation>;

    /// For whom an account acts: the own accounts of organisations and all operators.
    #[pallet::storage]
    pub type Accounts<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, OrgId>;

    /// The operators of an organisation, in the order in which they were named. Its own account is not among them.
    #[pallet::storage]
    pub type Operators<T: Config> = StorageMap<_, Blake2_128Concat, OrgId, OperatorList, ValueQuery>;

    /// The id that the next organisation gets.
    #[pallet::storage]
    pub type NextOrg<T: Config> = StorageValue<_, OrgId, ValueQuery>;

    /// The accounts that validate while their organisation is active, those of all organisations in one list.
    #[pallet::storage]
    pub type Validators<T: Config> = StorageValue<_, ValidatorList, ValueQuery>;

    /// The set that was last given to the session pallet, so that an unchanged one is not given again.
    #[pallet::storage]
    pub type Planned<T: Config> = StorageValue<_, ValidatorList, ValueQuery>;

    /// The nodes by which each organisation's processes are known in the peer-to-peer network. Nobody has an empty list.
    #[pallet::storage]
    pub type Nodes<T: Config> = StorageMap<_, Blake2_128Concat, OrgId, NodeList, ValueQuery>;

    /// What an organisation has of a block.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Usage {
        pub transactions: u32,
        /// What they weigh, with what earlier blocks took too much of.
        pub weight: Weight,
    }

    /// What each organisation has of this block; between blocks, what is too much and counts in the next one.
    #[pallet::storage]
    pub type Sent<T: Config> = StorageMap<_, Twox64Concat, OrgId, Usage, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Names and own accounts; ids are given in this order from zero.
        pub organisations: Vec<(Vec<u8>, AccountId)>,
        /// Own accounts of these organisations; those of the session pallet's genesis keys.
        pub validators: Vec<AccountId>,
        /// The nodes of organisations, each with its own account.
        pub nodes: Vec<(AccountId, Vec<NodeId>)>,
        #[serde(skip)]
        pub _config: PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            for (name, account) in &self.organisations {
                let name = Name::try_from(name.clone()).expect("a genesis organisation's name has 64 bytes at most");
                Pallet::<T>::insert(name, account.clone()).expect("the genesis organisations are valid and distinct");
            }
            Pallet::<T>::set_genesis_validators(&self.validators);
            Pallet::<T>::set_genesis_nodes(&self.nodes);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The consortium has a new member.
        OrganisationAdmitted { org: OrgId, account: AccountId },
        /// The organisation may not act any more.
        OrganisationSuspended { org: OrgId },
        /// The organisation may act again.
        OrganisationReinstated { org: OrgId },
        /// The organisation has registered or rotated its keys.
        KeysSet { org: OrgId },
        /// The account acts for the organisation.
        OperatorAdded { org: OrgId, account: AccountId },
        /// The account acts for the organisation no more.
        OperatorRemoved { org: OrgId, account: AccountId },
        /// These accounts validate for the organisation, from a session to come on.
        ValidatorsNamed { org: OrgId, validators: Choice },
        /// The organisation has left for good.
        OrganisationRemoved { org: OrgId },
        /// Anyone may now bring the code with this hash, which becomes the runtime.
        UpgradeAuthorized { code_hash: H256 },
        /// The organisation's validator has signed two contradicting votes. The members decide what follows.
        ValidatorEquivocated { org: OrgId, validator: AccountId },
        /// These are the organisation's nodes, in place of those before.
        NodesNamed { org: OrgId, nodes: NodeList },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer is not the own account of an active organisation.
        NotOwner,
        /// There is no such organisation.
        UnknownOrganisation,
        /// A name is UTF-8, not empty, without control characters and without white space at its ends.
        InvalidName,
        /// Another organisation has this name.
        NameTaken,
        /// The account belongs to an organisation already.
        AccountTaken,
        /// The consortium has as many organisations as it may have.
        TooManyOrganisations,
        /// The organisation is suspended already.
        AlreadySuspended,
        /// The organisation is not suspended.
        NotSuspended,
        /// A key or fingerprint of zeros only.
        EmptyKey,
        /// Another organisation has registered this TLS fingerprint.
        FingerprintTaken,
        /// Another organisation has registered this signing key.
        SigningKeyTaken,
        /// The organisation has as many operators as it may have.
        TooManyOperators,
        /// The account is no operator of the signer's organisation.
        UnknownOperator,
        /// A validator is neither the organisation's own account nor one of its operators.
        ForeignValidator,
        /// A validator is named twice.
        DuplicateValidator,
        /// The organisation names more validators than it may.
        TooManyValidators,
        /// A validator has no session keys.
        NoSessionKeys,
        /// Nobody would be left to validate.
        LastValidator,
        /// The organisation has left for good.
        AlreadyRemoved,
        /// Nobody would be left to vote.
        LastMember,
        /// A node's identity is not that of an Ed25519 key.
        NodeInvalid,
        /// A node is named twice.
        DuplicateNode,
        /// Another organisation has named this node.
        NodeTaken,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            T::WeightInfo::renew_quotas()
        }

        fn on_finalize(_: BlockNumberFor<T>) {
            Self::renew_quotas();
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Takes an organisation into the consortium; `account` becomes its own account.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Errors: `InvalidName`, `NameTaken`, `AccountTaken`, `TooManyOrganisations`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::admit())]
        pub fn admit(origin: OriginFor<T>, name: Name, account: AccountId) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_admit(name, account)
        }

        /// Suspends an organisation: from this block on all its accounts are refused everywhere; its validators leave at
        /// a session's end.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Errors: `UnknownOrganisation`, `AlreadyRemoved`, `AlreadySuspended`, `LastMember`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::suspend())]
        pub fn suspend(origin: OriginFor<T>, org: OrgId) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_suspend(org)
        }

        /// Lets a suspended organisation act again, with the keys and operators it had.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Errors: `UnknownOrganisation`, `AlreadyRemoved`, `NotSuspended`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::reinstate())]
        pub fn reinstate(origin: OriginFor<T>, org: OrgId) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_reinstate(org)
        }

        /// Registers the organisation's public keys, or puts new ones in their place.
        ///
        /// Origin: signed by the organisation's own account.
        ///
        /// Errors: `NotOwner`, `EmptyKey`, `FingerprintTaken`, `SigningKeyTaken`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::set_keys())]
        pub fn set_keys(origin: OriginFor<T>, keys: OrgKeys) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_keys(who, keys)
        }

        /// Names an account that acts for the organisation.
        ///
        /// Origin: signed by the organisation's own account.
        ///
        /// Errors: `NotOwner`, `AccountTaken`, `TooManyOperators`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::add_operator())]
        pub fn add_operator(origin: OriginFor<T>, account: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_add_operator(who, account)
        }

        /// Takes an account's right to act for the organisation, and its session keys; if it validates, it leaves at a
        /// session's end.
        ///
        /// Origin: signed by the organisation's own account.
        ///
        /// Errors: `NotOwner`, `UnknownOperator`, `LastValidator`, and the system's `ConsumerRemaining` while something
        /// else on chain depends on the account.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::remove_operator())]
        pub fn remove_operator(origin: OriginFor<T>, account: AccountId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_remove_operator(who, account)
        }

        /// Names the accounts that validate for the organisation, in place of those named before. Each is its own account
        /// or an operator, and has session keys (`session.set_keys`). They begin, and the others leave, two session ends
        /// later: a set is planned a whole session ahead.
        ///
        /// Origin: signed by the organisation's own account.
        ///
        /// Errors: `NotOwner`, `TooManyValidators`, `ForeignValidator`, `DuplicateValidator`, `NoSessionKeys`,
        /// `LastValidator`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::name_validators())]
        pub fn name_validators(origin: OriginFor<T>, validators: Choice) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_name_validators(who, validators)
        }

        /// Removes an organisation for good: its accounts act for nobody and are free for another organisation, its keys
        /// and certificate count no more, its validators leave at a session's end. Its id is never given again; its record,
        /// its jobs and its audit entries stay.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Errors: `UnknownOrganisation`, `AlreadyRemoved`, `LastValidator`, `LastMember`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::remove())]
        pub fn remove(origin: OriginFor<T>, org: OrgId) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_remove(org)
        }

        /// Lets the code with this hash become the chain's runtime, once any member brings it
        /// (`system.apply_authorized_upgrade`). Only the code that was authorised last counts; it is spent by one attempt.
        ///
        /// Origin: `AdmitOrigin`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::authorize_upgrade())]
        pub fn authorize_upgrade(origin: OriginFor<T>, code_hash: H256) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_authorize_upgrade(code_hash)
        }

        /// Names the organisation's nodes, in place of those named before. Validators talk to nodes that are named here, and
        /// to all nodes while nobody has named any.
        ///
        /// Origin: signed by the organisation's own account.
        ///
        /// Errors: `NotOwner`, `NodeInvalid`, `DuplicateNode`, `NodeTaken`.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::name_nodes())]
        pub fn name_nodes(origin: OriginFor<T>, nodes: NodeList) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_name_nodes(who, nodes)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// The organisation with this id, whatever its standing.
        pub fn organisation(org: OrgId) -> Option<Organisation> {
            Organisations::<T>::get(org)
        }

        /// The nodes of the active organisations that have named any.
        pub fn nodes() -> NodesByOrg {
            Self::active_nodes()
        }
    }
}
