//! Carrying finality on: from what a node sends to the next checkpoint.

use std::{sync::Arc, time::Duration};

use codec::{Decode, DecodeAll};
use futures::StreamExt;
use secureflow_primitives::H256;

use super::{
    checkpoint::{Checkpoint, LightError, Proof},
    endpoints::Peer,
    justification,
    source::Finality,
    trail::Trail,
    Inner, Keep,
};
use crate::{At, BlockRef, Error, Header, Result};

const PAUSE: Duration = Duration::from_millis(500);
/// Blocks between two heads that are kept. Hand-overs are kept at once.
const KEEP_EVERY: u32 = 60;
/// How often a node is asked for a header that it has just announced.
const ATTEMPTS: u32 = 10;

/// SCALE shape of `sc_consensus_grandpa::FinalityProof`.
#[derive(Decode)]
struct FinalityProof {
    block: H256,
    justification: Vec<u8>,
    unknown_headers: Vec<Header>,
}

/// Follows one node after the other until every one has lied.
pub(super) async fn follow(inner: Arc<Inner>, trail: Trail, keep: Keep) {
    let mut follower = Follower {
        inner,
        kept: trail.checkpoint().head.number,
        trail,
        keep,
    };
    loop {
        let error = match follower.inner.endpoints.peer().await {
            Ok(peer) => match follower.follow(&peer).await {
                Ok(()) => continue,
                Err(error) => {
                    follower.inner.endpoints.judge(&peer, &error);
                    error
                }
            },
            Err(error @ Error::Untrusted { .. }) => {
                tracing::error!(%error, "no node is left that can be believed");
                follower.inner.give_up(error.to_string());
                return;
            }
            Err(error) => error,
        };
        tracing::warn!(%error, "finality cannot be followed, trying again");
        follower.inner.report(Some(error.to_string()));
        tokio::time::sleep(PAUSE).await;
    }
}

struct Follower {
    inner: Arc<Inner>,
    trail: Trail,
    keep: Keep,
    /// The head that was kept last.
    kept: u32,
}

impl Follower {
    /// Follows a node until another one is to be asked.
    async fn follow(&mut self, peer: &Peer) -> Result<()> {
        let mut justifications = peer.source.justifications();
        loop {
            let next = match tokio::time::timeout(self.inner.limits.silence, justifications.next()).await {
                Ok(Some(next)) => Some(next),
                Ok(None) => return Err(self.silent(peer, "it has ended its stream of justifications")),
                Err(_) => self.ask(peer).await?,
            };
            if !self.inner.endpoints.is_current(peer) {
                return Ok(());
            }
            match next {
                Some(justification) => self.take(peer, justification).await?,
                None if self.inner.endpoints.len() > 1 => {
                    return Err(self.silent(peer, "it proves no new block"));
                }
                None => {
                    let text = format!("{} proves no new block", peer.url);
                    self.inner.report(Some(text));
                }
            }
        }
    }

    fn silent(&self, peer: &Peer, reason: &str) -> Error {
        Error::Unreachable {
            url: peer.url.clone(),
            waited: self.inner.limits.silence,
            reason: reason.into(),
        }
    }

    /// Asks a silent node for the proof of what it holds for the newest final block. Its stream begins with the next one,
    /// which may be long in coming.
    async fn ask(&self, peer: &Peer) -> Result<Option<Vec<u8>>> {
        let claimed = peer.source.block(At::Finalized).await?;
        if claimed.number <= self.trail.checkpoint().head.number {
            return Ok(None);
        }
        match peer.source.prove_finality(claimed.number, claimed.number).await? {
            Finality::Proof(proof) => Ok(Some(open(peer, &proof)?.justification)),
            Finality::TooLong | Finality::None => Ok(None),
        }
    }

    /// Carries finality on to the block of a justification, over the hand-overs that lie between.
    async fn take(&mut self, peer: &Peer, justification: Vec<u8>) -> Result<()> {
        let claimed = justification::target(&justification)
            .map_err(|error| peer.untrusted("a block to be final", format!("of its justification {error}")))?;
        loop {
            let head = self.trail.checkpoint().head;
            if claimed == head || claimed.number < head.number {
                // Known already, or older than what is: it says nothing new, and may come late without bad intent.
                return Ok(());
            }
            let header = header(peer, claimed).await?;
            let proof = Proof {
                header: header.clone(),
                justification: justification.clone(),
            };
            let error = match self.trail.advance(proof) {
                Ok(handed_over) => {
                    self.proven(header, handed_over);
                    return Ok(());
                }
                Err(error) => error,
            };
            let another_set = matches!(&error, LightError::Justification(error) if error.may_be_another_set());
            let hand_over = if another_set {
                hand_over(peer, self.trail.checkpoint(), claimed, self.inner.limits.step).await?
            } else {
                None
            };
            let Some(proof) = hand_over else {
                let checkpoint = self.trail.checkpoint();
                let proven = format!(
                    "{error}; proven is block {} ({:?}) under set {}",
                    checkpoint.head.number, checkpoint.head.hash, checkpoint.set_id
                );
                let claim = format!("block {} ({:?}) to be final", claimed.number, claimed.hash);
                return Err(peer.untrusted(claim, proven));
            };
            // On the way to the present: it is kept, but nobody is told to act on it.
            let handed_over = self
                .trail
                .advance(proof)
                .map_err(|error| peer.untrusted("a change of the validators' set", error))?;
            self.remember(handed_over);
        }
    }

