//! An agreement and its formula, as people write them.

use crate::{
    error::{Failure, Result},
    names::Reference,
    network::Names,
    out::amount,
};
use secureflow_primitives::{
    bounds::PerParty,
    revenue::{Agreement, Formula, Mixture, MILLION},
    AccountId, OrgId,
};
use serde_json::{json, Value};
use sp_core::crypto::Ss58Codec;

/// An agreement for people.
pub fn agreement_text(agreement: &Agreement, names: &Names) -> String {
    format!(
        "{} points per completed job, shared by {}; disputes within {} blocks of a settlement",
        agreement.reward,
        text(&agreement.formula, names),
        agreement.dispute_window
    )
}

/// An agreement for programs.
pub fn agreement_value(agreement: &Agreement, names: &Names) -> Value {
    json!({
        "formula": text(&agreement.formula, names), "reward": amount(agreement.reward),
        "dispute_window": agreement.dispute_window,
    })
}

pub fn text(formula: &Formula, names: &Names) -> String {
    match formula {
        Formula::Equal => "equal".into(),
        Formula::ByRows => "rows".into(),
        Formula::ByComputeTime => "compute".into(),
        Formula::ByUtility => "utility".into(),
        Formula::Mixture(mixture) => {
            // The fixed part comes last: its shares follow it.
            let parts = [
                ("equal", mixture.equal),
                ("rows", mixture.rows),
                ("compute", mixture.compute),
                ("utility", mixture.utility),
                ("fixed", mixture.fixed),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(_, part)| *part > 0)
                .map(|(name, part)| format!("{name}:{part}"))
                .collect();
            let shares = match mixture.shares.is_empty() {
                true => String::new(),
                false => format!("/{}", shares_text(&mixture.shares, names)),
            };
            format!("mixture={}{shares}", parts.join(","))
        }
        Formula::Fixed(shares) => format!("fixed={}", shares_text(shares, names)),
        Formula::Contract(account) => format!("contract={}", account.to_ss58check()),
    }
}

fn shares_text(shares: &[(OrgId, u32)], names: &Names) -> String {
    let shares: Vec<String> = shares
        .iter()
        .map(|(org, weight)| format!("{}:{weight}", names.of(*org)))
        .collect();
    shares.join(",")
}

/// Reads a formula; organisations by name or number.
pub fn read(text: &str, find: impl Fn(&Reference) -> Result<OrgId>) -> Result<Formula> {
    let bad = |problem: &str| {
        Failure::usage(format!("--formula {text}: {problem}")).hint(
            "Use equal, rows, compute, utility, fixed=bank:2,insurer:1, mixture=equal:200000,rows:500000,utility:300000, \
             or contract=ADDRESS.",
        )
    };
    let parts = |list: &str| -> Result<Vec<(String, u32)>> {
        list.split(',')
            .map(|part| {
                let (name, weight) = part.rsplit_once(':').ok_or_else(|| bad("a part is NAME:NUMBER"))?;
                let weight = weight.trim().parse();
                let weight = weight.map_err(|_| bad("a part's number is no number"))?;
                Ok((name.trim().to_string(), weight))
            })
            .collect()
    };
    let shares = |list: &str| -> Result<PerParty<(OrgId, u32)>> {
        let shares = parts(list)?
            .into_iter()
            .map(|(name, weight)| Ok((find(&name.parse().unwrap_or(Reference::Name(name.clone())))?, weight)))
            .collect::<Result<Vec<_>>>()?;
        PerParty::try_from(shares).map_err(|_| bad("there are too many shares"))
    };
    match text.split_once('=') {
        None => match text {
            "equal" => Ok(Formula::Equal),
            "rows" => Ok(Formula::ByRows),
            "compute" => Ok(Formula::ByComputeTime),
            "utility" => Ok(Formula::ByUtility),
            _ => Err(bad("is not known")),
        },
        Some(("fixed", list)) => Ok(Formula::Fixed(shares(list)?)),
        Some(("contract", address)) => AccountId::from_ss58check(address)
            .map(Formula::Contract)
            .map_err(|_| bad("the contract's address is none")),
        Some(("mixture", list)) => {
            let (list, fixed) = match list.split_once('/') {
                Some((list, fixed)) => (list, Some(fixed)),
                None => (list, None),
            };
            let mut mixture = Mixture::default();
            for (name, weight) in parts(list)? {
                let slot = match name.as_str() {
                    "equal" => &mut mixture.equal,
                    "fixed" => &mut mixture.fixed,
                    "rows" => &mut mixture.rows,
                    "compute" => &mut mixture.compute,
                    "utility" => &mut mixture.utility,
                    _ => return Err(bad("a mixture has the parts equal, rows, compute, utility and fixed")),
                };
                if weight == 0 || *slot > 0 {
                    return Err(bad("a part stands there twice, or is zero"));
                }
                *slot = weight;
            }
            if mixture.parts().map(u64::from).iter().sum::<u64>() != u64::from(MILLION) {
                return Err(bad("the parts of a mixture add up to 1000000"));
            }
            if (mixture.fixed > 0) != fixed.is_some() {
                return Err(bad("a fixed part and its shares go together: fixed:N/bank:2,insurer:1"));
            }
            if let Some(list) = fixed {
                mixture.shares = shares(list)?;
            }
            Ok(Formula::Mixture(mixture))
        }
        Some(_) => Err(bad("is not known")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Formula> {
        super::read(text, |org| match org {
            Reference::Id(id) => Ok(OrgId(*id)),
            Reference::Name(name) => Err(Failure::new("unknown", name.clone())),
        })
    }

    #[test]
    fn formulas_read() {
        assert_eq!(read("equal").unwrap(), Formula::Equal);
        assert_eq!(read("utility").unwrap(), Formula::ByUtility);
        assert_eq!(
            read("mixture=equal:200000,rows:500000,compute:300000").unwrap(),
            Formula::Mixture(Mixture {
                equal: 200_000,
                rows: 500_000,
                compute: 300_000,
                ..Default::default()
            })
        );
        assert!(matches!(read("fixed=0:2,1:1").unwrap(), Formula::Fixed(shares) if shares.len() == 2));
        let contract = AccountId::new([7; 32]);
        let text = format!("contract={}", contract.to_ss58check());
        assert_eq!(read(&text).unwrap(), Formula::Contract(contract));
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in [
            "rows",
            "mixture=equal:1,utility:999999",
            "mixture=equal:1,rows:2,compute:3,utility:4,fixed:999990/organisation 1:2,organisation 0:5",
        ] {
            let find = |reference: &Reference| match reference {
                Reference::Name(name) => Ok(OrgId(name.trim_start_matches("organisation ").parse().unwrap())),
                Reference::Id(id) => Ok(OrgId(*id)),
            };
            let formula = super::read(text, find).unwrap();
            assert_eq!(super::text(&formula, &Names::none()), text);
        }
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for text in [
            "",
            "profit",
            "contract=5",
            "mixture=equal:1",
            "mixture=equal:500000,equal:500000",
            "mixture=equal:1000000,rows:0",
            "mixture=equal:4294967295,rows:4294967295",
            "mixture=equal:500000,fixed:500000",
            "mixture=equal:1000000/0:1",
            "fixed=0",
            "mixture=x:1000000",
        ] {
            assert_eq!(read(text).unwrap_err().exit, crate::error::USAGE, "{text}");
        }
    }
}
