//! `secureflow space`

use crate::{
    context::Context,
    council,
    error::{Failure, Result},
    formula,
    names::{self, shown, Reference},
    network::{find_space, reading, Names},
    out::{amount, amount as points, fields, table, Answer},
};
use clap::Subcommand;
use secureflow_chain::{Call, ChainEvent};
use secureflow_primitives::{revenue::Agreement, Balance, BlockNumber};
use serde_json::{json, Value};

#[derive(Debug, Subcommand)]
pub enum Space {
    /// Open a space; your organisation is its first member
    #[command(after_help = "Example:\n  secureflow space create credit-risk")]
    Create { name: String },
    /// Invite an organisation
    #[command(after_help = "Examples:\n  secureflow space invite credit-risk insurer\n  secureflow space invite 0 2")]
    Invite { space: Reference, org: Reference },
    /// Accept an invitation
    #[command(after_help = "Example:\n  secureflow space accept credit-risk")]
    Accept { space: Reference },
    /// All spaces
    #[command(after_help = "Example:\n  secureflow space list")]
    List,
    /// One space: members, agreement, escrow, auditors
    #[command(after_help = "Example:\n  secureflow space show credit-risk")]
    Show { space: Reference },
    /// Agree on the reward of a completed job and how it is shared
    #[command(after_help = AGREEMENT)]
    Agreement {
        space: Reference,
        /// How a reward is shared: see below
        #[arg(long)]
        formula: String,
        /// Points per completed job
        #[arg(long)]
        reward: u128,
        /// Blocks (about seconds) after a settlement in which a party may dispute it; then it can be claimed
        #[arg(long, default_value_t = 600)]
        dispute_window: u32,
    },
    /// Pay points into the space's escrow
    #[command(after_help = "Example:\n  secureflow space fund credit-risk 1000")]
    Fund { space: Reference, amount: u128 },
    /// Ask the council to give an organisation points out of a space's escrow
    #[command(after_help = RELEASE)]
    Release {
        space: Reference,
        org: Reference,
        amount: u128,
    },
    /// Name an auditor: details of what is done with the space's data are encrypted to it from now on
    #[command(after_help = AUDITOR)]
    Auditor {
        space: Reference,
        org: Reference,
        /// Dismiss it: it reads nothing that is newer
        #[arg(long)]
        dismiss: bool,
    },
}

const AUDITOR: &str = "\
Examples:
  secureflow space auditor credit-risk supervisor
  secureflow space auditor credit-risk supervisor --dismiss

Each begins a key epoch. While a space has auditors, the chain takes no job, approval, commitment, result or settlement in
it without details for them; this program and the services send these by themselves.";

const AGREEMENT: &str = "\
Formulas:
  equal                 alike among those who took part
  rows                  by the rows that each trained on
  compute               by computing time
  utility               by how well each one's updates went with the joint ones
  fixed=ORG:WEIGHT,…    by weights agreed beforehand
  mixture=PART:N,…      several at once, in parts per million: equal, rows, compute, utility, fixed;
                        who shares the fixed part follows after a slash
  contract=ADDRESS      as an ink! contract on the chain computes

Examples:
  secureflow space agreement credit-risk --formula equal --reward 900
  secureflow space agreement credit-risk --formula mixture=equal:200000,rows:500000,utility:300000 --reward 900
  secureflow space agreement credit-risk --formula mixture=rows:900000,fixed:100000/bank:2,insurer:1 --reward 900
  secureflow space agreement credit-risk --formula fixed=bank:2,insurer:1 --reward 900 --dispute-window 86400";

const RELEASE: &str = "\
Example:
  secureflow --home ~/bank space release credit-risk insurer 1000

For escrow that no settlement will need, such as that of a space whose members have left. Two thirds of the council have to
agree. What is settled and not yet claimed cannot be taken.";

pub async fn run(context: &Context, command: Space) -> Result<Answer> {
    match command {
        Space::Create { name } => create(context, &name).await,
        Space::Invite { space, org } => invite(context, &space, &org).await,
        Space::Auditor { space, org, dismiss } => auditor(context, &space, &org, dismiss).await,
        Space::Accept { space } => {
            let network = context.network().await?;
            let space = find_space(&network.state().await?.spaces().await?, &space)?;
            let done = context.submit(&network, Call::Accept { space }).await?;
            let text = format!(
                "Your organisation is in space {space} now (block {}).",
                done.block.number
            );
            Ok(Answer::new(json!({ "space": space, "block": done.block.number }), text))
        }
        Space::List => reading(context.out, list(context)).await,
        Space::Show { space } => reading(context.out, show(context, &space)).await,
        Space::Agreement {
            space,
            formula,
            reward,
            dispute_window,
        } => agreement(context, &space, &formula, reward, dispute_window).await,
        Space::Fund { space, amount } => fund(context, &space, amount).await,
        Space::Release { space, org, amount } => release(context, &space, &org, amount).await,
    }
}

async fn create(context: &Context, name: &str) -> Result<Answer> {
    let name = names::name("the name", name)?;
    let network = context.network().await?;
    let done = context
        .submit(&network, Call::CreateSpace { name: name.clone() })
        .await?;
    let space = done.find(|event| match event {
        ChainEvent::SpaceCreated { space, .. } => Some(*space),
        _ => None,
    });
    let space = space.ok_or_else(|| Failure::new("chain", "the chain opened a space and gave no number"))?;
    let text = format!(
        "{} is space {space}. Invite others: secureflow space invite {space} ORG",
        shown(&name)
    );
    Ok(Answer::new(
        json!({ "space": space, "name": shown(&name), "block": done.block.number }),
        text,
    ))
}

