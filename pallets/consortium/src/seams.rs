//! What the pallet asks of the runtime around it.

use core::marker::PhantomData;
use secureflow_primitives::{AccountId, H256};

/// The session keys of accounts. Given by the session pallet.
pub trait ValidatorKeys {
    /// Whether the account has keys with which it could validate.
    fn registered(account: &AccountId) -> bool;
    /// Takes the account's keys, if it has any. Sessions that are planned already go on with them.
    fn forget(account: &AccountId);
}

/// Lets code become the chain's runtime.
pub trait AuthorizeUpgrade {
    /// From now on anyone may bring the code with this hash, and no other. It takes the place of what was authorised before.
    fn authorize(code_hash: H256);
}

/// Upgrades by the system pallet, which also demands that the new runtime has the same name and a higher version.
pub struct SystemUpgrade<T>(PhantomData<T>);

impl<T: frame_system::Config<Hash = H256>> AuthorizeUpgrade for SystemUpgrade<T> {
    fn authorize(code_hash: H256) {
        frame_system::Pallet::<T>::do_authorize_upgrade(code_hash, true);
    }
}
