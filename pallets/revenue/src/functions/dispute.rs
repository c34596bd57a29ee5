//! A party contests a settlement, and the members decide.

use crate::{Config, Disputes, Error, Event, Pallet, Settlements};
use frame_support::{ensure, traits::Get};
use secureflow_primitives::{
    audit::{Kind, Subject},
    job::Receipt,
    merkle::{self, Proof},
    revenue::{corrected, CompletedJob, Dispute, Figures, Ruling},
    traits::{AuditLog, CompletedJobs},
    AccountId, JobId, OrgId, H256,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_dispute(
        who: AccountId,
        job: JobId,
        receipt: Receipt,
        proof: Proof,
        claimed: Figures,
        evidence: H256,
    ) -> DispatchResult {
        let party = Self::member(&who)?;
        let settlement = Settlements::<T>::get(job).ok_or(Error::<T>::NotSettled)?;
        ensure!(Self::now() < settlement.claimable_from(), Error::<T>::WindowClosed);
        let completed = T::Jobs::completed(job).ok_or(Error::<T>::NotCompleted)?;
        let contribution = completed.contributions.iter().find(|part| part.party == party);
        let contribution = contribution.ok_or(Error::<T>::NotParty)?;
        ensure!(
            receipt.job == job && receipt.party == party,
            Error::<T>::ReceiptOfAnother
        );
        ensure!(
            merkle::verify(completed.receipts_root, receipt.hash(), &proof),
            Error::<T>::ReceiptNotProven
        );
        ensure!(claimed != Figures::from(contribution), Error::<T>::NothingClaimed);

        let mut disputes = Disputes::<T>::get(job);
        ensure!(
            disputes.iter().all(|dispute| dispute.party != party),
            Error::<T>::AlreadyDisputed
        );
        let falls_at = Self::now().saturating_add(T::DisputePeriod::get());
        disputes
            .try_push(Dispute {
                party,
                receipt,
                claimed,
                evidence,
                falls_at,
                ruling: None,
            })
            // A job has no more parties than that, and each disputes once.
            .map_err(|_| Error::<T>::AlreadyDisputed)?;
        Disputes::<T>::insert(job, disputes);
        Self::deposit_event(Event::Disputed { job, party, falls_at });
        T::Audit::record(
            Some(&who),
            Some(settlement.space),
            Subject::Job(job),
            Kind::ReceiptDisputed,
        )
    }

    pub(crate) fn do_resolve(job: JobId, party: OrgId, ruling: Ruling) -> DispatchResult {
        let mut settlement = Settlements::<T>::get(job).ok_or(Error::<T>::NotSettled)?;
        let mut disputes = Disputes::<T>::get(job);
        let dispute = disputes.iter_mut().find(|dispute| dispute.party == party);
        let dispute = dispute.ok_or(Error::<T>::NotDisputed)?;
        ensure!(dispute.ruling.is_none(), Error::<T>::AlreadyResolved);
        ensure!(dispute.is_open(Self::now()), Error::<T>::DisputeFallen);
        // An open dispute holds the claim back, so that nothing was paid yet.
        dispute.ruling = Some(ruling);
        let space = settlement.space;
        Disputes::<T>::insert(job, disputes);
        if let Ruling::Corrected(_) = ruling {
            let completed = Self::completed(job).ok_or(Error::<T>::NotCompleted)?;
            settlement.payouts = Self::share(&settlement, &completed)?;
            Settlements::<T>::insert(job, settlement);
        }
        Self::deposit_event(Event::DisputeResolved { job, party, ruling });
        T::Audit::record(None, Some(space), Subject::Job(job), Kind::DisputeResolved)
    }
}

/// Completed jobs as settlements see them: with what the members have corrected.
impl<T: Config> CompletedJobs for Pallet<T> {
    fn completed(job: JobId) -> Option<CompletedJob> {
        let completed = T::Jobs::completed(job)?;
        Some(CompletedJob {
            contributions: corrected(completed.contributions, &Disputes::<T>::get(job)),
            ..completed
        })
    }
}
