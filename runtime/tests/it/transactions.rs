//! Signed transactions.

use codec::Encode;
use secureflow_runtime::{Nonce, RuntimeCall, SignedPayload, TxExtension, UncheckedExtrinsic};
use sp_keyring::Sr25519Keyring;
use sp_runtime::generic::Era;

fn extension(nonce: Nonce) -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        pallet_consortium::FairNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_consortium::CheckMember::new(),
    )
}

/// A transaction as a client would send it.
pub fn signed(call: impl Into<RuntimeCall>, by: Sr25519Keyring, nonce: Nonce) -> UncheckedExtrinsic {
    let call = call.into();
    let payload = SignedPayload::new(call.clone(), extension(nonce)).expect("the implicit part is there");
    let signature = payload.using_encoded(|bytes| by.sign(bytes));
    UncheckedExtrinsic::new_signed(call, by.to_account_id().into(), signature.into(), extension(nonce))
}
