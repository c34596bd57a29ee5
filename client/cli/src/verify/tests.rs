use super::{fixture::completed_job, *};
use secureflow_chain::{export, fake::FakeChain, storage, At, Chain};
use secureflow_primitives::{
    attestation::Measurement,
    audit::{Entry, Kind},
    job::Receipt,
    policy::WorkerRequirement,
    revenue::{Dispute, Figures, Formula, Ruling},
    OrgId, PolicyVersion, Round, H256,
};
use std::path::Path;

fn job() -> (tempfile::TempDir, Facts) {
    let folder = tempfile::tempdir().unwrap();
    let facts = completed_job(folder.path(), H256([9; 32]));
    (folder, facts)
}

fn failures(facts: &Facts, folder: &Path) -> Vec<String> {
    let report = verify(facts, &Folder::new(folder));
    report
        .checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| check.name.clone())
        .collect()
}

#[test]
fn a_job_that_went_well_passes() {
    let (folder, facts) = job();
    let report = verify(&facts, &Folder::new(folder.path()));
    assert!(report.ok(), "{}", report.text());
    assert!(report.checks.len() > 25, "{}", report.text());
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    assert!(report.not_checked.iter().any(|open| open.contains("SIMULATED")));
}

#[test]
fn a_changed_byte_anywhere_is_found_and_named() {
    let (folder, facts) = job();
    for name in Folder::new(folder.path()).names() {
        let path = folder.path().join(&name);
        let good = std::fs::read(&path).unwrap();
        // Every byte of a small file, some of a large one.
        for at in (0..good.len()).step_by(good.len() / 200 + 1) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            let report = verify(&facts, &Folder::new(folder.path()));
            assert!(!report.ok(), "byte {at} of {name} may be changed");
            assert!(
                report.bad_artefacts().contains(&name.as_str()),
                "byte {at} of {name} blames {:?}",
                report.bad_artefacts()
            );
        }
        std::fs::write(&path, &good).unwrap();
    }
    assert!(failures(&facts, folder.path()).is_empty());
}

#[test]
fn a_missing_file_is_named_and_a_strange_one_mentioned() {
    let (folder, facts) = job();
    std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
    let report = verify(&facts, &Folder::new(folder.path()));
    assert!(report.ok() && report.notes[0].contains("notes.txt"));
    for name in artefact::all(crate::proposal::steps(&facts.spec)) {
        let path = folder.path().join(&name);
        let good = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(
            verify(&facts, &Folder::new(folder.path()))
                .bad_artefacts()
                .contains(&name.as_str()),
            "{name}"
        );
        std::fs::write(&path, &good).unwrap();
    }
}

#[test]
fn what_the_chain_holds_must_fit_together() {
    type Change = fn(&mut Facts);
    let table: [(&str, Change); 23] = [
        ("job completed", |facts| facts.job.phase = JobPhase::Cancelled),
        ("specification", |facts| facts.spec.min_group_size += 1),
        ("commitments", |facts| drop(facts.rounds.pop())),
        ("participants", |facts| {
            facts.rounds[2].0.participants = vec![OrgId(0)].try_into().unwrap()
        }),
        ("participants", |facts| {
            facts.rounds[2].0.participants = vec![OrgId(0), OrgId(9)].try_into().unwrap()
        }),
        ("signature of survey", |facts| facts.rounds[0].1[3] ^= 1),
        ("signature of the result", |facts| facts.genesis = Default::default()),
        ("signature of the result", |facts| {
            facts.result.as_mut().unwrap().1[0] ^= 1
        }),
        ("result", |facts| facts.job.simulated = false),
        ("worker", |facts| facts.worker.as_mut().unwrap().1.revoked = true),
        ("evidence chain", |facts| facts.simulated_root = Some([1; 32])),
        ("evidence chain", |facts| facts.simulated_root = None),
        ("measurement", |facts| facts.measurement = None),
        ("pinned policies", |facts| {
            facts.job.policies.pop();
        }),
        ("policy 1 of dataset 0", |facts| {
            let key = (secureflow_primitives::DatasetId(0), PolicyVersion(1));
            facts.policies.get_mut(&key).unwrap().worker = WorkerRequirement::hardware();
        }),
        ("policy 1 of dataset 1", |facts| {
            let key = (secureflow_primitives::DatasetId(1), PolicyVersion(1));
            let builds = vec![Measurement::simulated(b"another")].try_into().unwrap();
            facts.policies.get_mut(&key).unwrap().worker.measurements = Some(builds);
        }),
        ("worker requirement", |facts| {
            facts.job.requirement = WorkerRequirement::default()
        }),
        ("prices", |facts| facts.settlement.as_mut().unwrap().prices.0[0].1 += 1),
        ("prices", |facts| {
            let key = (secureflow_primitives::DatasetId(1), PolicyVersion(1));
            facts.policies.get_mut(&key).unwrap().price = 0;
        }),
        ("contributions", |facts| {
            facts.result.as_mut().unwrap().0.contributions[0].rows += 1
        }),
        ("contributions", |facts| {
            facts.result.as_mut().unwrap().0.contributions[0].utility += 1
        }),
        ("payouts", |facts| facts.settlement.as_mut().unwrap().payouts[0].1 += 1),
        ("audit entries", |facts| drop(facts.audit.pop())),
    ];
    let (folder, good) = job();
    for (name, change) in table {
        let mut facts = good.clone();
        change(&mut facts);
        let failed = failures(&facts, folder.path());
        assert!(failed.iter().any(|failure| failure == name), "{name}: {failed:?}");
    }
}

