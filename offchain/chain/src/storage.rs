//! Where things lie in the chain's state: typed keys, built from the names that the pallets fix.

use codec::{Decode, DecodeAll, Encode};
use secureflow_evidence::{
    dcap::{Family, VerifiedCollateral},
    registry::{Platform, Policy as EvidencePolicy},
};
use secureflow_primitives::{
    attestation::{AcceptedMeasurement, Measurement, Worker},
    audit::{Entry, Roster},
    bounds::{PerParty, MAX_OPERATORS, MAX_VALIDATORS},
    consortium::{NodeList, Organisation},
    job::{Job, JobResult, JobSpec, RoundCommitment, Space},
    policy::{Dataset, Policy},
    privacy::Ledger,
    revenue::{Agreement, Dispute, Settlement, POINTS},
    AccountId, Balance, DatasetId, Epoch, JobId, OrgId, PolicyVersion, Round, SpaceId, H256,
};
use sp_crypto_hashing::{blake2_128, twox_128, twox_64};
use sp_runtime::{traits::ConstU32, BoundedVec};
use std::marker::PhantomData;

use crate::{Error, Result};

/// A commitment with the worker's signature over it.
pub type SignedRound = (RoundCommitment, [u8; 64]);
/// A result with the worker's signature over it.
pub type SignedResult = (JobResult, [u8; 64]);

/// The key of one value of type `T`.
pub struct Key<T> {
    bytes: Vec<u8>,
    value: PhantomData<fn() -> T>,
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        Self {
            bytes: self.bytes.clone(),
            value: PhantomData,
        }
    }
}

