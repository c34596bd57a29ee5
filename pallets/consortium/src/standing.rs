//! What a vote of the members decides: suspension, reinstatement and removal, with the seats in the council that follow
//! from them, and upgrades of the runtime.

use crate::{pallet::*, seams::AuthorizeUpgrade};
use alloc::vec::Vec;
use frame_support::{ensure, traits::ChangeMembers};
use secureflow_primitives::{
    audit::{Kind, Subject},
    consortium::{OrgStatus, Organisation},
    traits::AuditLog,
    AccountId, OrgId, H256,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_suspend(org: OrgId) -> DispatchResult {
        let organisation = Self::present(org)?;
        ensure!(
            organisation.status != OrgStatus::Suspended,
            Error::<T>::AlreadySuspended
        );
        let account = organisation.account.clone();
        Self::set_status(org, organisation, OrgStatus::Suspended);
        Self::seat(&[], &[account]);
        Self::ensure_seats()?;
        Self::deposit_event(Event::OrganisationSuspended { org });
        T::Audit::record(None, None, Subject::Organisation(org), Kind::OrganisationSuspended)
    }

    pub(crate) fn do_reinstate(org: OrgId) -> DispatchResult {
        let organisation = Self::present(org)?;
        ensure!(organisation.status == OrgStatus::Suspended, Error::<T>::NotSuspended);
        let account = organisation.account.clone();
        Self::set_status(org, organisation, OrgStatus::Active);
        Self::seat(&[account], &[]);
        Self::deposit_event(Event::OrganisationReinstated { org });
        T::Audit::record(None, None, Subject::Organisation(org), Kind::OrganisationReinstated)
    }

    /// Everything that could act for the organisation goes: accounts, operators, validators, session keys, public keys,
    /// nodes.
    /// What others have to find stays: its id, its name, and the account that a payment still goes to.
    pub(crate) fn do_remove(org: OrgId) -> DispatchResult {
        let organisation = Self::present(org)?;
        let account = organisation.account.clone();
        let mut leaving = Operators::<T>::take(org).into_inner();
        leaving.push(account.clone());
        leaving.iter().for_each(Accounts::<T>::remove);
        Nodes::<T>::remove(org);
        Self::set_status(
            org,
            Organisation {
                keys: None,
                ..organisation
            },
            OrgStatus::Removed,
        );
        Self::stop_validating(&leaving)?;
        for account in &leaving {
            // Something else on chain may still hold on to it. Then it lives on, and may send nothing all the same.
            let _ = frame_system::Pallet::<T>::dec_providers(account);
        }
        Self::seat(&[], &[account]);
        Self::ensure_seats()?;
        Self::deposit_event(Event::OrganisationRemoved { org });
        T::Audit::record(None, None, Subject::Organisation(org), Kind::OrganisationRemoved)
    }

    pub(crate) fn do_authorize_upgrade(code_hash: H256) -> DispatchResult {
        T::Upgrades::authorize(code_hash);
        Self::deposit_event(Event::UpgradeAuthorized { code_hash });
        T::Audit::record(None, None, Subject::Code(code_hash), Kind::UpgradeAuthorized)
    }

    /// An organisation that was not removed.
    fn present(org: OrgId) -> Result<Organisation, DispatchError> {
        let organisation = Organisations::<T>::get(org).ok_or(Error::<T>::UnknownOrganisation)?;
        ensure!(organisation.status != OrgStatus::Removed, Error::<T>::AlreadyRemoved);
        Ok(organisation)
    }

    fn set_status(org: OrgId, organisation: Organisation, status: OrgStatus) {
        Organisations::<T>::insert(org, Organisation { status, ..organisation });
    }

    /// Who votes: the own accounts of the active organisations.
    fn voters() -> Vec<AccountId> {
        Organisations::<T>::iter_values()
            .filter(|organisation| organisation.status == OrgStatus::Active)
            .map(|organisation| organisation.account)
            .collect()
    }

    /// Gives the council its members anew, so that proportions are those of the active organisations. Votes that an account
    /// has cast in open motions go with its seat.
    pub(crate) fn seat(joining: &[AccountId], leaving: &[AccountId]) {
        T::Council::change_members(joining, leaving, Self::voters());
    }

    /// A council without members could never admit one.
    fn ensure_seats() -> DispatchResult {
        ensure!(!Self::voters().is_empty(), Error::<T>::LastMember);
        Ok(())
    }
}
