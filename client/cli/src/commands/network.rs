//! `secureflow network`

use crate::{
    context::Context,
    error::Result,
    names::{self, account, short, shown},
    network::{reading, Names},
    out::{fields, table, Answer},
};
use clap::Subcommand;
use secureflow_chain::{At, BlockRef};
use secureflow_primitives::consortium::OrgStatus;
use serde_json::{json, Value};

#[derive(Debug, Subcommand)]
pub enum Network {
    /// Newest and final block, peers, validators, organisations, workers
    #[command(
        after_help = "Examples:\n  secureflow network status\n  secureflow --url ws://127.0.0.1:9944 network status --json"
    )]
    Status,
    /// The members of the consortium
    #[command(after_help = "Example:\n  secureflow network organisations")]
    Organisations,
}

pub async fn run(context: &Context, command: Network) -> Result<Answer> {
    match command {
        Network::Status => reading(context.out, status(context)).await,
        Network::Organisations => reading(context.out, organisations(context)).await,
    }
}

async fn status(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let chain = network.chain();
    let best = chain.block(At::Best).await?;
    let finalized = chain.block(At::Finalized).await?;
    let state = network.state().await?;
    let known = Names::read(&state).await?;
    let active = known.iter().filter(|(_, org)| org.status == OrgStatus::Active).count();
    let present = known.iter().filter(|(_, org)| org.status != OrgStatus::Removed).count();
    let validators = state.validators().await?;
    let nodes = state.nodes().await?;
    // Those of suspended organisations do not count.
    let counts = |org| known.get(org).is_some_and(|org| org.status == OrgStatus::Active);
    let nodes: Vec<_> = nodes.into_iter().filter(|(org, _)| counts(*org)).collect();
    let listed: usize = nodes.iter().map(|(_, nodes)| nodes.len()).sum();
    let workers = state.standings().await?;
    let alive: Vec<_> = workers.iter().filter(|(_, found)| found.status.is_active()).collect();
    let simulated = alive.iter().filter(|(_, found)| found.worker.is_simulated()).count();
    let peers = network.peers().await;
    let label = match simulated {
        0 => String::new(),
        n if n == alive.len() => " (all SIMULATED: no hardware behind their evidence)".into(),
        n => format!(" ({n} of them SIMULATED)"),
    };
    let text = fields(&[
        ("chain", names::hash(&chain.genesis())),
        (
            "newest block",
            format!("{} {}", best.number, short(&names::hash(&best.hash))),
        ),
        (
            "final block",
            format!(
                "{} ({} behind)",
                finalized.number,
                best.number.saturating_sub(finalized.number)
            ),
        ),
        (
            "peers",
            peers.map_or_else(|| "unknown".into(), |peers| peers.to_string()),
        ),
        (
            "nodes",
            match listed {
                0 => "none named: anyone may connect (secureflow org nodes)".into(),
                n => format!("{n} named: validators talk to these only"),
            },
        ),
        ("validators", validators.len().to_string()),
        ("organisations", format!("{present} ({active} active)")),
        ("workers", format!("{}{label}", alive.len())),
    ]);
    let value = json!({
        "genesis": names::hash(&chain.genesis()),
        "best": block(best),
        "finalized": block(finalized),
        "peers": peers,
        "validators": validators.iter().map(account).collect::<Vec<_>>(),
        "nodes": nodes.iter().map(|(org, nodes)| json!({
            "org": org, "nodes": nodes.iter().map(names::node).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "organisations": present,
        "active_organisations": active,
        "workers": { "active": alive.len(), "simulated": simulated },
    });
    Ok(Answer::new(value, text))
}

fn block(block: BlockRef) -> Value {
    json!({ "number": block.number, "hash": names::hash(&block.hash) })
}

async fn organisations(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let known = Names::read(&state).await?;
    let mut values = Vec::new();
    let mut rows = Vec::new();
    for (id, org) in known.iter() {
        let status = names::status(org.status);
        values.push(json!({
            "id": id, "name": shown(&org.name), "account": account(&org.account), "status": status,
            "keys": org.keys.as_ref().map(|keys| json!({
                "tls_fingerprint": format!("0x{}", hex::encode(keys.tls_fingerprint)),
                "signing": format!("0x{}", hex::encode(keys.signing)),
                "encryption": format!("0x{}", hex::encode(keys.encryption)),
            })),
        }));
        let keys = if org.keys.is_some() { "registered" } else { "missing" };
        rows.push([
            id.to_string(),
            shown(&org.name),
            status.into(),
            keys.into(),
            account(&org.account),
        ]);
    }
    let text = table(["id", "name", "status", "keys", "account"], &rows);
    Ok(Answer::new(json!({ "organisations": values }), text))
}
