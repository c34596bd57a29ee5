#![doc = include_str!("../README.md")]

use codec::{Decode, Encode};
use secureflow_chain::{audit, keys::AccountKey, Call, Chain, ChainExt, Wait};
use secureflow_primitives::{
    audit::{Ciphertext, Entry, Subject},
    Epoch, SpaceId,
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

/// A note as it is queued: sealed, and in clear, since it is sealed again where the auditors change before it is sent. It
/// says nothing that this service's database does not hold anyway.
#[derive(Encode, Decode)]
struct Note {
    space: SpaceId,
    subject: Subject,
    detail: String,
    sealed: Sealed,
}

#[derive(Clone, PartialEq, Encode, Decode)]
struct Sealed {
    epoch: Epoch,
    ciphertext: Ciphertext,
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
        let detail = detail.to_string();
        let Some(sealed) = self.seal(space, &detail).await? else {
            return Ok(());
        };
        let note = Note {
            space,
            subject,
            detail,
            sealed,
        };
        self.outbox.push(key, &note.encode()).await?;
        self.queued.notify_one();
        Ok(())
    }

    /// Seals for the space's auditors of now; `None` where it has none.
    async fn seal(&self, space: SpaceId, detail: &str) -> Result<Option<Sealed>, NoteError> {
        let Some((epoch, roster)) = self.chain.finalized_state().await?.audience(space).await? else {
            return Ok(None);
        };
        let ciphertext = audit::seal(&roster, detail.as_bytes())?;
        Ok(Some(Sealed { epoch, ciphertext }))
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
        let mut note = Note::decode(&mut item.payload.as_slice())?;
        if !self.has_arrived(&item, &note).await? {
            let Some(sealed) = self.renewed(&item, &note).await? else {
                // Nobody is left to read it.
                self.outbox.sent(item.id).await?;
                return Ok(());
            };
            note.sealed = sealed;
            let call = Call::AppendNote {
                space: note.space,
                epoch: note.sealed.epoch,
                subject: note.subject,
                ciphertext: note.sealed.ciphertext,
            };
            self.chain.submit(signer, call, Wait::finalized(timeout)).await?;
        }
        self.outbox.sent(item.id).await?;
        Ok(())
    }

    /// The note sealed for the epoch that is current now, written down before it is sent.
    async fn renewed(&self, item: &Item, note: &Note) -> Result<Option<Sealed>, NoteError> {
        let audience = self.chain.finalized_state().await?.audience(note.space).await?;
        let Some((epoch, _)) = audience else {
            return Ok(None);
        };
        if epoch == note.sealed.epoch {
            return Ok(Some(note.sealed.clone()));
        }
        let Some(sealed) = self.seal(note.space, &note.detail).await? else {
            return Ok(None);
        };
        let renewed = Note {
            sealed: sealed.clone(),
            space: note.space,
            subject: note.subject.clone(),
            detail: note.detail.clone(),
        };
        self.outbox.replace(item.id, &renewed.encode()).await?;
        Ok(Some(sealed))
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
                .details
                .as_ref()
                .is_some_and(|details| details.ciphertext == note.sealed.ciphertext)
        };
        Ok(entries.iter().any(|(_, entry)| same(entry)))
    }
}
