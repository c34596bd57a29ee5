//! Only members' transactions enter the pool, and no organisation fills a block alone.

use crate::{pallet::*, WeightInfo};
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame_support::{
    ensure,
    traits::{Get, OriginTrait},
    weights::Weight,
    CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use secureflow_primitives::{traits::Membership, OrgId};
use sp_runtime::{
    traits::{DispatchInfoOf, TransactionExtension, ValidateResult},
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

/// Refuses a transaction whose signer acts for no active organisation, with `InvalidTransaction::BadSigner`. Adds no byte to
/// the transaction and nothing to what is signed. What nobody signed (inherents) is none of its business.
///
/// In a block it counts what each organisation sends. Past [`Config::Quota`] it answers
/// `InvalidTransaction::ExhaustsResources`, upon which the author leaves the transaction in the pool for the next block; a
/// block that holds more is refused by all others.
#[derive(
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    CloneNoBound,
    DebugNoBound,
    DefaultNoBound,
    EqNoBound,
    PartialEqNoBound,
)]
#[scale_info(skip_type_params(T))]
pub struct CheckMember<T: Config>(PhantomData<T>);

impl<T: Config> CheckMember<T> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for CheckMember<T> {
    const IDENTIFIER: &'static str = "CheckMember";
    type Implicit = ();
    /// For whom the signer acts.
    type Val = Option<OrgId>;
    type Pre = ();

    fn weight(&self, _: &T::RuntimeCall) -> Weight {
        <T as Config>::WeightInfo::check_member()
    }

    fn validate(
        &self,
        origin: T::RuntimeOrigin,
        _call: &T::RuntimeCall,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        _len: usize,
        _self_implicit: Self::Implicit,
        _inherited_implication: &impl Encode,
        _source: TransactionSource,
    ) -> ValidateResult<Self::Val, T::RuntimeCall> {
        // Checked in the pool and again when the block runs, so a suspension also stops what waits in the pool.
        let org = match origin.as_signer() {
            Some(who) => Some(Pallet::<T>::member(who).ok_or(InvalidTransaction::BadSigner)?),
            None => None,
        };
        Ok((Default::default(), org, origin))
    }

    fn prepare(
        self,
        org: Self::Val,
        _origin: &T::RuntimeOrigin,
        _call: &T::RuntimeCall,
        _info: &DispatchInfoOf<T::RuntimeCall>,
        _len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        if let Some(org) = org {
            let sent = Sent::<T>::get(org).saturating_add(1);
            ensure!(sent <= T::Quota::get(), InvalidTransaction::ExhaustsResources);
            Sent::<T>::insert(org, sent);
        }
        Ok(())
    }
}
