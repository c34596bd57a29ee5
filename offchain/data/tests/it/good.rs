use crate::{file, plan};
use secureflow_data::{inspect, ColumnKind, Rows, Table};
use secureflow_plan::{encoding, survey, Encoding, EncodingColumn};
use std::fmt::Write;
use std::time::{Duration, Instant};

fn rows(count: usize) -> String {
    let mut text = String::from("id,income,job,default\n");
    for i in 0..count {
        let income = if i % 10 == 3 {
            "NA".to_string()
        } else {
            format!("{}", (i * 37) % 1000)
        };
        let job = ["clerk", "\"farmer, own\"", "nurse", "?"][i % 4];
        let _ = writeln!(text, "{i},{income},{job},{}", if i % 3 == 0 { "yes" } else { "No" });
    }
    text
}

#[test]
fn inspects_a_file() {
    let file = file(rows(600));
    let inspection = inspect(&file.path, Some("default")).unwrap();
    let columns: Vec<_> = inspection
        .columns
        .iter()
        .map(|c| (c.name.as_str(), c.kind, c.missing))
        .collect();
    let expected = [
        ("id", ColumnKind::Numeric, 0),
        ("income", ColumnKind::Numeric, 60),
        ("job", ColumnKind::Categorical, 150),
        ("default", ColumnKind::Categorical, 0),
    ];
    assert_eq!(columns, expected);
    assert_eq!(inspection.rows, 600);
    assert_eq!(inspection.label.unwrap().values, ["no", "yes"]);
    assert_eq!(
        Table::load(&file.path, &plan()).unwrap().content_root(),
        inspection.content_root
    );
}

#[test]
fn the_content_root_sees_values_and_not_their_quoting() {
    let root = |text: &str| inspect(&file(text).path, None).unwrap().content_root;
    let first = root("a,b\n1,x\n2,y\n");
    assert_eq!(first, root("\u{feff}\"a\",b\r\n1,\"x\"\r\n2,y"));
    assert_eq!(first, root("a;b\n1;x\n2;y\n"));
    for other in [
        "a,b\n1,x\n2,z\n",
        "a,b\n2,y\n1,x\n",
        "a,b\n1,x\n",
        "a,c\n1,x\n2,y\n",
        "a,b\n1x,\n2,y\n",
    ] {
        assert_ne!(first, root(other), "{other}");
    }
}

