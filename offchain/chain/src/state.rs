//! Typed reads at one block.

mod workers;

pub use workers::Standing;

use codec::DecodeAll;
use secureflow_primitives::{
    audit::{Entry, Roster},
    consortium::{NodesByOrg, Organisation},
    job::{Job, JobSpec, Space},
    policy::{Dataset, Policy},
    privacy::Ledger,
    revenue::{Agreement, Dispute, Settlement},
    AccountId, Balance, DatasetId, Epoch, JobId, OrgId, PolicyVersion, SpaceId, H256,
};
use std::ops::Range;

use crate::{
    storage::{self, AccountInfo, Key, Prefix, SignedResult, SignedRound},
    BlockRef, Chain, Error, Result,
};

/// Values that one request asks for.
const BATCH: usize = 500;

/// The chain's state at one block.
pub struct State<'a, C: Chain + ?Sized> {
    chain: &'a C,
    block: BlockRef,
}

impl<'a, C: Chain + ?Sized> State<'a, C> {
    pub(crate) fn new(chain: &'a C, block: BlockRef) -> Self {
        Self { chain, block }
    }

    pub(crate) fn chain(&self) -> &'a C {
        self.chain
    }

    /// The block that is read.
    pub fn block(&self) -> BlockRef {
        self.block
    }

    /// One value.
    pub async fn get<T: DecodeAll>(&self, key: &Key<T>) -> Result<Option<T>> {
        let mut values = self.chain.values(&[key.bytes().to_vec()], self.block.hash).await?;
        match values.pop() {
            Some(Some(value)) => key.decode(&value).map(Some),
            Some(None) => Ok(None),
            None => Err(Error::decode(
                "a reply of the node",
                "it lacks a value that was asked for",
            )),
        }
    }

    /// Many values of one type, in the keys' order.
    pub async fn get_all<T: DecodeAll>(&self, keys: &[Key<T>]) -> Result<Vec<Option<T>>> {
        let mut all = Vec::with_capacity(keys.len());
        for keys in keys.chunks(BATCH) {
            let bytes: Vec<_> = keys.iter().map(|key| key.bytes().to_vec()).collect();
            let values = self.chain.values(&bytes, self.block.hash).await?;
            if values.len() != keys.len() {
                return Err(Error::decode(
                    "a reply of the node",
                    "it lacks values that were asked for",
                ));
            }
            for (key, value) in keys.iter().zip(values) {
                all.push(value.map(|value| key.decode(&value)).transpose()?);
            }
        }
        Ok(all)
    }

    /// A whole map, ordered by its keys.
    pub async fn entries<K: DecodeAll + Ord, T: DecodeAll>(&self, prefix: &Prefix<K, T>) -> Result<Vec<(K, T)>> {
        let full = self.chain.keys(prefix.bytes(), self.block.hash).await?;
        let keys = full
            .iter()
            .map(|key| prefix.decode_key(key))
            .collect::<Result<Vec<_>>>()?;
        let typed: Vec<_> = full.into_iter().map(|key| prefix.key(key)).collect();
        let values = self.get_all(&typed).await?;
        let mut entries: Vec<_> = keys
            .into_iter()
            .zip(values)
            .filter_map(|(key, value)| value.map(|value| (key, value)))
            .collect();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    pub async fn organisation(&self, id: OrgId) -> Result<Option<Organisation>> {
        self.get(&storage::organisation(id)).await
    }

    pub async fn organisations(&self) -> Result<Vec<(OrgId, Organisation)>> {
        self.entries(&storage::organisations()).await
    }

    /// The organisation that an account acts for, as its own account or as an operator.
    pub async fn org_of(&self, account: &AccountId) -> Result<Option<OrgId>> {
        self.get(&storage::org_of(account)).await
    }

    pub async fn operators(&self, org: OrgId) -> Result<Vec<AccountId>> {
        Ok(self
            .get(&storage::operators(org))
            .await?
            .map(|list| list.into_inner())
            .unwrap_or_default())
    }

    /// The hash of the code that the members have authorised as the next runtime.
    pub async fn authorized_upgrade(&self) -> Result<Option<H256>> {
        Ok(self.get(&storage::authorized_upgrade()).await?.map(|(hash, _)| hash))
    }

    /// The accounts that organisations have named as validators, whether they validate already or not.
    pub async fn validators(&self) -> Result<Vec<AccountId>> {
        Ok(self
            .get(&storage::validators())
            .await?
            .map(|list| list.into_inner())
            .unwrap_or_default())
    }

    /// The nodes that organisations have named, those of suspended ones too.
    pub async fn nodes(&self) -> Result<NodesByOrg> {
        self.entries(&storage::nodes()).await
    }

    pub async fn dataset(&self, id: DatasetId) -> Result<Option<Dataset>> {
        self.get(&storage::dataset(id)).await
    }

    pub async fn datasets(&self) -> Result<Vec<(DatasetId, Dataset)>> {
        self.entries(&storage::datasets()).await
    }

    pub async fn policy(&self, dataset: DatasetId, version: PolicyVersion) -> Result<Option<Policy>> {
        self.get(&storage::policy(dataset, version)).await
    }

    pub async fn ledger(&self, dataset: DatasetId) -> Result<Ledger> {
        Ok(self.get(&storage::ledger(dataset)).await?.unwrap_or_default())
    }

    pub async fn space(&self, id: SpaceId) -> Result<Option<Space>> {
        self.get(&storage::space(id)).await
    }

    pub async fn spaces(&self) -> Result<Vec<(SpaceId, Space)>> {
        self.entries(&storage::spaces()).await
    }

    pub async fn job(&self, id: JobId) -> Result<Option<Job>> {
        self.get(&storage::job(id)).await
    }

    pub async fn jobs(&self) -> Result<Vec<(JobId, Job)>> {
        self.entries(&storage::jobs()).await
    }

    pub async fn spec(&self, job: JobId) -> Result<Option<JobSpec>> {
        self.get(&storage::spec(job)).await
    }

    /// The commitments that are in, ordered by step.
    pub async fn rounds(&self, job: JobId) -> Result<Vec<SignedRound>> {
        Ok(self
            .entries(&storage::rounds(job))
            .await?
            .into_iter()
            .map(|(_, round)| round)
            .collect())
    }

    pub async fn result(&self, job: JobId) -> Result<Option<SignedResult>> {
        self.get(&storage::result(job)).await
    }

    /// Milliseconds since 1970, as the block says.
    pub async fn time(&self) -> Result<u64> {
        Ok(self.get(&storage::time()).await?.unwrap_or_default())
    }

    pub async fn agreement(&self, space: SpaceId) -> Result<Option<Agreement>> {
        self.get(&storage::agreement(space)).await
    }

    pub async fn settlement(&self, job: JobId) -> Result<Option<Settlement>> {
        self.get(&storage::settlement(job)).await
    }

    /// The agreement by which a job that is approved is going to be settled; none where its space had none then, and once
    /// the job is settled.
    pub async fn job_agreement(&self, job: JobId) -> Result<Option<Agreement>> {
        self.get(&storage::job_agreement(job)).await
    }

    /// The disputes over a job's settlement.
    pub async fn disputes(&self, job: JobId) -> Result<Vec<Dispute>> {
        Ok(self
            .get(&storage::disputes(job))
            .await?
            .map(|list| list.into_inner())
            .unwrap_or_default())
    }

    /// Points in a space's escrow that no settlement has taken.
    pub async fn escrow(&self, space: SpaceId) -> Result<Balance> {
        Ok(self.get(&storage::escrow(space)).await?.unwrap_or_default())
    }

    pub async fn account(&self, account: &AccountId) -> Result<AccountInfo> {
        Ok(self.get(&storage::account(account)).await?.unwrap_or_default())
    }

    /// Points that an account can spend.
    pub async fn points(&self, account: &AccountId) -> Result<Balance> {
        let account = self.get(&storage::points(account)).await?;
        Ok(account.map_or(0, |account| account.balance))
    }

    /// Whether accounts may send points to each other.
    pub async fn transferable(&self) -> Result<bool> {
        Ok(self.get(&storage::transferable()).await?.unwrap_or_default())
    }

    /// Entries of the audit log in all.
    pub async fn audit_count(&self) -> Result<u64> {
        Ok(self.get(&storage::audit_count()).await?.unwrap_or_default())
    }

    /// Entries of the audit log, those that exist in the range.
    pub async fn audit_entries(&self, range: Range<u64>) -> Result<Vec<(u64, Entry)>> {
        let end = range.end.min(self.audit_count().await?);
        let indices: Vec<u64> = (range.start..end).collect();
        let keys: Vec<_> = indices.iter().map(|index| storage::audit_entry(*index)).collect();
        let entries = self.get_all(&keys).await?;
        Ok(indices
            .into_iter()
            .zip(entries)
            .filter_map(|(index, entry)| entry.map(|entry| (index, entry)))
            .collect())
    }

    /// The log's Merkle mountain range: height and hash of each peak.
    pub async fn audit_peaks(&self) -> Result<Vec<(u32, H256)>> {
        Ok(self
            .get(&storage::audit_peaks())
            .await?
            .map(|list| list.into_inner())
            .unwrap_or_default())
    }

    /// The epoch for which a space's details are encrypted, with its auditors and their keys; `None` where nobody audits.
    pub async fn audience(&self, space: SpaceId) -> Result<Option<(Epoch, Roster)>> {
        let Some(epoch) = self.get(&storage::audit_epoch(space)).await? else {
            return Ok(None);
        };
        let roster = self.get(&storage::audit_roster(space, epoch)).await?;
        let roster = roster.filter(|roster| !roster.is_empty());
        Ok(roster.map(|roster| (epoch, roster)))
    }

    /// The organisations that audit a space now.
    pub async fn auditors(&self, space: SpaceId) -> Result<Vec<OrgId>> {
        let audience = self.audience(space).await?;
        let roster = audience.map(|(_, roster)| roster).unwrap_or_default();
        Ok(roster.into_iter().map(|(org, _)| org).collect())
    }
}
