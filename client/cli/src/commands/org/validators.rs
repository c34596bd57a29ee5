//! Who validates for the organisation, and with which keys.

use crate::{context::Context, error::Result, names::account, out::Answer};
use secureflow_chain::Call;
use secureflow_primitives::AccountId;
use serde_json::json;

/// When a change of validators or of their keys takes effect.
const WHEN: &str = "It takes effect at the second end of a session from now.";

pub async fn show(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let org = context.own_org(&state).await?;
    let mut own = Vec::new();
    for validator in state.validators().await? {
        if state.org_of(&validator).await? == Some(org) {
            own.push(account(&validator));
        }
    }
    let text = match own.is_empty() {
        true => "Your organisation has named no validator.\n".to_string(),
        false => own.join("\n"),
    };
    Ok(Answer::new(json!({ "org": org, "validators": own }), text))
}

pub async fn name(context: &Context, accounts: Vec<AccountId>) -> Result<Answer> {
    let shown: Vec<String> = accounts.iter().map(account).collect();
    let validators = accounts
        .try_into()
        .map_err(|_| crate::explain::dispatch("Consortium", "TooManyValidators", ""))?;
    let network = context.network().await?;
    let done = context.submit(&network, Call::NameValidators { validators }).await?;
    let block = done.block.number;
    let text = match shown.is_empty() {
        true => format!("None of your accounts is to validate (block {block}). {WHEN}"),
        false => format!(
            "These accounts are to validate (block {block}). {WHEN}\n{}",
            shown.join("\n")
        ),
    };
    Ok(Answer::new(json!({ "validators": shown, "block": block }), text))
}

pub async fn session_keys(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let own = context.home.account()?.account();
    let new = network.rotate_session_keys(&own).await?;
    let done = context
        .submit(&network, Call::set_session_keys(&new.keys, &new.proof))
        .await?;
    let block = done.block.number;
    let keys = format!("0x{}", hex::encode(&new.keys));
    let text = format!(
        "{} has new session keys, whose secret halves lie in the node's keystore (block {block}). {WHEN}\n{keys}",
        account(&own)
    );
    Ok(Answer::new(
        json!({ "account": account(&own), "keys": keys, "block": block }),
        text,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;

    #[test]
    fn keys_go_as_they_came_with_their_proof_behind_them() {
        let Call::Other {
            pallet,
            name,
            arguments,
        } = Call::set_session_keys(&[1, 2], &[3])
        else {
            panic!("a call by name");
        };
        assert_eq!((pallet.as_str(), name.as_str()), ("Session", "set_keys"));
        assert_eq!(arguments, ([1u8, 2], vec![3u8]).encode());
    }
}
