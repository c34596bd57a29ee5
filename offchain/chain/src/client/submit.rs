//! Sending a transaction until it is in a block, exactly once.
//!
//! Every transaction is mortal. Another one takes its place only when the first can no longer get into a block: when the
//! finalised chain has passed its last block, holds another transaction with its nonce, or has another runtime than it was
//! signed for.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use codec::Decode;
use secureflow_primitives::H256;
use sp_runtime::{generic::Era, DispatchError};

use super::{Client, POLL};
use crate::{
    call::CallIndices,
    chain::{At, BlockRef, Submitted, Wait},
    connection::Methods,
    extrinsic::{self, Extrinsic},
    keys::AccountKey,
    runtime::Envelope,
    storage, Call, ChainEvent, Error, Result,
};

/// Blocks in which a transaction is valid.
pub(super) const LIFETIME: u64 = 64;
/// After this long without a block it is sent again, in case the node's pool has lost it.
const SEND_AGAIN: Duration = Duration::from_secs(6);
/// Pause after the pool has refused a transaction for a reason that passes.
const PAUSE: Duration = Duration::from_millis(500);

/// So often a transaction is signed anew whose signature the pool calls bad. A pool whose view is older than the finalised
/// block that a transaction is born at takes an earlier block for its birth, for a moment.
const SIGNATURES: u32 = 10;

/// The pool's error codes (`sc-rpc-api`, `author::error`).
const INVALID_TRANSACTION: i32 = 1010;
const ALREADY_IMPORTED: i32 = 1013;
const TOO_LOW_PRIORITY: i32 = 1014;
const IMMEDIATELY_DROPPED: i32 = 1016;

/// What sending looks at besides the pool: the chain as the node tells it, or as it is proven.
#[async_trait::async_trait]
pub(crate) trait View: Send + Sync {
    async fn block_until(&self, at: At, deadline: Instant) -> Result<BlockRef>;

    async fn values_until(&self, keys: &[Vec<u8>], block: H256, deadline: Instant) -> Result<Vec<Option<Vec<u8>>>>;

    /// The hash of the block of this number; nothing where there is none yet.
    async fn hash_until(&self, number: u32, deadline: Instant) -> Result<Option<H256>>;

    /// Whether these are a block's transactions. `false` where that cannot be told yet, an error where they are not.
    async fn check_body(&self, block: BlockRef, extrinsics: &[Vec<u8>], deadline: Instant) -> Result<bool>;

    /// Refuses a call that the node's numbers would turn into another one.
    async fn check_call(&self, indices: &dyn CallIndices, call: &Call) -> Result<()>;
}

#[async_trait::async_trait]
impl View for Client {
    async fn block_until(&self, at: At, deadline: Instant) -> Result<BlockRef> {
        Client::block_until(self, at, deadline).await
    }

    async fn values_until(&self, keys: &[Vec<u8>], block: H256, deadline: Instant) -> Result<Vec<Option<Vec<u8>>>> {
        Client::values_until(self, keys, block, deadline).await
    }

    async fn hash_until(&self, number: u32, deadline: Instant) -> Result<Option<H256>> {
        let ask = |rpc: Methods| async move { rpc.chain_get_block_hash(Some(number.into())).await };
        self.inner.connection.call(deadline, ask).await
    }

    async fn check_body(&self, _: BlockRef, _: &[Vec<u8>], _: Instant) -> Result<bool> {
        Ok(true)
    }

    async fn check_call(&self, _: &dyn CallIndices, _: &Call) -> Result<()> {
        Ok(())
    }
}

struct Sent {
    extrinsic: Extrinsic,
    nonce: u32,
    birth: BlockRef,
    /// The first block in which it is no longer valid.
    death: u64,
    /// The version of the runtime that it is signed for.
    spec_version: u32,
}

pub(crate) async fn submit(
    client: &Client,
    view: &dyn View,
    signer: &AccountKey,
    call: Call,
    wait: Wait,
) -> Result<Submitted> {
    let begun = Instant::now();
    let deadline = begun + wait.deadline;
    let lock = client
        .inner
        .signers
        .lock()
        .await
        .entry(signer.account())
        .or_default()
        .clone();
    let mut sent_before = false;
    loop {
        let sent = {
            let Ok(_turn) = tokio::time::timeout_at(deadline.into(), lock.lock()).await else {
                return Err(Error::Deadline {
                    waited: begun.elapsed(),
                    maybe_submitted: sent_before,
                });
            };
            let sent = send(client, view, signer, &call, deadline).await;
            sent.map_err(|error| past(error, begun, sent_before))?
        };
        sent_before = true;
        match follow(client, view, &sent, wait, deadline)
            .await
            .map_err(|error| past(error, begun, true))?
        {
            Some(submitted) => return Ok(submitted),
            None => {
                tracing::debug!(extrinsic = ?sent.extrinsic.hash, "the transaction can no longer be included, making another")
            }
        }
    }
}

