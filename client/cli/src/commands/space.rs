//! `secureflow space`

use crate::{
    context::Context,
    error::{Failure, Result},
    names::{self, shown, Reference},
    network::{find_space, reading, Names},
    out::{amount, amount as points, fields, table, Answer},
};
use clap::Subcommand;
use secureflow_chain::{Call, ChainEvent};
use secureflow_primitives::{
    bounds::PerParty,
    revenue::{Agreement, Formula, MILLION},
    Balance, OrgId,
};
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
        /// equal, rows, compute, mixture=equal:N,rows:N,compute:N (parts per million), fixed=ORG:WEIGHT,…
        #[arg(long)]
        formula: String,
        /// Points per completed job
        #[arg(long)]
        reward: u128,
    },
    /// Pay points into the space's escrow
    #[command(after_help = "Example:\n  secureflow space fund credit-risk 1000")]
    Fund { space: Reference, amount: u128 },
    /// Name an auditor: notes are encrypted to it from now on
    #[command(after_help = "Example:\n  secureflow space auditor credit-risk supervisor")]
    Auditor { space: Reference, org: Reference },
}

const AGREEMENT: &str = "\
Examples:
  secureflow space agreement credit-risk --formula equal --reward 900
  secureflow space agreement credit-risk --formula mixture=equal:200000,rows:500000,compute:300000 --reward 900
  secureflow space agreement credit-risk --formula fixed=bank:2,insurer:1 --reward 900";

pub async fn run(context: &Context, command: Space) -> Result<Answer> {
    match command {
        Space::Create { name } => create(context, &name).await,
        Space::Invite { space, org } => invite(context, &space, &org, false).await,
        Space::Auditor { space, org } => invite(context, &space, &org, true).await,
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
        Space::Agreement { space, formula, reward } => agreement(context, &space, &formula, reward).await,
        Space::Fund { space, amount } => fund(context, &space, amount).await,
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

async fn invite(context: &Context, space: &Reference, org: &Reference, auditor: bool) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let (space, org) = (find_space(&state.spaces().await?, space)?, names.find(org)?);
    let call = if auditor {
        Call::GrantAuditor { space, org }
    } else {
        Call::Invite { space, org }
    };
    let done = context.submit(&network, call).await?;
    let text = match auditor {
        true => format!(
            "{} audits space {space} from now on (block {}).",
            names.of(org),
            done.block.number
        ),
        false => format!(
            "{} is invited. It answers with: secureflow space accept {space}",
            names.of(org)
        ),
    };
    Ok(Answer::new(
        json!({ "space": space, "org": org, "block": done.block.number }),
        text,
    ))
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

/// An agreement's formula, as people write it.
pub fn formula_text(formula: &Formula, names: &Names) -> String {
    match formula {
        Formula::Equal => "equal".into(),
        Formula::ByRows => "rows".into(),
        Formula::ByComputeTime => "compute".into(),
        Formula::Mixture { equal, rows, compute } => format!("mixture=equal:{equal},rows:{rows},compute:{compute}"),
        Formula::Fixed(shares) => {
            let shares: Vec<String> = shares
                .iter()
                .map(|(org, weight)| format!("{}:{weight}", names.of(*org)))
                .collect();
            format!("fixed={}", shares.join(","))
        }
    }
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
    let formula = agreement
        .as_ref()
        .map(|agreement| formula_text(&agreement.formula, &names));
    let reward = agreement.as_ref().map(|agreement| agreement.reward);
    let terms = match (&formula, reward) {
        (Some(formula), Some(reward)) => format!("{reward} points per completed job, shared by {formula}"),
        _ => format!("none: secureflow space agreement {id} --formula rows --reward N"),
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
        "agreement": formula.map(|formula| json!({ "formula": formula, "reward": reward.map(amount) })),
    });
    Ok(Answer::new(value, text))
}

/// Reads a formula; organisations by name or number.
pub fn formula(text: &str, find: impl Fn(&Reference) -> Result<OrgId>) -> Result<Formula> {
    let bad = |problem: &str| {
        Failure::usage(format!("--formula {text}: {problem}")).hint(
            "Use equal, rows, compute, mixture=equal:200000,rows:500000,compute:300000, or fixed=bank:2,insurer:1.",
        )
    };
    let parts = |list: &str| -> Result<Vec<(String, u32)>> {
        list.split(',')
            .map(|part| {
                let (name, weight) = part.rsplit_once(':').ok_or_else(|| bad("a part is NAME:NUMBER"))?;
                Ok((
                    name.trim().to_string(),
                    weight.trim().parse().map_err(|_| bad("a part's number is no number"))?,
                ))
            })
            .collect()
    };
    match text.split_once('=') {
        None => match text {
            "equal" => Ok(Formula::Equal),
            "rows" => Ok(Formula::ByRows),
            "compute" => Ok(Formula::ByComputeTime),
            _ => Err(bad("is not known")),
        },
        Some(("mixture", list)) => {
            let (mut equal, mut rows, mut compute) = (None, None, None);
            for (name, weight) in parts(list)? {
                let slot = match name.as_str() {
                    "equal" => &mut equal,
                    "rows" => &mut rows,
                    "compute" => &mut compute,
                    _ => return Err(bad("a mixture has the parts equal, rows and compute")),
                };
                if slot.replace(weight).is_some() {
                    return Err(bad("a part stands there twice"));
                }
            }
            let parts = [equal, rows, compute].map(Option::unwrap_or_default);
            if parts.iter().map(|part| u64::from(*part)).sum::<u64>() != u64::from(MILLION) {
                return Err(bad("the parts of a mixture add up to 1000000"));
            }
            Ok(Formula::Mixture {
                equal: parts[0],
                rows: parts[1],
                compute: parts[2],
            })
        }
        Some(("fixed", list)) => {
            let shares = parts(list)?
                .into_iter()
                .map(|(name, weight)| Ok((find(&name.parse().unwrap_or(Reference::Name(name.clone())))?, weight)))
                .collect::<Result<Vec<_>>>()?;
            Ok(Formula::Fixed(
                PerParty::try_from(shares).map_err(|_| bad("there are too many shares"))?,
            ))
        }
        Some(_) => Err(bad("is not known")),
    }
}

async fn agreement(context: &Context, space: &Reference, text: &str, reward: Balance) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let names = Names::read(&state).await?;
    let formula = formula(text, |org| names.find(org))?;
    let space = find_space(&state.spaces().await?, space)?;
    let done = context
        .submit(
            &network,
            Call::SetAgreement {
                space,
                agreement: Agreement { formula, reward },
            },
        )
        .await?;
    let text = format!(
        "Space {space} pays {reward} points per completed job (block {}).",
        done.block.number
    );
    Ok(Answer::new(
        json!({ "space": space, "reward": amount(reward), "block": done.block.number }),
        text,
    ))
}

