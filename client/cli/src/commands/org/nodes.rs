//! The nodes by which validators know the organisation.

use crate::{
    context::Context,
    error::{Failure, Result},
    names,
    out::Answer,
};
use secureflow_chain::Call;
use secureflow_primitives::{bounds::MAX_NODES, consortium::NodeId};
use serde_json::json;

pub async fn show(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let org = context.own_org(&state).await?;
    let own: Vec<String> = state
        .nodes()
        .await?
        .iter()
        .filter(|(of, _)| *of == org)
        .flat_map(|(_, nodes)| nodes.iter().map(names::node))
        .collect();
    let text = match own.is_empty() {
        true => "Your organisation has named no node.\n".to_string(),
        false => own.join("\n"),
    };
    Ok(Answer::new(json!({ "org": org, "nodes": own }), text))
}

pub async fn name(context: &Context, nodes: Vec<NodeId>) -> Result<Answer> {
    let shown: Vec<String> = nodes.iter().map(names::node).collect();
    let nodes = nodes.try_into().map_err(|_| {
        Failure::new(
            "too_many_nodes",
            format!("an organisation names {MAX_NODES} nodes at most"),
        )
        .hint("Leave out those that are no longer used.")
    })?;
    let network = context.network().await?;
    let done = context.submit(&network, Call::NameNodes { nodes }).await?;
    let block = done.block.number;
    let text = match shown.is_empty() {
        true => format!("Your organisation has no node any more (block {block})."),
        false => format!(
            "These are your organisation's nodes (block {block}).\n{}",
            shown.join("\n")
        ),
    };
    Ok(Answer::new(json!({ "nodes": shown, "block": block }), text))
}
