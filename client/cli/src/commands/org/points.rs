//! Points: who has them, and what the members decide about them.

use crate::{
    context::Context,
    council,
    error::Result,
    names::{account, Reference},
    network::Names,
    out::{amount as value, fields, Answer},
};
use codec::Compact;
use secureflow_chain::Call;
use secureflow_primitives::{revenue::POINTS as ASSET, Balance};
use serde_json::json;

pub const POINTS: &str = "\
Examples:
  secureflow org points
  secureflow --home ~/bank org points --not-transferable
  secureflow --home ~/bank org points --transferable

Two thirds of the council have to agree on a change. Paying into an escrow and being paid work either way.";

pub const MINT: &str = "\
Example:
  secureflow --home ~/bank org mint insurer 5000

Two thirds of the council have to agree. Nothing else makes points after the first block.";

pub const SEND: &str = "\
Example:
  secureflow --home ~/bank org send-points insurer 100

Only while the members let points be sent: `org points` says so.";

pub async fn show(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let own = context.home.account()?.account();
    let points = state.points(&own).await?;
    let transferable = state.transferable().await?;
    let text = fields(&[
        ("points", points.to_string()),
        (
            "can be sent",
            match transferable {
                true => "yes, by the members' decision".into(),
                false => "no; they move by escrow and payouts only".into(),
            },
        ),
    ]);
    let json = json!({ "account": account(&own), "points": value(points), "transferable": transferable });
    Ok(Answer::new(json, text))
}

pub async fn configure(context: &Context, transferable: bool) -> Result<Answer> {
    let network = context.network().await?;
    let (outcome, _) = council::propose(context, &network, Call::SetTransferable { transferable }).await?;
    let purpose = match transferable {
        true => "to let accounts send points to each other",
        false => "to let points move by escrow and payouts only",
    };
    Ok(Answer::new(outcome.json(), outcome.text(purpose)))
}

pub async fn mint(context: &Context, org: &Reference, amount: Balance) -> Result<Answer> {
    let network = context.network().await?;
    let names = Names::read(&network.state().await?).await?;
    let org = names.find(org)?;
    let (outcome, _) = council::propose(context, &network, Call::MintPoints { org, amount }).await?;
    let purpose = format!("to make {amount} points for {}", names.of(org));
    Ok(Answer::new(outcome.json(), outcome.text(&purpose)))
}

pub async fn send(context: &Context, org: &Reference, amount: Balance) -> Result<Answer> {
    let network = context.network().await?;
    let names = Names::read(&network.state().await?).await?;
    let org = names.find(org)?;
    let to = names
        .get(org)
        .map(|known| known.account.clone())
        .ok_or_else(|| crate::explain::dispatch("Consortium", "UnknownOrganisation", ""))?;
    let call = Call::Transfer {
        asset: Compact(ASSET),
        to: to.into(),
        amount: Compact(amount),
    };
    let done = context.submit(&network, call).await?;
    let text = format!(
        "{} has {amount} points of yours (block {}).",
        names.of(org),
        done.block.number
    );
    let json = json!({ "org": org, "points": value(amount), "block": done.block.number });
    Ok(Answer::new(json, text))
}