    /// Tells of a head that is proven, and keeps its proof where it is time to.
    fn proven(&mut self, header: Header, handed_over: bool) {
        self.remember(handed_over);
        let Checkpoint { head, set_id, .. } = *self.trail.checkpoint();
        self.inner.publish(head, header, set_id);
    }

    fn remember(&mut self, handed_over: bool) {
        let Checkpoint { head, set_id, .. } = *self.trail.checkpoint();
        if handed_over {
            tracing::info!(block = head.number, set_id, "the validators' set has changed");
        }
        if handed_over || head.number >= self.kept.saturating_add(KEEP_EVERY) {
            self.keep(head.number);
        }
    }

    fn keep(&mut self, number: u32) {
        match (self.keep)(&self.trail.encode()) {
            Ok(()) => self.kept = number,
            Err(error) => {
                tracing::warn!(%error, "the proofs of finality cannot be kept; the next start fetches them again")
            }
        }
    }
}

fn open(peer: &Peer, mut proof: &[u8]) -> Result<FinalityProof> {
    FinalityProof::decode_all(&mut proof)
        .map_err(|error| peer.untrusted("to send a proof of finality", format!("it does not decode: {error}")))
}

/// The header of a block that the node has just named.
async fn header(peer: &Peer, block: BlockRef) -> Result<Header> {
    let mut attempt = 0;
    loop {
        match peer.source.header(block.hash).await {
            // A justification is sent out a moment before its block is stored as final.
            Err(Error::UnknownBlock(_)) if attempt < ATTEMPTS => attempt += 1,
            Err(Error::UnknownBlock(_)) => {
                return Err(peer.untrusted(
                    format!("block {} ({:?}) to be final", block.number, block.hash),
                    "it does not have its header",
                ))
            }
            other => return other,
        }
        tokio::time::sleep(PAUSE / 5).await;
    }
}

/// The proof of the block in which the checkpoint's set hands over to the next one. `None` where the node has none that
/// holds.
///
/// The reply to `grandpa_proveFinality` for a block has a header for each block from there to the end of its set, which
/// may be too many for one reply. So the block to ask for comes nearer to the end in steps that are shorter than a reply
/// may be, and never passes it.
async fn hand_over(peer: &Peer, checkpoint: &Checkpoint, claimed: BlockRef, step: u32) -> Result<Option<Proof>> {
    let mut at = checkpoint.head.number.saturating_add(1);
    let mut too_long = false;
    while at <= claimed.number {
        match peer.source.prove_finality(at, claimed.number).await? {
            Finality::None => break,
            Finality::TooLong => {
                tracing::debug!(block = at, "the change of the validators' set is further ahead");
                too_long = true;
                at = at.saturating_add(step);
            }
            Finality::Proof(bytes) => {
                let proof = complete(peer, open(peer, &bytes)?).await?;
                if checkpoint.advance(&proof).is_ok() {
                    return Ok(Some(proof));
                }
                break;
            }
        }
    }
    if too_long {
        // Its replies are shorter than they should be; that is no lie.
        let reason = format!(
            "it shows no change of the validators' set after block {}",
            checkpoint.head.number
        );
        return Err(Error::Unreachable {
            url: peer.url.clone(),
            waited: Duration::ZERO,
            reason,
        });
    }
    Ok(None)
}

/// The header that a proof of finality is about is the last one that came with it, or the one that was asked for.
async fn complete(peer: &Peer, proof: FinalityProof) -> Result<Proof> {
    let header = match proof.unknown_headers.into_iter().next_back() {
        Some(header) => header,
        None => {
            let number = justification::target(&proof.justification).map_or(0, |target| target.number);
            let block = BlockRef {
                number,
                hash: proof.block,
            };
            self::header(peer, block).await?
        }
    };
    Ok(Proof {
        header,
        justification: proof.justification,
    })
}
