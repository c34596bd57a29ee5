//! `secureflow org`

use crate::{
    context::Context,
    council,
    error::Result,
    names::{self, account, shown, AccountArg, HashArg, Reference},
    network::{reading, Names},
    out::{amount, fields, Answer},
};
use clap::Subcommand;
use secureflow_chain::Call;
use secureflow_primitives::{consortium::OrgStatus, AccountId};
use serde_json::json;

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
    /// Vote on a motion of the council; the last vote needed also carries it out
    #[command(after_help = "Examples:\n  secureflow org vote 0x1f…  3 --yes\n  secureflow org vote 0x1f…  3 --no")]
    Vote {
        /// The motion's hash, as `org admit` printed it
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
    /// How many points your organisation has
    #[command(after_help = "Example:\n  secureflow org points")]
    Points,
}

const ADMIT: &str = "\
Example:
  secureflow --home ~/bank org admit --name newcomer --account 5F3sa2TJAWMqDhXG6jhV4N8ko9SxwGy8TpaNS1repo5EYjQX

Two thirds of the council have to agree. The answer says how the others vote.";

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
        Org::AddOperator { account } => operator(context, account.0, true).await,
        Org::RemoveOperator { account } => operator(context, account.0, false).await,
        Org::Points => reading(context.out, points(context)).await,
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
    let points = state.balance(&org.account).await?;
    let status = if org.status == OrgStatus::Active {
        "active"
    } else {
        "suspended"
    };
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

async fn points(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let own = context.home.account()?.account();
    let points = state.balance(&own).await?;
    Ok(Answer::new(
        json!({ "account": account(&own), "points": amount(points) }),
        format!("{points} points"),
    ))
}
