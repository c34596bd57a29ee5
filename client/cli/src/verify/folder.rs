//! A job's files.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// The largest file that is read.
const MAX: u64 = 256 << 20;

/// A folder whose files are read when they are asked for.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn new(root: &Path) -> Self {
        Self { root: root.into() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file's bytes, or what is wrong with it in words.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        let file = fs::File::open(self.root.join(name)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "the file is missing".to_string(),
            _ => error.to_string(),
        })?;
        let mut bytes = Vec::new();
        file.take(MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        if bytes.len() as u64 > MAX {
            return Err("the file is too large".into());
        }
        Ok(bytes)
    }

    /// The files that are there, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort_unstable();
        names
    }
}
