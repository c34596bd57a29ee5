//! What is wrong with a message, and what one side tells the other about it.

use crate::proto;

/// A message that breaks a bound or lacks a field. The sender's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("version {found} of the messages is spoken there, version {} here: use the same release of secureflow on both sides", crate::VERSION)]
    Version { found: u32 },
    #[error("the field {0} is missing")]
    Missing(&'static str),
    #[error("the field {field} has {found} bytes, {expected} are expected")]
    Length {
        field: &'static str,
        found: usize,
        expected: usize,
    },
    #[error("the field {field} has {found} items or bytes, {limit} are allowed")]
    TooLong {
        field: &'static str,
        found: usize,
        limit: usize,
    },
    #[error("the parties in {0} are not in ascending order")]
    Order(&'static str),
    #[error("the field {0} does not say what it should")]
    Value(&'static str),
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Why the worker does not do what it was asked.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum RefusalCode {
            $($(#[$doc])* $name,)*
        }

        impl From<RefusalCode> for proto::RefusalCode {
            fn from(code: RefusalCode) -> Self {
                match code { $(RefusalCode::$name => Self::$name),* }
            }
        }

        impl From<proto::RefusalCode> for RefusalCode {
            fn from(code: proto::RefusalCode) -> Self {
                match code {
                    $(proto::RefusalCode::$name => Self::$name,)*
                    proto::RefusalCode::Unspecified => Self::Internal,
                }
            }
        }
    };
}

codes! {
    /// The two sides speak different versions.
    Version,
    /// The message breaks a bound or lacks a field.
    Malformed,
    UnknownJob,
    NotAParty,
    /// The message is not for the step under way.
    Stale,
    /// Another message of this kind was here before.
    Conflict,
    /// The step has gone on without it.
    TooLate,
    /// The message breaks the protocol.
    Protocol,
    UnknownFile,
    Busy,
    Internal,
}

/// A refusal as it travels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refusal {
    pub code: RefusalCode,
    pub text: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

/// Text for people is cut to this many bytes.
const MAX_TEXT: usize = 1024;

impl Refusal {
    pub fn new(code: RefusalCode, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
            retryable: matches!(code, RefusalCode::Busy | RefusalCode::Internal),
        }
    }

    /// The same refusal, to be tried again.
    pub fn retry(self) -> Self {
        Self {
            retryable: true,
            ..self
        }
    }
}

impl From<Malformed> for Refusal {
    fn from(error: Malformed) -> Self {
        let code = match error {
            Malformed::Version { .. } => RefusalCode::Version,
            _ => RefusalCode::Malformed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<Refusal> for proto::Refusal {
    fn from(refusal: Refusal) -> Self {
        let code = proto::RefusalCode::from(refusal.code).into();
        Self {
            code,
            text: cut(refusal.text),
            retryable: refusal.retryable,
        }
    }
}

impl From<proto::Refusal> for Refusal {
    fn from(refusal: proto::Refusal) -> Self {
        let code = proto::RefusalCode::try_from(refusal.code).unwrap_or_default().into();
        Self {
            code,
            text: cut(refusal.text),
            retryable: refusal.retryable,
        }
    }
}

pub(crate) fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}
