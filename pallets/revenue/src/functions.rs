//! What the calls do once their origin is known.

mod agreement;
mod dispute;
mod points;
mod prices;
mod settlement;

use crate::{Agreements, Config, Error, Escrow, Pallet};
use frame_support::traits::Get;
use secureflow_primitives::{traits::Membership, AccountId, Balance, BlockNumber, OrgId, SpaceId};
use sp_runtime::{
    traits::{AccountIdConversion, SaturatedConversion},
    DispatchError,
};

impl<T: Config> Pallet<T> {
    /// The account that holds a space's escrow, what is held back from it, and what is settled and not claimed.
    pub fn escrow_account(space: SpaceId) -> AccountId {
        T::PalletId::get().into_sub_account_truncating(space)
    }

    /// How many points a space's escrow is short of one reward; none when it has no agreement.
    pub fn shortfall(space: SpaceId) -> Option<Balance> {
        Agreements::<T>::get(space).map(|agreement| agreement.reward.saturating_sub(Escrow::<T>::get(space)))
    }

    fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    fn member(who: &AccountId) -> Result<OrgId, DispatchError> {
        T::Membership::member(who).ok_or(Error::<T>::NotMember.into())
    }

    /// What must hold between any two calls.
    #[cfg(any(feature = "std", feature = "try-runtime"))]
    pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
        use crate::{Disputes, Held, JobAgreements, Settlements};
        use alloc::collections::BTreeMap;
        use frame_support::{ensure, traits::fungible::Inspect};
        use secureflow_primitives::traits::Spaces;

        let mut owed: BTreeMap<SpaceId, Balance> = Escrow::<T>::iter().collect();
        for (job, (space, prices)) in Held::<T>::iter() {
            ensure!(prices.total() > 0, "nothing is held for a job");
            ensure!(!Settlements::<T>::contains_key(job), "a settled job's prices are held");
            let owed = owed.entry(space).or_default();
            *owed = owed.saturating_add(prices.total());
        }
        for (_, settlement) in Settlements::<T>::iter() {
            let sum = Self::sum(&settlement.payouts);
            ensure!(
                sum == Some(settlement.amount()),
                "payouts do not add up to what was settled"
            );
            if settlement.claimed_at.is_none() {
                let owed = owed.entry(settlement.space).or_default();
                *owed = owed.saturating_add(settlement.amount());
            }
        }
        for (space, owed) in owed {
            // Anybody can send points to the account past `fund`, so it may hold more.
            ensure!(
                T::Points::balance(&Self::escrow_account(space)) >= owed,
                "an escrow account holds too little"
            );
        }
        for (job, disputes) in Disputes::<T>::iter() {
            let settlement = Settlements::<T>::get(job).ok_or("a dispute has no settlement")?;
            for (i, dispute) in disputes.iter().enumerate() {
                ensure!(
                    disputes.iter().take(i).all(|other| other.party != dispute.party),
                    "a party disputes a job twice"
                );
                ensure!(
                    settlement.claimed_at.is_none_or(|at| !dispute.is_open(at)),
                    "a job was claimed during a dispute"
                );
            }
        }
        ensure!(
            JobAgreements::<T>::iter_keys().all(|job| !Settlements::<T>::contains_key(job)),
            "an agreement is kept for a settled job"
        );
        for (space, agreement) in Agreements::<T>::iter() {
            ensure!(T::Spaces::creator(space).is_some(), "an agreement has no space");
            Self::check_agreement(space, &agreement)?;
        }
        ensure!(
            T::Points::minimum_balance() == 1,
            "a payout of one point could not be received"
        );
        Ok(())
    }
}
