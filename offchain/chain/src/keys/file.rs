//! Secrets on disk.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use zeroize::Zeroizing;

use super::KeyError;

/// The longest key file that is read: hex of 32 bytes and a newline fit, and so does a PEM key.
const MAX_LENGTH: u64 = 16 * 1024;

/// Makes a file that only its owner can read. An existing file stays as it is.
pub(super) fn create_private(path: &Path, content: &[u8]) -> Result<(), KeyError> {
    write_new(path, content, 0o600)
}

pub(super) fn write_new(path: &Path, content: &[u8], mode: u32) -> Result<(), KeyError> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::AlreadyExists => KeyError::Exists(path.into()),
        _ => KeyError::Io {
            path: path.into(),
            source,
        },
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)
}

/// Reads a file that only its owner can read.
pub(super) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound => KeyError::Missing(path.into()),
        _ => KeyError::Io {
            path: path.into(),
            source,
        },
    };
    let file = fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyError::Readable {
            path: path.into(),
            folder: false,
        });
    }
    if metadata.len() > MAX_LENGTH {
        return Err(KeyError::Malformed {
            path: path.into(),
            reason: "it is too long".into(),
        });
    }
    // Room for all of it at once: growing would leave copies of the secret behind.
    let mut content = Zeroizing::new(Vec::with_capacity(metadata.len() as usize + 1));
    file.take(MAX_LENGTH).read_to_end(&mut content).map_err(failed)?;
    Ok(content)
}

/// Writes a new secret. An existing file is never replaced.
pub fn create_secret(path: &Path, secret: &[u8; 32]) -> Result<(), KeyError> {
    let mut line = Zeroizing::new([0u8; 65]);
    hex::encode_to_slice(secret, &mut line[..64]).expect("64 digits for 32 bytes");
    line[64] = b'\n';
    create_private(path, &line[..])
}

/// Reads a secret, and refuses a file that others can read.
pub fn read_secret(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let content = read_private(path)?;
    let mut secret = Zeroizing::new([0u8; 32]);
    let digits = content.strip_suffix(b"\n").unwrap_or(&content);
    // The reason must not quote the content.
    hex::decode_to_slice(digits, &mut secret[..]).map_err(|_| KeyError::Malformed {
        path: path.into(),
        reason: "64 hexadecimal digits and a newline are expected".into(),
    })?;
    Ok(secret)
}

/// A fresh secret in a new file.
pub(super) fn generate(path: &Path) -> Result<(), KeyError> {
    let mut secret = Zeroizing::new([0u8; 32]);
    rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut secret[..]);
    create_secret(path, &secret)
}

/// Makes a folder that only its owner can enter, or checks one that is there.
pub(super) fn private_folder(path: &Path) -> Result<(), KeyError> {
    let failed = |source| KeyError::Io {
        path: path.into(),
        source,
    };
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => Err(KeyError::Readable {
            path: path.into(),
            folder: true,
        }),
        Ok(_) => Ok(()),
        Err(_) => {
            use std::os::unix::fs::DirBuilderExt;
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(path)
                .map_err(failed)
        }
    }
}
