//! Dividing one file among several organisations, for demonstrations and tests.

use crate::error::{DataError, Result};
use crate::holdout::row_hash;
use crate::source::Source;
use csv::ByteRecord;
use std::path::{Path, PathBuf};

/// One of the files to write and how much it gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub path: PathBuf,
    /// Its share of the rows that are not for the test, relative to the other parts' shares.
    pub weight: f64,
}

/// What was written: rows of the test set, then of each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub test: usize,
    pub parts: Vec<usize>,
}

/// Shuffles the rows of `source` by `seed`, writes `test_share` of them to `test` and divides the rest among `parts`
/// by weight. Every row lands in exactly one file; every file has the header.
pub fn split(source: &Path, test: &Path, test_share: f64, parts: &[Part], seed: u64) -> Result<Report> {
    let mut reader = Source::open(source)?;
    let header = ByteRecord::from_iter(reader.columns().iter().map(String::as_bytes));
    let mut rows = Vec::new();
    while let Some((_, row)) = reader.next(source)? {
        rows.push(row.record().clone());
    }
    let weights: f64 = parts.iter().map(|part| part.weight).sum();
    let valid = (0.0..1.0).contains(&test_share) && parts.iter().all(|part| part.weight > 0.0) && weights.is_finite();
    if !valid || parts.is_empty() || rows.len() < parts.len() + 1 {
        let needed = "the split needs positive weights and at least one row per file".to_string();
        return Err(DataError::TooFewRows {
            rows: rows.len() as u64,
            needed,
        });
    }
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_cached_key(|index| (row_hash(b"secureflow/split/v1", *index as u64, seed), *index));

    let in_test = (rows.len() as f64 * test_share).round() as usize;
    let (for_test, rest) = order.split_at(in_test.min(rows.len() - parts.len()));
    write(test, &header, for_test.iter().map(|index| &rows[*index]))?;
    let mut report = Report {
        test: for_test.len(),
        parts: Vec::with_capacity(parts.len()),
    };
    let (mut start, mut passed) = (0, 0.0);
    for part in parts {
        passed += part.weight;
        let end = (rest.len() as f64 * passed / weights).round() as usize;
        write(&part.path, &header, rest[start..end].iter().map(|index| &rows[*index]))?;
        report.parts.push(end - start);
        start = end;
    }
    Ok(report)
}

fn write<'a>(path: &Path, header: &'a ByteRecord, rows: impl Iterator<Item = &'a ByteRecord>) -> Result<()> {
    let failed = |source| DataError::Write {
        path: path.to_owned(),
        source,
    };
    let mut writer = csv::Writer::from_path(path).map_err(|error| failed(error.into()))?;
    for record in std::iter::once(header).chain(rows) {
        writer.write_byte_record(record).map_err(|error| failed(error.into()))?;
    }
    writer.flush().map_err(failed)
}
