//! Contracts, as the SDK's pallet keeps them and takes them.

use codec::{Compact, Decode, Encode};
use secureflow_primitives::{AccountId, Balance, H256};
use sp_crypto_hashing::twox_64;
use std::collections::BTreeMap;

use crate::{
    storage::{item, Key},
    Call,
};

/// What a constructor may use: picoseconds of computation and bytes of storage that are read.
const GAS: (Compact<u64>, Compact<u64>) = (Compact(20_000_000_000), Compact(200_000));

/// A contract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Contract {
    trie: Vec<u8>,
    /// The hash of the code that it runs.
    pub code_hash: H256,
    /// Bytes that it has stored.
    pub bytes: u32,
    /// Items that it has stored.
    pub items: u32,
    deposits: [Balance; 3],
    dependencies: BTreeMap<H256, Balance>,
}

/// The contract at an account.
pub fn contract(address: &AccountId) -> Key<Contract> {
    let mut bytes = item("Contracts", "ContractInfoOf");
    let address = address.encode();
    bytes.extend(twox_64(&address));
    bytes.extend(address);
    Key::raw(bytes)
}

/// The code with this hash.
pub fn code(hash: H256) -> Key<Vec<u8>> {
    Key::raw([item("Contracts", "PristineCode"), hash.as_bytes().to_vec()].concat())
}

impl Call {
    /// Brings the code of contracts on chain. Only the members may, by vote.
    pub fn upload_contract(code: Vec<u8>) -> Self {
        let no_limit = None::<Compact<Balance>>;
        // The last one asks for code that computes the same everywhere.
        contracts("upload_code", (code, no_limit, 0u8).encode())
    }

    /// Makes a contract of code on chain; `data` is the constructor's selector with its arguments. Only the members may, by
    /// vote.
    pub fn instantiate_contract(code_hash: H256, data: &[u8], salt: &[u8]) -> Self {
        let (nothing, no_limit) = (Compact(0u128), None::<Compact<Balance>>);
        contracts("instantiate", (nothing, GAS, no_limit, code_hash, data, salt).encode())
    }
}

fn contracts(name: &str, arguments: Vec<u8>) -> Call {
    Call::Other {
        pallet: "Contracts".into(),
        name: name.into(),
        arguments,
    }
}
