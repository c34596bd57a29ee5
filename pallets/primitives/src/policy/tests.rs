//! One test per rule that rests on the specification: a change, and the rule that must be named. The pallet's own tests go
//! through the gate, with ledger and versions.

use super::*;
use crate::{
    attestation::{Anchor, Measurement, TeeKind, Worker, WorkerRegistration},
    job::{Deadlines, JobSpec},
    privacy::{PrivacyCost, RdpCost, ORDERS},
    DatasetId, H256,
};
use alloc::{vec, vec::Vec};

fn name(text: &str) -> Name {
    Name::truncate_from(text.as_bytes().to_vec())
}

fn rule(text: &str, role: ColumnRole) -> ColumnRule {
    ColumnRule::new(name(text), role)
}

fn rule_for(text: &str, role: ColumnRole, operations: &[Operation], purposes: &[u8]) -> ColumnRule {
    ColumnRule {
        for_operations: BoundedVec::truncate_from(operations.to_vec()),
        for_purposes: BoundedVec::truncate_from(purposes.to_vec()),
        ..rule(text, role)
    }
}

/// Three parties, two of them guaranteed, groups of ten.
fn policy(columns: Vec<ColumnRule>) -> Policy {
    Policy {
        purposes: BoundedVec::truncate_from(vec![name("credit-risk"), name("research")]),
        operations: BoundedVec::truncate_from(vec![Operation::Statistics, Operation::HorizontalTraining]),
        columns: BoundedVec::truncate_from(columns),
        min_parties: 2,
        min_group_size: 10,
        worker: WorkerRequirement::default(),
        budget: None,
        max_uses: None,
        expires_at: None,
        counterparties: None,
        price: 0,
    }
}

fn spec(operation: Operation, purpose: &str, columns: &[(&str, ColumnRole)]) -> JobSpec {
    let column = |(text, role): &(&str, ColumnRole)| Column {
        name: name(text),
        role: *role,
    };
    JobSpec {
        name: name("a job"),
        operation,
        purpose: name(purpose),
        datasets: BoundedVec::truncate_from((0..3).map(DatasetId).collect()),
        columns: BoundedVec::truncate_from(columns.iter().map(column).collect()),
        min_parties: 2,
        min_group_size: 10,
        rounds: 1,
        privacy: PrivacyCost::Unbounded,
        deadlines: Deadlines {
            approval: 1,
            start: 1,
            round: 1,
        },
        plan: BoundedVec::default(),
    }
}

fn judge(policy: &Policy, spec: &JobSpec) -> Result<(), Violation> {
    policy.check(OrgId(0), spec, &[OrgId(0), OrgId(1), OrgId(2)], 7)
}

/// A job that trains on `age` for credit risk, in a role.
fn training(role: ColumnRole) -> JobSpec {
    spec(Operation::HorizontalTraining, "credit-risk", &[("age", role)])
}

fn statistics(role: ColumnRole) -> JobSpec {
    spec(Operation::Statistics, "credit-risk", &[("age", role)])
}

use ColumnRole::{AggregateOnly, Feature, Hidden, Label};
use Operation::{HorizontalTraining, Statistics};

#[test]
fn a_column_has_a_role_per_operation() {
    let policy = policy(vec![
        rule_for("age", Feature, &[HorizontalTraining], &[]),
        rule_for("age", AggregateOnly, &[Statistics], &[]),
    ]);
    assert_eq!(judge(&policy, &training(Feature)), Ok(()));
    assert_eq!(judge(&policy, &statistics(AggregateOnly)), Ok(()));
    assert_eq!(
        judge(&policy, &training(AggregateOnly)),
        Err(Violation::ColumnOperation)
    );
    assert_eq!(judge(&policy, &statistics(Feature)), Err(Violation::ColumnOperation));
    assert_eq!(judge(&policy, &training(Label)), Err(Violation::ColumnRole));
    let other = spec(HorizontalTraining, "credit-risk", &[("income", Feature)]);
    assert_eq!(judge(&policy, &other), Err(Violation::ColumnHidden));
}

