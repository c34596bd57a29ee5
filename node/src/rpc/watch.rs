//! What subscriptions push, block by final block.

use super::{
    reader::{Answer, Reader},
    refusal::Refusal,
};
use futures::{
    stream::{self, BoxStream},
    Stream, StreamExt,
};
use jsonrpsee::{PendingSubscriptionSink, SubscriptionMessage};
use secureflow_node::json::{self, At};
use secureflow_primitives::{
    view::{JobView, MAX_AUDIT_PAGE},
    JobId,
};
use secureflow_runtime::Hash;
use serde::Serialize;
use std::time::Duration;

/// How long a subscriber may take to read what it was sent before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs what blocks on a thread where it may.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> Answer<T> + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Refusal::Inside(error.to_string())))
}

/// Sends what comes until either side ends. A subscriber that reads slowly slows the stream down; nothing piles up.
pub async fn push<T: Serialize>(pending: PendingSubscriptionSink, items: impl Stream<Item = T>) {
    let Ok(sink) = pending.accept().await else { return };
    let mut items = std::pin::pin!(items);
    loop {
        let next = tokio::select! {
            next = items.next() => next,
            () = sink.closed() => None,
        };
        let Some(item) = next else { return };
        let message = SubscriptionMessage::new(sink.method_name(), sink.subscription_id(), &item);
        let Ok(message) = message else { return };
        if sink.send_timeout(message, PATIENCE).await.is_err() {
            return;
        }
    }
}

/// The newest final block and every one after it.
fn final_blocks(reader: &Reader) -> BoxStream<'static, Hash> {
    // In this order, so that no block is missed in between.
    let later = reader.finality();
    let now = reader.finalised();
    let later = later.flat_map(|block| {
        let skipped: Vec<_> = block.tree_route.iter().copied().chain([block.hash]).collect();
        stream::iter(skipped)
    });
    stream::iter([now]).chain(later).boxed()
}

/// The job now, and whenever it has changed.
pub fn job(reader: Reader, id: JobId) -> impl Stream<Item = At<json::Job>> {
    let blocks = final_blocks(&reader);
    let mut last: Option<JobView> = None;
    blocks
        .then(move |hash| {
            let reader = reader.clone();
            apart(move || reader.job(id, Some(hash)))
        })
        .filter_map(move |answer| {
            // A state that is gone was passed over; the next one tells.
            let changed = answer.ok().filter(|(_, view)| last.as_ref() != Some(view));
            let item = changed.map(|(block, view)| {
                last = Some(view.clone());
                At {
                    block,
                    answer: json::Job::new(id, view),
                }
            });
            std::future::ready(item)
        })
}

/// The log's entries from this index on, or from the end of the log.
pub fn audit(reader: Reader, from: Option<u64>) -> impl Stream<Item = At<json::AuditEntries>> {
    struct Position {
        blocks: BoxStream<'static, Hash>,
        /// The block that is read; none when all of it was sent.
        block: Option<Hash>,
        next: Option<u64>,
    }
    let position = Position {
        blocks: final_blocks(&reader),
        block: None,
        next: from,
    };
    stream::unfold(position, move |mut position| {
        let reader = reader.clone();
        async move {
            loop {
                let hash = match position.block {
                    Some(hash) => hash,
                    None => position.blocks.next().await?,
                };
                position.block = None;
                let reader = reader.clone();
                let next = position.next.unwrap_or(u64::MAX);
                let Ok((block, page)) = apart(move || reader.audit(next, MAX_AUDIT_PAGE, Some(hash))).await else {
                    continue;
                };
                position.next.get_or_insert(page.count);
                let Some((last, _)) = page.entries.last() else { continue };
                position.next = Some(last.saturating_add(1));
                position.block = Some(hash);
                let answer = json::AuditEntries::from(page);
                return Some((At { block, answer }, position));
            }
        }
    })
}
