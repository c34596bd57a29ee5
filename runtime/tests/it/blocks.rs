//! Blocks without a node: time that passes, and calls that members make in it.

use codec::Encode;
use core::cell::RefCell;
use frame_support::{
    dispatch::DispatchResultWithPostInfo,
    traits::{OnFinalize, OnInitialize},
};
use secureflow_runtime::{
    AccountId, Attestations, Collaborations, Consortium, Grandpa, Hash, RuntimeCall, RuntimeOrigin, Session,
    SessionKeys, System,
};
use sp_core::proof_of_possession::statement_of_ownership;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::traits::Dispatchable;

/// Goes from block to block. Timestamp and Aura are left out: they ask for an author with a clock.
pub fn run_to(block: u32) {
    while System::block_number() < block {
        let number = System::block_number() + 1;
        System::reset_events();
        System::initialize(&number, &Hash::repeat_byte(number as u8), &Default::default());
        Session::on_initialize(number);
        Consortium::on_initialize(number);
        Collaborations::on_initialize(number);
        Attestations::on_initialize(number);
        Consortium::on_finalize(number);
        Grandpa::on_finalize(number);
    }
}

/// Makes calls in place of [`dispatch`].
pub type Sender = Box<dyn FnMut(Sr25519Keyring, RuntimeCall) -> DispatchResultWithPostInfo>;

thread_local! {
    static SENDER: RefCell<Option<Sender>> = const { RefCell::new(None) };
}

/// Lets another sender make the calls that a scenario sends.
pub fn sent_by(sender: Sender, scenario: impl FnOnce()) {
    SENDER.set(Some(sender));
    scenario();
    SENDER.set(None);
}

/// Makes a call as the block's execution does once a transaction has passed all checks.
pub fn dispatch(by: Sr25519Keyring, call: impl Into<RuntimeCall>) -> DispatchResultWithPostInfo {
    let call: RuntimeCall = call.into();
    call.dispatch(RuntimeOrigin::signed(by.to_account_id()))
}

/// Makes a call in the scenario's way.
pub fn send(by: Sr25519Keyring, call: impl Into<RuntimeCall>) -> DispatchResultWithPostInfo {
    SENDER.with_borrow_mut(|sender| match sender {
        Some(sender) => sender(by, call.into()),
        None => dispatch(by, call),
    })
}

/// Makes a call as a vote of the members does.
pub fn vote(call: impl Into<RuntimeCall>) -> DispatchResultWithPostInfo {
    let call: RuntimeCall = call.into();
    call.dispatch(RuntimeOrigin::root())
}

pub fn session_keys(aura: Sr25519Keyring, grandpa: Ed25519Keyring) -> SessionKeys {
    SessionKeys {
        aura: aura.public().into(),
        grandpa: grandpa.public().into(),
    }
}

/// What shows that the owner of an account holds session keys.
pub fn proof(owner: &AccountId, aura: Sr25519Keyring, grandpa: Ed25519Keyring) -> Vec<u8> {
    let statement = owner.using_encoded(statement_of_ownership);
    (aura.sign(&statement), grandpa.sign(&statement)).encode()
}

/// Registers session keys for an account.
pub fn set_keys(owner: Sr25519Keyring, aura: Sr25519Keyring, grandpa: Ed25519Keyring) -> DispatchResultWithPostInfo {
    let call = pallet_session::Call::set_keys {
        keys: session_keys(aura, grandpa),
        proof: proof(&owner.to_account_id(), aura, grandpa),
    };
    send(owner, call)
}
