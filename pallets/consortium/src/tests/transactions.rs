//! What the transaction extensions let through.

use super::*;
use crate::{CheckMember, FairNonce, Sent};
use codec::Encode;
use frame_support::{
    dispatch::{DispatchInfo, PostDispatchInfo, RawOrigin},
    traits::Hooks,
    weights::Weight,
};
use sp_runtime::{
    traits::{AsTransactionAuthorizedOrigin, TransactionExtension, TxBaseImplication},
    transaction_validity::{InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidityError},
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

fn weighing(weight: u64) -> DispatchInfo {
    DispatchInfo {
        call_weight: Weight::from_parts(weight, 0),
        ..Default::default()
    }
}

/// What happens to a member's transaction of this weight when a block takes it.
fn include_heavy(n: u8, weight: u64) -> Result<Option<OrgId>, TransactionValidityError> {
    let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    let org = Consortium::member(&account(n));
    CheckMember::<Test>::new().prepare(org, &signed(n), &call, &weighing(weight), 0)
}

fn include(n: u8) -> Result<Option<OrgId>, TransactionValidityError> {
    include_heavy(n, 0)
}

#[test]
fn an_organisation_has_its_share_of_a_block() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        let full = TransactionValidityError::from(InvalidTransaction::ExhaustsResources);
        // All its accounts count together: three in the test's blocks.
        for n in [10, 20, 20] {
            assert_ok!(include(n));
        }
        assert_eq!(include(10), Err(full));
        assert_eq!(include(20), Err(full));
        // The pool takes more, for the next blocks, and others are not concerned.
        assert!(validate(signed(10)).is_ok());
        assert_ok!(include(11));
        // What nobody signed is not counted.
        let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
        let nobody = RawOrigin::None.into();
        for _ in 0..9 {
            assert_ok!(CheckMember::<Test>::new().prepare(None, &nobody, &call, &DispatchInfo::default(), 0));
        }
        Consortium::on_finalize(1);
        assert_eq!(Sent::<Test>::iter().count(), 0);
        assert_ok!(include(10));
    });
}

#[test]
fn an_organisation_has_its_share_of_a_block_s_weight() {
    execute_and_check(|| {
        let full = TransactionValidityError::from(InvalidTransaction::ExhaustsResources);
        // A hundred in the test's blocks.
        assert_ok!(include_heavy(10, 60));
        assert_eq!(include_heavy(10, 41), Err(full));
        assert_ok!(include_heavy(10, 40));
        assert_eq!(include_heavy(10, 1), Err(full));
        assert_ok!(include_heavy(11, 100));
        Consortium::on_finalize(1);
        assert_eq!(Sent::<Test>::iter().count(), 0);
    });
}

#[test]
fn what_is_heavier_than_the_share_goes_in_alone_and_is_worked_off() {
    execute_and_check(|| {
        let full = TransactionValidityError::from(InvalidTransaction::ExhaustsResources);
        assert_ok!(include_heavy(10, 1));
        assert_eq!(include_heavy(10, 250), Err(full));
        Consortium::on_finalize(1);
        assert_ok!(include_heavy(10, 250));
        assert_eq!(include(10), Err(full));
        // A hundred and fifty are left, then fifty.
        Consortium::on_finalize(2);
        assert_eq!(include(10), Err(full));
        assert_ok!(include(11));
        Consortium::on_finalize(3);
        assert_eq!(include_heavy(10, 51), Err(full));
        assert_ok!(include_heavy(10, 50));
        Consortium::on_finalize(4);
        assert_eq!(Sent::<Test>::iter().count(), 0);
        assert_ok!(include_heavy(10, 250));
    });
}

#[test]
fn what_a_call_does_not_use_is_given_back() {
    execute_and_check(|| {
        let full = TransactionValidityError::from(InvalidTransaction::ExhaustsResources);
        let done = |org, post_info| {
            CheckMember::<Test>::post_dispatch_details(org, &weighing(250), &post_info, 0, &Ok(()))
                .expect("nothing is refused by then")
        };
        let org = include_heavy(10, 250).expect("the block is empty");
        let used = PostDispatchInfo {
            actual_weight: Some(Weight::from_parts(30, 0)),
            ..Default::default()
        };
        assert_eq!(done(org, used), Weight::zero());
        assert_eq!(Sent::<Test>::get(BANK).weight, Weight::from_parts(30, 0));
        assert_eq!(include_heavy(10, 71), Err(full));
        assert_ok!(include_heavy(10, 70));
        // A call that does not say what it used has used all.
        let org = include_heavy(11, 250).expect("the block is empty");
        done(org, PostDispatchInfo::default());
        assert_eq!(include(11), Err(full));
    });
}

fn priority(n: u8, nonce: u32) -> Result<TransactionPriority, TransactionValidityError> {
    let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    let (validity, ..) = FairNonce::<Test>::from(nonce).validate(
        signed(n),
        &call,
        &DispatchInfo::default(),
        0,
        (),
        &TxBaseImplication(&call),
        TransactionSource::External,
    )?;
    let expected = (account(n), nonce).encode();
    assert_eq!(validity.provides, [expected]);
    Ok(validity.priority)
}

#[test]
fn who_sends_much_waits_behind_who_sends_little() {
    execute_and_check(|| {
        let rank = |n, nonce| priority(n, nonce).expect("members pass");
        // Everybody's next transaction ranks alike, and before everybody's later ones.
        assert_eq!(rank(10, 0), rank(11, 0));
        assert!(rank(10, 1) < rank(11, 0));
        assert!(rank(10, 1_000) < rank(10, 999));
        System::inc_account_nonce(account(10));
        assert_eq!(rank(10, 1), rank(11, 0));
        assert_eq!(priority(10, 0), Err(InvalidTransaction::Stale.into()));
        // However far ahead, it stays below what the chain itself sends, and does not wrap around.
        assert_eq!(rank(11, u32::MAX), 0);
        assert!(rank(10, 1) < TransactionPriority::MAX / 2);
    });
}

#[test]
fn clients_see_the_nonce_that_they_know() {
    let encoded = FairNonce::<Test>::from(77).encode();
    assert_eq!(encoded, frame_system::CheckNonce::<Test>::from(77).encode());
    assert_eq!(
        <FairNonce<Test> as TransactionExtension<RuntimeCall>>::IDENTIFIER,
        <frame_system::CheckNonce<Test> as TransactionExtension<RuntimeCall>>::IDENTIFIER
    );
}
