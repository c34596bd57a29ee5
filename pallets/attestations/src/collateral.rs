//! What vendors publish about their platforms, kept on chain so that evidence stays small, and what the members ask of a
//! platform. Anybody may bring a vendor's publication: its signature decides, and an older one never replaces a newer.

use crate::{
    AmdRevocations, Collaterals, Config, EndingFamilies, Error, Event, EvidencePolicy, Pallet, Platforms, MAX_FAMILIES,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{ensure, traits::ConstU32};
use scale_info::TypeInfo;
use secureflow_evidence::{
    dcap,
    registry::{Platform, Policy},
    snp, Item,
};
use secureflow_primitives::{
    audit::{Kind, Subject},
    traits::{AuditLog, Membership},
    AccountId, BlockNumber,
};
use sp_runtime::{BoundedVec, DispatchResult};

/// AMD's list of revoked intermediates for one generation, verified when it was brought.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct StoredRevocations {
    /// AMD's number of the list.
    pub number: u64,
    list: BoundedVec<u8, ConstU32<{ snp::MAX_REVOCATION_LIST as u32 }>>,
}

impl StoredRevocations {
    pub(crate) fn list(&self) -> Option<snp::RevocationList> {
        snp::RevocationList::decode(&mut self.list.as_slice()).ok()
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_submit_collateral(who: AccountId, collateral: &[u8]) -> DispatchResult {
        ensure!(T::Membership::member(&who).is_some(), Error::<T>::NotMember);
        let collateral = dcap::Collateral::from_scale(collateral)
            .and_then(|collateral| collateral.verify(Self::seconds()))
            .map_err(Error::<T>::from)?;
        let family = collateral.family();
        let (evaluation, valid_until) = (collateral.evaluation, collateral.valid_until);
        match Collaterals::<T>::get(family) {
            Some(known) => ensure!(
                evaluation >= known.evaluation && valid_until > known.valid_until,
                Error::<T>::CollateralNotNewer
            ),
            None => ensure!(Collaterals::<T>::count() < MAX_FAMILIES, Error::<T>::TooManyFamilies),
        }
        Collaterals::<T>::insert(family, collateral);
        Self::deposit_event(Event::CollateralUpdated {
            family,
            evaluation,
            valid_until,
        });
        Ok(())
    }

    pub(crate) fn do_submit_revocations(who: AccountId, list: &[u8]) -> DispatchResult {
        ensure!(T::Membership::member(&who).is_some(), Error::<T>::NotMember);
        let list = snp::RevocationList::verify(list, Self::seconds()).map_err(Error::<T>::from)?;
        let known = AmdRevocations::<T>::get(list.product);
        ensure!(
            known.is_none_or(|known| list.number > known.number),
            Error::<T>::CollateralNotNewer
        );
        let (product, number) = (list.product, list.number);
        let list =
            BoundedVec::try_from(list.encode()).map_err(|_| Error::<T>::from(too_large(Item::RevocationList)))?;
        AmdRevocations::<T>::insert(product, StoredRevocations { number, list });
        Self::deposit_event(Event::RevocationsUpdated { product, number });
        Ok(())
    }

    pub(crate) fn do_remove_collateral(family: dcap::Family) -> DispatchResult {
        let collateral = Collaterals::<T>::get(family).ok_or(Error::<T>::UnknownFamily)?;
        ensure!(Self::seconds() > collateral.valid_until, Error::<T>::NotExpired);
        Collaterals::<T>::remove(family);
        EndingFamilies::<T>::remove(family);
        Self::deposit_event(Event::CollateralRemoved { family });
        Ok(())
    }

    pub(crate) fn do_set_evidence_policy(policy: Policy, grace: BlockNumber) -> DispatchResult {
        let until = Self::now().saturating_add(grace);
        EvidencePolicy::<T>::put(policy);
        // No more than `MAX_WORKERS`.
        let mut short = 0;
        Platforms::<T>::translate_values(|mut platform: Platform| {
            short += u32::from(platform.judge_by(&policy, until));
            Some(platform)
        });
        Self::deposit_event(Event::EvidencePolicySet { short, until });
        T::Audit::record(None, None, Subject::Consortium, Kind::EvidencePolicySet)
    }
}

/// Does not happen: what was read is as short as what is kept of it.
fn too_large(item: Item) -> secureflow_evidence::Error {
    secureflow_evidence::Error::TooLarge { item, limit: 0 }
}
