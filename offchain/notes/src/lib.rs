#![doc = include_str!("../README.md")]

use codec::{Decode, Encode};
use secureflow_chain::{audit, keys::AccountKey, Call, Chain, ChainExt, Wait};
use secureflow_primitives::{
    audit::{Entry, Subject},
    consortium::OrgStatus,
    OrgId, SpaceId,
};
use secureflow_service::{
    backoff::Backoff,
    outbox::{Item, Outbox},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Notes that are under way at a time.
const AT_ONCE: u32 = 8;
/// How often the queue is looked at when nobody has knocked.
const LOOK: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    #[error(transparent)]
    Chain(#[from] secureflow_chain::Error),
    #[error("the database refuses")]
    Database(#[from] sqlx::Error),
    #[error("a queued note is damaged")]
    Damaged(#[from] codec::Error),
    #[error("the note cannot be sealed")]
    Seal(#[from] audit::AuditError),
}

/// A sealed note as it is queued.
#[derive(Encode, Decode)]
struct Note {
    space: SpaceId,
    subject: Subject,
    ciphertext: Vec<u8>,
}

/// The notes of one service.
pub struct Notes {
    chain: Arc<dyn Chain>,
    outbox: Outbox,
    queued: Notify,
}

impl Notes {
    pub fn new(chain: Arc<dyn Chain>, outbox: Outbox) -> Self {
        Self {
            chain,
            outbox,
            queued: Notify::new(),
        }
    }

    /// Seals and queues a note, once per key. The caller goes on without it where this fails: what it does is on chain
    /// anyway, the note only tells more.
    pub async fn queue(&self, key: &str, space: SpaceId, subject: Subject, detail: &serde_json::Value) {
        if let Err(error) = self.try_queue(key, space, subject, detail).await {
            warn!(%error, key, "the audit note could not be made");
        }
    }

    async fn try_queue(
        &self,
        key: &str,
        space: SpaceId,
        subject: Subject,
        detail: &serde_json::Value,
    ) -> Result<(), NoteError> {
        if self.outbox.has(key).await? {
            return Ok(());
        }
        let auditors = self.auditors(space).await?;
        if auditors.is_empty() {
            return Ok(());
        }
        let ciphertext = audit::seal(&auditors, detail.to_string().as_bytes())?;
        let note = Note {
            space,
            subject,
            ciphertext: ciphertext.into(),
        };
        self.outbox.push(key, &note.encode()).await?;
        self.queued.notify_one();
        Ok(())
    }

    async fn auditors(&self, space: SpaceId) -> Result<Vec<(OrgId, [u8; 32])>, NoteError> {
        let state = self.chain.finalized_state().await?;
        let mut keys = Vec::new();
        for org in state.auditors(space).await? {
            let organisation = state.organisation(org).await?.filter(|o| o.status == OrgStatus::Active);
            if let Some(registered) = organisation.and_then(|organisation| organisation.keys) {
                keys.push((org, registered.encryption));
            }
        }
        Ok(keys)
    }

    /// Brings queued notes on chain, signed by `signer`, until the token is cancelled.
    pub async fn deliver(&self, signer: &AccountKey, timeout: Duration, stop: CancellationToken) {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        loop {
            let sent = tokio::select! {
                sent = self.send_some(signer, timeout) => sent,
                () = stop.cancelled() => return,
            };
            let pause = match sent {
                Ok(true) => {
                    backoff.reset();
                    continue;
                }
                Ok(false) => LOOK,
                Err(error) => {
                    warn!(%error, "an audit note could not be sent");
                    backoff.next_delay()
                }
            };
            tokio::select! {
                () = self.queued.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Sends the oldest notes, side by side, since each waits for finality; `false` where there are none.
    async fn send_some(&self, signer: &AccountKey, timeout: Duration) -> Result<bool, NoteError> {
        let items = self.outbox.oldest(AT_ONCE).await?;
        if items.is_empty() {
            return Ok(false);
        }
        let sent = futures::future::join_all(items.into_iter().map(|item| self.send(item, signer, timeout))).await;
        sent.into_iter().collect::<Result<(), _>>()?;
        Ok(true)
    }

    async fn send(&self, item: Item, signer: &AccountKey, timeout: Duration) -> Result<(), NoteError> {
        let note = Note::decode(&mut item.payload.as_slice())?;
        if !self.has_arrived(&item, &note).await? {
            let space = self.own_space(signer, note.space).await?;
            let Ok(ciphertext) = note.ciphertext.try_into() else {
                warn!("an audit note is too long for the chain");
                self.outbox.sent(item.id).await?;
                return Ok(());
            };
            let call = Call::AppendNote {
                space,
                subject: note.subject,
                ciphertext,
            };
            self.chain.submit(signer, call, Wait::finalized(timeout)).await?;
        }
        self.outbox.sent(item.id).await?;
        Ok(())
    }

    /// The space, where the signer's organisation is in it. A worker's operator need not be; its notes then stand under
    /// their subject alone.
    async fn own_space(&self, signer: &AccountKey, space: SpaceId) -> Result<Option<SpaceId>, NoteError> {
        let state = self.chain.finalized_state().await?;
        let org = state.org_of(&signer.account()).await?;
        let members = state.space(space).await?.map(|space| space.members).unwrap_or_default();
        Ok(org.filter(|org| members.contains(org)).map(|_| space))
    }

    /// Whether an earlier attempt, before a crash perhaps, has brought the note on chain.
    async fn has_arrived(&self, item: &Item, note: &Note) -> Result<bool, NoteError> {
        let state = self.chain.finalized_state().await?;
        let length = state.audit_count().await?;
        let Some(since) = item.mark else {
            self.outbox.set_mark(item.id, length).await?;
            return Ok(false);
        };
        let entries = state.audit_entries(since..length).await?;
        let same = |entry: &Entry| {
            entry
                .ciphertext
                .as_ref()
                .is_some_and(|found| found.as_slice() == note.ciphertext)
        };
        Ok(entries.iter().any(|(_, entry)| same(entry)))
    }
}
