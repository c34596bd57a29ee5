//! Every error of every pallet is explained, and nothing is explained that does not exist.

use secureflow_cli::explain::{lookup, TABLE};
use std::{collections::BTreeSet, fs, path::Path};

/// The variants of the pallet's `Error` enum, from its source.
fn variants(source: &str) -> Vec<String> {
    let Some((_, rest)) = source.split_once("#[pallet::error]") else {
        return Vec::new();
    };
    let body = rest.split_once('{').expect("an enum has a body").1;
    let mut depth = 0;
    let (mut names, mut name) = (Vec::new(), String::new());
    for line in body.lines().map(|line| line.split("//").next().unwrap_or_default()) {
        for character in line.chars() {
            match character {
                '{' | '(' => depth += 1,
                '}' | ')' if depth == 0 => return names,
                '}' | ')' => depth -= 1,
                ',' if depth == 0 => names.push(std::mem::take(&mut name)),
                c if depth == 0 && c.is_alphanumeric() => name.push(c),
                _ => {}
            }
        }
    }
    panic!("the enum does not end");
}

fn pallets() -> Vec<(String, Vec<String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pallets");
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(files) = fs::read_dir(folder.join("src")) else {
            continue;
        };
        let sources = files.filter_map(|file| fs::read_to_string(file.unwrap().path()).ok());
        let variants: Vec<String> = sources.flat_map(|source| variants(&source)).collect();
        if !variants.is_empty() {
            // A pallet's name in the runtime is its folder's with a capital.
            found.push((name[..1].to_uppercase() + &name[1..], variants));
        }
    }
    found
}

#[test]
fn every_refusal_is_explained() {
    let pallets = pallets();
    let names: BTreeSet<&str> = pallets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        BTreeSet::from([
            "Attestations",
            "Audit",
            "Collaborations",
            "Consortium",
            "Policies",
            "Revenue"
        ])
    );
    let missing: Vec<String> = pallets
        .iter()
        .flat_map(|(pallet, errors)| errors.iter().map(move |error| (pallet, error)))
        .filter(|(pallet, error)| lookup(pallet, error).is_none())
        .map(|(pallet, error)| format!("{pallet}.{error}"))
        .collect();
    assert!(missing.is_empty(), "not explained: {missing:?}");
    for entry in TABLE {
        if let Some((_, errors)) = pallets.iter().find(|(pallet, _)| pallet == entry.pallet) {
            assert!(
                errors.iter().any(|error| error == entry.error),
                "{}.{} is gone",
                entry.pallet,
                entry.error
            );
        }
    }
}

#[test]
fn every_explanation_says_what_to_do() {
    for entry in TABLE {
        assert!(
            entry.hint.ends_with('.') && entry.hint.len() > 10,
            "{}.{}: {}",
            entry.pallet,
            entry.error,
            entry.hint
        );
        assert!(
            !entry.says.ends_with('.') && entry.says.len() > 10,
            "{}.{}: {}",
            entry.pallet,
            entry.error,
            entry.says
        );
    }
    let mut seen = BTreeSet::new();
    assert!(
        TABLE.iter().all(|entry| seen.insert((entry.pallet, entry.error))),
        "an error is explained twice"
    );
}
