#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
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
        bounds::{PerParty, MAX_PARTIES},
        job::Receipt,
        merkle::Proof,
        revenue::{Agreement, Dispute, Figures, Prices, Ruling, Settlement},
        traits::{AuditLog, CompletedJobs, Membership, SettlementEngine, Spaces},
        AccountId, Balance, BlockNumber, JobId, OrgId, SpaceId, H256,
    };

    /// How this pallet's storage is laid out; a migration counts it up.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Who decides for the consortium: on new points, on disputes, on escrow that nobody can use.
        type AdmitOrigin: EnsureOrigin<Self::RuntimeOrigin>;
        /// The points. An account can hold as little as one, so that any payout can be received.
        type Points: fungible::Inspect<AccountId, Balance = Balance> + fungible::Mutate<AccountId>;
        /// The spaces' escrow accounts are its sub-accounts.
        #[pallet::constant]
        type PalletId: Get<frame_support::PalletId>;
        /// Blocks that an agreement may let pass between settlement and claims.
        #[pallet::constant]
        type MaxDisputeWindow: Get<BlockNumber>;
        /// Blocks that the members have for a dispute. Afterwards it has fallen, and the payouts stand.
        #[pallet::constant]
        type DisputePeriod: Get<BlockNumber>;
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
        /// States that benchmarks start from.
        #[cfg(feature = "runtime-benchmarks")]
        type Scenario: secureflow_primitives::scenario::Scenario;
    }

    /// The agreement of each space.
    #[pallet::storage]
    pub type Agreements<T> = StorageMap<_, Blake2_128Concat, SpaceId, Agreement>;

    /// Points that were paid into each space's escrow and are free for settlements. The escrow account holds these, the prices
    /// of jobs under way, and what is settled and not claimed.
    #[pallet::storage]
    pub type Escrow<T> = StorageMap<_, Blake2_128Concat, SpaceId, Balance, ValueQuery>;

    /// The agreement by which each job is going to be settled: that of its space, as it stood when the job was approved.
    /// None where the space had none then; until the job is settled or ends without a result.
    #[pallet::storage]
    pub type JobAgreements<T> = StorageMap<_, Blake2_128Concat, JobId, Agreement>;

    /// What the datasets of each job ask for, since its approval and until it is settled or ends without a result.
    #[pallet::storage]
    pub type Held<T> = StorageMap<_, Blake2_128Concat, JobId, (SpaceId, Prices)>;

    /// The settlement of each settled job.
    #[pallet::storage]
    pub type Settlements<T> = StorageMap<_, Blake2_128Concat, JobId, Settlement>;

    /// The disputes over each settlement, one per party.
    #[pallet::storage]
    pub type Disputes<T> = StorageMap<_, Blake2_128Concat, JobId, PerParty<Dispute>, ValueQuery>;

    /// Whether accounts may send points to each other. Escrow and payouts work either way.
    #[pallet::storage]
    pub type Transferable<T> = StorageValue<_, bool, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Whether accounts may send points to each other.
        pub transferable: bool,
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Transferable::<T>::put(self.transferable);
        }
    }

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
        /// The prices of a job's datasets are held back from its space's escrow.
        PricesHeld { job: JobId, amount: Balance },
        /// A job ended without a result, and its prices went back into the escrow.
        PricesReturned { job: JobId, amount: Balance },
        /// A job's reward was shared; it can be claimed from a block on.
        Settled {
            job: JobId,
            amount: Balance,
            claimable_from: BlockNumber,
        },
        /// A settlement was paid out.
        Claimed { job: JobId, amount: Balance },
        /// A party contests what a settlement rests on. The members have until `falls_at`.
        Disputed {
            job: JobId,
            party: OrgId,
            falls_at: BlockNumber,
        },
        /// The members have decided on a dispute.
        DisputeResolved { job: JobId, party: OrgId, ruling: Ruling },
        /// The members have made points.
        PointsMinted { org: OrgId, amount: Balance },
        /// The members have decided whether accounts may send points to each other.
        PointsConfigured { transferable: bool },
        /// The members have taken points out of a space's escrow.
        EscrowReleased {
            space: SpaceId,
            org: OrgId,
            amount: Balance,
        },
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
        /// The dispute window is longer than this chain allows.
        WindowTooLong,
        /// The job was not settled.
        NotSettled,
        /// The settlement was claimed before.
        AlreadyClaimed,
        /// The settlement can still be disputed; claim it afterwards.
        WindowOpen,
        /// The settlement can no longer be disputed.
        WindowClosed,
        /// The members have yet to decide on a dispute over the settlement.
        DisputeOpen,
        /// The signer's organisation is no party of the job.
        NotParty,
        /// The receipt is of another job or of another party.
        ReceiptOfAnother,
        /// The proof does not lead from the receipt to the root in the job's result.
        ReceiptNotProven,
        /// The figures claimed are those that the settlement rests on.
        NothingClaimed,
        /// The party has disputed this settlement before.
        AlreadyDisputed,
        /// The party has not disputed this settlement.
        NotDisputed,
        /// The members have decided on the dispute before.
        AlreadyResolved,
        /// The dispute has fallen: nothing was decided in time.
        DisputeFallen,
        /// The organisation does not exist, is suspended, or has left.
        NotActive,
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
        /// Sets how the rewards of the space's jobs are shared, how much a job is worth, and how long its settlement can be
        /// disputed. It counts for jobs that are approved afterwards, and where an earlier one can share nothing.
        ///
        /// Origin: the own account of the space's creator.
        ///
        /// Errors: `UnknownSpace`, `NotSpaceCreator`, `WindowTooLong`, `MixtureInvalid`, `SharesEmpty`, `DuplicateShare`,
        /// `ShareOutsideSpace`, `SharesAllZero`, and those of the engine. Emits `AgreementSet`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::set_agreement().saturating_add(T::Engine::weight(Some(&agreement.formula))))]
        pub fn set_agreement(origin: OriginFor<T>, space: SpaceId, agreement: Agreement) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_set_agreement(who, space, agreement)
        }

        /// Pays points from the signer's account into the space's escrow.
        ///
        /// Origin: an account that acts for a member of the space.
        ///
        /// Errors: `NotMember`, `UnknownSpace`, `NotSpaceMember`, `ZeroAmount`, and those of the transfer. Emits
        /// `EscrowFunded`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::fund())]
        pub fn fund(origin: OriginFor<T>, space: SpaceId, amount: Balance) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_fund(who, space, amount)
        }

        /// Shares a completed job's reward out of its space's escrow among those who took part: to each the price of its
        /// dataset first, the rest by the formula of the agreement that stood when the job was approved. Where there was none
        /// then, or it pays nobody, the one that stands now counts. A job settles once, in full or not at all; what follows
        /// can be disputed in the agreement's window, and claimed afterwards.
        ///
        /// Origin: any account that acts for an active organisation.
        ///
        /// Errors: `NotMember`, `NotCompleted`, `AlreadySettled`, `NoAgreement`, `InsufficientEscrow`, `NobodyToPay`,
        /// `PayoutsDoNotAddUp`, `UnknownPayee`, and those of the engine. Emits `Settled`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::settle(MAX_PARTIES).saturating_add(T::Engine::weight(None).saturating_mul(2)))]
        pub fn settle(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let weight = Self::do_settle(who, job)?;
            Ok(Some(weight).into())
        }

        /// Pays a settlement to all its payees, each to the organisation's own account: also to one that was suspended or
        /// has left since. A settlement is paid once.
        ///
        /// Origin: any account that acts for an active organisation.
        ///
        /// Errors: `NotMember`, `NotSettled`, `AlreadyClaimed`, `WindowOpen`, `DisputeOpen`. Emits `Claimed`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::claim(MAX_PARTIES))]
        pub fn claim(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            let weight = Self::do_claim(who, job)?;
            Ok(Some(weight).into())
        }

        /// Contests what the worker says that the signer's organisation put into a settled job. The receipt must lead by its
        /// proof to the root in the job's result; `claimed` is what the party says that it put in over the whole job, and
        /// `evidence` the hash of what it shows the members. A party disputes a job once, and nothing of the job is claimed
        /// until the members have decided or the dispute has fallen.
        ///
        /// Origin: an account that acts for a party of the job.
        ///
        /// Errors: `NotMember`, `NotSettled`, `WindowClosed`, `NotParty`, `ReceiptOfAnother`, `ReceiptNotProven`,
        /// `NothingClaimed`, `AlreadyDisputed`. Emits `Disputed`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::dispute())]
        pub fn dispute(
            origin: OriginFor<T>,
            job: JobId,
            receipt: Receipt,
            proof: Proof,
            claimed: Figures,
            evidence: H256,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_dispute(who, job, receipt, proof, claimed, evidence)
        }

        /// Decides on a party's dispute. A correction replaces the party's figures, and the same engine shares the same
        /// reward anew.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Errors: `NotSettled`, `NotDisputed`, `AlreadyResolved`, `DisputeFallen`, and where the ruling corrects, those of
        /// sharing a reward. Emits `DisputeResolved`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::resolve().saturating_add(T::Engine::weight(None)))]
        pub fn resolve(origin: OriginFor<T>, job: JobId, party: OrgId, ruling: Ruling) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_resolve(job, party, ruling)
        }

        /// Makes points and gives them to an organisation.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Errors: `ZeroAmount`, `NotActive`, and those of the asset. Emits `PointsMinted`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::mint())]
        pub fn mint(origin: OriginFor<T>, org: OrgId, amount: Balance) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_mint(org, amount)
        }

        /// Decides whether accounts may send points to each other. Escrow and payouts work either way.
        ///
        /// Origin: `AdmitOrigin`. Emits `PointsConfigured`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::set_transferable())]
        pub fn set_transferable(origin: OriginFor<T>, transferable: bool) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_set_transferable(transferable)
        }

        /// Gives an organisation points out of a space's escrow that no settlement needs, such as that of a space whose
        /// members have all left.
        ///
        /// Origin: `AdmitOrigin`.
        ///
        /// Errors: `ZeroAmount`, `NotActive`, `InsufficientEscrow`. Emits `EscrowReleased`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::release())]
        pub fn release(origin: OriginFor<T>, space: SpaceId, org: OrgId, amount: Balance) -> DispatchResult {
            T::AdmitOrigin::ensure_origin(origin)?;
            Self::do_release(space, org, amount)
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

        /// The agreement by which a job is settled: that of its settlement, or the one that is kept for it since its
        /// approval.
        pub fn job_agreement(job: JobId) -> Option<Agreement> {
            match Settlements::<T>::get(job) {
                Some(settlement) => Some(settlement.agreement),
                None => JobAgreements::<T>::get(job),
            }
        }

        /// The disputes over a job's settlement, in the order in which they came.
        pub fn disputes(job: JobId) -> PerParty<Dispute> {
            Disputes::<T>::get(job)
        }
    }
}