#[test]
fn a_column_has_a_role_per_purpose() {
    let policy = policy(vec![
        rule_for("age", Feature, &[], &[0]),
        rule_for("age", Label, &[HorizontalTraining], &[1]),
    ]);
    let research = |role| spec(HorizontalTraining, "research", &[("age", role)]);
    assert_eq!(judge(&policy, &training(Feature)), Ok(()));
    assert_eq!(judge(&policy, &research(Label)), Ok(()));
    assert_eq!(judge(&policy, &training(Label)), Err(Violation::ColumnPurpose));
    assert_eq!(judge(&policy, &research(Feature)), Err(Violation::ColumnPurpose));
    // The policy's own lists come first.
    let marketing = spec(HorizontalTraining, "marketing", &[("age", Feature)]);
    assert_eq!(judge(&policy, &marketing), Err(Violation::Purpose));
    let inference = spec(Operation::Inference, "credit-risk", &[("age", Feature)]);
    assert_eq!(judge(&policy, &inference), Err(Violation::Operation));
}

#[test]
fn one_of_several_roles_will_do() {
    let policy = policy(vec![rule("age", Feature), rule("age", Label)]);
    assert_eq!(judge(&policy, &training(Feature)), Ok(()));
    assert_eq!(judge(&policy, &training(Label)), Ok(()));
    assert_eq!(judge(&policy, &training(AggregateOnly)), Err(Violation::ColumnRole));
}

#[test]
fn hidden_wins_where_it_applies() {
    let everywhere = policy(vec![rule("age", Feature), rule("age", Hidden)]);
    assert_eq!(judge(&everywhere, &training(Feature)), Err(Violation::ColumnHidden));
    let in_statistics = policy(vec![rule("age", Feature), rule_for("age", Hidden, &[Statistics], &[])]);
    assert_eq!(judge(&in_statistics, &training(Feature)), Ok(()));
    assert_eq!(
        judge(&in_statistics, &statistics(Feature)),
        Err(Violation::ColumnHidden)
    );
    // A rule that hides is no permission elsewhere.
    let nothing_else = policy(vec![rule_for("age", Hidden, &[Statistics], &[])]);
    assert_eq!(judge(&nothing_else, &training(Feature)), Err(Violation::ColumnHidden));
    assert_eq!(judge(&nothing_else, &training(Hidden)), Err(Violation::ColumnHidden));
}

#[test]
fn a_column_may_ask_for_more_than_the_policy() {
    let strict = |min_parties, min_group_size| {
        policy(vec![
            rule("age", Feature),
            ColumnRule {
                min_parties,
                min_group_size,
                ..rule_for("age", Feature, &[HorizontalTraining], &[])
            },
        ])
    };
    assert_eq!(judge(&strict(2, 10), &training(Feature)), Ok(()));
    assert_eq!(judge(&strict(3, 0), &training(Feature)), Err(Violation::TooFewParties));
    assert_eq!(judge(&strict(0, 11), &training(Feature)), Err(Violation::GroupTooSmall));
    // The stricter rule is about training only.
    assert_eq!(judge(&strict(3, 11), &statistics(Feature)), Ok(()));
    let mut enough = training(Feature);
    (enough.min_parties, enough.min_group_size) = (3, 11);
    assert_eq!(judge(&strict(3, 11), &enough), Ok(()));
    // It does not loosen the policy's own minimums.
    let mut loose = training(Feature);
    loose.min_group_size = 9;
    assert_eq!(judge(&strict(0, 1), &loose), Err(Violation::GroupTooSmall));
}

#[test]
fn rules_are_the_same_whatever_the_order_of_their_lists() {
    let one = rule_for("age", Feature, &[Statistics, HorizontalTraining], &[0, 15]);
    let mut other = rule_for("age", Feature, &[HorizontalTraining, Statistics], &[15, 0]);
    other.min_parties = 5;
    assert_eq!(one.subject(), other.subject());
    assert_ne!(
        one.subject(),
        rule_for("age", Feature, &[Statistics], &[0, 15]).subject()
    );
    assert_ne!(one.subject(), rule_for("age", Label, &[], &[]).subject());
}

