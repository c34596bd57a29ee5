#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod functions;
mod outcomes;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use frame_support::pallet_macros::import_section;

pub use pallet::*;
pub use weights::WeightInfo;

/// The events and errors stand in `outcomes`.
#[import_section(outcomes::outcomes)]
#[frame_support::pallet]
pub mod pallet {
    use super::{functions::MOVING_COSTS, WeightInfo};
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use secureflow_primitives::{
        bounds::{Name, PerParty, MAX_PARTIES, MAX_WAITING_JOBS, MAX_WORKERS},
        job::{FailReason, Job, JobResult, JobSpec, Party, RoundCommitment, Space},
        traits::{AuditLog, Membership, PolicyGate, Treasury, WorkerRegistry},
        view::JobPage,
        AccountId, BlockNumber, DatasetId, JobId, OrgId, Round, SpaceId, H256,
    };

    /// How this pallet's storage is laid out; a migration counts it up.
    const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = H256> {
        /// Who belongs to the consortium.
        type Membership: Membership;
        /// Whether a job may use a dataset, and the datasets' privacy ledgers.
        type Policies: PolicyGate;
        /// What pays approved jobs, the datasets' prices first.
        type Prices: Treasury;
        /// Attested workers.
        type Workers: WorkerRegistry;
        /// Where calls leave their entries.
        type Audit: AuditLog;
        /// How many jobs one block may end by their deadlines; of the room that they leave, a fourth takes jobs off lost
        /// workers. A deadline moves to the next block that has room.
        #[pallet::constant]
        type MaxExpiriesPerBlock: Get<u32>;
        /// What calls weigh.
        type WeightInfo: WeightInfo;
        /// States that benchmarks start from.
        #[cfg(feature = "runtime-benchmarks")]
        type Scenario: secureflow_primitives::scenario::Scenario;
    }

    /// Spaces by id.
    #[pallet::storage]
    pub type Spaces<T> = StorageMap<_, Blake2_128Concat, SpaceId, Space>;

    /// Jobs by id, those that have ended too.
    #[pallet::storage]
    pub type Jobs<T> = StorageMap<_, Blake2_128Concat, JobId, Job>;

    /// What each job is to do.
    #[pallet::storage]
    pub type Specs<T> = StorageMap<_, Blake2_128Concat, JobId, JobSpec>;

    /// The organisations of each job: the datasets' owners at the proposal, in the order of the datasets.
    #[pallet::storage]
    pub type Parties<T> = StorageMap<_, Blake2_128Concat, JobId, PerParty<OrgId>>;

    /// What the worker committed to after each aggregation step, with its session key's signature.
    #[pallet::storage]
    pub type Rounds<T> =
        StorageDoubleMap<_, Blake2_128Concat, JobId, Blake2_128Concat, Round, (RoundCommitment, [u8; 64])>;

    /// What the worker committed to at the end, with its session key's signature.
    #[pallet::storage]
    pub type Results<T> = StorageMap<_, Blake2_128Concat, JobId, (JobResult, [u8; 64])>;

    /// The jobs that name a dataset and have not begun, as long as nobody has revoked its policy.
    #[pallet::storage]
    pub type Waiting<T> =
        StorageMap<_, Blake2_128Concat, DatasetId, BoundedVec<JobId, ConstU32<MAX_WAITING_JOBS>>, ValueQuery>;

    /// The jobs that are stopped and end at their deadline, which is near: an owner has revoked its policy.
    #[pallet::storage]
    pub type Stopped<T> = StorageMap<_, Blake2_128Concat, JobId, OrgId>;

    /// The jobs whose phase ends at the start of a block. Every job that has not ended is in here once.
    #[pallet::storage]
    pub type Deadlines<T: Config> =
        StorageMap<_, Blake2_128Concat, BlockNumber, BoundedVec<JobId, T::MaxExpiriesPerBlock>, ValueQuery>;

    /// How many jobs that an organisation proposed have not ended.
    #[pallet::storage]
    pub type LiveJobs<T> = StorageMap<_, Blake2_128Concat, OrgId, u32, ValueQuery>;

    /// How many jobs that have not ended a worker is assigned to.
    #[pallet::storage]
    pub type WorkerLoad<T> = StorageMap<_, Blake2_128Concat, AccountId, u32, ValueQuery>;

    /// The jobs behind [`WorkerLoad`]: those that have not ended, by their worker.
    #[pallet::storage]
    pub type AssignedJobs<T> = StorageDoubleMap<_, Blake2_128Concat, AccountId, Identity, JobId, ()>;

    /// Workers that may no longer compute and have jobs, which move or end in the next blocks.
    #[pallet::storage]
    pub type LostWorkers<T> = StorageMap<_, Blake2_128Concat, AccountId, ()>;

