//! A member that floods the chain waits; the others do not.

use crate::{blocks::run_to, network, transactions::signed};
use frame_support::{
    traits::{Get, OnFinalize},
    weights::Weight,
};
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

/// A transaction that weighs at least so many picoseconds: it asks for them, and uses them, since its call fails.
fn heavy(by: Sr25519Keyring, nonce: u32, time: u64) -> UncheckedExtrinsic {
    let no_motion = pallet_collective::Call::close {
        proposal_hash: Hash::zero(),
        index: 0,
        proposal_weight_bound: Weight::from_parts(time, 0),
        length_bound: 0,
    };
    signed(RuntimeCall::Council(no_motion), by, nonce)
}

fn weight_quota() -> u64 {
    <<Runtime as pallet_consortium::Config>::WeightQuota as Get<Weight>>::get().ref_time()
}

/// What a block's author does with a transaction: whatever is refused leaves no trace. What becomes of the call is not asked.
fn push(transaction: UncheckedExtrinsic) -> Result<(), TransactionValidityError> {
    frame_support::storage::with_storage_layer(|| {
        Executive::apply_extrinsic(transaction)
            .map(|_called| ())
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

#[test]
fn heavy_calls_of_one_member_displace_nobody() {
    network().execute_with(|| {
        let time = weight_quota() / 10 * 9;
        let mut sent = 0;
        for block in 1..=20 {
            run_to(block);
            // As many as she can, and before the others.
            while push(heavy(Alice, sent, time)).is_ok() {
                sent += 1;
            }
            assert_eq!(push(heavy(Bob, block - 1, time)), Ok(()), "block {block}");
            assert_eq!(push(transaction(Charlie, block - 1)), Ok(()), "block {block}");
        }
        assert_eq!(sent, 20, "one fits into a block's share");
    });
}

/// As the closing of a motion may be, which asks for what the motion costs.
#[test]
fn a_call_that_is_heavier_than_the_share_is_worked_off() {
    network().execute_with(|| {
        let time = weight_quota() / 2 * 5;
        let mut sent = 0;
        for block in 1..=30 {
            run_to(block);
            while push(heavy(Alice, sent, time)).is_ok() {
                sent += 1;
            }
            assert_eq!(push(heavy(Bob, block - 1, weight_quota() / 2)), Ok(()), "block {block}");
        }
        assert_eq!(sent, 10, "two and a half shares take three blocks");
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
