//! The chain's refusals in people's words, each with what to do next.

mod table;

pub use table::TABLE;

use crate::error::Failure;
use secureflow_chain::Error;

/// What a refusal means and what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    pub pallet: &'static str,
    pub error: &'static str,
    pub says: &'static str,
    pub hint: &'static str,
}

/// Looks a refusal up by the names that the chain's metadata give it.
pub fn lookup(pallet: &str, error: &str) -> Option<&'static Explanation> {
    TABLE
        .iter()
        .find(|entry| entry.pallet == pallet && entry.error == error)
}

/// A call that a pallet refused.
pub fn dispatch(pallet: &str, error: &str, docs: &str) -> Failure {
    let code = format!("{pallet}.{error}");
    match lookup(pallet, error) {
        Some(entry) => Failure::new(code, entry.says).hint(entry.hint),
        None if docs.is_empty() => Failure::new(code.clone(), format!("the chain refused the call: {code}"))
            .hint("Nothing was changed. Look at the state with the `show` and `list` commands."),
        None => Failure::new(code, format!("the chain refused the call: {docs}"))
            .hint("Nothing was changed. Look at the state with the `show` and `list` commands."),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::Unreachable { url, .. } => Self::later("chain_unreachable", message).hint(format!(
                "Is the node at {url} running? Another address can be given with --url ws://HOST:PORT."
            )),
            Error::Deadline {
                maybe_submitted: true, ..
            } => Self::later("deadline", message)
                .hint("Look at the state first (`show`, `list`): the transaction may have taken effect."),
            Error::Deadline { .. } => Self::later("deadline", message).hint("Try again: nothing was sent."),
            Error::UnknownBlock(_) => Self::later("unknown_block", message).hint("Try again in a moment."),
            Error::WrongChain { .. } => {
                Self::new("wrong_chain", message).hint("Check --url, or `[chain] url` in the home's config.toml.")
            }
            Error::Version { .. } => Self::new("chain_version", message),
            Error::Incompatible(_) => Self::new("chain_incompatible", message)
                .hint("Use the release of secureflow that the chain was started with."),
            Error::Refused(reason) => refused(&reason),
            Error::Dispatch { pallet, error, docs } => dispatch(&pallet, &error, &docs),
            Error::Rpc {
                code: 1010..=1016,
                message,
            } => refused(&message),
            _ => Self::new("chain", message),
        }
    }
}

/// A transaction that did not enter the pool.
fn refused(reason: &str) -> Failure {
    let low = reason.to_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| low.contains(word));
    if is(&["badsigner", "bad signer", "invalid signing address"]) {
        return Failure::new(
            "not_a_member",
            "this account speaks for no active organisation of the consortium",
        )
        .hint(
            "`secureflow network organisations` lists the members; a member asks the others to admit you with \
             `secureflow org admit --name NAME --account ACCOUNT`.",
        );
    }
    if is(&[
        "outdated",
        "stale",
        "future",
        "priority",
        "already imported",
        "temporarily banned",
        "immediately dropped",
    ]) {
        return Failure::later(
            "nonce",
            format!("another transaction of this account came first: {reason}"),
        )
        .hint("Try again: nothing was changed by this one.");
    }
    if is(&["bad signature", "bad proof", "badproof"]) {
        return Failure::new("bad_signature", "the chain does not accept the transaction's signature")
            .hint("Use the release of secureflow that the chain was started with.");
    }
    Failure::new("refused", format!("the transaction was not accepted: {reason}")).hint("Nothing was changed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_told_how_to_become_a_member() {
        let failure = Failure::from(Error::Refused("Transaction has a bad signer".into()));
        assert_eq!((failure.code.as_str(), failure.exit), ("not_a_member", 1));
        assert!(failure.hint.unwrap().contains("org admit"));
    }

    #[test]
    fn an_unknown_error_keeps_the_chains_words() {
        let failure = dispatch("New", "Thing", "Something odd.");
        assert_eq!(failure.code, "New.Thing");
        assert!(failure.message.contains("Something odd."));
    }
}
