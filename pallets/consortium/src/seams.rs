//! What the pallet asks of the runtime around it.

use secureflow_primitives::AccountId;

/// The session keys of accounts. Given by the session pallet.
pub trait ValidatorKeys {
    /// Whether the account has keys with which it could validate.
    fn registered(account: &AccountId) -> bool;
    /// Takes the account's keys, if it has any. Sessions that are planned already go on with them.
    fn forget(account: &AccountId);
}
