//! The order in which the pool serves members.

use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{dispatch::DispatchInfo, weights::Weight, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use frame_system::CheckNonce;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{
        AsSystemOriginSigner, DispatchInfoOf, Dispatchable, Implication, PostDispatchInfoOf, SaturatedConversion,
        TransactionExtension, ValidateResult,
    },
    transaction_validity::{TransactionPriority, TransactionSource, TransactionValidityError},
    DispatchResult,
};

/// The priority of a transaction that is its account's next one. What lies ahead falls behind by its distance, which has at
/// most as many values, and never rises to what the system itself sends.
const NEXT: TransactionPriority = u32::MAX as TransactionPriority;

/// `frame_system::CheckNonce`, in whose name and encoding it appears to clients, with a priority: the further a transaction
/// lies behind its account's next one, the lower. Without fees nothing else would rank transactions, and the pool would
/// serve whoever came first with all that they sent. So a flood from one account neither delays another one's next
/// transaction nor, in a full pool, drives it out.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound)]
#[scale_info(skip_type_params(T))]
pub struct FairNonce<T: frame_system::Config>(#[codec(compact)] pub T::Nonce);

impl<T: frame_system::Config> FairNonce<T> {
    pub fn from(nonce: T::Nonce) -> Self {
        Self(nonce)
    }

    fn inner(&self) -> CheckNonce<T> {
        CheckNonce::from(self.0)
    }

    fn number(nonce: T::Nonce) -> TransactionPriority {
        nonce.saturated_into()
    }
}

impl<T: frame_system::Config> TransactionExtension<T::RuntimeCall> for FairNonce<T>
where
    T::RuntimeCall: Dispatchable<Info = DispatchInfo>,
    <T::RuntimeCall as Dispatchable>::RuntimeOrigin: AsSystemOriginSigner<T::AccountId> + Clone,
{
    const IDENTIFIER: &'static str = "CheckNonce";
    type Implicit = ();
    type Val = <CheckNonce<T> as TransactionExtension<T::RuntimeCall>>::Val;
    type Pre = <CheckNonce<T> as TransactionExtension<T::RuntimeCall>>::Pre;

    fn weight(&self, call: &T::RuntimeCall) -> Weight {
        self.inner().weight(call)
    }

    fn validate(
        &self,
        origin: T::RuntimeOrigin,
        call: &T::RuntimeCall,
        info: &DispatchInfoOf<T::RuntimeCall>,
        len: usize,
        self_implicit: Self::Implicit,
        inherited_implication: &impl Implication,
        source: TransactionSource,
    ) -> ValidateResult<Self::Val, T::RuntimeCall> {
        let next = origin
            .as_system_origin_signer()
            .map(|who| frame_system::Pallet::<T>::account_nonce(who.clone()));
        let (mut validity, val, origin) =
            self.inner()
                .validate(origin, call, info, len, self_implicit, inherited_implication, source)?;
        if let Some(next) = next {
            let distance = Self::number(self.0).saturating_sub(Self::number(next));
            validity.priority = NEXT.saturating_sub(distance);
        }
        Ok((validity, val, origin))
    }

    fn prepare(
        self,
        val: Self::Val,
        origin: &T::RuntimeOrigin,
        call: &T::RuntimeCall,
        info: &DispatchInfoOf<T::RuntimeCall>,
        len: usize,
    ) -> Result<Self::Pre, TransactionValidityError> {
        self.inner().prepare(val, origin, call, info, len)
    }

    fn post_dispatch_details(
        pre: Self::Pre,
        info: &DispatchInfoOf<T::RuntimeCall>,
        post_info: &PostDispatchInfoOf<T::RuntimeCall>,
        len: usize,
        result: &DispatchResult,
    ) -> Result<Weight, TransactionValidityError> {
        <CheckNonce<T> as TransactionExtension<T::RuntimeCall>>::post_dispatch_details(
            pre, info, post_info, len, result,
        )
    }
}
