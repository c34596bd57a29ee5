use crate::error::{DataError, Result};
use crate::holdout::is_held_out;
use crate::source::Source;
use crate::units::Units;
use secureflow_plan::{survey, FeatureKind, Label, Plan};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;

/// Marks a missing category. It is one past the last bucket.
pub(crate) const MISSING: u16 = survey::BUCKETS as u16;

/// Categories beyond this many are hashed every time instead of being remembered.
const REMEMBERED: usize = 1 << 16;

/// A plan's columns of a file, in memory. It cannot be serialised, and its `Debug` shows no value.
pub struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) labels: Vec<bool>,
    parts: Vec<Part>,
    /// The number of each row's unit, where a plan hides more than a row.
    pub(crate) units: Option<Vec<u32>>,
    content_root: [u8; 32],
}

/// What a row is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Training,
    HeldOut,
    /// Nothing: its unit has as many rows as it may.
    Left,
}

/// One feature, in the plan's order.
pub(crate) enum Column {
    /// `NaN` where missing.
    Numeric(Vec<f64>),
    /// Buckets of [`survey::bucket`], [`MISSING`] where missing. The names are forgotten on reading.
    Categorical(Vec<u16>),
}

/// Which rows of a table are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    Training,
    HeldOut,
    All,
}

impl Table {
    /// Reads the columns that a plan asks for and checks every value of them.
    pub fn load(path: &Path, plan: &Plan) -> Result<Self> {
        let mut source = Source::open(path)?;
        let label = Label::new(&plan.label)?;
        let label_column = &plan.label.column;
        let label_position = source.position(label_column).ok_or_else(|| DataError::NoLabelColumn {
            column: label_column.clone(),
            available: source.available(),
        })?;
        let mut features = Vec::with_capacity(plan.features.len());
        for feature in &plan.features {
            let position = source.position(&feature.name).ok_or_else(|| DataError::UnknownColumn {
                column: feature.name.clone(),
                available: source.available(),
            })?;
            features.push(Reading::new(&feature.name, feature.kind, position));
        }
        let unit = plan.privacy.as_ref().and_then(|privacy| privacy.unit.as_ref());
        let mut reading = unit.map(|unit| Units::new(unit, &source)).transpose()?;
        let (mut labels, mut parts, mut units) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((number, row)) = source.next(path)? {
            let column = || label_column.clone();
            let value = row.value(label_position)?.ok_or_else(|| DataError::LabelMissing {
                row: number,
                column: column(),
            })?;
            labels.push(label.read(value).ok_or_else(|| DataError::LabelValue {
                row: number,
                column: column(),
            })?);
            let member = reading.as_mut().map(|units| units.read(&row, number)).transpose()?;
            let first = member.as_ref().map_or(number, |member| member.first);
            parts.push(
                match is_held_out(first - 1, plan.training.seed, plan.training.holdout) {
                    _ if member.as_ref().is_some_and(|member| member.beyond) => Part::Left,
                    true => Part::HeldOut,
                    false => Part::Training,
                },
            );
            units.extend(member.map(|member| member.unit));
            for feature in &mut features {
                let value = row.value(feature.position)?;
                feature.read(value, number)?;
            }
        }
        if labels.is_empty() {
            return Err(DataError::NoRows);
        }
        let columns = features.into_iter().map(|feature| feature.column).collect();
        Ok(Self {
            columns,
            labels,
            parts,
            units: unit.map(|_| units),
            content_root: source.content_root(),
        })
    }

    /// One table of all rows of several that were loaded for the same plan: for the pooled model of a demonstration,
    /// whose data belong to one owner. Its content root is that of no file, and zero.
    pub fn concat(tables: Vec<Self>) -> Result<Self> {
        let mut tables = tables.into_iter();
        let mut all = tables.next().ok_or(DataError::NoRows)?;
        all.content_root = [0; 32];
        for table in tables {
            if table.columns.len() != all.columns.len() {
                return Err(DataError::OtherPlan);
            }
            for (column, more) in all.columns.iter_mut().zip(table.columns) {
                match (column, more) {
                    (Column::Numeric(values), Column::Numeric(more)) => values.extend(more),
                    (Column::Categorical(values), Column::Categorical(more)) => values.extend(more),
                    _ => return Err(DataError::OtherPlan),
                }
            }
            all.labels.extend(table.labels);
            all.parts.extend(table.parts);
            // The same value in two files is two units.
            all.units = match (all.units, table.units) {
                (None, None) => None,
                (Some(mut units), Some(more)) => {
                    let from = units.iter().max().map_or(0, |last| last + 1);
                    units.extend(more.iter().map(|unit| from + unit));
                    Some(units)
                }
                _ => return Err(DataError::OtherPlan),
            };
        }
        Ok(all)
    }