#[test]
fn a_budget_may_ask_for_noise() {
    let cost = |noise_micro| PrivacyCost::PerRound {
        noise_micro,
        cost: RdpCost([1; ORDERS.len()]),
    };
    let asking = |min_noise_micro| Policy {
        budget: Some(PrivacyBudget {
            epsilon_micro: 1,
            delta_exponent: 5,
            min_noise_micro,
        }),
        ..policy(vec![])
    };
    assert_eq!(asking(None).check_privacy(&cost(1)), Ok(()));
    assert_eq!(asking(None).check_privacy(&cost(0)), Err(Violation::NoPrivacy));
    assert_eq!(asking(Some(1_000_000)).check_privacy(&cost(1_000_000)), Ok(()));
    assert_eq!(
        asking(Some(1_000_000)).check_privacy(&cost(999_999)),
        Err(Violation::NoiseTooLow)
    );
    assert_eq!(
        asking(Some(0)).check_privacy(&PrivacyCost::Unbounded),
        Err(Violation::NoPrivacy)
    );
    let free = PrivacyCost::PerRound {
        noise_micro: u64::MAX,
        cost: RdpCost::default(),
    };
    assert_eq!(asking(None).check_privacy(&free), Err(Violation::NoPrivacy));
    assert_eq!(policy(vec![]).check_privacy(&PrivacyCost::Unbounded), Ok(()));
}

fn measured(byte: u8) -> Measurement {
    Measurement([byte; 48])
}

fn worker(kind: TeeKind, measurement: u8) -> Worker {
    Worker {
        operator: OrgId(0),
        registration: WorkerRegistration {
            endpoint: Default::default(),
            tls_fingerprint: [0; 32],
            session_key: [0; 32],
            anchor: Anchor {
                number: 0,
                hash: H256::zero(),
            },
        },
        kind,
        measurement: measured(measurement),
        evidence_hash: H256::zero(),
        registered_at: 0,
        expires_at: 1,
        revoked: false,
    }
}

fn requirement(kinds: &[TeeKind], measurements: Option<&[u8]>) -> WorkerRequirement {
    WorkerRequirement {
        kinds: BoundedVec::truncate_from(kinds.to_vec()),
        measurements: measurements
            .map(|list| BoundedVec::truncate_from(list.iter().map(|byte| measured(*byte)).collect())),
    }
}

#[test]
fn a_worker_must_be_of_a_kind_and_a_build() {
    use TeeKind::{SevSnp, Sgx, Simulated, Tdx};
    let any = WorkerRequirement::default();
    assert!(TeeKind::ALL.iter().all(|kind| any.check(&worker(*kind, 1)).is_ok()));
    assert_eq!(
        WorkerRequirement::hardware().check(&worker(Simulated, 1)),
        Err(Violation::SimulatedWorker)
    );
    let narrow = requirement(&[SevSnp, Tdx], Some(&[1, 2]));
    assert_eq!(narrow.check(&worker(Tdx, 2)), Ok(()));
    assert_eq!(narrow.check(&worker(Sgx, 2)), Err(Violation::WorkerKind));
    assert_eq!(narrow.check(&worker(Simulated, 2)), Err(Violation::SimulatedWorker));
    assert_eq!(narrow.check(&worker(Tdx, 3)), Err(Violation::WorkerMeasurement));
}

#[test]
fn requirements_hold_together_or_name_the_contradiction() {
    use TeeKind::{SevSnp, Sgx, Simulated, Tdx};
    let check = |one: &WorkerRequirement, other: &WorkerRequirement, expected: Result<WorkerRequirement, Violation>| {
        assert_eq!(one.clone().and(other), expected);
        assert_eq!(other.clone().and(one), expected);
    };
    let any = WorkerRequirement::default();
    let narrow = requirement(&[SevSnp, Tdx], Some(&[1, 2]));
    check(&any, &narrow, Ok(narrow.clone()));
    let builds = requirement(&[Tdx, Sgx], Some(&[2, 3]));
    check(&narrow, &builds, Ok(requirement(&[Tdx], Some(&[2]))));
    check(&narrow, &requirement(&[Sgx], None), Err(Violation::WorkerKind));
    check(
        &narrow,
        &requirement(&[Simulated], None),
        Err(Violation::SimulatedWorker),
    );
    check(
        &narrow,
        &requirement(&[SevSnp], Some(&[3])),
        Err(Violation::WorkerMeasurement),
    );
}
