//! What the calls do, and membership as other pallets ask for it.

use crate::pallet::*;
use alloc::vec::Vec;
use frame_support::ensure;
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::{is_text, Name, MAX_ADMISSIONS, MAX_ORGANISATIONS},
    consortium::{OrgKeys, OrgStatus, Organisation},
    traits::{AuditLog, Membership},
    AccountId, OrgId,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_admit(name: Name, account: AccountId) -> DispatchResult {
        let org = Self::insert(name, account.clone())?;
        Self::seat(core::slice::from_ref(&account), &[]);
        Self::deposit_event(Event::OrganisationAdmitted { org, account });
        T::Audit::record(None, None, Subject::Organisation(org), Kind::OrganisationAdmitted)
    }

    /// Writes a new organisation; at genesis too, where there are neither events nor audit entries.
    pub(crate) fn insert(name: Name, account: AccountId) -> Result<OrgId, DispatchError> {
        let org = NextOrg::<T>::get();
        let present: Vec<_> = Organisations::<T>::iter_values()
            .filter(|other| other.status != OrgStatus::Removed)
            .collect();
        ensure!(
            org.0 < MAX_ADMISSIONS && present.len() < MAX_ORGANISATIONS as usize,
            Error::<T>::TooManyOrganisations
        );
        ensure!(is_text(&name), Error::<T>::InvalidName);
        ensure!(present.iter().all(|other| other.name != name), Error::<T>::NameTaken);
        Self::take_in(&account, org)?;
        Organisations::<T>::insert(
            org,
            Organisation {
                name,
                account,
                status: OrgStatus::Active,
                keys: None,
            },
        );
        NextOrg::<T>::put(org.next().ok_or(Error::<T>::TooManyOrganisations)?);
        Ok(org)
    }

    /// Binds an account to an organisation and keeps it alive without points.
    fn take_in(account: &AccountId, org: OrgId) -> DispatchResult {
        ensure!(!Accounts::<T>::contains_key(account), Error::<T>::AccountTaken);
        Accounts::<T>::insert(account, org);
        frame_system::Pallet::<T>::inc_providers(account);
        Ok(())
    }

    pub(crate) fn do_set_keys(who: AccountId, keys: OrgKeys) -> DispatchResult {
        let org = Self::owner(&who).ok_or(Error::<T>::NotOwner)?;
        let empty = [keys.tls_fingerprint, keys.signing, keys.encryption].contains(&[0; 32]);
        ensure!(!empty, Error::<T>::EmptyKey);
        for (other, organisation) in Organisations::<T>::iter() {
            let Some(theirs) = organisation.keys.filter(|_| other != org) else {
                continue;
            };
            ensure!(
                theirs.tls_fingerprint != keys.tls_fingerprint,
                Error::<T>::FingerprintTaken
            );
            ensure!(theirs.signing != keys.signing, Error::<T>::SigningKeyTaken);
        }
        Organisations::<T>::try_mutate(org, |organisation| {
            organisation.as_mut().ok_or(Error::<T>::UnknownOrganisation)?.keys = Some(keys);
            Ok::<(), DispatchError>(())
        })?;
        Self::deposit_event(Event::KeysSet { org });
        T::Audit::record(Some(&who), None, Subject::Organisation(org), Kind::KeysSet)
    }

    pub(crate) fn do_add_operator(who: AccountId, account: AccountId) -> DispatchResult {
        let org = Self::owner(&who).ok_or(Error::<T>::NotOwner)?;
        Self::take_in(&account, org)?;
        Operators::<T>::try_mutate(org, |operators| operators.try_push(account.clone()))
            .map_err(|_| Error::<T>::TooManyOperators)?;
        Self::deposit_event(Event::OperatorAdded { org, account });
        T::Audit::record(Some(&who), None, Subject::Organisation(org), Kind::OperatorAdded)
    }

    pub(crate) fn do_remove_operator(who: AccountId, account: AccountId) -> DispatchResult {
        let org = Self::owner(&who).ok_or(Error::<T>::NotOwner)?;
        Operators::<T>::try_mutate(org, |operators| {
            let at = operators
                .iter()
                .position(|operator| *operator == account)
                .ok_or(Error::<T>::UnknownOperator)?;
            operators.remove(at);
            Ok::<(), DispatchError>(())
        })?;
        Accounts::<T>::remove(&account);
        Self::stop_validating(core::slice::from_ref(&account))?;
        frame_system::Pallet::<T>::dec_providers(&account)?;
        Self::deposit_event(Event::OperatorRemoved { org, account });
        T::Audit::record(Some(&who), None, Subject::Organisation(org), Kind::OperatorRemoved)
    }
}

impl<T: Config> Membership for Pallet<T> {
    fn owner(account: &AccountId) -> Option<OrgId> {
        let org = Accounts::<T>::get(account)?;
        let organisation = Organisations::<T>::get(org)?;
        (organisation.status == OrgStatus::Active && organisation.account == *account).then_some(org)
    }

    fn member(account: &AccountId) -> Option<OrgId> {
        Accounts::<T>::get(account).filter(|org| Self::is_active(*org))
    }

    fn organisation(org: OrgId) -> Option<Organisation> {
        Organisations::<T>::get(org)
    }

    fn is_active(org: OrgId) -> bool {
        Organisations::<T>::get(org).is_some_and(|organisation| organisation.status == OrgStatus::Active)
    }
}
