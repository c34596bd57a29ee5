//! A light client from files.

use std::{io, path::Path, time::Duration};

use super::{Genesis, GenesisError, Light, Trail, TrailError};

/// Longer files of proofs are refused. A hand-over among ten validators takes two kilobytes.
const MAX_LENGTH: u64 = 64 << 20;

/// Why a light client does not start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    #[error("the proofs of finality in {path} cannot be used: {reason}. Remove the file, and they are fetched again; if the chain was not replaced, somebody has changed it")]
    Trail { path: String, reason: TrailError },
    #[error("cannot read the proofs of finality in {path}")]
    Read { path: String, source: io::Error },
}

impl Light {
    /// Follows the chain that a raw chain specification pins, from the proofs that the last run has kept at `kept`.
    /// `write` puts bytes into a file in one piece.
    pub fn open(
        urls: &[String],
        spec: &Path,
        kept: &Path,
        write: impl Fn(&Path, &[u8]) -> io::Result<()> + Send + Sync + 'static,
        patience: Duration,
    ) -> Result<Self, OpenError> {
        let genesis = Genesis::read(spec)?;
        let path = || kept.display().to_string();
        let refuse = |reason| OpenError::Trail { path: path(), reason };
        let trail = match read(kept) {
            Ok(Some(bytes)) => Trail::decode(&genesis, &bytes).map_err(refuse)?,
            Ok(None) => Trail::new(&genesis).map_err(refuse)?,
            Err(source) => return Err(OpenError::Read { path: path(), source }),
        };
        let target = kept.to_owned();
        let keep = Box::new(move |bytes: &[u8]| write(&target, bytes));
        Ok(Self::new(urls, genesis, trail, keep, patience))
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match std::fs::metadata(path) {
        Ok(found) if found.len() > MAX_LENGTH => Err(io::Error::other("it is longer than any real one")),
        Ok(_) => std::fs::read(path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
