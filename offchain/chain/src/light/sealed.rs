//! Blocks after the proven head, as far as validators have sealed them.
//!
//! Such a block is not final: the validator whose turn it was, together with the node that shows it, can make it up. It
//! serves to see sooner what a program has sent itself (`At::Best`); nothing else is read from it.

use std::time::Instant;

use codec::DecodeAll;
use secureflow_primitives::H256;
use sp_core::{sr25519, Pair};
use sp_runtime::{ConsensusEngineId, DigestItem};

use super::{
    endpoints::Peer,
    state::{self, header_hash},
    Inner,
};
use crate::{
    storage::{self, Key},
    At, BlockRef, Header, Result,
};

/// Aura's name in digests.
const AURA: ConsensusEngineId = *b"aura";
/// `ConsensusLog::AuthoritiesChange` of Aura.
const CHANGE: u8 = 1;
/// More blocks than this are not looked at: finality is behind then, and the best block says little.
const MOST: u32 = 16;

/// The slot of a block that the validator in turn has sealed (Aura: turns go round by slots of the clock).
fn sealed_slot(header: &Header, authors: &[sr25519::Public]) -> Option<u64> {
    let mut unsealed = header.clone();
    let Some(DigestItem::Seal(AURA, seal)) = unsealed.digest.pop() else {
        return None;
    };
    let mut slots = unsealed.digest.logs().iter().filter_map(DigestItem::as_pre_runtime);
    let (_, mut slot) = slots.find(|(engine, _)| *engine == AURA)?;
    let slot = u64::decode_all(&mut slot).ok()?;
    let turn = slot.checked_rem(u64::try_from(authors.len()).ok()?)?;
    let author = authors.get(usize::try_from(turn).ok()?)?;
    let seal = sr25519::Signature::decode_all(&mut seal.as_slice()).ok()?;
    sr25519::Pair::verify(&seal, header_hash(&unsealed), author).then_some(slot)
}

/// Whether other validators author from the next block on.
fn changes_authors(header: &Header) -> bool {
    let mut logs = header.digest.logs().iter().filter_map(DigestItem::as_consensus);
    logs.any(|(engine, log)| engine == AURA && log.first() == Some(&CHANGE))
}

impl Inner {
    /// The newest block that is sealed by a validator and follows the proven head over sealed blocks only; the head
    /// where there is none.
    pub(super) async fn best(&self, deadline: Instant) -> Result<BlockRef> {
        let head = self.head(deadline).await?;
        let key = Key::<Vec<sr25519::Public>>::raw(storage::item("Aura", "Authorities"));
        let authors = self.values(&[key.bytes().to_vec()], head.hash, deadline).await?;
        let Some(authors) = authors.into_iter().flatten().next() else {
            return Ok(head);
        };
        let authors = key.decode(&authors)?;
        let ask = |peer: Peer| async move {
            let best = peer.source.block(At::Best).await?;
            self.between(&peer, head, best).await
        };
        let mut best = head;
        let mut last = 0;
        for (hash, header) in self.endpoints.ask(ask).await?.into_iter().rev() {
            match sealed_slot(&header, &authors) {
                Some(slot) if slot > last => last = slot,
                _ => break,
            }
            best = BlockRef {
                number: header.number,
                hash,
            };
            let changes = changes_authors(&header);
            self.cache().add_sealed(hash, header);
            if changes {
                break;
            }
        }
        Ok(best)
    }

    /// The headers from a block down to the one after the head; none where they do not lead there.
    async fn between(&self, peer: &Peer, head: BlockRef, best: BlockRef) -> Result<Vec<(H256, Header)>> {
        let mut headers = Vec::new();
        let mut hash = best.hash;
        while hash != head.hash {
            let known = self.cache().sealed(hash);
            let header = match known {
                Some(header) => header,
                None => state::fetch_header(peer, hash).await?,
            };
            if header.number <= head.number || header.number - head.number > MOST {
                return Ok(Vec::new());
            }
            let parent = header.parent_hash;
            headers.push((hash, header));
            hash = parent;
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;
    use sp_runtime::{traits::Header as _, Digest};

    fn pairs() -> Vec<sr25519::Pair> {
        (1..=3).map(|seed| sr25519::Pair::from_seed(&[seed; 32])).collect()
    }

    fn block(slot: u64, author: &sr25519::Pair) -> Header {
        let digest = Digest {
            logs: vec![DigestItem::PreRuntime(AURA, slot.encode())],
        };
        let mut header = Header::new(7, H256::zero(), H256::zero(), H256::zero(), digest);
        let seal = author.sign(header_hash(&header).as_bytes());
        header.digest.push(DigestItem::Seal(AURA, seal.encode()));
        header
    }

    #[test]
    fn only_the_validator_in_turn_seals() {
        let pairs = pairs();
        let authors: Vec<_> = pairs.iter().map(sr25519::Pair::public).collect();
        for slot in 0..6 {
            for (index, pair) in pairs.iter().enumerate() {
                let expected = (slot % 3 == index as u64).then_some(slot);
                assert_eq!(sealed_slot(&block(slot, pair), &authors), expected);
            }
        }
        assert_eq!(sealed_slot(&block(0, &pairs[0]), &[]), None);
        let mut changed = block(0, &pairs[0]);
        changed.state_root = H256::repeat_byte(1);
        assert_eq!(sealed_slot(&changed, &authors), None);
        let mut unsealed = block(0, &pairs[0]);
        unsealed.digest.pop();
        assert_eq!(sealed_slot(&unsealed, &authors), None);
        let mut late = block(0, &pairs[0]);
        late.digest.push(DigestItem::Other(vec![1]));
        assert_eq!(sealed_slot(&late, &authors), None);
    }

    #[test]
    fn new_authors_are_noticed() {
        let mut header = block(0, &pairs()[0]);
        assert!(!changes_authors(&header));
        header.digest.push(DigestItem::Consensus(AURA, vec![2, 0, 0, 0, 0]));
        assert!(!changes_authors(&header));
        header.digest.push(DigestItem::Consensus(AURA, vec![CHANGE, 0]));
        assert!(changes_authors(&header));
    }
}