/// Two training rounds, steps 2 and 3: their utilities stand in the receipts of steps 3 and 4.
#[test]
fn a_utility_needs_an_update_in_the_round_before() {
    let (_folder, mut facts) = job();
    facts.rounds[2].0.participants = vec![OrgId(1)].try_into().unwrap();
    let most = |round, party| {
        let receipt = Receipt {
            job: facts.id,
            round: Round(round),
            party: OrgId(party),
            rows: 1,
            compute_ms: 1,
            utility: 0,
            bytes: 1,
        };
        receipts::most_utility(&facts, &receipt)
    };
    assert_eq!(
        [0, 1, 2, 3, 4].map(|round| most(round, 1)),
        [0, 0, 0, 1_000_000, 1_000_000]
    );
    assert_eq!([0, 1, 2, 3, 4].map(|round| most(round, 0)), [0, 0, 0, 0, 1_000_000]);
    assert_eq!((most(5, 1), most(u32::MAX, 1)), (0, 0));
}

/// A dispute of the first party, with the ruling.
fn disputed(facts: &mut Facts, folder: &Path, ruling: Option<Ruling>) {
    let (result, _) = facts.result.as_ref().unwrap();
    let receipt = read_receipts(&Folder::new(folder), result).unwrap()[0];
    facts.disputes.push(Dispute {
        party: receipt.party,
        receipt,
        claimed: Figures::default(),
        evidence: H256([3; 32]),
        falls_at: 90,
        ruling,
    });
    let ruled = ruling.map(|_| Kind::DisputeResolved);
    for kind in std::iter::once(Kind::ReceiptDisputed).chain(ruled) {
        let (index, last) = facts.audit.last().cloned().unwrap();
        facts.audit.push((index + 1, Entry { kind, ..last }));
    }
}

#[test]
fn payouts_follow_what_the_members_have_corrected() {
    let (folder, mut facts) = job();
    let parties = facts.result.as_ref().unwrap().0.contributions.clone();
    let figures = Figures {
        rows: parties[1].rows,
        ..Figures::from(&parties[0])
    };
    disputed(&mut facts, folder.path(), Some(Ruling::Corrected(figures)));
    // The chain must then have paid by the corrected figures, here alike.
    assert_eq!(failures(&facts, folder.path()), ["payouts"]);
    let settlement = facts.settlement.as_mut().unwrap();
    settlement.payouts[0].1 = 450;
    settlement.payouts[1].1 = 450;
    let report = verify(&facts, &Folder::new(folder.path()));
    assert!(report.ok(), "{}", report.text());
    assert!(report.notes[0].contains("corrected"), "{:?}", report.notes);
}