async fn fund(context: &Context, space: &Reference, amount: Balance) -> Result<Answer> {
    let network = context.network().await?;
    let space = find_space(&network.state().await?.spaces().await?, space)?;
    let done = context.submit(&network, Call::Fund { space, amount }).await?;
    let text = format!(
        "{amount} points are in the escrow of space {space} (block {}).",
        done.block.number
    );
    Ok(Answer::new(
        json!({ "space": space, "amount": points(amount), "block": done.block.number }),
        text,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Formula> {
        formula(text, |org| match org {
            Reference::Id(id) => Ok(OrgId(*id)),
            Reference::Name(name) => Err(Failure::new("unknown", name.clone())),
        })
    }

    #[test]
    fn formulas_read() {
        assert_eq!(read("equal").unwrap(), Formula::Equal);
        assert_eq!(
            read("mixture=equal:200000,rows:500000,compute:300000").unwrap(),
            Formula::Mixture {
                equal: 200_000,
                rows: 500_000,
                compute: 300_000
            }
        );
        assert!(matches!(read("fixed=0:2,1:1").unwrap(), Formula::Fixed(shares) if shares.len() == 2));
        for text in [
            "",
            "profit",
            "mixture=equal:1",
            "mixture=equal:500000,equal:500000",
            "fixed=0",
            "mixture=x:1000000",
        ] {
            assert_eq!(read(text).unwrap_err().exit, crate::error::USAGE, "{text}");
        }
    }
}