impl<T> Key<T> {
    /// A key of bytes that the caller has put together.
    pub fn raw(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            value: PhantomData,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl<T: DecodeAll> Key<T> {
    /// Decodes a value and refuses bytes that trail it.
    pub fn decode(&self, mut value: &[u8]) -> Result<T> {
        T::decode_all(&mut value)
            .map_err(|error| Error::decode(format!("the value at 0x{}", hex::encode(&self.bytes)), error))
    }
}

/// The keys of a map, or of the part of a double map under its first key.
pub struct Prefix<K, T> {
    bytes: Vec<u8>,
    entry: PhantomData<fn() -> (K, T)>,
}

impl<K: DecodeAll, T> Prefix<K, T> {
    fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            entry: PhantomData,
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The map's key in a full storage key (Blake2_128Concat: sixteen bytes of hash, then the key itself).
    pub fn decode_key(&self, full: &[u8]) -> Result<K> {
        let wrong = |reason: &str| Error::decode(format!("the storage key 0x{}", hex::encode(full)), reason);
        let hashed = full
            .strip_prefix(self.bytes.as_slice())
            .ok_or_else(|| wrong("it is not in the map"))?;
        let (hash, mut key) = hashed.split_at_checked(16).ok_or_else(|| wrong("it is too short"))?;
        if blake2_128(key) != hash {
            return Err(wrong("its hash does not fit"));
        }
        K::decode_all(&mut key).map_err(|error| wrong(&error.to_string()))
    }

    /// The typed key for a full storage key.
    pub fn key(&self, full: Vec<u8>) -> Key<T> {
        Key::raw(full)
    }
}

/// The prefix of an item of a pallet.
pub fn item(pallet: &str, item: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

fn blake2_concat(key: &impl Encode, to: &mut Vec<u8>) {
    let key = key.encode();
    to.extend(blake2_128(&key));
    to.extend(key);
}

fn value<T>(pallet: &str, name: &str) -> Key<T> {
    Key::raw(item(pallet, name))
}

fn map<T>(pallet: &str, name: &str, key: &impl Encode) -> Key<T> {
    let mut bytes = item(pallet, name);
    blake2_concat(key, &mut bytes);
    Key::raw(bytes)
}

fn double_map<T>(pallet: &str, name: &str, first: &impl Encode, second: &impl Encode) -> Key<T> {
    let mut bytes = item(pallet, name);
    blake2_concat(first, &mut bytes);
    blake2_concat(second, &mut bytes);
    Key::raw(bytes)
}

/// What `System` keeps of an account, as far as a client needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct AccountInfo {
    pub nonce: u32,
    pub consumers: u32,
    pub providers: u32,
    pub sufficients: u32,
    pub free: Balance,
    pub reserved: Balance,
    pub frozen: Balance,
    pub flags: u128,
}

pub fn account(id: &AccountId) -> Key<AccountInfo> {
    map("System", "Account", id)
}

/// The hash of a block, as the state itself remembers it. The genesis' is kept for good.
pub fn block_hash(number: u32) -> Key<H256> {
    let mut bytes = item("System", "BlockHash");
    let number = number.encode();
    bytes.extend(twox_64(&number));
    bytes.extend(number);
    Key::raw(bytes)
}

pub fn events() -> Key<Vec<u8>> {
    value("System", "Events")
}

/// The hash of the code that may become the runtime, and whether its version is checked first.
pub fn authorized_upgrade() -> Key<(H256, bool)> {
    value("System", "AuthorizedUpgrade")
}

pub fn organisation(id: OrgId) -> Key<Organisation> {
    map("Consortium", "Organisations", &id)
}

pub fn organisations() -> Prefix<OrgId, Organisation> {
    Prefix::new(item("Consortium", "Organisations"))
}

pub fn org_of(account: &AccountId) -> Key<OrgId> {
    map("Consortium", "Accounts", account)
}

pub fn operators(org: OrgId) -> Key<BoundedVec<AccountId, ConstU32<MAX_OPERATORS>>> {
    map("Consortium", "Operators", &org)
}

pub fn validators() -> Key<BoundedVec<AccountId, ConstU32<MAX_VALIDATORS>>> {
    value("Consortium", "Validators")
}

pub fn nodes() -> Prefix<OrgId, NodeList> {
    Prefix::new(item("Consortium", "Nodes"))
}

pub fn nodes_of(org: OrgId) -> Key<NodeList> {
    map("Consortium", "Nodes", &org)
}

pub fn platform(worker: &AccountId) -> Key<Platform> {
    map("Attestations", "Platforms", worker)
}

pub fn evidence_policy() -> Key<EvidencePolicy> {
    value("Attestations", "EvidencePolicy")
}

/// Intel's collateral by what it judges.
pub fn collateral(family: &Family) -> Key<VerifiedCollateral> {
    map("Attestations", "Collaterals", family)
}

/// Milliseconds since 1970, as the block says.
pub fn time() -> Key<u64> {
    value("Timestamp", "Now")
}

pub fn dataset(id: DatasetId) -> Key<Dataset> {
    map("Policies", "Datasets", &id)
}

pub fn datasets() -> Prefix<DatasetId, Dataset> {
    Prefix::new(item("Policies", "Datasets"))
}

pub fn policy(dataset: DatasetId, version: PolicyVersion) -> Key<Policy> {
    double_map("Policies", "Policies", &dataset, &version)
}

pub fn ledger(dataset: DatasetId) -> Key<Ledger> {
    map("Policies", "Ledgers", &dataset)
}

pub fn space(id: SpaceId) -> Key<Space> {
    map("Collaborations", "Spaces", &id)
}

pub fn spaces() -> Prefix<SpaceId, Space> {
    Prefix::new(item("Collaborations", "Spaces"))
}

pub fn job(id: JobId) -> Key<Job> {
    map("Collaborations", "Jobs", &id)
}

/// The id that the next job gets.
pub fn next_job() -> Key<JobId> {
    value("Collaborations", "NextJob")
}

pub fn jobs() -> Prefix<JobId, Job> {
    Prefix::new(item("Collaborations", "Jobs"))
}

pub fn spec(id: JobId) -> Key<JobSpec> {
    map("Collaborations", "Specs", &id)
}

pub fn round(job: JobId, round: Round) -> Key<SignedRound> {
    double_map("Collaborations", "Rounds", &job, &round)
}

pub fn rounds(job: JobId) -> Prefix<Round, SignedRound> {
    Prefix::new(map::<()>("Collaborations", "Rounds", &job).into_bytes())
}

pub fn result(job: JobId) -> Key<SignedResult> {
    map("Collaborations", "Results", &job)
}

pub fn worker(account: &AccountId) -> Key<Worker> {
    map("Attestations", "Workers", account)
}

pub fn workers() -> Prefix<AccountId, Worker> {
    Prefix::new(item("Attestations", "Workers"))
}

pub fn measurement(measurement: &Measurement) -> Key<AcceptedMeasurement> {
    map("Attestations", "Measurements", measurement)
}

pub fn measurements() -> Prefix<Measurement, AcceptedMeasurement> {
    Prefix::new(item("Attestations", "Measurements"))
}

pub fn simulated_root() -> Key<[u8; 32]> {
    value("Attestations", "SimulatedRoot")
}

pub fn agreement(space: SpaceId) -> Key<Agreement> {
    map("Revenue", "Agreements", &space)
}

pub fn settlement(job: JobId) -> Key<Settlement> {
    map("Revenue", "Settlements", &job)
}

/// The agreement by which a job is going to be settled.
pub fn job_agreement(job: JobId) -> Key<Agreement> {
    map("Revenue", "JobAgreements", &job)
}

/// The disputes over a job's settlement, one per party.
pub fn disputes(job: JobId) -> Key<PerParty<Dispute>> {
    map("Revenue", "Disputes", &job)
}

/// Whether accounts may send points to each other.
pub fn transferable() -> Key<bool> {
    value("Revenue", "Transferable")
}

/// What `Assets` keeps of an account with points.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PointsAccount {
    pub balance: Balance,
    status: u8,
    reason: ExistenceReason,
}

/// Why an account is kept. Points are sufficient reason; the others are here so that any account decodes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
enum ExistenceReason {
    Consumer,
    Sufficient,
    DepositHeld(Balance),
    DepositRefunded,
    DepositFrom(AccountId, Balance),
}

pub fn points(account: &AccountId) -> Key<PointsAccount> {
    double_map("Assets", "Account", &POINTS, account)
}

pub fn escrow(space: SpaceId) -> Key<Balance> {
    map("Revenue", "Escrow", &space)
}

pub fn audit_entry(index: u64) -> Key<Entry> {
    map("Audit", "Entries", &index)
}

pub fn audit_entries() -> Prefix<u64, Entry> {
    Prefix::new(item("Audit", "Entries"))
}

pub fn audit_count() -> Key<u64> {
    value("Audit", "Count")
}

pub fn audit_peaks() -> Key<BoundedVec<(u32, H256), ConstU32<64>>> {
    value("Audit", "Peaks")
}

/// An inner node of the log's Merkle mountain range: height from one, place among those of its height.
pub fn audit_node(height: u32, place: u64) -> Key<H256> {
    double_map("Audit", "Nodes", &height, &place)
}

/// The epoch for which a space's details are encrypted.
pub fn audit_epoch(space: SpaceId) -> Key<Epoch> {
    map("Audit", "CurrentEpoch", &space)
}

/// To whom the details of a space's epoch are encrypted.
pub fn audit_roster(space: SpaceId, epoch: Epoch) -> Key<Roster> {
    double_map("Audit", "Rosters", &space, &epoch)
}

/// Every item that this crate reads: pallet, item and number of keys. A runtime that lacks one is refused on connecting.
pub(crate) const ITEMS: &[(&str, &str, usize)] = &[
    ("System", "Account", 1),
    ("System", "BlockHash", 1),
    ("System", "Events", 0),
    ("System", "AuthorizedUpgrade", 0),
    ("Consortium", "Organisations", 1),
    ("Consortium", "Accounts", 1),
    ("Consortium", "Operators", 1),
    ("Consortium", "Validators", 0),
    ("Consortium", "Nodes", 1),
    ("Policies", "Datasets", 1),
    ("Policies", "Policies", 2),
    ("Policies", "Ledgers", 1),
    ("Collaborations", "Spaces", 1),
    ("Collaborations", "Jobs", 1),
    ("Collaborations", "NextJob", 0),
    ("Collaborations", "Specs", 1),
    ("Collaborations", "Rounds", 2),
    ("Collaborations", "Results", 1),
    ("Attestations", "Workers", 1),
    ("Attestations", "Measurements", 1),
    ("Attestations", "SimulatedRoot", 0),
    ("Attestations", "Platforms", 1),
    ("Attestations", "EvidencePolicy", 0),
    ("Attestations", "Collaterals", 1),
    ("Timestamp", "Now", 0),
    ("Revenue", "Agreements", 1),
    ("Revenue", "Settlements", 1),
    ("Revenue", "Escrow", 1),
    ("Revenue", "JobAgreements", 1),
    ("Revenue", "Disputes", 1),
    ("Revenue", "Transferable", 0),
    ("Assets", "Account", 2),
    ("Audit", "Entries", 1),
    ("Audit", "Count", 0),
    ("Audit", "Peaks", 0),
    ("Audit", "Nodes", 2),
    ("Audit", "CurrentEpoch", 1),
    ("Audit", "Rosters", 2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_the_chain_uses() {
        // The well-known prefix of `System.Account`.
        assert_eq!(
            hex::encode(item("System", "Account")),
            "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
        );
        let key = job(JobId(7));
        assert_eq!(jobs().decode_key(key.bytes()).unwrap(), JobId(7));
        let key = round(JobId(7), Round(3));
        assert_eq!(rounds(JobId(7)).decode_key(key.bytes()).unwrap(), Round(3));
        assert!(rounds(JobId(8)).decode_key(key.bytes()).is_err());
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let key = audit_count();
        assert_eq!(key.decode(&7u64.encode()).unwrap(), 7);
        assert!(key.decode(&[&7u64.encode()[..], &[0]].concat()).is_err());
        assert!(key.decode(&[0; 7]).is_err());
    }

    #[test]
    fn a_tampered_key_is_refused() {
        let mut key = job(JobId(7)).into_bytes();
        *key.last_mut().unwrap() ^= 1;
        assert!(jobs().decode_key(&key).is_err());
        assert!(jobs().decode_key(&key[..40]).is_err());
    }
}
