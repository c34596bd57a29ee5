//! How a statistic is written: a kind, and the settings of that kind. A tagged enum of serde's would do, but not where another
//! crate turns on exact numbers in `serde_json`: its numbers then cannot be read through the tag.

use super::Statistic;
use serde::{Deserialize, Serialize};

/// Fields stand in alphabetical order: see [`crate::spec`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flat {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Vec<f64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bins: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    categories: Option<Vec<String>>,
    column: String,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lower: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    upper: Option<f64>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Count,
    Sum,
    Mean,
    Histogram,
    Categories,
    Quantiles,
}

impl Kind {
    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Count => &[],
            Self::Sum | Self::Mean => &["lower", "upper"],
            Self::Histogram => &["bins", "lower", "upper"],
            Self::Categories => &["categories"],
            Self::Quantiles => &["at", "lower", "upper"],
        }
    }
}

impl TryFrom<Flat> for Statistic {
    type Error = String;

    fn try_from(flat: Flat) -> Result<Self, String> {
        let given = [
            ("at", flat.at.is_some()),
            ("bins", flat.bins.is_some()),
            ("categories", flat.categories.is_some()),
            ("lower", flat.lower.is_some()),
            ("upper", flat.upper.is_some()),
        ];
        let Flat { column, kind, .. } = flat;
        let wanted = kind.settings();
        for (setting, given) in given {
            let problem = match (wanted.contains(&setting), given) {
                (true, false) => "lacks",
                (false, true) => "has no use for",
                _ => continue,
            };
            return Err(format!(
                "the statistic of column {column:?} {problem} the setting {setting}"
            ));
        }
        let (lower, upper) = (flat.lower.unwrap_or_default(), flat.upper.unwrap_or_default());
        Ok(match kind {
            Kind::Count => Self::Count { column },
            Kind::Sum => Self::Sum { column, lower, upper },
            Kind::Mean => Self::Mean { column, lower, upper },
            Kind::Histogram => Self::Histogram {
                bins: flat.bins.unwrap_or_default(),
                column,
                lower,
                upper,
            },
            Kind::Categories => Self::Categories {
                categories: flat.categories.unwrap_or_default(),
                column,
            },
            Kind::Quantiles => Self::Quantiles {
                at: flat.at.unwrap_or_default(),
                column,
                lower,
                upper,
            },
        })
    }
}

impl From<Statistic> for Flat {
    fn from(statistic: Statistic) -> Self {
        let bounds = statistic.bounds();
        let mut flat = Self {
            at: None,
            bins: None,
            categories: None,
            column: statistic.column().to_string(),
            kind: Kind::Count,
            lower: bounds.map(|(lower, _)| lower),
            upper: bounds.map(|(_, upper)| upper),
        };
        match statistic {
            Statistic::Count { .. } => {}
            Statistic::Sum { .. } => flat.kind = Kind::Sum,
            Statistic::Mean { .. } => flat.kind = Kind::Mean,
            Statistic::Histogram { bins, .. } => {
                flat.kind = Kind::Histogram;
                flat.bins = Some(bins);
            }
            Statistic::Categories { categories, .. } => {
                flat.kind = Kind::Categories;
                flat.categories = Some(categories);
            }
            Statistic::Quantiles { at, .. } => {
                flat.kind = Kind::Quantiles;
                flat.at = Some(at);
            }
        }
        flat
    }
}
