//! A member that floods the chain waits; the others do not.

use crate::{blocks::run_to, network, transactions::signed};
use frame_support::traits::OnFinalize;
use secureflow_runtime::{constants::QUOTA, Consortium, Executive, Hash, Runtime, RuntimeCall, UncheckedExtrinsic};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidityError,
};

const WAITS: TransactionValidityError = TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources);

fn transaction(by: Sr25519Keyring, nonce: u32) -> UncheckedExtrinsic {
    let remark = Vec::new();
    signed(RuntimeCall::System(frame_system::Call::remark { remark }), by, nonce)
}

/// What a block's author does with a transaction: whatever is refused leaves no trace.
fn push(transaction: UncheckedExtrinsic) -> Result<(), TransactionValidityError> {
    frame_support::storage::with_storage_layer(|| {
        Executive::apply_extrinsic(transaction)
            .map(|result| result.expect("a remark does not fail"))
            .map_err(Refused)
    })
    .map_err(|Refused(error)| error)
}

struct Refused(TransactionValidityError);

impl From<sp_runtime::DispatchError> for Refused {
    fn from(_: sp_runtime::DispatchError) -> Self {
        unreachable!("storage layers are few here")
    }
}

#[test]
fn a_flood_of_one_member_displaces_nobody() {
    network().execute_with(|| {
        run_to(1);
        for nonce in 0..QUOTA {
            assert_eq!(push(transaction(Alice, nonce)), Ok(()), "nonce {nonce}");
        }
        for _ in 0..3 {
            assert_eq!(push(transaction(Alice, QUOTA)), Err(WAITS));
        }
        assert_eq!(push(transaction(Bob, 0)), Ok(()));
        assert_eq!(push(transaction(Charlie, 0)), Ok(()));
        // The next block takes what had to wait, under the nonce that it has.
        Consortium::on_finalize(1);
        run_to(2);
        assert_eq!(push(transaction(Alice, QUOTA)), Ok(()));
    });
}

#[test]
fn operators_share_their_organisation_s_quota() {
    network().execute_with(|| {
        run_to(1);
        let account = Dave.to_account_id();
        let call = RuntimeCall::Consortium(pallet_consortium::Call::<Runtime>::add_operator { account });
        assert_eq!(push(signed(call, Alice, 0)), Ok(()));
        for nonce in 0..QUOTA - 1 {
            assert_eq!(push(transaction(Dave, nonce)), Ok(()), "nonce {nonce}");
        }
        assert_eq!(push(transaction(Dave, QUOTA - 1)), Err(WAITS));
        assert_eq!(push(transaction(Alice, 1)), Err(WAITS));
        assert_eq!(push(transaction(Bob, 0)), Ok(()));
    });
}

/// The pool orders by this figure, and throws out the lowest when it is full.
#[test]
fn in_the_pool_a_flood_ranks_behind_the_others() {
    network().execute_with(|| {
        run_to(1);
        let priority = |by, nonce| -> TransactionPriority {
            let transaction = transaction(by, nonce);
            let valid = Executive::validate_transaction(TransactionSource::External, transaction, Hash::zero());
            valid.expect("members pass").priority
        };
        assert_eq!(priority(Alice, 0), priority(Bob, 0));
        let mut last = priority(Bob, 0);
        for nonce in [1, 2, 100, QUOTA, 10_000] {
            let next = priority(Alice, nonce);
            assert!(next < last, "nonce {nonce}");
            last = next;
        }
    });
}
