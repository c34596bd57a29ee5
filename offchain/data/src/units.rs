//! Which rows are hidden together, where a plan hides more than one at once.

use crate::error::{DataError, Result};
use crate::source::{Row, Source};
use crate::table::category;
use secureflow_plan::Unit;
use std::collections::HashMap;

/// Rows by unit, while a file is read. The values that tell units apart are forgotten afterwards.
pub(crate) struct Units<'a> {
    unit: &'a Unit,
    position: usize,
    found: HashMap<String, Found>,
}

struct Found {
    number: u32,
    /// The unit's first row in the file.
    first: u64,
    rows: u32,
}

/// Where a row belongs.
pub(crate) struct Member {
    pub unit: u32,
    /// The first row of its unit: the whole unit is held out, or none of it.
    pub first: u64,
    /// Whether the unit has as many rows as it may before this one.
    pub beyond: bool,
}

impl<'a> Units<'a> {
    pub fn new(unit: &'a Unit, source: &Source) -> Result<Self> {
        let position = source.position(&unit.column).ok_or_else(|| DataError::UnknownColumn {
            column: unit.column.clone(),
            available: source.available(),
        })?;
        Ok(Self {
            unit,
            position,
            found: HashMap::new(),
        })
    }

    /// The row with this number.
    pub fn read(&mut self, row: &Row, number: u64) -> Result<Member> {
        let value = row.value(self.position)?.ok_or_else(|| DataError::UnitMissing {
            row: number,
            column: self.unit.column.clone(),
        })?;
        // As with categories, `2.0` and `2` are one: a customer who is written in two ways must not be hidden half.
        let value = category(value);
        let next = Found {
            number: self.found.len() as u32,
            first: number,
            rows: 0,
        };
        let found = match self.found.get_mut(&*value) {
            Some(found) => found,
            None => self.found.entry(value.into_owned()).or_insert(next),
        };
        found.rows = found.rows.saturating_add(1);
        Ok(Member {
            unit: found.number,
            first: found.first,
            beyond: found.rows > self.unit.most_rows,
        })
    }
}
