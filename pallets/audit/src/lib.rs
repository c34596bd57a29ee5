#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod auditors;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::{boxed::Box, vec::Vec};
    use frame_support::{
        dispatch::{GetDispatchInfo, PostDispatchInfo},
        pallet_prelude::*,
        traits::Contains,
    };
    use frame_system::pallet_prelude::*;
    pub use secureflow_primitives::audit::Ciphertext;
    use secureflow_primitives::{
        audit::{AuditProof, Details, Entry, Kind, Roster, Subject},
        traits::{Membership, Spaces},
        AccountId, BlockNumber, Epoch, OrgId, SpaceId, H256,
    };
    use sp_runtime::traits::Dispatchable;

    /// One peak per binary digit of the number of entries.
    pub type PeakList = BoundedVec<(u32, H256), ConstU32<64>>;
    /// The last change of a space's readers: auditors with their keys.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
    pub struct Change {
        /// The oldest epoch that is still taken; the readers of those from it on are all among the present ones.
        pub since: Epoch,
        /// Whether a reader of the epoch before was cut off.
        pub cut_off: bool,
        /// The block by which callers have noticed: from then on only the current epoch is taken.
        pub noticed_at: BlockNumber,
    }

    /// A call of the runtime.
    pub type CallOf<T> = <T as Config>::RuntimeCall;

    /// How this pallet's storage is laid out; a migration counts it up.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// The runtime's calls, which [`Pallet::detailed`] makes.
        type RuntimeCall: Parameter
            + Dispatchable<RuntimeOrigin = Self::RuntimeOrigin, PostInfo = PostDispatchInfo>
            + GetDispatchInfo;
        /// Which calls may carry details: those that leave an entry, and none that makes other calls.
        type Recording: Contains<CallOf<Self>>;
        /// Who is a member.
        type Membership: Membership;
        /// Who belongs to which space.
        type Spaces: Spaces;
        /// Blocks that callers have to notice a change of a space's readers. Where it cut nobody off, what is encrypted for
        /// the epochs before is taken as long; where it did, no other change but a dismissal comes as soon.
        #[pallet::constant]
        type NoticePeriod: Get<BlockNumber>;
        type WeightInfo: WeightInfo;
        /// States that benchmarks start from.
        #[cfg(feature = "runtime-benchmarks")]
        type Scenario: secureflow_primitives::scenario::Scenario;
    }

    /// The log, by index from zero without gaps. Entries are never changed and never removed.
    #[pallet::storage]
    pub type Entries<T: Config> = StorageMap<_, Blake2_128Concat, u64, Entry>;

    /// How many entries there are.
    #[pallet::storage]
    pub type Count<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// The peaks of the Merkle mountain range over the entries: height and root, highest first.
    #[pallet::storage]
    pub type Peaks<T: Config> = StorageValue<_, PeakList, ValueQuery>;

    /// The range's inner nodes by height, from one, and place among those of that height, from zero. With them a proof
    /// costs as many reads as the range is high; there are as many as entries, less the peaks.
    #[pallet::storage]
    pub type Nodes<T: Config> = StorageDoubleMap<_, Blake2_128Concat, u32, Blake2_128Concat, u64, H256>;

    /// The index of every entry, in big-endian bytes, by what the entry is about: a subject's entries come in their order.
    #[pallet::storage]
    pub type BySubject<T: Config> = StorageDoubleMap<_, Blake2_128Concat, Subject, Identity, [u8; 8], ()>;

    /// The epoch for which a space's ciphertexts are encrypted. A space that never had an auditor has none.
    #[pallet::storage]
    pub type CurrentEpoch<T: Config> = StorageMap<_, Blake2_128Concat, SpaceId, Epoch>;

    /// To whom each epoch's ciphertexts are encrypted. A roster is never changed: appointing, dismissing and renewing keys
    /// begin another epoch.
    #[pallet::storage]
    pub type Rosters<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, SpaceId, Blake2_128Concat, Epoch, Roster, ValueQuery>;

    /// The last change of each space's readers.
    #[pallet::storage]
    pub type LastChange<T: Config> = StorageMap<_, Blake2_128Concat, SpaceId, Change>;

    /// What the call under way carries for its entries. Nothing is left when it ends.
    #[pallet::storage]
    pub type Carried<T: Config> = StorageValue<_, Details>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The log has a new entry.
        Appended { index: u64, subject: Subject, kind: Kind },
        /// From now on the space's details are encrypted to this organisation too.
        AuditorGranted { space: SpaceId, org: OrgId },
        /// From now on the space's details are no longer encrypted to this organisation.
        AuditorRevoked { space: SpaceId, org: OrgId },
        /// From now on the space's details are encrypted for this epoch, to so many auditors.
        EpochBegun {
            space: SpaceId,
            epoch: Epoch,
            auditors: u32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer acts for no active member.
        NotMember,
        /// There is no such space.
        UnknownSpace,
        /// The signer is not the own account of the organisation that created the space.
        NotCreator,
        /// A ciphertext must say something.
        EmptyCiphertext,
        /// An auditor must be an active organisation.
        InactiveAuditor,
        /// The organisation has registered no keys, so nothing can be encrypted to it.
        AuditorWithoutKeys,
        /// The organisation is an auditor of the space already.
        AlreadyAuditor,
        /// The space has as many auditors as it may have.
        TooManyAuditors,
        /// The log's index has reached its end.
        LogFull,
        /// The organisation is no auditor of the space.
        NotAuditor,
        /// The space has no auditors to whom anything could be encrypted.
        NoAuditors,
        /// The ciphertext is for another epoch than the space's current one, or those that are still taken beside it.
        StaleEpoch,
        /// The call touches data of a space with auditors, and comes without details for them.
        DetailsMissing,
        /// The details are for the auditors of another space than the one that the call is about.
        DetailsForAnotherSpace,
        /// The call leaves no entry that could carry details.
        NothingRecorded,
        /// Calls of this kind carry no details.
        NotDetailed,
        /// The space has begun as many epochs as there can be.
        EpochsExhausted,
        /// A reader of the space was cut off just before. Callers have to notice that, and until then only dismissals go on.
        ReadersJustChanged,
        /// All auditors are active and have registered no other keys: another epoch would be like this one.
        NothingToRenew,
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
        /// Adds a note to the log, encrypted to a space's auditors. It stands under the space where the signer's
        /// organisation is a member of it, and under its subject alone where not: a worker's operator need not be one.
        ///
        /// Origin: signed by an account of an active organisation.
        ///
        /// Errors: `NotMember`, `NoAuditors`, `StaleEpoch`, `EmptyCiphertext`, `LogFull`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::append(ciphertext.len() as u32))]
        pub fn append(
            origin: OriginFor<T>,
            space: SpaceId,
            epoch: Epoch,
            subject: Subject,
            ciphertext: Ciphertext,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_append_note(who, space, epoch, subject, ciphertext)
        }

        /// Names an organisation as an auditor of a space, which begins an epoch.
        ///
        /// Origin: signed by the own account of the organisation that created the space.
        ///
        /// Errors: `UnknownSpace`, `NotCreator`, `InactiveAuditor`, `AuditorWithoutKeys`, `AlreadyAuditor`,
        /// `TooManyAuditors`, `ReadersJustChanged`, `EpochsExhausted`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::begin_epoch())]
        pub fn grant_auditor(origin: OriginFor<T>, space: SpaceId, org: OrgId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_grant_auditor(who, space, org)
        }

        /// Dismisses an auditor of a space, which begins an epoch: the organisation reads nothing newer. Never waits.
        ///
        /// Origin: signed by the own account of the organisation that created the space.
        ///
        /// Errors: `UnknownSpace`, `NotCreator`, `NotAuditor`, `EpochsExhausted`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::begin_epoch())]
        pub fn revoke_auditor(origin: OriginFor<T>, space: SpaceId, org: OrgId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_revoke_auditor(who, space, org)
        }

        /// Begins an epoch with the keys that the auditors have registered by now, and without those that are no longer
        /// active organisations.
        ///
        /// Origin: signed by the own account of the organisation that created the space, or of one of its auditors.
        ///
        /// Errors: `UnknownSpace`, `NoAuditors`, `NotCreator`, `NothingToRenew`, `ReadersJustChanged`, `EpochsExhausted`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::begin_epoch())]
        pub fn rotate_epoch(origin: OriginFor<T>, space: SpaceId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_rotate_epoch(who, space)
        }

        /// Makes a call whose entries carry details for a space's auditors. The entries also name the hash of the call,
        /// so that an auditor can tell whether the details are this call's.
        ///
        /// Origin: signed; the call is made by the same account.
        ///
        /// Errors: `NotDetailed`, `NoAuditors`, `StaleEpoch`, `EmptyCiphertext`, `NothingRecorded`, and those of the
        /// call itself.
        #[pallet::call_index(4)]
        #[pallet::weight({
            let info = call.get_dispatch_info();
            let own = T::WeightInfo::detailed(ciphertext.len() as u32, call.encoded_size() as u32);
            (own.saturating_add(info.call_weight), info.class)
        })]
        pub fn detailed(
            origin: OriginFor<T>,
            space: SpaceId,
            epoch: Epoch,
            ciphertext: Ciphertext,
            call: Box<CallOf<T>>,
        ) -> DispatchResultWithPostInfo {
            ensure_signed(origin.clone())?;
            Self::do_detailed(origin, space, epoch, ciphertext, *call)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// An entry with the proof that it stands in the log. `None` when there is no such entry.
        pub fn proof(index: u64) -> Option<(Entry, AuditProof)> {
            Self::prove(index)
        }

        /// The entries about a subject from this index on, the oldest first, with their indices;
        /// [`MAX_HISTORY`](secureflow_primitives::view::MAX_HISTORY) at most.
        pub fn history(subject: Subject, from: u64, limit: u32) -> Vec<(u64, Entry)> {
            Self::entries_about(&subject, from, limit)
        }

        /// The epoch for which a space's details are encrypted now, with its auditors and their X25519 keys.
        pub fn audience(space: SpaceId) -> Option<(Epoch, Roster)> {
            Self::current(space)
        }
    }
}
