//! What the calls do once their origin is known.

mod approval;
mod ending;
mod progress;
mod proposal;
mod spaces;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod state;
mod workers;

use crate::{Config, Error, Jobs, Pallet};
use secureflow_primitives::{
    job::Job, policy::Violation, traits::Membership, AccountId, BlockNumber, JobId, OrgId, H256,
};
use sp_runtime::traits::{SaturatedConversion, Zero};

/// Jobs that one organisation may have under way. With the bound on organisations it bounds all jobs under way, and so
/// how far a deadline may have to move to find a block with room.
pub(crate) const MAX_LIVE_JOBS: u32 = 64;
/// How many jobs might end in the time that one needs to look for a worker among all of them.
pub(crate) const MOVING_COSTS: u32 = 4;
/// The longest phase, in blocks.
pub(crate) const MAX_DEADLINE: BlockNumber = 100_000;

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    fn genesis_hash() -> H256 {
        frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::zero())
    }

    fn job(id: JobId) -> Result<Job, Error<T>> {
        Jobs::<T>::get(id).ok_or(Error::UnknownJob)
    }

    /// The organisation that the account acts for.
    fn member(who: &AccountId) -> Result<OrgId, Error<T>> {
        T::Membership::member(who).ok_or(Error::NotMember)
    }

    /// The organisation whose own account this is.
    fn owner(who: &AccountId) -> Result<OrgId, Error<T>> {
        match T::Membership::owner(who) {
            Some(org) => Ok(org),
            None if T::Membership::member(who).is_some() => Err(Error::NotOwnAccount),
            None => Err(Error::NotMember),
        }
    }
}

/// The error that names the broken rule.
impl<T> From<Violation> for Error<T> {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::UnknownDataset => Self::PolicyUnknownDataset,
            Violation::DatasetRetired => Self::PolicyDatasetRetired,
            Violation::NoPolicy => Self::PolicyNoPolicy,
            Violation::Purpose => Self::PolicyPurpose,
            Violation::Operation => Self::PolicyOperation,
            Violation::ColumnHidden => Self::PolicyColumnHidden,
            Violation::ColumnRole => Self::PolicyColumnRole,
            Violation::ColumnOperation => Self::PolicyColumnOperation,
            Violation::ColumnPurpose => Self::PolicyColumnPurpose,
            Violation::TooFewParties => Self::PolicyTooFewParties,
            Violation::GroupTooSmall => Self::PolicyGroupTooSmall,
            Violation::WorkerKind => Self::PolicyWorkerKind,
            Violation::WorkerMeasurement => Self::PolicyWorkerMeasurement,
            Violation::SimulatedWorker => Self::PolicySimulatedWorker,
            Violation::NoPrivacy => Self::PolicyNoPrivacy,
            Violation::NoiseTooLow => Self::PolicyNoiseTooLow,
            Violation::BudgetExceeded => Self::PolicyBudgetExceeded,
            Violation::UsesExhausted => Self::PolicyUsesExhausted,
            Violation::Expired => Self::PolicyExpired,
            Violation::Counterparty => Self::PolicyCounterparty,
            Violation::Price => Self::PolicyPrice,
        }
    }
}