#[test]
fn disputes_that_changed_nothing_are_told() {
    for (ruling, block, says) in [
        (Some(Ruling::Rejected), 50, "rejected"),
        (None, 50, "may change"),
        (None, 90, "nobody decided"),
    ] {
        let (folder, mut facts) = job();
        facts.block_number = block;
        disputed(&mut facts, folder.path(), ruling);
        let report = verify(&facts, &Folder::new(folder.path()));
        assert!(report.ok(), "{}", report.text());
        assert!(report.notes[0].contains(says), "{:?}", report.notes);
    }
}

#[test]
fn what_a_contract_pays_is_left_open() {
    let (folder, mut facts) = job();
    let settlement = facts.settlement.as_mut().unwrap();
    settlement.agreement.formula = Formula::Contract([1; 32].into());
    settlement.claimed_at = None;
    facts.audit.retain(|(_, entry)| entry.kind != Kind::PayoutClaimed);
    let report = verify(&facts, &Folder::new(folder.path()));
    assert!(report.ok() && report.checks.iter().all(|check| check.name != "payouts"));
    for open in ["contract", "claimed"] {
        assert!(report.not_checked.iter().any(|line| line.contains(open)), "{open}");
    }
}

#[test]
fn evidence_for_another_chain_is_refused() {
    let (folder, mut facts) = job();
    facts.genesis = [1; 32].into();
    assert!(failures(&facts, folder.path())
        .iter()
        .any(|name| name == "evidence binding"));
}

#[test]
fn an_export_that_is_none_is_named() {
    for bytes in [&b""[..], b"nonsense", b"SFSTATE\0\x01\0"] {
        let problem = Facts::from_export(bytes, secureflow_primitives::JobId(0)).unwrap_err();
        let report = broken_export(problem);
        assert!(!report.ok());
        assert_eq!(report.bad_artefacts(), [STATE]);
    }
}

/// A chain that holds what the facts say.
fn chain_with(facts: &Facts, chain: &FakeChain) {
    let id = facts.id;
    chain.set(&storage::spec(id), &facts.spec);
    for round in &facts.rounds {
        chain.set(&storage::round(id, round.0.round), round);
    }
    chain.set(&storage::result(id), facts.result.as_ref().unwrap());
    let (account, worker) = facts.worker.as_ref().unwrap();
    chain.set(&storage::worker(account), worker);
    chain.set(
        &storage::measurement(&worker.measurement),
        facts.measurement.as_ref().unwrap(),
    );
    chain.set(&storage::simulated_root(), &facts.simulated_root.unwrap());
    for (dataset, found) in &facts.datasets {
        chain.set(&storage::dataset(*dataset), found);
    }
    for ((dataset, version), policy) in &facts.policies {
        chain.set(&storage::policy(*dataset, *version), policy);
    }
    chain.set(&storage::settlement(id), facts.settlement.as_ref().unwrap());
    chain.set(&storage::disputes(id), &facts.disputes.clone().try_into().unwrap());
    for (index, entry) in &facts.audit {
        chain.set(&storage::audit_entry(*index), entry);
    }
    chain.set(
        &storage::audit_count(),
        &facts.audit.last().map_or(0, |(index, _)| index + 1),
    );
    chain.set(&storage::job(id), &facts.job);
}

#[tokio::test]
async fn an_export_reads_back_and_a_changed_byte_of_it_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let chain = FakeChain::new();
    let facts = completed_job(folder.path(), chain.genesis());
    chain_with(&facts, &chain);
    let bytes = export::export(&chain, facts.id, At::Best)
        .await
        .unwrap()
        .unwrap()
        .encode();
    let read = Facts::from_export(&bytes, facts.id).unwrap();
    assert_eq!(
        Facts {
            block_number: facts.block_number,
            block_hash: facts.block_hash,
            ..read.clone()
        },
        facts
    );
    let report = verify(&read, &Folder::new(folder.path()));
    assert!(report.ok(), "{}", report.text());
    for at in (0..bytes.len()).step_by(bytes.len() / 300 + 1) {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        assert!(
            Facts::from_export(&bad, facts.id).is_err(),
            "byte {at} of {}",
            bytes.len()
        );
    }
    assert!(Facts::from_export(&bytes, secureflow_primitives::JobId(0)).is_err());
}
