//! `secureflow org`

mod motion;
mod nodes;
mod points;
mod upgrade;
mod validators;

use crate::{
    context::Context,
    council,
    error::Result,
    names::{self, account, shown, AccountArg, HashArg, NodeArg, Reference},
    network::{reading, Names},
    out::{amount, fields, Answer},
};
use clap::Subcommand;
use secureflow_chain::Call;
use secureflow_primitives::AccountId;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Org {
    /// Register your keys on chain and let your agent act for you
    #[command(
        after_help = "Example:\n  secureflow --home ~/bank org register\n\nRun it again after keys have changed."
    )]
    Register,
    /// An organisation's accounts, keys and status [default: your own]
    #[command(after_help = "Examples:\n  secureflow org show\n  secureflow org show insurer")]
    Show { org: Option<Reference> },
    /// Ask the council to admit an organisation
    #[command(after_help = ADMIT)]
    Admit {
        /// Its name, as `keys show` prints it
        #[arg(long)]
        name: String,
        /// Its account, as `keys show` prints it
        #[arg(long)]
        account: AccountArg,
    },
    /// Ask the council to stop an organisation until it is reinstated
    #[command(after_help = SUSPEND)]
    Suspend { org: Reference },
    /// Ask the council to let a suspended organisation act again
    #[command(after_help = "Example:\n  secureflow --home ~/bank org reinstate insurer")]
    Reinstate { org: Reference },
    /// Ask the council to remove an organisation for good
    #[command(after_help = REMOVE)]
    Remove { org: Reference },
    /// Replace the chain's runtime: ask the council to authorise the code, then bring it
    #[command(after_help = UPGRADE)]
    UpgradeRuntime {
        /// The new runtime's Wasm, compressed or not
        file: PathBuf,
    },
    /// Vote on a motion of the council; the last vote needed also carries it out
    #[command(after_help = "Examples:\n  secureflow org vote 0x1f…  3 --yes\n  secureflow org vote 0x1f…  3 --no")]
    Vote {
        /// The motion's hash, as the command that opened it printed it
        motion: HashArg,
        /// The motion's number
        index: u32,
        /// For the motion
        #[arg(long, conflicts_with = "no", required_unless_present = "no")]
        yes: bool,
        /// Against it
        #[arg(long)]
        no: bool,
    },
    /// Let another account act for your organisation: a worker's, for instance
    #[command(
        after_help = "Example:\n  secureflow --home ~/bank org add-operator 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX"
    )]
    AddOperator { account: AccountArg },
    /// Take that right back
    #[command(
        after_help = "Example:\n  secureflow --home ~/bank org remove-operator 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX"
    )]
    RemoveOperator { account: AccountArg },
    /// Which of your accounts validate; with accounts, let these validate instead
    #[command(after_help = VALIDATORS)]
    Validators {
        /// Your own account or operators of yours, with session keys
        accounts: Vec<AccountArg>,
        /// Let none validate
        #[arg(long, conflicts_with = "accounts")]
        none: bool,
    },
    /// Your nodes, to which validators talk; with identities, these instead
    #[command(after_help = NODES)]
    Nodes {
        /// As the node prints them, four at most
        nodes: Vec<NodeArg>,
        /// Name none
        #[arg(long, conflicts_with = "nodes")]
        none: bool,
    },
    /// Let the node make new session keys for this home's account, and register them
    #[command(after_help = SESSION_KEYS)]
    SessionKeys,
    /// How many points your organisation has, and whether points can be sent; with a flag, ask the council to change that
    #[command(after_help = points::POINTS)]
    Points {
        /// Let accounts send points to each other
        #[arg(long, conflicts_with = "not_transferable")]
        transferable: bool,
        /// Let points move by escrow and payouts only
        #[arg(long)]
        not_transferable: bool,
    },
    /// Ask the council to make points and give them to an organisation
    #[command(after_help = points::MINT)]
    Mint { org: Reference, amount: u128 },
    /// Send points of yours to an organisation
    #[command(after_help = points::SEND)]
    SendPoints { org: Reference, amount: u128 },
}

