//! Rows that are hidden together.

use crate::{file, plan_of_customers};
use secureflow_data::{DataError, Rows, Table};
use secureflow_plan::{Encoding, EncodingColumn};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Customers with one to seven rows, mixed up. Every row's income is the number of its customer.
fn rows(customers: usize) -> String {
    let mut text = String::from("customer,income,job,default\n");
    for turn in 0..7 {
        for customer in (0..customers).filter(|customer| turn <= customer % 7) {
            let label = if (customer + turn) % 3 == 0 { "yes" } else { "no" };
            let _ = writeln!(text, "c-{customer},{},clerk,{label}", customer + 1);
        }
    }
    text
}

/// Income as it is, and nothing else.
fn encoding() -> Encoding {
    Encoding {
        columns: vec![
            EncodingColumn::Numeric {
                deviation: 1 << 32,
                // A customer's number stays far below what inputs are cut off at.
                exponent: 20,
                mean: 0,
                missing: false,
                name: "income".into(),
            },
            EncodingColumn::Categorical {
                buckets: vec![],
                missing: false,
                name: "job".into(),
                shares: vec![],
            },
        ],
        moments: [0; 32],
        positives: 1,
        rows: 3,
        version: 1,
    }
}

#[test]
fn rows_of_a_customer_stand_together_and_only_so_many() {
    let (customers, most) = (140, 4);
    let file = file(rows(customers));
    let table = Table::load(&file.path, &plan_of_customers(most)).unwrap();
    let encode = |rows| table.encode(&encoding(), rows).unwrap();
    let training = encode(Rows::Training);
    let width = training.width();
    let mut seen = BTreeSet::new();
    for unit in 0..training.units() {
        let range = training.unit(unit);
        let incomes: BTreeSet<u32> = range
            .clone()
            .map(|row| training.inputs()[row * width].to_bits())
            .collect();
        assert_eq!(incomes.len(), 1, "one customer's rows");
        assert!((1..=most as usize).contains(&range.len()));
        assert!(seen.insert(incomes), "a customer is one unit");
    }
    assert_eq!(training.unit(training.units() - 1).end, training.rows());

    // A customer is held out or trained on, never both, and rows beyond the most are neither.
    let held_out = encode(Rows::HeldOut);
    assert_eq!(held_out.units(), held_out.rows());
    for row in 0..held_out.rows() {
        let income = BTreeSet::from([held_out.inputs()[row * width].to_bits()]);
        assert!(!seen.contains(&income));
    }
    let kept: usize = (0..customers)
        .map(|customer| (customer % 7 + 1).min(most as usize))
        .sum();
    assert_eq!(training.rows() + held_out.rows(), kept);
    assert!((80..130).contains(&training.units()), "{}", training.units());
    assert!(table.rows(Rows::All) > kept);
}

#[test]
fn two_files_have_different_customers() {
    let (one, other) = (file(rows(20)), file(rows(30)));
    let load = |path| Table::load(path, &plan_of_customers(7)).unwrap();
    let units = |table: &Table| table.encode(&encoding(), Rows::Training).unwrap().units();
    let (one, other) = (load(&one.path), load(&other.path));
    let expected = units(&one) + units(&other);
    assert_eq!(units(&Table::concat(vec![one, other]).unwrap()), expected);
}

#[test]
fn a_customer_who_is_written_in_two_ways_is_one() {
    let mut text = String::from("customer,income,job,default\n");
    for customer in 0..40 {
        let label = if customer % 2 == 0 { "yes" } else { "no" };
        let _ = write!(text, "{customer},1,clerk,{label}\n{customer}.0,1,clerk,{label}\n");
    }
    let table = Table::load(&file(text).path, &plan_of_customers(2)).unwrap();
    let training = table.encode(&encoding(), Rows::Training).unwrap();
    assert_eq!(training.units() * 2, training.rows());
}

#[test]
fn a_row_without_a_customer_is_named() {
    let plan = plan_of_customers(3);
    let load = |text: &str| Table::load(&file(text).path, &plan);
    let missing = load("customer,income,job,default\nc,1,clerk,yes\n,2,clerk,no\n");
    assert!(
        matches!(missing, Err(DataError::UnitMissing { row: 2, .. })),
        "{missing:?}"
    );
    let none = load("income,job,default\n1,clerk,yes\n");
    assert!(matches!(&none, Err(DataError::UnknownColumn { column, .. }) if column == "customer"));
    let mixed = Table::load(&file(rows(5)).path, &crate::plan()).unwrap();
    let with = Table::load(&file(rows(5)).path, &plan).unwrap();
    assert!(matches!(Table::concat(vec![mixed, with]), Err(DataError::OtherPlan)));
}
