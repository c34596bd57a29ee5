//! What this chain and a settlement contract say to each other. `contracts/interface` holds the contract's side, and the
//! runtime's tests compare the two.

use crate::{bounds::PerParty, hash::blake2_256, AccountId, Balance, JobId, OrgId, H256};
use alloc::vec::Vec;
use codec::{Decode, Encode};

/// The selector of the message that a settlement contract answers with its payouts.
pub const PAYOUTS: [u8; 4] = [0x5E, 0xF0, 0, 1];
/// The selector of the constructor of this project's own contract.
pub const NEW: [u8; 4] = [0x5E, 0xF0, 0, 0];
/// The chain extension by which contracts ask about jobs.
pub const EXTENSION: u16 = 0x5EF0;
/// Its function that answers with a completed job's contributions.
pub const CONTRIBUTIONS: u16 = 1;
/// What it returns for a job that is unknown or did not complete; zero stands for success.
pub const UNKNOWN_JOB: u32 = 1;

/// A contract's answer.
pub type Answer = Result<PerParty<(OrgId, Balance)>, Refusal>;

/// Why a contract gives no payouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Refusal {
    /// The chain knows no such job, or it did not complete.
    UnknownJob,
    /// Nobody has a share.
    NobodyToPay,
    /// The weights are too large to be added up.
    WeightsTooLarge,
    /// The contract's own reason.
    Other(u8),
}

impl Refusal {
    /// The reason as one number: the first three count from one, a contract's own from 100 on.
    pub fn code(self) -> u8 {
        match self {
            Self::UnknownJob => 1,
            Self::NobodyToPay => 2,
            Self::WeightsTooLarge => 3,
            Self::Other(reason) => reason.saturating_add(100),
        }
    }
}

/// What a contract is asked.
pub fn question(job: JobId, amount: Balance) -> Vec<u8> {
    (PAYOUTS, job, amount).encode()
}

/// The account in whose name contracts are uploaded, instantiated and asked: nobody has its key, the members act for it by
/// vote.
pub fn deployer() -> AccountId {
    let mut account = [0; 32];
    // As the SDK derives pallets' accounts.
    account[..12].copy_from_slice(b"modlsf/contr");
    AccountId::new(account)
}

/// Where a contract will be that the members instantiate with this code, constructor data and salt.
pub fn address(code_hash: H256, data: &[u8], salt: &[u8]) -> AccountId {
    let address = blake2_256(&(b"contract_addr_v1", deployer(), code_hash, data, salt).encode());
    AccountId::new(address.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_numbers_of_their_own() {
        let standard = [Refusal::UnknownJob, Refusal::NobodyToPay, Refusal::WeightsTooLarge];
        assert_eq!(standard.map(Refusal::code), [1, 2, 3]);
        assert_eq!((Refusal::Other(0).code(), Refusal::Other(255).code()), (100, 255));
    }

    #[test]
    fn a_question_is_a_selector_and_two_numbers() {
        let bytes = question(JobId(7), 900);
        assert_eq!((&bytes[..8], bytes.len()), (&[0x5E, 0xF0, 0, 1, 7, 0, 0, 0][..], 24));
    }
}