/// An outage that outlasts the deadline, told as what it means for the transaction.
fn past(error: Error, begun: Instant, maybe_submitted: bool) -> Error {
    match error {
        Error::Unreachable { .. } if maybe_submitted => Error::Deadline {
            waited: begun.elapsed(),
            maybe_submitted,
        },
        Error::Deadline {
            maybe_submitted: sent, ..
        } => Error::Deadline {
            waited: begun.elapsed(),
            maybe_submitted: sent || maybe_submitted,
        },
        other => other,
    }
}

/// Signs the call with the next nonce and gets it into the pool.
async fn send(client: &Client, view: &dyn View, signer: &AccountKey, call: &Call, deadline: Instant) -> Result<Sent> {
    let account = &signer.account();
    let mut signatures = 0;
    loop {
        signatures += 1;
        let runtime = client.runtime(deadline).await?;
        view.check_call(&*runtime, call).await?;
        let birth = view.block_until(At::Finalized, deadline).await?;
        let ask = |rpc: Methods| async move { rpc.system_account_next_index(account).await };
        let nonce = client.inner.connection.call(deadline, ask).await?;
        let nonce = u32::try_from(nonce).map_err(|error| Error::decode("an account's nonce", error))?;
        let era = Era::mortal(LIFETIME, birth.number.into());
        let envelope = Envelope {
            nonce,
            era,
            birth: birth.hash,
            genesis: client.inner.genesis,
        };
        let extrinsic = extrinsic::sign(&runtime, signer, call, &envelope)?;
        let sent = Sent {
            extrinsic,
            nonce,
            birth,
            death: era.death(birth.number.into()),
            spec_version: runtime.spec_version,
        };

        let attempts = AtomicU32::new(0);
        let (attempts, bytes) = (&attempts, &sent.extrinsic.bytes);
        let ask = |rpc: Methods| async move {
            attempts.fetch_add(1, Ordering::Relaxed);
            rpc.author_submit_extrinsic(bytes).await
        };
        let answer = client.inner.connection.call(deadline, ask).await;
        let repeated = attempts.load(Ordering::Relaxed) > 1;
        match answer {
            Ok(_) => return Ok(sent),
            Err(Error::Rpc {
                code: ALREADY_IMPORTED, ..
            }) => return Ok(sent),
            // An attempt before this answer may have brought it in: the blocks will tell.
            Err(Error::Rpc { .. }) if repeated => return Ok(sent),
            // The chain has upgraded itself between the signature and the pool.
            Err(Error::Rpc { .. }) if client.runtime(deadline).await?.spec_version != sent.spec_version => {}
            Err(Error::Rpc { code, message }) => {
                if !passes(code, &message, signatures) || Instant::now() + PAUSE >= deadline {
                    return Err(Error::Refused(reason(message)));
                }
                tracing::debug!(%message, "the pool refused the transaction for now");
                tokio::time::sleep(PAUSE).await;
            }
            Err(Error::Unreachable { waited, .. }) if attempts.load(Ordering::Relaxed) > 0 => {
                return Err(Error::Deadline {
                    waited,
                    maybe_submitted: true,
                });
            }
            Err(other) => return Err(other),
        }
    }
}

/// The pool's words. Nobody pays fees here: what it calls that is an account without a nonce, which belongs to nobody.
fn reason(message: String) -> String {
    if message.contains("Inability to pay") {
        "Invalid signing address: the chain does not know this account, and only members' accounts may send".into()
    } else {
        message
    }
}

/// Whether a refusal of the pool may be gone soon: the nonce was taken meanwhile, there is no room, or its view is old.
/// `signatures` counts those that were made.
fn passes(code: i32, message: &str, signatures: u32) -> bool {
    match code {
        TOO_LOW_PRIORITY | IMMEDIATELY_DROPPED => true,
        INVALID_TRANSACTION if message.contains("bad signature") => signatures < SIGNATURES,
        INVALID_TRANSACTION => message.contains("outdated") || message.contains("exhaust"),
        _ => false,
    }
}

