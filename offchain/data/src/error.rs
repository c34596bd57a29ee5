use secureflow_plan::PlanError;
use std::path::PathBuf;

/// What is wrong with a file. Rows count from 1 after the header; no error ever holds a value of the file.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    #[error("cannot read {path}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("the file is empty: it needs a header line with the columns' names, and rows below it")]
    Empty,
    #[error("the file has a header and no rows")]
    NoRows,
    #[error("the header is not UTF-8: save the file as UTF-8")]
    HeaderNotUtf8,
    #[error("row {row} is not UTF-8: save the file as UTF-8")]
    NotUtf8 { row: u64 },
    #[error("row {row} has {found} values where the header has {expected} columns")]
    Ragged { row: u64, expected: u64, found: u64 },
    #[error("the header's column {position} has no name")]
    UnnamedColumn { position: usize },
    #[error("the header names the column {column:?} twice")]
    DuplicateColumn { column: String },
    #[error("the file has no label column {column:?}; its columns are: {available}")]
    NoLabelColumn { column: String, available: String },
    #[error("the file has no column {column:?}; its columns are: {available}")]
    UnknownColumn { column: String, available: String },
    #[error("row {row} has no label in column {column:?}: fill it in or remove the row")]
    LabelMissing { row: u64, column: String },
    #[error("row {row} has a label in column {column:?} that is neither the positive nor the negative value")]
    LabelValue { row: u64, column: String },
    #[error("row {row} has nothing in column {column:?}, which tells apart whose rows are hidden together: fill it in or remove the row")]
    UnitMissing { row: u64, column: String },
    #[error("column {column:?} cannot be a label: it needs exactly two different values and has {found}")]
    LabelNotBinary { column: String, found: &'static str },
    #[error("row {row} holds no finite number in column {column:?}: correct it, or declare the column categorical")]
    NotNumeric { row: u64, column: String },
    #[error("the file has more than {limit} rows")]
    TooManyRows { limit: u64 },
    #[error("{rows} rows are too few: {needed}")]
    TooFewRows { rows: u64, needed: String },
    #[error("row {row} is not valid CSV: {problem}")]
    Csv { row: u64, problem: String },
    #[error("the table was loaded for another plan")]
    OtherPlan,
    #[error(transparent)]
    Plan(#[from] PlanError),
}

pub type Result<T> = std::result::Result<T, DataError>;
