//! What the transaction extensions let through.

use super::*;
use crate::CheckMember;
use codec::Encode;
use frame_support::dispatch::{DispatchInfo, RawOrigin};
use sp_runtime::{
    traits::{AsTransactionAuthorizedOrigin, TransactionExtension, TxBaseImplication},
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

fn validate(origin: RuntimeOrigin) -> Result<RuntimeOrigin, TransactionValidityError> {
    let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    let extension = CheckMember::<Test>::new();
    assert!(extension.encode().is_empty());
    extension
        .validate(
            origin,
            &call,
            &DispatchInfo::default(),
            0,
            (),
            &TxBaseImplication(&call),
            TransactionSource::External,
        )
        .map(|(_, _, origin)| origin)
}

#[test]
fn only_members_transactions_are_valid() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        let bad_signer = TransactionValidityError::from(InvalidTransaction::BadSigner);
        for n in [10, 20] {
            assert!(validate(signed(n)).is_ok_and(|origin| origin.is_transaction_authorized()));
        }
        assert_eq!(validate(signed(99)).err(), Some(bad_signer));
        assert_ok!(Consortium::suspend(root(), BANK));
        for n in [10, 20] {
            assert_eq!(validate(signed(n)).err(), Some(bad_signer));
        }
        // What nobody signed goes on as it came: unauthorised.
        assert!(validate(RawOrigin::None.into()).is_ok_and(|origin| !origin.is_transaction_authorized()));
    });
}
