//! Only members' transactions enter the pool, and no organisation fills a block alone.

use crate::{pallet::*, WeightInfo};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use core::marker::PhantomData;
use frame_support::{
    dispatch::{DispatchInfo, PostDispatchInfo},
    traits::{Get, OriginTrait},
    weights::Weight,
    CloneNoBound, DebugNoBound, DefaultNoBound, EqNoBound, PartialEqNoBound,
};
use scale_info::TypeInfo;
use secureflow_primitives::{traits::Membership, OrgId};
use sp_runtime::{
    traits::{DispatchInfoOf, Dispatchable, PostDispatchInfoOf, TransactionExtension, ValidateResult},
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
    DispatchResult,
};

/// Refuses a transaction whose signer acts for no active organisation, with `InvalidTransaction::BadSigner`. Adds no byte to
/// the transaction and nothing to what is signed. What nobody signed (inherents) is none of its business.
///
/// In a block it counts what each organisation sends, and what that weighs. Past [`Config::Quota`] or [`Config::WeightQuota`]
/// it answers `InvalidTransaction::ExhaustsResources`, upon which the author leaves the transaction in the pool for the next
/// block; a block that holds more is refused by all others.
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

impl<T: Config + Send + Sync> TransactionExtension<T::RuntimeCall> for CheckMember<T>
where
    T::RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo>,
{
    const IDENTIFIER: &'static str = "CheckMember";
    type Implicit = ();
    /// For whom the signer acts.
    type Val = Option<OrgId>;
    /// Whose quota gets back what the call does not use.
    type Pre = Option<OrgId>;

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
        info: &DispatchInfoOf<T::RuntimeCall>,
        _len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        if let Some(org) = org {
            let most = Usage {
                transactions: T::Quota::get(),
                weight: T::WeightQuota::get(),
            };
            let used = Sent::<T>::get(org).with(info.total_weight(), most);
            Sent::<T>::insert(org, used.ok_or(InvalidTransaction::ExhaustsResources)?);
        }
        Ok(org)
    }

    fn post_dispatch_details(
        org: Self::Pre,
        info: &DispatchInfoOf<T::RuntimeCall>,
        post_info: &PostDispatchInfoOf<T::RuntimeCall>,
        _len: usize,
        _result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        if let Some(org) = org {
            let unspent = post_info.calc_unspent(info);
            Sent::<T>::mutate(org, |used| used.weight = used.weight.saturating_sub(unspent));
        }
        Ok(Weight::zero())
    }
}

impl Usage {
    /// With one more transaction, unless that is more than a block takes. What is heavier than a whole quota is taken alone.
    fn with(self, weight: Weight, most: Self) -> Option<Self> {
        let more = Self {
            transactions: self.transactions.saturating_add(1),
            weight: self.weight.saturating_add(weight),
        };
        let light = self.weight == Weight::zero() || more.weight.all_lte(most.weight);
        (light && more.transactions <= most.transactions).then_some(more)
    }
}

impl<T: Config> Pallet<T> {
    /// Each organisation has its quota again in the next block, less what it took too much of in this one.
    pub(crate) fn renew_quotas() {
        let over: Vec<(OrgId, Weight)> = Sent::<T>::drain()
            .map(|(org, used)| (org, used.weight.saturating_sub(T::WeightQuota::get())))
            .filter(|(_, over)| *over != Weight::zero())
            .collect();
        for (org, weight) in over {
            Sent::<T>::insert(
                org,
                Usage {
                    transactions: 0,
                    weight,
                },
            );
        }
    }
}
