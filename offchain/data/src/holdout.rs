use sha2::{Digest, Sha256};

/// Whether the row at `index` (from zero) is kept for the evaluation: the same choice at every reading of the file.
pub fn is_held_out(index: u64, seed: u64, holdout: f64) -> bool {
    let bits = row_hash(b"secureflow/holdout/v1", index, seed) >> 11;
    (bits as f64) < holdout * (1u64 << 53) as f64
}

/// A number that orders rows as good as by chance, the same everywhere.
pub(crate) fn row_hash(domain: &[u8], index: u64, seed: u64) -> u64 {
    let mut hash = Sha256::new();
    hash.update(domain);
    hash.update(seed.to_le_bytes());
    hash.update(index.to_le_bytes());
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_out_the_share_that_was_asked_for() {
        for holdout in [0.05, 0.2, 0.5] {
            let held = (0..10_000).filter(|index| is_held_out(*index, 7, holdout)).count() as f64;
            assert!((held / 10_000.0 - holdout).abs() < 0.02, "{holdout}: {held}");
        }
        assert!((0..100).any(|index| is_held_out(index, 1, 0.5) != is_held_out(index, 2, 0.5)));
    }
}
