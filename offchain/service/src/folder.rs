//! A folder of private files, addressed by plain names.

use crate::files;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

/// The most bytes of a file that is read back.
pub const MAX_FILE: u64 = 64 << 20;

/// A folder. No name leads out of it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens a folder and creates it where it is not there.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        files::create_private_folder(&path)?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file in one piece; it is on disk when this returns.
    pub fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        files::write_atomic(&self.file(name)?, bytes)
    }

    pub fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let path = self.file(name)?;
        if std::fs::metadata(&path)?.len() > MAX_FILE {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{name} is too large"),
            ));
        }
        std::fs::read(path)
    }

    /// At most `length` bytes of a file from `offset` on, and the file's size.
    pub fn read_part(&self, name: &str, offset: u64, length: usize) -> io::Result<(Vec<u8>, u64)> {
        let mut file = File::open(self.file(name)?)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(offset))?;
        let mut part = Vec::new();
        file.take(length as u64).read_to_end(&mut part)?;
        Ok((part, size))
    }

    /// The names of the files, sorted.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name().into_string().ok().filter(|name| is_plain_name(name));
            names.extend(name.filter(|_| entry.path().is_file()));
        }
        names.sort();
        Ok(names)
    }

    pub fn has(&self, name: &str) -> bool {
        self.file(name).is_ok_and(|path| path.is_file())
    }

    fn file(&self, name: &str) -> io::Result<PathBuf> {
        match is_plain_name(name) {
            true => Ok(self.path.join(name)),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file name")),
        }
    }
}

/// Whether a name, perhaps a peer's, is that of a file and nothing else.
pub fn is_plain_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        for name in ["model-0001.safetensors", "survey.bin", "a"] {
            assert!(is_plain_name(name), "{name}");
        }
        for name in [
            "",
            ".",
            "..",
            "../a",
            "a/b",
            "/etc/passwd",
            ".hidden",
            "a b",
            "a\0",
            &"x".repeat(65),
        ] {
            assert!(!is_plain_name(name), "{name}");
        }
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path().join("x/y")).unwrap();
        folder.write("a", b"1").unwrap();
        assert_eq!(folder.read("a").unwrap(), b"1");
        assert!(folder.has("a") && !folder.has("b") && folder.write("../b", b"").is_err());
    }
}
