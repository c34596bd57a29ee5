//! The invariants of `docs/architecture.md` that the crates' dependencies show.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(xtask::checks::root().join("Cargo.toml"))
        .other_options(["--locked".into(), "--offline".into()])
        .exec()
        .expect("cargo metadata works in a checkout")
}

fn folder(package: &Package, metadata: &Metadata) -> String {
    let path = package
        .manifest_path
        .strip_prefix(&metadata.workspace_root)
        .expect("a member");
    path.parent().expect("a folder").to_string()
}

/// Everything that a member depends on, directly or not, development dependencies of its own left out.
fn closure(metadata: &Metadata) -> BTreeMap<String, BTreeSet<String>> {
    let resolve = metadata.resolve.as_ref().expect("resolved");
    let names: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|p| (p.id.clone(), p.name.to_string()))
        .collect();
    let edges: BTreeMap<_, Vec<_>> = resolve
        .nodes
        .iter()
        .map(|node| {
            let normal = node
                .deps
                .iter()
                .filter(|d| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal))
                .map(|d| d.pkg.clone())
                .collect();
            (node.id.clone(), normal)
        })
        .collect();
    metadata
        .workspace_members
        .iter()
        .map(|member| {
            let mut seen = BTreeSet::new();
            let mut todo = vec![member.clone()];
            while let Some(id) = todo.pop() {
                for next in edges.get(&id).into_iter().flatten() {
                    if seen.insert(next.clone()) {
                        todo.push(next.clone());
                    }
                }
            }
            (names[member].clone(), seen.iter().map(|id| names[id].clone()).collect())
        })
        .collect()
}

#[test]
fn off_chain_programs_meet_pallets_through_primitives_only() {
    let metadata = metadata();
    let closure = closure(&metadata);
    let mut seen = 0;
    for package in metadata.workspace_packages() {
        let folder = folder(package, &metadata);
        if !folder.starts_with("offchain/") && !folder.starts_with("client/") {
            continue;
        }
        seen += 1;
        let forbidden: Vec<_> = closure[&package.name.to_string()]
            .iter()
            .filter(|d| d.starts_with("pallet-") || *d == "secureflow-runtime" || d.starts_with("frame-support"))
            .filter(|d| *d != "frame-metadata")
            .collect();
        assert!(forbidden.is_empty(), "{folder} depends on {forbidden:?}");
    }
    assert!(seen >= 8, "only {seen} crates were looked at");
}

#[test]
fn pallets_do_not_depend_on_each_other() {
    let metadata = metadata();
    let ours: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .filter(|p| p.name.starts_with("pallet-"))
        .map(|p| p.name.to_string())
        .collect();
    assert_eq!(ours.len(), 6);
    for (name, dependencies) in closure(&metadata) {
        if ours.contains(&name) {
            let found: Vec<_> = dependencies.intersection(&ours).collect();
            assert!(found.is_empty(), "{name} depends on {found:?}");
        }
    }
}

#[test]
fn protocol_crates_know_no_runtime_sockets_or_files() {
    let closure = closure(&metadata());
    for name in [
        "secureflow-secagg",
        "secureflow-validity",
        "secureflow-plan",
        "secureflow-privacy",
    ] {
        let found: Vec<_> = closure[name]
            .iter()
            .filter(|d| {
                [
                    "tokio",
                    "async-std",
                    "tonic",
                    "hyper",
                    "sqlx",
                    "reqwest",
                    "mio",
                    "socket2",
                    "tch",
                ]
                .contains(&d.as_str())
            })
            .collect();
        assert!(found.is_empty(), "{name} depends on {found:?}");
    }
}

#[test]
fn only_the_agent_sees_rows() {
    let closure = closure(&metadata());
    for (name, dependencies) in closure {
        if ["secureflow-agent", "secureflow-learning", "secureflow-data"].contains(&name.as_str()) {
            continue;
        }
        assert!(
            !dependencies.contains("secureflow-data"),
            "{name} depends on the crate that reads rows"
        );
        assert!(!dependencies.contains("tch"), "{name} links PyTorch");
    }
}
