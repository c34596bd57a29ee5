//! What the calls report: events, and an error for everything that can be wrong.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod outcomes {
    #[pallet::event]
    #[pallet::generate_deposit(pub(crate) fn deposit_event)]
    pub enum Event<T: Config> {
        SpaceCreated {
            space: SpaceId,
            creator: OrgId,
        },
        Invited {
            space: SpaceId,
            org: OrgId,
        },
        InvitationAccepted {
            space: SpaceId,
            org: OrgId,
        },
        JobProposed {
            job: JobId,
            space: SpaceId,
        },
        JobApproved {
            job: JobId,
            org: OrgId,
        },
        JobAssigned {
            job: JobId,
            worker: AccountId,
        },
        /// The commitment to a step is in.
        RoundSubmitted {
            job: JobId,
            round: Round,
        },
        JobCompleted {
            job: JobId,
        },
        JobFailed {
            job: JobId,
            reason: FailReason,
            party: Option<Party>,
        },
        JobCancelled {
            job: JobId,
        },
        /// The job was not approved, or found no worker, in time.
        JobExpired {
            job: JobId,
            waiting_for: Option<Party>,
        },
        /// The job lost its worker before it began, and waits for another.
        JobUnassigned {
            job: JobId,
            worker: AccountId,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer acts for no active organisation.
        NotMember,
        /// Only the organisation's own account may do this, not its operators.
        NotOwnAccount,
        /// A name is empty, not UTF-8, or holds control characters or white space at its ends.
        NameInvalid,
        /// All ids are used up.
        IdsExhausted,
        /// There is no such space.
        UnknownSpace,
        /// Only the space's creator invites.
        NotSpaceCreator,
        /// The organisation is no member of the space.
        NotSpaceMember,
        /// There is no such active organisation.
        UnknownOrganisation,
        /// The organisation is a member of the space already.
        AlreadyMember,
        /// The organisation is invited already.
        AlreadyInvited,
        /// The organisation is not invited.
        NotInvited,
        /// The space has as many members and invitations as it may.
        SpaceFull,

        /// Training rounds are not between 1 and 1,000.
        RoundsOutOfRange,
        /// The job names no dataset.
        NoDatasets,
        /// The job names a dataset twice.
        DuplicateDataset,
        /// The job names fewer datasets than it needs parties.
        TooFewDatasets,
        /// The job would sum over fewer than two parties.
        MinPartiesTooSmall,
        /// The job names a dataset that does not exist or is retired.
        UnknownDataset,
        /// A dataset's owner is suspended.
        OwnerNotActive,
        /// A dataset's owner is no member of the space.
        OwnerNotSpaceMember,
        /// Two datasets have one owner.
        TwoDatasetsOfOneOwner,
        /// The job names no column.
        NoColumns,
        /// A column's name is empty or not UTF-8.
        ColumnNameInvalid,
        /// The job names a column twice.
        DuplicateColumn,
        /// Training needs one label, no fewer and no more.
        NotExactlyOneLabel,
        /// A deadline is not between 1 and 100,000 blocks.
        DeadlineOutOfRange,
        /// The plan is empty.
        PlanEmpty,
        /// The organisation has as many unfinished jobs as it may.
        TooManyJobs,
        /// Too many jobs end at that time.
        DeadlinesFull,
        /// As many jobs as may wait for one of the datasets.
        DatasetBusy,
        /// An owner has revoked its policy: the job ends in one of the next blocks.
        ConsentRevoked,

        /// There is no such job.
        UnknownJob,
        /// The job has ended.
        JobEnded,
        /// The job is approved by all already.
        NotProposed,
        /// The organisation has no dataset in the job.
        NotAParty,
        /// The organisation has approved the job already.
        AlreadyApproved,
        /// The job is not approved by all.
        NotApproved,
        /// The job has a worker that may compute.
        AlreadyAssigned,
        /// No attested worker is registered.
        NoWorker,
        /// The job has no worker yet.
        NotAssigned,
        /// The job is assigned to another worker.
        NotAssignedWorker,
        /// The worker is revoked or its verdict has expired.
        WorkerNotActive,
        /// The worker has renewed as something that the job's label or the pinned policies do not allow.
        WorkerChanged,
        /// The commitment to this step is in.
        RoundAlreadySubmitted,
        /// The commitment to an earlier step is missing.
        RoundOutOfOrder,
        /// The commitments to all steps are in.
        NoRoundLeft,
        /// A commitment names a participant twice.
        DuplicateParticipant,
        /// A commitment names a participant that is not in the job.
        ParticipantNotInJob,
        /// A commitment is over fewer parties than the job demands.
        TooFewParticipants,
        /// The session key did not sign this.
        BadSignature,
        /// The commitments to some steps are missing.
        StepsMissing,
        /// The result is for another specification.
        SpecHashMismatch,
        /// The result's model is not the last training step's.
        ModelMismatch,
        /// The result's encoding is not the one committed to.
        EncodingMismatch,
        /// The result's evaluation is not the one committed to.
        EvaluationMismatch,
        /// The result names another measurement than the worker's.
        MeasurementMismatch,
        /// The result does not say truly whether the evidence is simulated.
        SimulatedMismatch,
        /// The result names no contribution.
        NoContributions,
        /// The result names a party twice.
        DuplicateContribution,
        /// The result names a party that is not in the job.
        ContributionNotInJob,
        /// A contribution counts more steps than the job has.
        ContributionStepsOutOfRange,
        /// The party that the worker names is not in the job.
        PartyNotInJob,
        /// Only the proposer cancels.
        NotProposer,
        /// A running job cannot be cancelled.
        AlreadyRunning,

        /// Policy: the dataset does not exist.
        PolicyUnknownDataset,
        /// Policy: the dataset is retired.
        PolicyDatasetRetired,
        /// Policy: the dataset has no policy yet.
        PolicyNoPolicy,
        /// Policy: the purpose is not allowed.
        PolicyPurpose,
        /// Policy: the operation is not allowed.
        PolicyOperation,
        /// Policy: a column is hidden.
        PolicyColumnHidden,
        /// Policy: a column may not be used in this role.
        PolicyColumnRole,
        /// Policy: a column may not be used in this role for this operation.
        PolicyColumnOperation,
        /// Policy: a column may not be used in this role for this purpose.
        PolicyColumnPurpose,
        /// Policy: the sums would be over too few parties.
        PolicyTooFewParties,
        /// Policy: groups may not be that small.
        PolicyGroupTooSmall,
        /// Policy: no worker will do for all datasets, or none that is there, for its kind of hardware.
        PolicyWorkerKind,
        /// Policy: no worker will do for all datasets, or none that is there, for the build that it runs.
        PolicyWorkerMeasurement,
        /// Policy: a worker with simulated evidence will not do, and there is no other.
        PolicySimulatedWorker,
        /// Policy: differential privacy is required.
        PolicyNoPrivacy,
        /// Policy: the noise is less than the least that is asked.
        PolicyNoiseTooLow,
        /// Policy: the privacy budget would be overdrawn.
        PolicyBudgetExceeded,
        /// Policy: the dataset has been used as often as it may.
        PolicyUsesExhausted,
        /// Policy: it has expired.
        PolicyExpired,
        /// Policy: one of the parties is not among those allowed.
        PolicyCounterparty,
        /// Policy: the agreement promises less than the datasets' prices, or the escrow holds less.
        PolicyPrice,

        /// A contribution claims more utility than one per training round.
        ContributionUtilityOutOfRange,
        /// A worker gives up for a reason that only the chain finds: a passed deadline, a revoked policy.
        ReasonReserved,
    }
}
