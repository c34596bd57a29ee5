//! Points outside of settlements: made, paid in, given back.

use crate::{Config, Error, Escrow, Event, Pallet, Transferable};
use frame_support::{
    ensure,
    traits::{fungible::Mutate, tokens::Preservation},
};
use secureflow_primitives::{
    audit::{Kind, Subject},
    traits::{AuditLog, Membership, Spaces},
    AccountId, Balance, OrgId, SpaceId,
};
use sp_runtime::{traits::SaturatedConversion, DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    /// Whether accounts may send points to each other.
    pub fn transferable() -> bool {
        Transferable::<T>::get()
    }

    /// The account of an organisation that may receive points that it has not earned by a job.
    fn active_account(org: OrgId) -> Result<AccountId, DispatchError> {
        ensure!(T::Membership::is_active(org), Error::<T>::NotActive);
        Self::payee(org)
    }

    /// An organisation's own account, also of one that is suspended or has left.
    pub(super) fn payee(org: OrgId) -> Result<AccountId, DispatchError> {
        let organisation = T::Membership::organisation(org).ok_or(Error::<T>::UnknownPayee)?;
        Ok(organisation.account)
    }

    pub(crate) fn do_mint(org: OrgId, amount: Balance) -> DispatchResult {
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        T::Points::mint_into(&Self::active_account(org)?, amount)?;
        Self::deposit_event(Event::PointsMinted { org, amount });
        T::Audit::record(None, None, Subject::Organisation(org), Kind::PointsMinted)
    }

    pub(crate) fn do_set_transferable(transferable: bool) -> DispatchResult {
        Transferable::<T>::put(transferable);
        Self::deposit_event(Event::PointsConfigured { transferable });
        T::Audit::record(None, None, Subject::Consortium, Kind::PointsConfigured)
    }

    pub(crate) fn do_fund(who: AccountId, space: SpaceId, amount: Balance) -> DispatchResult {
        let org = Self::member(&who)?;
        ensure!(T::Spaces::creator(space).is_some(), Error::<T>::UnknownSpace);
        ensure!(T::Spaces::is_member(space, org), Error::<T>::NotSpaceMember);
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        // A member's account does not live by its points, so that it may spend the last one.
        T::Points::transfer(&who, &Self::escrow_account(space), amount, Preservation::Expendable)?;
        // Cannot saturate: it is part of the total issuance.
        Escrow::<T>::mutate(space, |held| *held = held.saturating_add(amount));
        Self::deposit_event(Event::EscrowFunded { space, org, amount });
        T::Audit::record(Some(&who), Some(space), Subject::Space(space), Kind::EscrowFunded)
    }

    pub(crate) fn do_release(space: SpaceId, org: OrgId, amount: Balance) -> DispatchResult {
        ensure!(amount > 0, Error::<T>::ZeroAmount);
        let account = Self::active_account(org)?;
        Self::take(space, amount)?;
        T::Points::transfer(&Self::escrow_account(space), &account, amount, Preservation::Expendable)?;
        Self::deposit_event(Event::EscrowReleased { space, org, amount });
        T::Audit::record(None, Some(space), Subject::Space(space), Kind::EscrowReleased)
    }

    /// Takes points out of a space's escrow; they stay in its account.
    pub(super) fn take(space: SpaceId, amount: Balance) -> DispatchResult {
        let held = Escrow::<T>::get(space);
        let left = held.checked_sub(amount).ok_or(Error::<T>::InsufficientEscrow {
            missing: amount.saturating_sub(held).saturated_into(),
        })?;
        match left {
            0 => Escrow::<T>::remove(space),
            left => Escrow::<T>::insert(space, left),
        }
        Ok(())
    }
}
