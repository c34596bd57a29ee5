//! Motions about another organisation.

use crate::{context::Context, council, error::Result, names::Reference, network::Names, out::Answer};
use secureflow_chain::Call;

/// What the council is asked to do with an organisation.
#[derive(Debug, Clone, Copy)]
pub enum Motion {
    Suspend,
    Reinstate,
    Remove,
}

pub async fn put(context: &Context, motion: Motion, wanted: &Reference) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let known = Names::read(&state).await?;
    let org = known.find(wanted)?;
    let name = known.of(org);
    let (call, purpose) = match motion {
        Motion::Suspend => (Call::Suspend { org }, format!("to suspend {name}")),
        Motion::Reinstate => (Call::Reinstate { org }, format!("to reinstate {name}")),
        Motion::Remove => (Call::Remove { org }, format!("to remove {name} for good")),
    };
    let (outcome, _) = council::propose(context, &network, call).await?;
    Ok(Answer::new(outcome.json(), outcome.text(&purpose)))
}
