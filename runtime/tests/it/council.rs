//! Motions of the council.

use crate::blocks::send;
use codec::Encode;
use frame_support::{assert_ok, dispatch::DispatchResultWithPostInfo, weights::Weight};
use pallet_collective::Instance1;
use secureflow_primitives::hash::blake2_256;
use secureflow_runtime::{AccountId, Hash, Runtime, RuntimeCall};
use sp_keyring::Sr25519Keyring::{self, Alice};

/// The accounts with a seat.
pub fn seats() -> Vec<AccountId> {
    pallet_collective::Members::<Runtime, Instance1>::get()
}

/// Opens a motion and returns its hash and number.
pub fn propose(by: Sr25519Keyring, threshold: u32, call: impl Into<RuntimeCall>) -> (Hash, u32) {
    let call = call.into();
    let (hash, length) = (blake2_256(&call.encode()), call.encoded_size() as u32);
    let index = pallet_collective::ProposalCount::<Runtime, Instance1>::get();
    assert_ok!(send(
        by,
        RuntimeCall::Council(pallet_collective::Call::propose {
            threshold,
            proposal: Box::new(call),
            length_bound: length
        })
    ));
    (hash, index)
}

/// Votes for a motion.
pub fn approve((proposal, index): (Hash, u32), by: Sr25519Keyring) {
    assert_ok!(send(
        by,
        RuntimeCall::Council(pallet_collective::Call::vote {
            proposal,
            index,
            approve: true
        })
    ));
}

/// Closes a motion, and carries it out if it has passed.
pub fn close((proposal_hash, index): (Hash, u32)) -> DispatchResultWithPostInfo {
    send(
        Alice,
        RuntimeCall::Council(pallet_collective::Call::close {
            proposal_hash,
            index,
            proposal_weight_bound: Weight::from_parts(200_000_000_000, 1_000_000),
            length_bound: 1_000,
        }),
    )
}
