use crate::error::{DataError, Result};
use crate::source::Source;
use secureflow_plan::commitment::blake2_256;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;

/// What an owner needs to know of a file before registering it. For the owner's own eyes; only the two hashes and the
/// band of the rows go on chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    pub columns: Vec<ColumnSummary>,
    pub rows: u64,
    /// Commits to the columns' names and kinds.
    pub schema_hash: [u8; 32],
    /// Commits to every value, independent of quoting and line ends.
    pub content_root: [u8; 32],
    /// Set where a label column was asked for.
    pub label: Option<LabelSummary>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnSummary {
    pub name: String,
    pub kind: ColumnKind,
    pub missing: u64,
}

/// What a column looks like. The template decides how it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// Every value that is there is a finite number.
    Numeric,
    Categorical,
    /// No value is there.
    Empty,
}

impl ColumnKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
            Self::Empty => "empty",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelSummary {
    pub column: String,
    /// The two values, sorted.
    pub values: [String; 2],
}

/// Reads a file once and sums it up; with `label` it also checks that this column could be one.
pub fn inspect(path: &Path, label: Option<&str>) -> Result<Inspection> {
    let mut source = Source::open(path)?;
    let label = label.map(|column| (source.position(column), column.to_string()));
    if let Some((None, column)) = label {
        return Err(DataError::NoLabelColumn {
            column,
            available: source.available(),
        });
    }
    let mut columns: Vec<ColumnSummary> = source
        .columns()
        .iter()
        .map(|name| ColumnSummary {
            name: name.clone(),
            kind: ColumnKind::Empty,
            missing: 0,
        })
        .collect();
    let mut labels = BTreeSet::new();
    while let Some((number, row)) = source.next(path)? {
        for (position, column) in columns.iter_mut().enumerate() {
            let value = row.value(position)?;
            match (value, &label) {
                (None, Some((Some(at), _))) if *at == position => {
                    return Err(DataError::LabelMissing {
                        row: number,
                        column: column.name.clone(),
                    })
                }
                (None, _) => column.missing += 1,
                (Some(value), label) => {
                    if column.kind != ColumnKind::Categorical {
                        let finite = value.parse::<f64>().is_ok_and(f64::is_finite);
                        column.kind = if finite {
                            ColumnKind::Numeric
                        } else {
                            ColumnKind::Categorical
                        };
                    }
                    if label.as_ref().is_some_and(|(at, _)| *at == Some(position)) && labels.len() < 3 {
                        labels.insert(value.to_lowercase());
                    }
                }
            }
        }
    }
    if source.rows() == 0 {
        return Err(DataError::NoRows);
    }
    let label = match label {
        None => None,
        Some((_, column)) => {
            let found = match labels.len() {
                0 | 1 => "one",
                _ => "more",
            };
            let values: Vec<String> = labels.into_iter().collect();
            let values = values.try_into().map_err(|_| DataError::LabelNotBinary {
                column: column.clone(),
                found,
            })?;
            Some(LabelSummary { column, values })
        }
    };
    let rows = source.rows();
    Ok(Inspection {
        schema_hash: schema_hash(&columns),
        content_root: source.content_root(),
        columns,
        rows,
        label,
    })
}

fn schema_hash(columns: &[ColumnSummary]) -> [u8; 32] {
    let columns: Vec<(&str, &str)> = columns
        .iter()
        .map(|column| (column.name.as_str(), column.kind.name()))
        .collect();
    let mut bytes = b"secureflow/schema/v1".to_vec();
    bytes.extend(serde_json::to_vec(&columns).expect("pairs of text always serialise"));
    blake2_256(&bytes)
}