const ADMIT: &str = "\
Example:
  secureflow --home ~/bank org admit --name newcomer --account 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX

Two thirds of the council have to agree. The answer says how the others vote.";

const SUSPEND: &str = "\
Example:
  secureflow --home ~/bank org suspend insurer

From the block of the last vote on its accounts are refused everywhere, it loses its seat in the council, and its
validators leave at a session's end. `org reinstate` takes all of it back.";

const REMOVE: &str = "\
Example:
  secureflow --home ~/bank org remove insurer

Nothing takes this back. Its accounts, operators and keys count no more; jobs that wait for it end by their deadlines, what
it has earned is still paid, and its audit entries stay. It may be admitted anew, under another number.";

const UPGRADE: &str = "\
Example:
  secureflow --home ~/bank org upgrade-runtime secureflow_runtime.compact.compressed.wasm

Run it once to put the code to the vote, and any member runs it again when the motion has passed. The chain takes only the
very file that was voted on, and only with a higher version than its own.";

const VALIDATORS: &str = "\
Examples:
  secureflow --home ~/bank org validators
  secureflow --home ~/bank org validators 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX
  secureflow --home ~/bank org validators --none

Each account needs session keys first: `org session-keys` in its home. A change takes effect at the second end of a session
from now, since the validators of a session are planned one session ahead.";

const NODES: &str = "\
Examples:
  secureflow --home ~/bank org nodes
  secureflow --home ~/bank org nodes 12D3KooWBmAwcd4PJNJvfV89HwE48nwkRmAgo8Vy3uQEyNNHBox2
  secureflow --home ~/bank org nodes --none

Name all of them each time. Once any organisation has named a node, validators talk to named nodes only: name your own before
others name theirs. `secureflow-node key inspect-node-key --file FILE` prints a node's identity.";

const SESSION_KEYS: &str = "\
Example:
  secureflow --home ~/bank --url ws://127.0.0.1:9944 org session-keys

Talk to the validator itself: the keys stay in the keystore of the node that you reach, and nodes make keys for their own
host only. Keys that are replaced go on working until the new ones take over, at the second end of a session from now, so
leave the node running with both.";

pub async fn run(context: &Context, command: Org) -> Result<Answer> {
    match command {
        Org::Register => register(context).await,
        Org::Show { org } => reading(context.out, show(context, org)).await,
        Org::Admit { name, account } => admit(context, &name, account.0).await,
        Org::Vote { motion, index, yes, .. } => {
            let network = context.network().await?;
            let outcome = council::vote(context, &network, motion.0, index, yes).await?;
            Ok(Answer::new(outcome.json(), outcome.text("the motion")))
        }
        Org::Suspend { org } => motion::put(context, motion::Motion::Suspend, &org).await,
        Org::Reinstate { org } => motion::put(context, motion::Motion::Reinstate, &org).await,
        Org::Remove { org } => motion::put(context, motion::Motion::Remove, &org).await,
        Org::UpgradeRuntime { file } => upgrade::upgrade(context, &file).await,
        Org::Validators { accounts, none } if accounts.is_empty() && !none => {
            reading(context.out, validators::show(context)).await
        }
        Org::Validators { accounts, .. } => {
            validators::name(context, accounts.into_iter().map(|account| account.0).collect()).await
        }
        Org::Nodes { nodes, none } if nodes.is_empty() && !none => reading(context.out, nodes::show(context)).await,
        Org::Nodes { nodes, .. } => nodes::name(context, nodes.into_iter().map(|node| node.0).collect()).await,
        Org::SessionKeys => validators::session_keys(context).await,
        Org::AddOperator { account } => operator(context, account.0, true).await,
        Org::RemoveOperator { account } => operator(context, account.0, false).await,
        Org::Points {
            transferable,
            not_transferable,
        } if transferable || not_transferable => points::configure(context, transferable).await,
        Org::Points { .. } => reading(context.out, points::show(context)).await,
        Org::Mint { org, amount } => points::mint(context, &org, amount).await,
        Org::SendPoints { org, amount } => points::send(context, &org, amount).await,
    }
}

