use crate::{file, plan};
use secureflow_data::{inspect, DataError, Table};
use std::path::Path;

const SECRET: &str = "s3cret";

/// Loading fails with this text, which never shows a value.
fn check(content: impl AsRef<[u8]>, expected: &str) {
    let error = Table::load(&file(content).path, &plan()).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
    assert!(!error.contains(SECRET), "{error}");
}

#[test]
fn bad_files_are_refused_with_row_and_column() {
    check("", "the file is empty");
    check("\n\n", "the file is empty");
    check("\u{feff}", "the file is empty");
    check("income,job,default\n", "no rows");
    check(
        "income,job,status\n1,a,yes\n",
        "no label column \"default\"; its columns are: income, job, status",
    );
    check("income,default\n1,yes\n", "no column \"job\"");
    check(
        "income,job,default\n1,a,yes\n2,s3cret,b,no\n",
        "row 2 has 4 values where the header has 3 columns",
    );
    check("income,job,default\n1,a,yes\n2\n", "row 2 has 1 values");
    check(b"income,job,default\n1,a,yes\n1,caf\xe9,no\n", "row 2 is not UTF-8");
    check(b"income,j\xf6b,default\n1,a,yes\n", "the header is not UTF-8");
    check(b"\xff\xfei\0n\0c\0o\0m\0e\0\n\0", "the header is not UTF-8");
    check(
        "income,job,default\n1,a,yes\n2,b,s3cret\n",
        "row 2 has a label in column \"default\" that is neither",
    );
    check("income,job,default\n1,a,\n", "row 1 has no label");
    check(
        "income,job,default\n1,a,yes\ns3cret,b,no\n",
        "row 2 holds no finite number in column \"income\"",
    );
    check("income,job,default\ninf,a,yes\n", "row 1 holds no finite number");
    check("income,job,default\n1e999,a,yes\n", "row 1 holds no finite number");
    check("income,income,default\n1,a,yes\n", "names the column \"income\" twice");
    check("income,,default\n1,a,yes\n", "column 2 has no name");
}

#[test]
fn inspecting_finds_the_same_faults() {
    let check = |content: &str, label: Option<&str>, expected: &str| {
        let error = inspect(&file(content).path, label).unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains(SECRET), "{error}");
    };
    check("a,b\n1,2\n", Some("y"), "no label column \"y\"");
    check(
        "a,b\n1,2\n3,4\n5,6\n",
        Some("b"),
        "needs exactly two different values and has more",
    );
    check("a,b\n1,s3cret\n", Some("b"), "and has one");
    check("a,b\n1,NA\n", Some("b"), "row 1 has no label");
    check("a,b\n1\n", None, "row 1 has 1 values");
    check("a,b\n", None, "no rows");
    check("", None, "empty");
}

#[test]
fn what_is_no_file_cannot_be_read() {
    let missing = Table::load(Path::new("/no/such/file.csv"), &plan()).unwrap_err();
    assert!(matches!(missing, DataError::Read { .. }), "{missing}");
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(inspect(folder.path(), None), Err(DataError::Read { .. })));
}

#[test]
fn a_survey_needs_rows_on_both_sides() {
    let plan = plan();
    let table = Table::load(&file("income,job,default\n1,a,yes\n").path, &plan).unwrap();
    assert!(matches!(table.survey(&plan), Err(DataError::TooFewRows { .. })));
    let mut other = plan.clone();
    other.features.reverse();
    assert!(matches!(table.survey(&other), Err(DataError::OtherPlan)));
}
