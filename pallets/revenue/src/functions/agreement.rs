//! Agreements: what a formula must be.

use crate::{Agreements, Config, Error, Event, Pallet};
use frame_support::{ensure, traits::Get};
use secureflow_primitives::{
    audit::{Kind, Subject},
    revenue::{Agreement, Formula, MILLION},
    traits::{AuditLog, Membership, SettlementEngine, Spaces},
    AccountId, OrgId, SpaceId,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_set_agreement(who: AccountId, space: SpaceId, agreement: Agreement) -> DispatchResult {
        let creator = T::Spaces::creator(space).ok_or(Error::<T>::UnknownSpace)?;
        ensure!(T::Membership::owner(&who) == Some(creator), Error::<T>::NotSpaceCreator);
        Self::check_agreement(space, &agreement)?;
        T::Engine::check(&agreement.formula)?;
        Agreements::<T>::insert(space, agreement);
        Self::deposit_event(Event::AgreementSet { space });
        T::Audit::record(Some(&who), Some(space), Subject::Space(space), Kind::AgreementSet)
    }

    pub(super) fn check_agreement(space: SpaceId, agreement: &Agreement) -> DispatchResult {
        ensure!(
            agreement.dispute_window <= T::MaxDisputeWindow::get(),
            Error::<T>::WindowTooLong
        );
        match &agreement.formula {
            Formula::Equal | Formula::ByRows | Formula::ByComputeTime | Formula::ByUtility | Formula::Contract(_) => {
                Ok(())
            }
            Formula::Fixed(shares) => Self::check_shares(space, shares),
            Formula::Mixture(mixture) => {
                let parts = mixture.parts();
                let sum = parts.iter().try_fold(0u32, |sum, part| sum.checked_add(*part));
                ensure!(sum == Some(MILLION), Error::<T>::MixtureInvalid);
                match mixture.fixed {
                    // Shares without a part would mean nothing.
                    0 => {
                        ensure!(mixture.shares.is_empty(), Error::<T>::MixtureInvalid);
                        Ok(())
                    }
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
}
