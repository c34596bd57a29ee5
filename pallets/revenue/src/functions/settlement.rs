//! A job's reward leaves the escrow, and later the escrow's account.

use crate::{Agreements, Config, Disputes, Error, Event, Pallet, Settlements};
use frame_support::{
    ensure,
    traits::{fungible::Mutate, tokens::Preservation},
};
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::PerParty,
    revenue::{Agreement, CompletedJob, Settlement},
    traits::{AuditLog, CompletedJobs, SettlementEngine},
    AccountId, Balance, JobId, OrgId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_settle(who: AccountId, job: JobId) -> Result<Agreement, DispatchError> {
        Self::member(&who)?;
        ensure!(!Settlements::<T>::contains_key(job), Error::<T>::AlreadySettled);
        let completed = T::Jobs::completed(job).ok_or(Error::<T>::NotCompleted)?;
        let space = completed.space;
        let agreement = Agreements::<T>::get(space).ok_or(Error::<T>::NoAgreement)?;
        let payouts = Self::share(&agreement, &completed)?;
        Self::take(space, agreement.reward)?;
        let settlement = Settlement {
            space,
            payouts,
            agreement: agreement.clone(),
            at: Self::now(),
            claimed_at: None,
        };
        let claimable_from = settlement.claimable_from();
        Settlements::<T>::insert(job, settlement);
        Self::deposit_event(Event::Settled {
            job,
            amount: agreement.reward,
            claimable_from,
        });
        T::Audit::record(Some(&who), Some(space), Subject::Job(job), Kind::Settled)?;
        Ok(agreement)
    }

    pub(crate) fn do_claim(who: AccountId, job: JobId) -> DispatchResult {
        Self::member(&who)?;
        let now = Self::now();
        let mut settlement = Settlements::<T>::get(job).ok_or(Error::<T>::NotSettled)?;
        ensure!(settlement.claimed_at.is_none(), Error::<T>::AlreadyClaimed);
        ensure!(now >= settlement.claimable_from(), Error::<T>::WindowOpen);
        ensure!(
            !Disputes::<T>::get(job).iter().any(|dispute| dispute.is_open(now)),
            Error::<T>::DisputeOpen
        );
        let (space, amount) = (settlement.space, settlement.amount());
        let escrow = Self::escrow_account(space);
        for (org, payout) in &settlement.payouts {
            // Also to an organisation that was suspended or has left since: it has done its part.
            let account = Self::payee(*org)?;
            if *payout > 0 {
                T::Points::transfer(&escrow, &account, *payout, Preservation::Expendable)?;
            }
        }
        settlement.claimed_at = Some(now);
        Settlements::<T>::insert(job, settlement);
        Self::deposit_event(Event::Claimed { job, amount });
        T::Audit::record(Some(&who), Some(space), Subject::Job(job), Kind::PayoutClaimed)
    }

    /// The payouts of a reward. An engine is not trusted with the sum or the payees: it may run a contract.
    pub(super) fn share(
        agreement: &Agreement,
        job: &CompletedJob,
    ) -> Result<PerParty<(OrgId, Balance)>, DispatchError> {
        let payouts = T::Engine::payouts(agreement, job, agreement.reward)?;
        ensure!(!payouts.is_empty(), Error::<T>::NobodyToPay);
        ensure!(
            Self::sum(&payouts) == Some(agreement.reward),
            Error::<T>::PayoutsDoNotAddUp
        );
        for (org, _) in &payouts {
            Self::payee(*org)?;
        }
        PerParty::try_from(payouts).map_err(|_| Error::<T>::PayoutsDoNotAddUp.into())
    }

    pub(super) fn sum(payouts: &[(OrgId, Balance)]) -> Option<Balance> {
        payouts
            .iter()
            .try_fold(0, |sum: Balance, (_, payout)| sum.checked_add(*payout))
    }
}