/// Sends only what is not so already, so that it can be run again.
async fn register(context: &Context) -> Result<Answer> {
    let keys = context.home.organisation();
    let (public, agent) = (keys.public()?, keys.agent()?.account());
    let network = context.network().await?;
    let state = network.state().await?;
    let org = context.own_org(&state).await?;
    let known = Names::read(&state).await?;
    let registered = known.get(org).and_then(|organisation| organisation.keys.as_ref()) == Some(&public);
    if !registered {
        context.submit(&network, Call::SetKeys { keys: public }).await?;
    }
    let operates = state.operators(org).await?.contains(&agent);
    if !operates {
        context
            .submit(&network, Call::AddOperator { account: agent.clone() })
            .await?;
    }
    let text = match registered && operates {
        true => format!(
            "{} is registered as organisation {org} already; nothing was changed.\n",
            known.of(org)
        ),
        false => format!(
            "{} is organisation {org}. Its keys and its agent are registered.\n",
            known.of(org)
        ),
    };
    let value = json!({
        "org": org, "name": known.of(org), "agent_account": account(&agent), "changed": !(registered && operates),
    });
    Ok(Answer::new(value, text))
}

async fn show(context: &Context, wanted: Option<Reference>) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let known = Names::read(&state).await?;
    let id = match &wanted {
        Some(wanted) => known.find(wanted)?,
        None => context.own_org(&state).await?,
    };
    let org = known
        .get(id)
        .ok_or_else(|| crate::explain::dispatch("Consortium", "UnknownOrganisation", ""))?;
    let operators: Vec<String> = state.operators(id).await?.iter().map(account).collect();
    let points = state.points(&org.account).await?;
    let status = names::status(org.status);
    let hex = |bytes: &[u8; 32]| format!("0x{}", hex::encode(bytes));
    let none = || "not registered: secureflow org register".to_string();
    let text = fields(&[
        ("organisation", format!("{id} {}", shown(&org.name))),
        ("status", status.into()),
        ("account", account(&org.account)),
        (
            "operators",
            if operators.is_empty() {
                "-".into()
            } else {
                operators.join(", ")
            },
        ),
        ("points", points.to_string()),
        (
            "certificate",
            org.keys.as_ref().map_or_else(none, |keys| hex(&keys.tls_fingerprint)),
        ),
        (
            "signing key",
            org.keys.as_ref().map_or_else(none, |keys| hex(&keys.signing)),
        ),
        (
            "encryption key",
            org.keys.as_ref().map_or_else(none, |keys| hex(&keys.encryption)),
        ),
    ]);
    let value = json!({
        "id": id, "name": shown(&org.name), "status": status, "account": account(&org.account), "operators": operators,
        "points": amount(points), "keys": org.keys.as_ref().map(|keys| json!({
            "tls_fingerprint": hex(&keys.tls_fingerprint), "signing": hex(&keys.signing), "encryption": hex(&keys.encryption),
        })),
    });
    Ok(Answer::new(value, text))
}

async fn admit(context: &Context, name: &str, newcomer: AccountId) -> Result<Answer> {
    let name = names::name("the name", name)?;
    let purpose = format!("to admit {} with account {}", shown(&name), account(&newcomer));
    let network = context.network().await?;
    let (outcome, _) = council::propose(
        context,
        &network,
        Call::Admit {
            name,
            account: newcomer,
        },
    )
    .await?;
    Ok(Answer::new(outcome.json(), outcome.text(&purpose)))
}

async fn operator(context: &Context, id: AccountId, add: bool) -> Result<Answer> {
    let network = context.network().await?;
    let call = match add {
        true => Call::AddOperator { account: id.clone() },
        false => Call::RemoveOperator { account: id.clone() },
    };
    let done = context.submit(&network, call).await?;
    let text = match add {
        true => format!(
            "{} now acts for your organisation (block {}).",
            account(&id),
            done.block.number
        ),
        false => format!(
            "{} no longer acts for your organisation (block {}).",
            account(&id),
            done.block.number
        ),
    };
    Ok(Answer::new(
        json!({ "account": account(&id), "operator": add, "block": done.block.number }),
        text,
    ))
}
