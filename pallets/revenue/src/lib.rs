#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod formula;
mod functions;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use formula::BuiltInFormula;
pub use pallet::*;
pub use weights::WeightInfo;

#[frame_support::pallet]
pub mod pallet {
    use super::WeightInfo;
    use frame_support::{pallet_prelude::*, traits::fungible};
    use frame_system::pallet_prelude::*;
    use secureflow_primitives::{
        revenue::{Agreement, Settlement},
        traits::{AuditLog, CompletedJobs, Membership, SettlementEngine, Spaces},
        AccountId, Balance, JobId, OrgId, SpaceId, H256,
    };

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// The points. Their existential deposit is at most one point, so that any payout can be received.
        type Points: fungible::Inspect<AccountId, Balance = Balance> + fungible::Mutate<AccountId>;
        /// The spaces' escrow accounts are its sub-accounts.
        #[pallet::constant]
        type PalletId: Get<frame_support::PalletId>;
        /// Who belongs to the consortium.
        type Membership: Membership;
        /// Spaces and their members.
        type Spaces: Spaces;
        /// Jobs that ended well.
        type Jobs: CompletedJobs;
        /// Turns contributions into payouts.
        type Engine: SettlementEngine;
        /// Where calls leave their entries.
        type Audit: AuditLog;
        /// What calls weigh.
        type WeightInfo: WeightInfo;
    }

    /// The agreement of each space.
    #[pallet::storage]
    pub type Agreements<T> = StorageMap<_, Blake2_128Concat, SpaceId, Agreement>;

    /// Points that were paid into each space's escrow and not paid out. The escrow account holds at least as many.
    #[pallet::storage]
    pub type Escrow<T> = StorageMap<_, Blake2_128Concat, SpaceId, Balance, ValueQuery>;

    /// What was paid for each settled job.
    #[pallet::storage]
    pub type Settlements<T> = StorageMap<_, Blake2_128Concat, JobId, Settlement>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A space has a new agreement.
        AgreementSet { space: SpaceId },
        /// An organisation paid points into a space's escrow.
        EscrowFunded {
            space: SpaceId,
            org: OrgId,
            amount: Balance,
        },
        /// A job's reward was paid out.
        Settled { job: JobId, amount: Balance },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer acts for no active organisation.
        NotMember,
        /// There is no such space.
        UnknownSpace,
        /// Only the own account of the space's creator sets its agreement.
        NotSpaceCreator,
        /// The signer's organisation is no member of the space.
        NotSpaceMember,
        /// The parts of a mixture do not add up to one million.
        MixtureInvalid,
        /// Fixed shares name nobody.
        SharesEmpty,
        /// Fixed shares name an organisation twice.
        DuplicateShare,
        /// Fixed shares name an organisation that is no member of the space.
        ShareOutsideSpace,
        /// Fixed shares are all zero.
        SharesAllZero,
        /// Nothing is no payment.
        ZeroAmount,
        /// The job is unknown or did not complete.
        NotCompleted,
        /// The job was settled before.
        AlreadySettled,
        /// The job's space has no agreement.
        NoAgreement,
        /// The escrow is `missing` points short of the reward; 65,535 stands for that many or more.
        InsufficientEscrow { missing: u16 },
        /// The agreement pays nobody who took part in the job; set another.
        NobodyToPay,
        /// The settlement engine's payouts do not add up to the reward.
        PayoutsDoNotAddUp,
        /// A payout is for an organisation that does not exist.
        UnknownPayee,
        /// This chain runs no contracts; agree on a built-in formula.
        NoContracts,
        /// There is no contract at this account.
        UnknownContract,
        /// The contract does not answer as a settlement contract does.
        ContractAnswerInvalid,
        /// The contract refuses to settle: 1 the job is unknown to it, 2 it would pay nobody, 3 its weights are too large,
        /// from 100 on a reason of its own.
        ContractRefused { reason: u8 },
        /// The contract pays an organisation that took no part in the job, or one twice.
        PayeeTookNoPart,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn integrity_test() {
            use frame_support::traits::fungible::Inspect;
            assert!(
                T::Points::minimum_balance() <= 1,
                "a payout of one point must be able to open an account"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sets how the rewards of the space's jobs are shared, and how much a job is worth. Jobs are settled by the
        /// agreement that stands when they are settled.
        ///
        /// Origin: the own account of the space's creator.
        ///
        /// Errors: `UnknownSpace`, `NotSpaceCreator`, `MixtureInvalid`, `SharesEmpty`, `DuplicateShare`,
        /// `ShareOutsideSpace`, `SharesAllZero`, and those of the engine. Emits `AgreementSet`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_agreement().saturating_add(T::Engine::weight(Some(&agreement.formula))))]
        pub fn set_agreement(origin: OriginFor<T>, space: SpaceId, agreement: Agreement) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_agreement(who, space, agreement)
        }

        /// Pays points from the signer's account into the space's escrow.
        ///
        /// Origin: an account that acts for a member of the space. The account keeps at least the existential deposit.
        ///
        /// Errors: `NotMember`, `UnknownSpace`, `NotSpaceMember`, `ZeroAmount`, and those of the transfer. Emits
        /// `EscrowFunded`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::fund())]
        pub fn fund(origin: OriginFor<T>, space: SpaceId, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_fund(who, space, amount)
        }

        /// Pays a completed job's reward out of its space's escrow to those who took part. A job settles once, in full or
        /// not at all.
        ///
        /// Origin: any account that acts for an active organisation.
        ///
        /// Errors: `NotMember`, `NotCompleted`, `AlreadySettled`, `NoAgreement`, `InsufficientEscrow`, `NobodyToPay`,
        /// `PayoutsDoNotAddUp`, `UnknownPayee`, and those of the engine. Emits `Settled`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::settle().saturating_add(T::Engine::weight(None)))]
        pub fn settle(origin: OriginFor<T>, job: JobId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_settle(who, job)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// The agreement of a space, and the points in its escrow.
        pub fn space_money(space: SpaceId) -> (Option<Agreement>, Balance) {
            (Agreements::<T>::get(space), Escrow::<T>::get(space))
        }

        /// What was paid for a job.
        pub fn find_settlement(job: JobId) -> Option<Settlement> {
            Settlements::<T>::get(job)
        }
    }
}