async fn invite(context: &Context, space: &Reference, org: &Reference) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let (space, org) = (find_space(&state.spaces().await?, space)?, names.find(org)?);
    let done = context.submit(&network, Call::Invite { space, org }).await?;
    let text = format!(
        "{} is invited. It answers with: secureflow space accept {space}",
        names.of(org)
    );
    Ok(Answer::new(
        json!({ "space": space, "org": org, "block": done.block.number }),
        text,
    ))
}

async fn auditor(context: &Context, space: &Reference, org: &Reference, dismiss: bool) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let (space, org) = (find_space(&state.spaces().await?, space)?, names.find(org)?);
    let call = match dismiss {
        false => Call::GrantAuditor { space, org },
        true => Call::RevokeAuditor { space, org },
    };
    let done = context.submit(&network, call).await?;
    let epoch = done.find(|event| match event {
        ChainEvent::EpochBegun { epoch, .. } => Some(*epoch),
        _ => None,
    });
    let begun = epoch.map_or_else(String::new, |epoch| format!("; epoch {epoch} begins"));
    let (name, block) = (names.of(org), done.block.number);
    let text = match dismiss {
        false => format!("{name} audits space {space} from now on (block {block}{begun})."),
        true => format!("{name} reads nothing of space {space} from now on (block {block}{begun})."),
    };
    let value = json!({ "space": space, "org": org, "epoch": epoch, "block": block });
    Ok(Answer::new(value, text))
}

async fn list(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let spaces = state.spaces().await?;
    let rows: Vec<_> = spaces
        .iter()
        .map(|(id, space)| {
            [
                id.to_string(),
                shown(&space.name),
                names.list(&space.members),
                names.list(&space.invited),
            ]
        })
        .collect();
    let values: Vec<Value> = spaces
        .iter()
        .map(|(id, space)| {
            json!({
                "id": id, "name": shown(&space.name), "creator": space.creator,
                "members": space.members.as_slice(), "invited": space.invited.as_slice(),
            })
        })
        .collect();
    Ok(Answer::new(
        json!({ "spaces": values }),
        table(["id", "name", "members", "invited"], &rows),
    ))
}

async fn show(context: &Context, wanted: &Reference) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let id = find_space(&state.spaces().await?, wanted)?;
    let space = state
        .space(id)
        .await?
        .ok_or_else(|| crate::explain::dispatch("Collaborations", "UnknownSpace", ""))?;
    let agreement = state.agreement(id).await?;
    let (escrow, auditors) = (state.escrow(id).await?, state.auditors(id).await?);
    let terms = match &agreement {
        Some(agreement) => formula::agreement_text(agreement, &names),
        None => format!("none: secureflow space agreement {id} --formula rows --reward N"),
    };
    let text = fields(&[
        ("space", format!("{id} {}", shown(&space.name))),
        ("creator", names.of(space.creator)),
        ("members", names.list(&space.members)),
        ("invited", names.list(&space.invited)),
        ("agreement", terms),
        ("escrow", format!("{escrow} points")),
        ("auditors", names.list(&auditors)),
    ]);
    let value = json!({
        "id": id, "name": shown(&space.name), "creator": space.creator, "members": space.members.as_slice(),
        "invited": space.invited.as_slice(), "escrow": amount(escrow), "auditors": auditors,
        "agreement": agreement.map(|agreement| formula::agreement_value(&agreement, &names)),
    });
    Ok(Answer::new(value, text))
}

async fn agreement(
    context: &Context,
    space: &Reference,
    text: &str,
    reward: Balance,
    dispute_window: BlockNumber,
) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let formula = formula::read(text, |org| names.find(org))?;
    let space = find_space(&state.spaces().await?, space)?;
    let done = context
        .submit(
            &network,
            Call::SetAgreement {
                space,
                agreement: Agreement {
                    formula,
                    reward,
                    dispute_window,
                },
            },
        )
        .await?;
    let text = format!(
        "Space {space} pays {reward} points per completed job, claimed {dispute_window} blocks after its settlement (block \
         {}).",
        done.block.number
    );
    Ok(Answer::new(
        json!({
            "space": space, "reward": amount(reward), "dispute_window": dispute_window, "block": done.block.number,
        }),
        text,
    ))
}

async fn fund(context: &Context, space: &Reference, amount: Balance) -> Result<Answer> {
    let network = context.network().await?;
    let space = find_space(&network.state().await?.spaces().await?, space)?;
    let done = context.submit(&network, Call::Fund { space, amount }).await?;
    let text = format!(
        "{amount} points are paid into the escrow of space {space} (block {}).",
        done.block.number
    );
    Ok(Answer::new(
        json!({ "space": space, "amount": points(amount), "block": done.block.number }),
        text,
    ))
}

async fn release(context: &Context, space: &Reference, org: &Reference, amount: Balance) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let (space, org) = (find_space(&state.spaces().await?, space)?, names.find(org)?);
    let (outcome, _) = council::propose(context, &network, Call::ReleaseEscrow { space, org, amount }).await?;
    let purpose = format!(
        "to give {} {amount} points out of the escrow of space {space}",
        names.of(org)
    );
    Ok(Answer::new(outcome.json(), outcome.text(&purpose)))
}
