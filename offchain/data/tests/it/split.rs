use crate::file;
use secureflow_data::split::{split, Part};
use std::collections::BTreeSet;

#[test]
fn every_row_lands_in_exactly_one_file() {
    let source = file("id;text\n".to_string() + &(0..1000).map(|i| format!("{i};\"a, {i}\"\n")).collect::<String>());
    let folder = tempfile::tempdir().unwrap();
    let test = folder.path().join("test.csv");
    let parts: Vec<Part> = [("a", 45.0), ("b", 33.0), ("c", 22.0)]
        .map(|(name, weight)| Part {
            path: folder.path().join(name),
            weight,
        })
        .into();
    let report = split(&source.path, &test, 0.2, &parts, 3).unwrap();
    assert_eq!((report.test, report.parts.clone()), (200, vec![360, 264, 176]));
    let mut seen = BTreeSet::new();
    for path in parts.iter().map(|part| &part.path).chain([&test]) {
        let text = std::fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("id,text"));
        for line in lines {
            let (id, rest) = line.split_once(',').unwrap();
            assert_eq!(rest, format!("\"a, {id}\""));
            assert!(seen.insert(id.to_string()));
        }
    }
    assert_eq!(seen.len(), 1000);
    let before = std::fs::read(&test).unwrap();
    assert_eq!(split(&source.path, &test, 0.2, &parts, 3).unwrap(), report);
    assert_eq!(std::fs::read(&test).unwrap(), before);
    split(&source.path, &test, 0.2, &parts, 4).unwrap();
    assert_ne!(std::fs::read(&test).unwrap(), before);
}

#[test]
fn impossible_splits_are_refused() {
    let source = file("id\n1\n2\n");
    let folder = tempfile::tempdir().unwrap();
    let part = |name: &str, weight| Part {
        path: folder.path().join(name),
        weight,
    };
    let test = folder.path().join("test.csv");
    assert!(split(&source.path, &test, 0.2, &[part("a", 1.0), part("b", 1.0)], 1).is_err());
    assert!(split(&source.path, &test, 0.2, &[part("a", 0.0)], 1).is_err());
    assert!(split(&source.path, &test, f64::NAN, &[part("a", 1.0)], 1).is_err());
    assert!(split(&source.path, &test, 0.2, &[], 1).is_err());
}
