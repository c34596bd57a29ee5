//! A job's reward leaves the escrow, and later the escrow's account.

use crate::{Agreements, Config, Disputes, Error, Event, Held, JobAgreements, Pallet, Settlements, WeightInfo};
use frame_support::{
    ensure,
    traits::{fungible::Mutate, tokens::Preservation},
};
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::PerParty,
    revenue::{CompletedJob, Settlement},
    traits::{AuditLog, CompletedJobs, SettlementEngine},
    AccountId, Balance, JobId, OrgId,
};
use sp_runtime::{DispatchError, Weight};

impl<T: Config> Pallet<T> {
    /// Returns what it weighs for this job's parties, with what the engine weighed.
    pub(crate) fn do_settle(who: AccountId, job: JobId) -> Result<Weight, DispatchError> {
        Self::member(&who)?;
        ensure!(!Settlements::<T>::contains_key(job), Error::<T>::AlreadySettled);
        let completed = T::Jobs::completed(job).ok_or(Error::<T>::NotCompleted)?;
        let (settlement, engine) = Self::settlement(&completed)?;
        let weight = T::WeightInfo::settle(completed.contributions.len() as u32).saturating_add(engine);
        let (space, amount, claimable_from) = (settlement.space, settlement.amount(), settlement.claimable_from());
        // The prices have left the escrow already.
        Self::take(space, amount.saturating_sub(settlement.prices.total()))?;
        Held::<T>::remove(job);
        JobAgreements::<T>::remove(job);
        Settlements::<T>::insert(job, settlement);
        Self::deposit_event(Event::Settled {
            job,
            amount,
            claimable_from,
        });
        T::Audit::record(Some(&who), Some(space), Subject::Job(job), Kind::Settled)?;
        Ok(weight)
    }

    /// The settlement of a job by the agreement that stood when it was approved, and what the engine weighed. An agreement
    /// that shares nothing (a contract that refuses, fixed shares of nobody who took part) gives way to the present one, or
    /// the reward would be stuck.
    fn settlement(completed: &CompletedJob) -> Result<(Settlement, Weight), DispatchError> {
        let (kept, present) = (
            JobAgreements::<T>::get(completed.job),
            Agreements::<T>::get(completed.space),
        );
        let mut weight = Weight::zero();
        let mut refused: DispatchError = Error::<T>::NoAgreement.into();
        for agreement in kept.into_iter().chain(present) {
            weight = weight.saturating_add(T::Engine::weight(Some(&agreement.formula)));
            let mut settlement = Settlement {
                space: completed.space,
                agreement,
                prices: Self::held(completed.job),
                payouts: PerParty::default(),
                at: Self::now(),
                claimed_at: None,
            };
            match Self::share(&settlement, completed) {
                Ok(payouts) => {
                    settlement.payouts = payouts;
                    return Ok((settlement, weight));
                }
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Returns what it weighs for this settlement's payees.
    pub(crate) fn do_claim(who: AccountId, job: JobId) -> Result<Weight, DispatchError> {
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
        let weight = T::WeightInfo::claim(settlement.payouts.len() as u32);
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
        T::Audit::record(Some(&who), Some(space), Subject::Job(job), Kind::PayoutClaimed)?;
        Ok(weight)
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