/// Looks for the transaction in new blocks. `None` when it can no longer get into one.
async fn follow(
    client: &Client,
    view: &dyn View,
    sent: &Sent,
    wait: Wait,
    deadline: Instant,
) -> Result<Option<Submitted>> {
    let begun = Instant::now();
    let mut searched = HashSet::new();
    let mut next = sent.birth.number + 1;
    let mut last_sent = begun;
    loop {
        let finalized = view.block_until(At::Finalized, deadline).await?;
        let newest = if wait.finalized {
            finalized
        } else {
            view.block_until(At::Best, deadline).await?
        };
        for number in next..=newest.number {
            if let Some(submitted) = search(client, view, sent, number, &mut searched, deadline).await? {
                return Ok(Some(submitted));
            }
        }
        if finalized.number >= next {
            next = finalized.number + 1;
            if u64::from(finalized.number) > sent.death || nonce_used(view, sent, finalized, deadline).await? {
                return Ok(None);
            }
        }
        if Instant::now() + POLL >= deadline {
            return Err(Error::Deadline {
                waited: begun.elapsed(),
                maybe_submitted: true,
            });
        }
        if last_sent.elapsed() > SEND_AGAIN {
            last_sent = Instant::now();
            let ask = |rpc: Methods| async move { rpc.author_submit_extrinsic(&sent.extrinsic.bytes).await };
            // Mostly refused as known; whatever the answer, the blocks decide. Where they run another version of the runtime
            // by now, no later one takes it.
            let refused = client.inner.connection.call(deadline, ask).await.is_err();
            if refused && spec_version(client, finalized, deadline).await? != sent.spec_version {
                return Ok(None);
            }
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The version of the runtime that executes the blocks after this one.
async fn spec_version(client: &Client, after: BlockRef, deadline: Instant) -> Result<u32> {
    let ask = |rpc: Methods| async move { rpc.state_get_runtime_version(Some(after.hash)).await };
    Ok(client.inner.connection.call(deadline, ask).await?.spec_version)
}

/// Whether the chain holds a transaction with this nonce, which then is another one.
async fn nonce_used(view: &dyn View, sent: &Sent, at: BlockRef, deadline: Instant) -> Result<bool> {
    let Some(signer) = signer_of(&sent.extrinsic) else {
        return Ok(false);
    };
    let key = storage::account(&signer);
    let value = view
        .values_until(&[key.bytes().to_vec()], at.hash, deadline)
        .await?
        .pop()
        .flatten();
    let info = value.map(|value| key.decode(&value)).transpose()?.unwrap_or_default();
    Ok(info.nonce > sent.nonce)
}

/// The account in a transaction that this crate has assembled: after the length, the version and the address' kind.
fn signer_of(extrinsic: &Extrinsic) -> Option<secureflow_primitives::AccountId> {
    let mut input = extrinsic.bytes.as_slice();
    codec::Compact::<u32>::decode(&mut input).ok()?;
    let (_, account): ([u8; 2], [u8; 32]) = Decode::decode(&mut input).ok()?;
    Some(account.into())
}

async fn search(
    client: &Client,
    view: &dyn View,
    sent: &Sent,
    number: u32,
    searched: &mut HashSet<H256>,
    deadline: Instant,
) -> Result<Option<Submitted>> {
    let Some(hash) = view.hash_until(number, deadline).await? else {
        return Ok(None);
    };
    if !searched.insert(hash) {
        return Ok(None);
    }
    let ask = |rpc: Methods| async move { rpc.chain_get_block(Some(hash)).await };
    let block = client.inner.connection.call(deadline, ask).await?;
    let block = block.ok_or_else(|| Error::UnknownBlock(format!("{hash:?}")))?;
    let extrinsics: Vec<Vec<u8>> = block.block.extrinsics.into_iter().map(|bytes| bytes.0).collect();
    let block = BlockRef { number, hash };
    if !view.check_body(block, &extrinsics, deadline).await? {
        searched.remove(&hash);
        return Ok(None);
    }
    let place = extrinsics.iter().position(|bytes| *bytes == sent.extrinsic.bytes);
    let Some(place) = place else { return Ok(None) };
    outcome(client, view, sent, block, place as u32, deadline)
        .await
        .map(Some)
}

/// What the transaction caused, or why its call failed.
async fn outcome(
    client: &Client,
    view: &dyn View,
    sent: &Sent,
    block: BlockRef,
    place: u32,
    deadline: Instant,
) -> Result<Submitted> {
    let key = storage::events().into_bytes();
    let bytes = view
        .values_until(&[key], block.hash, deadline)
        .await?
        .pop()
        .flatten()
        .unwrap_or_else(|| vec![0]);
    let runtime = client.inner.runtime.read().await.clone();
    let mut events = Vec::new();
    for record in runtime
        .events(&bytes)?
        .into_iter()
        .filter(|record| record.extrinsic == Some(place))
    {
        if let ChainEvent::Other { pallet, name, fields } = &record.event {
            if pallet == "System" && name == "ExtrinsicFailed" {
                let error = DispatchError::decode(&mut fields.as_slice());
                return Err(runtime.dispatch_error(error.map_err(|error| Error::decode("a dispatch error", error))?));
            }
        }
        events.push(record.event);
    }
    Ok(Submitted {
        block,
        extrinsic: sent.extrinsic.hash,
        events,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_signature_is_made_again_but_not_for_ever() {
        let bad = "Invalid Transaction: Transaction has a bad signature";
        assert!(passes(INVALID_TRANSACTION, bad, 1));
        assert!(!passes(INVALID_TRANSACTION, bad, SIGNATURES));
        assert!(passes(
            INVALID_TRANSACTION,
            "Invalid Transaction: Transaction is outdated",
            1_000
        ));
        assert!(!passes(INVALID_TRANSACTION, "Invalid Transaction: Custom error: 1", 1));
    }
}
