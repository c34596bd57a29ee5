//! What goes wrong, in words for people and in a form for programs.

use std::fmt;

/// Exit code of a command that was understood and did not succeed.
pub const FAILED: u8 = 1;
/// Exit code for wrong usage (`EX_USAGE` of sysexits).
pub const USAGE: u8 = 64;
/// Exit code for what may succeed later (`EX_TEMPFAIL` of sysexits).
pub const TRY_AGAIN: u8 = 75;

/// A command's failure: a stable code, a sentence, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub code: String,
    pub message: String,
    pub hint: Option<String>,
    pub exit: u8,
}

/// What commands and their helpers return.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that the same command will meet again.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            hint: None,
            exit: FAILED,
        }
    }

    /// The command line itself is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: USAGE,
            ..Self::new("usage", message)
        }
    }

    /// Something that may well work later.
    pub fn later(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            exit: TRY_AGAIN,
            ..Self::new(code, message)
        }
    }

    /// What to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A file that cannot be read or written.
    pub fn file(path: &std::path::Path, error: &std::io::Error) -> Self {
        let failure = Self::new("file", format!("{}: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::NotFound => failure.hint("Check the path."),
            std::io::ErrorKind::PermissionDenied => failure.hint("Check who owns the file and its folder."),
            _ => failure,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}
