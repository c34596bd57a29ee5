//! A proof that an entry stands in the log, which a light script checks without a node: `scripts/audit-proof.py`.

use codec::Encode;
use secureflow_primitives::{
    audit::{AuditProof, Entry},
    H256,
};
use serde::{Deserialize, Serialize};

use crate::{storage, Chain, Error, Result, State};

/// The bundle's format.
pub const FORMAT: &str = "secureflow/audit-proof/v1";

/// Everything that the proof of one entry needs but the hash of a finalised block, which the verifier knows.
///
/// The entry's hash and its siblings give a peak; the peaks, and the genesis' hash, stand in the state whose root the
/// header names; the header gives the block's hash. All byte strings are hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    pub format: String,
    pub genesis: H256,
    pub block: u32,
    /// SCALE.
    pub header: String,
    pub index: u64,
    /// SCALE.
    pub entry: String,
    pub siblings: Vec<H256>,
    pub peaks: Vec<(u32, H256)>,
    /// Trie nodes that lead from the state root to `Audit.Peaks` and `System.BlockHash(0)`.
    pub nodes: Vec<String>,
}

fn hex_of(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

impl<C: Chain + ?Sized> State<'_, C> {
    /// An entry with its proof; `None` where there is no such entry. What the node answers is verified.
    pub async fn audit_proof(&self, index: u64) -> Result<Option<(Entry, AuditProof)>> {
        let Some(entry) = self.get(&storage::audit_entry(index)).await? else {
            return Ok(None);
        };
        let peaks = self.audit_peaks().await?;
        // Which nodes are asked for, then their hashes.
        let mut wanted = Vec::new();
        let asked = std::cell::RefCell::new(&mut wanted);
        AuditProof::collect(index, peaks.clone(), |height, place| {
            asked.borrow_mut().push((height, place));
            Some(H256::zero())
        });
        let mut hashes = Vec::new();
        for (height, place) in &wanted {
            let hash = match height {
                0 => {
                    let sibling = self.get(&storage::audit_entry(*place)).await?;
                    sibling.map(|entry| entry.hash(*place))
                }
                _ => self.get(&storage::audit_node(*height, *place)).await?,
            };
            hashes.push(hash);
        }
        let node = |height: u32, _| hashes.get(height as usize).copied().flatten();
        let proof = AuditProof::collect(index, peaks, node).filter(|proof| proof.verify(&entry));
        let proof =
            proof.ok_or_else(|| Error::decode("the audit log", format!("entry {index} is not under its peaks")))?;
        Ok(Some((entry, proof)))
    }

    /// The proof of an entry for a verifier who has no node.
    pub async fn audit_bundle(&self, index: u64) -> Result<Option<Bundle>> {
        let Some((entry, proof)) = self.audit_proof(index).await? else {
            return Ok(None);
        };
        let block = self.block();
        let header = self.chain().header(block.hash).await?;
        let keys = [storage::audit_peaks().into_bytes(), storage::block_hash(0).into_bytes()];
        let nodes = self.chain().read_proof(&keys, block.hash).await?;
        Ok(Some(Bundle {
            format: FORMAT.into(),
            genesis: self.chain().genesis(),
            block: block.number,
            header: hex_of(&header.encode()),
            index,
            entry: hex_of(&entry.encode()),
            siblings: proof.siblings,
            peaks: proof.peaks,
            nodes: nodes.iter().map(|node| hex_of(node)).collect(),
        }))
    }
}
