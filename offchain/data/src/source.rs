//! Reading CSV: comma, semicolon or tab, found from the header; UTF-8 with or without a byte-order mark.

use crate::error::{DataError, Result};
use csv::ByteRecord;
use secureflow_plan::MAX_PARTY_ROWS;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file that is being read, row by row, while its content is hashed.
pub(crate) struct Source {
    reader: csv::Reader<BufReader<File>>,
    columns: Vec<String>,
    record: ByteRecord,
    row: u64,
    content: Sha256,
}

impl Source {
    pub fn open(path: &Path) -> Result<Self> {
        let read = |source| DataError::Read {
            path: path.to_owned(),
            source,
        };
        let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(read)?);
        let delimiter = {
            let start = file.fill_buf().map_err(read)?;
            let mark = if start.starts_with(BYTE_ORDER_MARK) {
                BYTE_ORDER_MARK.len()
            } else {
                0
            };
            let delimiter = delimiter(&start[mark..]);
            file.consume(mark);
            delimiter
        };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(file);
        let header = reader
            .byte_headers()
            .map_err(|error| translate(error, path, 0))?
            .clone();
        let columns = columns(&header)?;
        let mut content = Sha256::new();
        content.update(b"secureflow/content/v1");
        hash_record(&mut content, &header);
        Ok(Self {
            reader,
            columns,
            record: ByteRecord::new(),
            row: 0,
            content,
        })
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The position of a column, if the file has it.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    /// The columns' names, for an error.
    pub fn available(&self) -> String {
        self.columns.join(", ")
    }

    /// The next row with its number, or `None` at the end.
    pub fn next(&mut self, path: &Path) -> Result<Option<(u64, Row<'_>)>> {
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| translate(error, path, self.row + 1))?
        {
            return Ok(None);
        }
        self.row += 1;
        if self.row > MAX_PARTY_ROWS {
            return Err(DataError::TooManyRows { limit: MAX_PARTY_ROWS });
        }
        hash_record(&mut self.content, &self.record);
        Ok(Some((
            self.row,
            Row {
                record: &self.record,
                row: self.row,
            },
        )))
    }

    /// The rows read so far.
    pub fn rows(&self) -> u64 {
        self.row
    }

    /// The hash of the header and of all rows read, independent of quoting and line ends.
    pub fn content_root(self) -> [u8; 32] {
        self.content.finalize().into()
    }
}

/// One row's values.
pub(crate) struct Row<'a> {
    record: &'a ByteRecord,
    row: u64,
}

impl<'a> Row<'a> {
    /// The value at a position without spaces around it, or `None` where it is missing.
    pub fn value(&self, position: usize) -> Result<Option<&'a str>> {
        let bytes = self.record.get(position).unwrap_or_default();
        let value = std::str::from_utf8(bytes)
            .map_err(|_| DataError::NotUtf8 { row: self.row })?
            .trim();
        Ok((!is_missing(value)).then_some(value))
    }

    pub fn record(&self) -> &'a ByteRecord {
        self.record
    }
}

/// What files write where a value is missing.
pub(crate) fn is_missing(value: &str) -> bool {
    match value.len() {
        0 => true,
        1 => value == "?",
        2..=4 => ["na", "n/a", "nan", "null"]
            .iter()
            .any(|word| value.eq_ignore_ascii_case(word)),
        _ => false,
    }
}

fn delimiter(start: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in start {
        if !quoted && matches!(byte, b'\n' | b'\r') {
            break;
        }
        quoted ^= *byte == b'"';
        if let Some(entry) = counts.iter_mut().find(|(delimiter, _)| !quoted && delimiter == byte) {
            entry.1 += 1;
        }
    }
    // The last of equals would win: the comma comes last.
    counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| *delimiter)
}

fn columns(header: &ByteRecord) -> Result<Vec<String>> {
    let mut columns = Vec::with_capacity(header.len());
    for (index, name) in header.iter().enumerate() {
        let name = std::str::from_utf8(name)
            .map_err(|_| DataError::HeaderNotUtf8)?
            .trim()
            .to_string();
        if name.is_empty() && header.len() == 1 {
            return Err(DataError::Empty);
        }
        if name.is_empty() {
            return Err(DataError::UnnamedColumn { position: index + 1 });
        }
        if columns.contains(&name) {
            return Err(DataError::DuplicateColumn { column: name });
        }
        columns.push(name);
    }
    match columns.is_empty() {
        true => Err(DataError::Empty),
        false => Ok(columns),
    }
}

fn hash_record(hash: &mut Sha256, record: &ByteRecord) {
    for value in record {
        hash.update((value.len() as u64).to_le_bytes());
        hash.update(value);
    }
}

fn translate(error: csv::Error, path: &Path, row: u64) -> DataError {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(source) => DataError::Read {
            path: path.to_owned(),
            source,
        },
        csv::ErrorKind::UnequalLengths {
            expected_len: expected,
            len: found,
            ..
        } => DataError::Ragged { row, expected, found },
        csv::ErrorKind::Utf8 { .. } => DataError::NotUtf8 { row },
        _ => DataError::Csv { row, problem: text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_delimiter() {
        let table: [(&[u8], u8); 6] = [
            (b"a,b,c\n1;2;3;4", b','),
            (b"a;b;c\n1,2;3,4;5,6", b';'),
            (b"a\tb\n", b'\t'),
            (b"\"a;b;c;d\",e\n", b','),
            (b"a\n", b','),
            (b"", b','),
        ];
        for (start, expected) in table {
            assert_eq!(delimiter(start), expected, "{start:?}");
        }
    }

    #[test]
    fn knows_missing_values() {
        for word in ["", "NA", "na", "NaN", "?", "null", "NULL", "N/A"] {
            assert!(is_missing(word), "{word}");
        }
        for word in ["none", "0", "no", "-", "nano"] {
            assert!(!is_missing(word), "{word}");
        }
    }
}
