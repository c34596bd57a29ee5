#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use secureflow_primitives::{
        audit::{Entry, Kind, Subject},
        bounds::{MAX_AUDITORS, MAX_CIPHERTEXT},
        traits::{Membership, Spaces},
        AccountId, OrgId, SpaceId, H256,
    };

    /// The encrypted part of a note.
    pub type Ciphertext = BoundedVec<u8, ConstU32<MAX_CIPHERTEXT>>;
    /// One peak per binary digit of the number of entries.
    pub type PeakList = BoundedVec<(u32, H256), ConstU32<64>>;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Who is a member.
        type Membership: Membership;
        /// Who belongs to which space.
        type Spaces: Spaces;
        type WeightInfo: WeightInfo;
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

    /// The organisations to whom a space's notes are encrypted, in the order of their appointment.
    #[pallet::storage]
    pub type Auditors<T: Config> =
        StorageMap<_, Blake2_128Concat, SpaceId, BoundedVec<OrgId, ConstU32<MAX_AUDITORS>>, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The log has a new entry.
        Appended { index: u64, subject: Subject, kind: Kind },
        /// From now on the space's notes are encrypted to this organisation too.
        AuditorGranted { space: SpaceId, org: OrgId },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer acts for no active member.
        NotMember,
        /// The signer's organisation is not a member of the space.
        NotInSpace,
        /// There is no such space.
        UnknownSpace,
        /// The signer is not the own account of the organisation that created the space.
        NotCreator,
        /// A note must say something.
        EmptyNote,
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
        /// Adds a note to the log.
        ///
        /// Origin: signed by an account of an active organisation; where a space is named, of a member of it.
        ///
        /// Errors: `NotMember`, `NotInSpace`, `EmptyNote`, `LogFull`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::append(ciphertext.len() as u32))]
        pub fn append(
            origin: OriginFor<T>,
            space: Option<SpaceId>,
            subject: Subject,
            ciphertext: Ciphertext,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_append_note(who, space, subject, ciphertext)
        }

        /// Names an organisation as an auditor of a space.
        ///
        /// Origin: signed by the own account of the organisation that created the space.
        ///
        /// Errors: `UnknownSpace`, `NotCreator`, `InactiveAuditor`, `AuditorWithoutKeys`, `AlreadyAuditor`,
        /// `TooManyAuditors`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::grant_auditor())]
        pub fn grant_auditor(origin: OriginFor<T>, space: SpaceId, org: OrgId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_grant_auditor(who, space, org)
        }
    }
}