    pub fn rows(&self, rows: Rows) -> usize {
        match rows {
            Rows::All => self.labels.len(),
            _ => self.indices(rows).count(),
        }
    }

    /// As [`crate::Inspection::content_root`]: what the agent compares with the chain before every job.
    pub fn content_root(&self) -> [u8; 32] {
        self.content_root
    }

    /// The indices of some rows, in ascending order.
    pub(crate) fn indices(&self, rows: Rows) -> impl Iterator<Item = usize> + '_ {
        let wanted = match rows {
            Rows::All => None,
            Rows::Training => Some(Part::Training),
            Rows::HeldOut => Some(Part::HeldOut),
        };
        let parts = self.parts.iter().enumerate();
        parts.filter_map(move |(index, part)| wanted.is_none_or(|wanted| wanted == *part).then_some(index))
    }

    /// Whether the table's columns are those of the plan.
    pub(crate) fn check(&self, plan: &Plan) -> Result<()> {
        let same = self.columns.len() == plan.features.len()
            && self.columns.iter().zip(&plan.features).all(|(column, feature)| {
                matches!(
                    (column, feature.kind),
                    (Column::Numeric(_), FeatureKind::Numeric) | (Column::Categorical(_), FeatureKind::Categorical)
                )
            });
        same.then_some(()).ok_or(DataError::OtherPlan)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("columns", &self.columns.len())
            .field("rows", &self.labels.len())
            .finish_non_exhaustive()
    }
}

/// A feature while its file is read.
struct Reading<'a> {
    name: &'a str,
    position: usize,
    column: Column,
    buckets: HashMap<String, u16>,
}

impl<'a> Reading<'a> {
    fn new(name: &'a str, kind: FeatureKind, position: usize) -> Self {
        let column = match kind {
            FeatureKind::Numeric => Column::Numeric(Vec::new()),
            FeatureKind::Categorical => Column::Categorical(Vec::new()),
        };
        Self {
            name,
            position,
            column,
            buckets: HashMap::new(),
        }
    }

    fn read(&mut self, value: Option<&str>, row: u64) -> Result<()> {
        match (&mut self.column, value) {
            (Column::Numeric(values), None) => values.push(f64::NAN),
            (Column::Numeric(values), Some(value)) => {
                let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
                values.push(number.ok_or_else(|| DataError::NotNumeric {
                    row,
                    column: self.name.to_string(),
                })?);
            }
            (Column::Categorical(values), None) => values.push(MISSING),
            (Column::Categorical(values), Some(value)) => {
                let bucket = match self.buckets.get(value) {
                    Some(bucket) => *bucket,
                    None => {
                        let bucket = survey::bucket(self.name, &category(value)) as u16;
                        if self.buckets.len() < REMEMBERED {
                            self.buckets.insert(value.to_string(), bucket);
                        }
                        bucket
                    }
                };
                values.push(bucket);
            }
        }
        Ok(())
    }
}

/// A category in normal form: one party's `2.0` is another's `2`.
pub(crate) fn category(value: &str) -> std::borrow::Cow<'_, str> {
    match value.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => {
            let digits = whole.strip_prefix('-').unwrap_or(whole);
            match !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                true => whole.into(),
                false => value.into(),
            }
        }
        _ => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_one_category() {
        let table = [
            ("2.0", "2"),
            ("-3.00", "-3"),
            ("2", "2"),
            ("2.5", "2.5"),
            ("v1.0", "v1.0"),
            (".0", ".0"),
        ];
        for (value, expected) in table {
            assert_eq!(category(value), expected);
        }
    }
}
