//! What the calls do once their origin is known.

use crate::{Agreements, Config, Error, Escrow, Event, Pallet, Settlements};
use frame_support::{
    ensure,
    traits::{fungible::Mutate, tokens::Preservation, Get},
};
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::PerParty,
    revenue::{Agreement, Formula, Settlement, MILLION},
    traits::{AuditLog, CompletedJobs, Membership, SettlementEngine, Spaces},
    AccountId, Balance, JobId, OrgId, SpaceId,
};
use sp_runtime::{
    traits::{AccountIdConversion, SaturatedConversion},
    DispatchResult,
};

impl<T: Config> Pallet<T> {
    /// The account that holds a space's escrow.
    pub fn escrow_account(space: SpaceId) -> AccountId {
        T::PalletId::get().into_sub_account_truncating(space)
    }

    /// How many points a space's escrow is short of one reward; none when it has no agreement.
    pub fn shortfall(space: SpaceId) -> Option<Balance> {
        Agreements::<T>::get(space).map(|agreement| agreement.reward.saturating_sub(Escrow::<T>::get(space)))
    }

    pub(crate) fn do_set_agreement(who: AccountId, space: SpaceId, agreement: Agreement) -> DispatchResult {
        let creator = T::Spaces::creator(space).ok_or(Error::<T>::UnknownSpace)?;
        ensure!(T::Membership::owner(&who) == Some(creator), Error::<T>::NotSpaceCreator);
        Self::check_formula(space, &agreement.formula)?;
        T::Engine::check(&agreement.formula)?;
        Agreements::<T>::insert(space, agreement);
        Self::deposit_event(Event::AgreementSet { space });
        T::Audit::record(Some(&who), Some(space), Subject::Space(space), Kind::AgreementSet)
    }

    fn check_formula(space: SpaceId, formula: &Formula) -> DispatchResult {
        match formula {
            Formula::Equal | Formula::ByRows | Formula::ByComputeTime | Formula::ByUtility | Formula::Contract(_) => {
                Ok(())
            }
            Formula::Fixed(shares) => Self::check_shares(space, shares),
            Formula::Mixture(mixture) => {
                let parts = mixture.parts();
                let sum = parts.iter().try_fold(0u32, |sum, part| sum.checked_add(*part));
                ensure!(sum == Some(MILLION), Error::<T>::MixtureInvalid);
                // Shares without a part would mean nothing.
                ensure!(
                    mixture.fixed > 0 || mixture.shares.is_empty(),
                    Error::<T>::MixtureInvalid
                );
                match mixture.fixed {
                    0 => Ok(()),
                    _ => Self::check_shares(space, &mixture.shares),
                }
            }
        }
    }

    fn check_shares(space: SpaceId, shares: &[(OrgId, u32)]) -> DispatchResult {
        ensure!(!shares.is_empty(), Error::<T>::SharesEmpty);
        for (i, (org, _)) in shares.iter().enumerate() {
            ensure!(
                shares.iter().take(i).all(|(other, _)| other != org),
                Error::<T>::DuplicateShare
            );
            ensure!(T::Spaces::is_member(space, *org), Error::<T>::ShareOutsideSpace);
        }
        ensure!(shares.iter().any(|(_, weight)| *weight > 0), Error::<T>::SharesAllZero);
        Ok(())
    }

    pub(crate) fn do_fund(who: AccountId, space: SpaceId, amount: Balance) -> DispatchResult {
        let org = T::Membership::member(&who).ok_or(Error::<T>::NotMember)?;
        ensure!(T::Spaces::creator(space).is_some(), Error::<T>::UnknownSpace);
        ensure!(T::Spaces::is_member(space, org), Error::<T>::NotSpaceMember);
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        T::Points::transfer(&who, &Self::escrow_account(space), amount, Preservation::Preserve)?;
        // Cannot saturate: it is part of the total issuance.
        Escrow::<T>::mutate(space, |held| *held = held.saturating_add(amount));
        Self::deposit_event(Event::EscrowFunded { space, org, amount });
        T::Audit::record(Some(&who), Some(space), Subject::Space(space), Kind::EscrowFunded)
    }

    pub(crate) fn do_settle(who: AccountId, job: JobId) -> DispatchResult {
        ensure!(T::Membership::member(&who).is_some(), Error::<T>::NotMember);
        ensure!(!Settlements::<T>::contains_key(job), Error::<T>::AlreadySettled);
        let completed = T::Jobs::completed(job).ok_or(Error::<T>::NotCompleted)?;
        let space = completed.space;
        let agreement = Agreements::<T>::get(space).ok_or(Error::<T>::NoAgreement)?;
        let amount = agreement.reward;
        let held = Escrow::<T>::get(space);
        let left = held.checked_sub(amount).ok_or(Error::<T>::InsufficientEscrow {
            missing: amount.saturating_sub(held).saturated_into(),
        })?;

        let payouts = T::Engine::payouts(&agreement, &completed, amount)?;
        Self::check_payouts(&payouts, amount)?;
        let payouts = PerParty::try_from(payouts).map_err(|_| Error::<T>::PayoutsDoNotAddUp)?;
        Escrow::<T>::insert(space, left);
        let escrow = Self::escrow_account(space);
        for (org, payout) in &payouts {
            // Also to an organisation that was suspended since: it has done its part.
            let account = T::Membership::organisation(*org)
                .ok_or(Error::<T>::UnknownPayee)?
                .account;
            if *payout > 0 {
                T::Points::transfer(&escrow, &account, *payout, Preservation::Expendable)?;
            }
        }
        let at = frame_system::Pallet::<T>::block_number().saturated_into();
        Settlements::<T>::insert(
            job,
            Settlement {
                space,
                amount,
                payouts,
                at,
            },
        );
        Self::deposit_event(Event::Settled { job, amount });
        T::Audit::record(Some(&who), Some(space), Subject::Job(job), Kind::Settled)
    }

    /// An engine is not trusted with the sum: it may be a contract some day.
    fn check_payouts(payouts: &[(OrgId, Balance)], amount: Balance) -> DispatchResult {
        ensure!(!payouts.is_empty(), Error::<T>::NobodyToPay);
        let sum = payouts
            .iter()
            .try_fold(0, |sum: Balance, (_, payout)| sum.checked_add(*payout));
        ensure!(sum == Some(amount), Error::<T>::PayoutsDoNotAddUp);
        Ok(())
    }

    /// What must hold between any two calls.
    #[cfg(any(feature = "try-runtime", test))]
    pub(crate) fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
        use frame_support::traits::fungible::Inspect;
        for (space, held) in Escrow::<T>::iter() {
            // Anybody can send points to the account past `fund`, so it may hold more.
            ensure!(
                T::Points::balance(&Self::escrow_account(space)) >= held,
                "an escrow account holds too little"
            );
        }
        for (_, settlement) in Settlements::<T>::iter() {
            let sum = settlement
                .payouts
                .iter()
                .try_fold(0, |sum: Balance, (_, payout)| sum.checked_add(*payout));
            ensure!(
                sum == Some(settlement.amount),
                "payouts do not add up to what was settled"
            );
        }
        for (space, agreement) in Agreements::<T>::iter() {
            ensure!(T::Spaces::creator(space).is_some(), "an agreement has no space");
            Self::check_formula(space, &agreement.formula)?;
        }
        Ok(())
    }
}
