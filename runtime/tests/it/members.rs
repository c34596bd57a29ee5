//! Every call, sent by a member, a stranger and nobody.

use crate::{externalities, parties, transactions::signed};
use codec::Decode;
use frame_support::traits::{GetCallMetadata, GetCallName};
use secureflow_primitives::revenue::POINTS;
use secureflow_runtime::{genesis::consortium, Executive, Runtime, RuntimeCall, System, UncheckedExtrinsic};
use sp_keyring::Sr25519Keyring;
use sp_runtime::transaction_validity::{
    InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
};

const REFUSED: TransactionValidityError = TransactionValidityError::Invalid(InvalidTransaction::BadSigner);
/// What a harness that signs wrongly would get, for everyone alike.
const UNPROVEN: TransactionValidityError = TransactionValidityError::Invalid(InvalidTransaction::BadProof);

/// One call of each kind, decoded from zeros: ids and lengths of nothing. What they would do is no matter here.
fn calls() -> Vec<RuntimeCall> {
    let mut calls = Vec::new();
    for pallet in 0..=u8::MAX {
        for index in 0..=u8::MAX {
            let mut bytes = vec![0; 1_024];
            (bytes[0], bytes[1]) = (pallet, index);
            calls.extend(RuntimeCall::decode(&mut &bytes[..]));
        }
    }
    calls
}

fn validate(transaction: UncheckedExtrinsic) -> TransactionValidity {
    Executive::validate_transaction(TransactionSource::External, transaction, Default::default())
}

/// A network in which a stranger holds points too, so that it is membership that refuses them and not an empty account.
fn with_strangers(test: impl FnOnce()) {
    let mut patch = consortium(&parties(), None, &[]);
    let stranger = serde_json::json!([POINTS, Sr25519Keyring::Dave.to_account_id(), 100]);
    patch["assets"]["accounts"]
        .as_array_mut()
        .expect("a list")
        .push(stranger);
    externalities(&patch).execute_with(|| {
        // Validation begins a block on top, which gives block 0 its hash: before that, signatures name another genesis.
        System::initialize(&1, &Default::default(), &Default::default());
        test()
    })
}

#[test]
fn all_calls_are_tried() {
    let ours = [
        "Consortium",
        "Policies",
        "Collaborations",
        "Attestations",
        "Revenue",
        "Audit",
    ];
    for pallet in ours {
        let tried: Vec<_> = calls()
            .iter()
            .map(GetCallMetadata::get_call_metadata)
            .filter(|c| c.pallet_name == pallet)
            .collect();
        assert_eq!(
            tried.len(),
            RuntimeCall::get_call_names(pallet).len(),
            "{pallet}: {tried:?}"
        );
    }
    assert!(!pallet_consortium::Call::<Runtime>::get_call_names().is_empty());
}

#[test]
fn strangers_are_refused() {
    with_strangers(|| {
        for call in calls() {
            // What not even a member may send is refused for its own reason, before anyone asks who sent it.
            let expected = validate(signed(call.clone(), Sr25519Keyring::Charlie, 0))
                .err()
                .unwrap_or(REFUSED);
            assert_eq!(
                validate(signed(call.clone(), Sr25519Keyring::Dave, 0)),
                Err(expected),
                "{call:?}"
            );
        }
    });
}

#[test]
fn nobody_sends_unsigned_transactions() {
    with_strangers(|| {
        for call in calls() {
            assert!(
                validate(UncheckedExtrinsic::new_bare(call.clone())).is_err(),
                "{call:?}"
            );
        }
    });
}

/// Also without points: no fee is due.
#[test]
fn members_pass() {
    with_strangers(|| {
        for call in calls() {
            let name = call.get_call_metadata();
            match validate(signed(call, Sr25519Keyring::Charlie, 0)) {
                Ok(_) => {}
                // Inherents are the block author's, and code uploads are larger than what anyone may send.
                Err(error) => {
                    assert!(![REFUSED, UNPROVEN].contains(&error), "{name:?}: {error:?}");
                    assert!(
                        ["Timestamp", "System"].contains(&name.pallet_name),
                        "{name:?}: {error:?}"
                    );
                }
            }
        }
    });
}
