//! A job's reward leaves the escrow, and later the escrow's account.

use crate::{Agreements, Config, Disputes, Error, Event, Held, Pallet, Settlements};
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
        let mut settlement = Settlement {
            space,
            agreement: agreement.clone(),
            prices: Self::held(job),
            payouts: PerParty::default(),
            at: Self::now(),
            claimed_at: None,
        };
        settlement.payouts = Self::share(&settlement, &completed)?;
        // The prices have left the escrow already.
        Self::take(space, agreement.reward.saturating_sub(settlement.prices.total()))?;
        Held::<T>::remove(job);
        let (amount, claimable_from) = (settlement.amount(), settlement.claimable_from());
        Settlements::<T>::insert(job, settlement);
        Self::deposit_event(Event::Settled {
            job,
            amount,
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

    /// The payouts of a settlement: prices first, the rest by the agreement. An engine is not trusted with the sum or the
    /// payees: it may run a contract.
    pub(super) fn share(
        settlement: &Settlement,
        job: &CompletedJob,
    ) -> Result<PerParty<(OrgId, Balance)>, DispatchError> {
        let (earned, rest) = settlement.split(&job.contributions);
        let shares = T::Engine::payouts(&settlement.agreement, job, rest)?;
        ensure!(!shares.is_empty(), Error::<T>::NobodyToPay);
        ensure!(Self::sum(&shares) == Some(rest), Error::<T>::PayoutsDoNotAddUp);
        let payouts = earned.on_top_of(shares);
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