    /// The id that the next space gets.
    #[pallet::storage]
    pub type NextSpace<T> = StorageValue<_, SpaceId, ValueQuery>;

    /// The id that the next job gets.
    #[pallet::storage]
    pub type NextJob<T> = StorageValue<_, JobId, ValueQuery>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        /// Ends the jobs whose deadline this block is, and with the room that they leave looks after those whose worker is
        /// lost.
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            let ended = Self::expire_due();
            let room = T::MaxExpiriesPerBlock::get().saturating_sub(ended);
            let moved = Self::move_jobs(room.div_ceil(MOVING_COSTS));
            T::WeightInfo::expire_jobs(ended).saturating_add(T::WeightInfo::move_jobs(moved))
        }

        fn integrity_test() {
            assert!(T::MaxExpiriesPerBlock::get() > 0, "jobs could never end");
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    /// Calls that bind an organisation (creating a space, inviting, accepting, approving) take its own account. What an
    /// analyst or an agent does (proposing, assigning, cancelling) takes any account that acts for it.
    ///
    /// A call is let into a block by what it weighs for as many parties and workers as there may be, and charged afterwards
    /// for those that there were.
    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Creates a space with the signer's organisation as its first member.
        ///
        /// Origin: an organisation's own account. Errors: `NotMember`, `NotOwnAccount`, `NameInvalid`. Emits
        /// `SpaceCreated`.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::create_space())]
        pub fn create_space(origin: OriginFor<T>, name: Name) -> DispatchResult {
            Self::do_create_space(ensure_signed(origin)?, name)
        }

        /// Asks an organisation into a space.
        ///
        /// Origin: the own account of the space's creator. Errors: `NotMember`, `NotOwnAccount`, `UnknownSpace`,
        /// `NotSpaceCreator`, `UnknownOrganisation`, `AlreadyMember`, `AlreadyInvited`, `SpaceFull`. Emits `Invited`.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::invite())]
        pub fn invite(origin: OriginFor<T>, space: SpaceId, org: OrgId) -> DispatchResult {
            Self::do_invite(ensure_signed(origin)?, space, org)
        }

        /// Accepts an invitation.
        ///
        /// Origin: the own account of an invited organisation. Errors: `NotMember`, `NotOwnAccount`, `UnknownSpace`,
        /// `AlreadyMember`, `NotInvited`. Emits `InvitationAccepted`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::accept())]
        pub fn accept(origin: OriginFor<T>, space: SpaceId) -> DispatchResult {
            Self::do_accept(ensure_signed(origin)?, space)
        }

        /// Proposes a job to the owners of its datasets, who have `spec.deadlines.approval` blocks to approve it.
        ///
        /// Origin: an account that acts for a member of the space. Errors: `NotMember`, `UnknownSpace`,
        /// `NotSpaceMember`, `TooManyJobs`, and one for each thing that may be wrong with the specification. Emits
        /// `JobProposed`.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::propose_job(spec.datasets.len() as u32))]
        pub fn propose_job(origin: OriginFor<T>, space: SpaceId, spec: JobSpec) -> DispatchResult {
            Self::do_propose_job(ensure_signed(origin)?, space, spec)
        }

        /// Approves a job for the signer's organisation, if its dataset's policy allows the job. The last approval checks
        /// all policies again, pins their versions with what they together ask of the worker, reserves the cost in every
        /// ledger and the prices in the space's escrow, and assigns a worker; where none is to be had, `assign_job` tries
        /// again.
        ///
        /// Origin: the own account of a dataset's owner. Errors: `NotMember`, `NotOwnAccount`, `UnknownJob`, `JobEnded`,
        /// `NotProposed`, `NotAParty`, `AlreadyApproved`, `OwnerNotActive`, `DeadlinesFull`, and `Policy…` for the rule
        /// that the job breaks. Emits `JobApproved` and perhaps `JobAssigned`.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::approve_job(MAX_PARTIES, MAX_WORKERS))]
        pub fn approve_job(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
            let weight = Self::do_approve_job(ensure_signed(origin)?, job)?;
            Ok(Some(weight).into())
        }

        /// Looks for a worker for a job that has none, or whose worker lost its attestation before it began. A job that
        /// runs and whose worker lost it ends, with `WorkerRevoked`.
        ///
        /// Origin: an account that acts for any member. Errors: `NotMember`, `UnknownJob`, `JobEnded`, `NotApproved`,
        /// `AlreadyAssigned`, `AlreadyRunning`, `NoWorker`, and `PolicyWorkerKind`, `PolicyWorkerMeasurement` or
        /// `PolicySimulatedWorker` where no active worker satisfies the pinned policies. Emits `JobAssigned` or `JobFailed`.
        #[pallet::call_index(5)]
        #[pallet::weight(T::WeightInfo::assign_job(MAX_WORKERS).max(T::WeightInfo::end_job()))]
        pub fn assign_job(origin: OriginFor<T>, job: JobId) -> DispatchResultWithPostInfo {
            let weight = Self::do_assign_job(ensure_signed(origin)?, job)?;
            Ok(Some(weight).into())
        }

        /// Commits to the output of the next aggregation step, signed by the worker's session key.
        ///
        /// Origin: the assigned worker. Errors: `UnknownJob`, `NotAssignedWorker`, `JobEnded`, `NotAssigned`,
        /// `WorkerNotActive`, `WorkerChanged`, `RoundAlreadySubmitted`, `RoundOutOfOrder`, `NoRoundLeft`,
        /// `DuplicateParticipant`, `ParticipantNotInJob`, `TooFewParticipants`, `BadSignature`, `DeadlinesFull`. Emits
        /// `RoundSubmitted`.
        #[pallet::call_index(6)]
        #[pallet::weight(T::WeightInfo::submit_round(MAX_PARTIES))]
        pub fn submit_round(
            origin: OriginFor<T>,
            job: JobId,
            commitment: RoundCommitment,
            signature: [u8; 64],
        ) -> DispatchResultWithPostInfo {
            let weight = Self::do_submit_round(ensure_signed(origin)?, job, commitment, signature)?;
            Ok(Some(weight).into())
        }

        /// Completes a job whose steps are all in, with a result that agrees with the commitments.
        ///
        /// Origin: the assigned worker. Errors: `UnknownJob`, `NotAssignedWorker`, `JobEnded`, `NotAssigned`,
        /// `WorkerNotActive`, `WorkerChanged`, `StepsMissing`, one `…Mismatch` or contribution error for each thing that
        /// may be wrong with the result, `BadSignature`. Emits `JobCompleted`.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::complete_job(MAX_PARTIES))]
        pub fn complete_job(
            origin: OriginFor<T>,
            job: JobId,
            result: JobResult,
            signature: [u8; 64],
        ) -> DispatchResultWithPostInfo {
            let weight = Self::do_complete_job(ensure_signed(origin)?, job, result, signature)?;
            Ok(Some(weight).into())
        }

        /// Gives a job up and says why and for whom.
        ///
        /// Origin: the assigned worker. Errors: `UnknownJob`, `NotAssignedWorker`, `JobEnded`, `NotAssigned`,
        /// `PartyNotInJob`, `ReasonReserved` for `Deadline` and `PolicyRevoked`, which the chain finds by itself. Emits
        /// `JobFailed`.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::end_job())]
        pub fn fail_job(origin: OriginFor<T>, job: JobId, reason: FailReason, party: Option<Party>) -> DispatchResult {
            Self::do_fail_job(ensure_signed(origin)?, job, reason, party)
        }

        /// Withdraws a job that has not begun.
        ///
        /// Origin: an account that acts for the proposer. Errors: `NotMember`, `UnknownJob`, `NotProposer`, `JobEnded`,
        /// `AlreadyRunning`. Emits `JobCancelled`.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::end_job())]
        pub fn cancel(origin: OriginFor<T>, job: JobId) -> DispatchResult {
            Self::do_cancel(ensure_signed(origin)?, job)
        }
    }

    #[pallet::view_functions]
    impl<T: Config> Pallet<T> {
        /// A job and what it is to do.
        pub fn find_job(job: JobId) -> Option<(Job, JobSpec)> {
            Some((Jobs::<T>::get(job)?, Specs::<T>::get(job)?))
        }

        /// What the worker committed to, step by step, each with its session key's signature.
        pub fn commitments(job: JobId) -> Vec<(RoundCommitment, [u8; 64])> {
            Self::commitments_of(job)
        }

        /// Jobs from this one back, the newest first; those of one space where one is given. A page has
        /// [`MAX_JOBS_PAGE`](secureflow_primitives::view::MAX_JOBS_PAGE) at most, and looks at
        /// [`MAX_JOBS_SCAN`](secureflow_primitives::view::MAX_JOBS_SCAN), so it may be empty and still have a next one.
        pub fn jobs(space: Option<SpaceId>, from: Option<JobId>, limit: u32) -> JobPage {
            Self::job_page(space, from, limit)
        }

        /// A space, and who decides for it.
        pub fn find_space(space: SpaceId) -> Option<(Space, OrgId)> {
            let found = Spaces::<T>::get(space)?;
            let decides = Self::speaker(&found);
            Some((found, decides))
        }
    }
}