#[test]
fn survey_and_inputs_agree_with_the_rows() {
    let plan = plan();
    let table = Table::load(&file(rows(600)).path, &plan).unwrap();
    let survey = table.survey(&plan).unwrap();
    let layout = survey::Layout::new(&plan);
    let training = table.rows(Rows::Training);
    assert_eq!(survey[survey::ROWS] as usize, training);
    assert_eq!(training + table.rows(Rows::HeldOut), 600);
    for feature in 0..2 {
        assert_eq!(survey[layout.block(feature)].iter().sum::<u64>() as usize, training);
    }
    let encoding = Encoding::derive(&plan, &survey, &table.moments(&plan, &survey).unwrap()).unwrap();
    assert_eq!(encoding, table.own_encoding(&plan).unwrap());
    // Income and its missing values, three jobs and the missing one.
    assert_eq!(encoding.width(), 2 + 4);
    let examples = table.encode(&encoding, Rows::Training).unwrap();
    assert_eq!((examples.rows(), examples.width()), (training, 6));
    for place in 2..6 {
        let total: f32 = examples.inputs().chunks(6).map(|row| row[place]).sum();
        assert!(total.abs() < 1e-2, "inputs are centred: {total}");
    }
    let income: Vec<f32> = examples
        .inputs()
        .chunks(6)
        .filter(|row| row[1] == 0.0)
        .map(|row| row[0])
        .collect();
    let mean = income.iter().sum::<f32>() / income.len() as f32;
    let variance = income.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / income.len() as f32;
    assert!(mean.abs() < 1e-3 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
    for row in examples.inputs().chunks(6) {
        assert_eq!(
            row[2..].iter().filter(|value| **value > 0.0).count(),
            1,
            "each row has one job or none"
        );
    }
}

#[test]
fn two_parties_sum_to_what_one_would_have() {
    let plan = plan();
    let text = rows(600);
    let lines: Vec<&str> = text.lines().collect();
    let part = |range: std::ops::Range<usize>| {
        let content = [&lines[..1], &lines[range]].concat().join("\n");
        Table::load(&file(content).path, &plan).unwrap()
    };
    let (a, b) = (part(1..200), part(200..601));
    let add = |a: Vec<u64>, b: Vec<u64>| -> Vec<u64> { a.iter().zip(&b).map(|(a, b)| a.wrapping_add(*b)).collect() };
    let survey = add(a.survey(&plan).unwrap(), b.survey(&plan).unwrap());
    let moments = add(a.moments(&plan, &survey).unwrap(), b.moments(&plan, &survey).unwrap());
    let joint = Encoding::derive(&plan, &survey, &moments).unwrap();
    let EncodingColumn::Numeric { exponent, mean, .. } = joint.columns[0] else {
        panic!()
    };
    assert_eq!(exponent, 10);
    assert!((mean as f64 / (1u64 << 40) as f64 * 1024.0 - 499.5).abs() < 30.0);
    assert_eq!(
        a.encode(&joint, Rows::All).unwrap().width(),
        b.encode(&joint, Rows::HeldOut).unwrap().width()
    );
}

#[test]
fn debug_output_shows_no_value() {
    let plan = plan();
    let table = Table::load(&file(rows(600)).path, &plan).unwrap();
    let examples = table.encode(&table.own_encoding(&plan).unwrap(), Rows::All).unwrap();
    assert_eq!(format!("{table:?}"), "Table { columns: 2, rows: 600, .. }");
    assert!(format!("{examples:?}").len() < 60);
}

#[test]
fn hostile_encodings_do_not_panic() {
    let plan = plan();
    let table = Table::load(&file(rows(600)).path, &plan).unwrap();
    let mut encoding = table.own_encoding(&plan).unwrap();
    encoding.columns[1] = EncodingColumn::Categorical {
        buckets: vec![u16::MAX, 0, 1024],
        missing: true,
        name: "job".into(),
        shares: vec![0; 4],
    };
    encoding.columns[0] = EncodingColumn::Numeric {
        deviation: 1,
        exponent: i32::MIN,
        mean: i64::MIN,
        missing: false,
        name: "income".into(),
    };
    let examples = table.encode(&encoding, Rows::All).unwrap();
    assert!(examples
        .inputs()
        .iter()
        .all(|value| value.abs() <= encoding::MAX_DEVIATIONS as f32));
    encoding.columns.pop();
    assert!(table.encode(&encoding, Rows::All).is_err());
}

#[test]
fn fifty_thousand_rows_of_thirty_columns_are_read_in_seconds() {
    let mut text = (0..30).map(|c| format!("c{c},")).collect::<String>() + "default\n";
    for i in 0..50_000usize {
        for c in 0..30 {
            let value = (i * 7919 + c * 104_729) % 9973;
            let _ = if c % 2 == 0 {
                write!(text, "{value}.25,")
            } else {
                write!(text, "group {},", value % 50)
            };
        }
        text.push_str(if i % 4 == 0 { "yes\n" } else { "no\n" });
    }
    let mut plan = plan();
    plan.features = (0..30)
        .map(|c| secureflow_plan::Feature {
            kind: [
                secureflow_plan::FeatureKind::Numeric,
                secureflow_plan::FeatureKind::Categorical,
            ][c % 2],
            name: format!("c{c}"),
        })
        .collect();
    let file = file(text);
    let start = Instant::now();
    inspect(&file.path, Some("default")).unwrap();
    let inspected = start.elapsed();
    let table = Table::load(&file.path, &plan).unwrap();
    let loaded = start.elapsed();
    let encoding = table.own_encoding(&plan).unwrap();
    let examples = table.encode(&encoding, Rows::Training).unwrap();
    assert_eq!(examples.width(), 15 + 15 * 32);
    println!(
        "inspected {inspected:?}, loaded {:?}, encoded {:?}",
        loaded - inspected,
        start.elapsed() - loaded
    );
    assert!(start.elapsed() < Duration::from_secs(20));
}
