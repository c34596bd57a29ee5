//! One test per rule: a change to the policy, to the job or to the world, and the rule that must be named.

use crate::{mock::*, Ledgers};
use frame_support::assert_ok;
use secureflow_primitives::{
    job::JobSpec,
    policy::{ColumnRole, ColumnRule, Operation, Policy, Violation, WorkerRequirement},
    privacy::{Ledger, PrivacyCost, RdpCost},
    traits::PolicyGate,
    DatasetId, OrgId, PolicyVersion,
};
use sp_runtime::BoundedVec;

/// Everything that a judgement looks at; the default is allowed.
struct Case {
    policy: Policy,
    spec: JobSpec,
    parties: Vec<OrgId>,
    ledger: Ledger,
    now: u32,
}

/// Changes the allowed case, puts it on chain and asks the gate.
fn check(change: impl FnOnce(&mut Case), expected: Result<PolicyVersion, Violation>) {
    let parties = vec![OrgId(0), OrgId(1), OrgId(2)];
    let mut case = Case {
        policy: policy(),
        spec: spec(),
        parties,
        ledger: Ledger::default(),
        now: 50,
    };
    change(&mut case);
    execute_and_check(|| {
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        assert_ok!(PoliciesPallet::set_policy(signed(0), DatasetId(0), case.policy));
        Ledgers::<Test>::insert(DatasetId(0), case.ledger);
        let found = <PoliciesPallet as PolicyGate>::check(&case.spec, DatasetId(0), &case.parties, case.now);
        let found = found.map(|terms| terms.version);
        assert_eq!(found, expected);
    });
}

fn refuses(expected: Violation, change: impl FnOnce(&mut Case)) {
    check(change, Err(expected));
}

fn allows(change: impl FnOnce(&mut Case)) {
    check(change, Ok(PolicyVersion(1)));
}

#[test]
fn the_plain_case_is_allowed() {
    allows(|_| {});
}

#[test]
fn datasets_must_be_known_and_in_use() {
    execute_and_check(|| {
        let ask = || {
            let terms = <PoliciesPallet as PolicyGate>::check(&spec(), DatasetId(0), &[OrgId(0), OrgId(1)], 50);
            terms.map(|terms| terms.version)
        };
        assert_eq!(ask(), Err(Violation::UnknownDataset));
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        assert_eq!(ask(), Err(Violation::NoPolicy));
        assert_ok!(PoliciesPallet::set_policy(signed(0), DatasetId(0), policy()));
        assert_eq!(ask(), Ok(PolicyVersion(1)));
        // The newest version is the one that holds.
        assert_ok!(PoliciesPallet::set_policy(
            signed(0),
            DatasetId(0),
            Policy {
                expires_at: Some(50),
                ..policy()
            }
        ));
        assert_eq!(ask(), Err(Violation::Expired));
        assert_ok!(PoliciesPallet::set_policy(signed(0), DatasetId(0), policy()));
        assert_eq!(ask(), Ok(PolicyVersion(3)));
        assert_ok!(PoliciesPallet::retire(signed(0), DatasetId(0)));
        assert_eq!(ask(), Err(Violation::DatasetRetired));
    });
}

#[test]
fn purposes_are_word_for_word() {
    refuses(Violation::Purpose, |case| case.spec.purpose = name("credit"));
    refuses(Violation::Purpose, |case| case.spec.purpose = name("Credit-risk"));
    refuses(Violation::Purpose, |case| case.policy.purposes = BoundedVec::default());
    allows(|case| case.spec.purpose = name("research"));
}

#[test]
fn operations_must_be_listed() {
    refuses(Violation::Operation, |case| {
        case.spec.operation = Operation::VerticalTraining
    });
    refuses(Violation::Operation, |case| {
        case.policy.operations = BoundedVec::default()
    });
    allows(|case| case.spec.operation = Operation::Statistics);
}

#[test]
fn hidden_columns_stay_hidden() {
    let wanting =
        |text: &'static str, role| move |case: &mut Case| case.spec.columns.try_push(column(text, role)).expect("room");
    refuses(Violation::ColumnHidden, wanting("iban", ColumnRole::Feature));
    refuses(Violation::ColumnHidden, wanting("iban", ColumnRole::Hidden));
    refuses(Violation::ColumnHidden, wanting("name", ColumnRole::Feature));
    allows(wanting("amount", ColumnRole::Feature));
}

#[test]
fn columns_keep_their_role() {
    let wanting = |text: &'static str, role| {
        move |case: &mut Case| case.spec.columns = BoundedVec::truncate_from(vec![column(text, role)])
    };
    refuses(Violation::ColumnRole, wanting("age", ColumnRole::Label));
    refuses(Violation::ColumnRole, wanting("age", ColumnRole::JoinKey));
    refuses(Violation::ColumnRole, wanting("default", ColumnRole::Feature));
    refuses(Violation::ColumnRole, wanting("default", ColumnRole::AggregateOnly));
    allows(wanting("default", ColumnRole::Label));
}

#[test]
fn parties_must_be_enough() {
    refuses(Violation::TooFewParties, |case| case.spec.min_parties = 1);
    refuses(Violation::TooFewParties, |case| case.policy.min_parties = 3);
    refuses(Violation::TooFewParties, |case| case.parties = vec![OrgId(0)]);
    // Two datasets of one owner make one party.
    refuses(Violation::TooFewParties, |case| case.parties = vec![OrgId(0), OrgId(0)]);
    refuses(Violation::TooFewParties, |case| {
        case.policy.min_parties = 4;
        case.spec.min_parties = 4;
    });
    allows(|case| {
        case.policy.min_parties = 3;
        case.spec.min_parties = 3;
    });
}

#[test]
fn groups_must_be_large() {
    refuses(Violation::GroupTooSmall, |case| case.spec.min_group_size = 9);
    allows(|case| case.spec.min_group_size = 11);
}

#[test]
fn counterparties_must_be_listed() {
    refuses(Violation::Counterparty, |case| case.parties.push(OrgId(3)));
    refuses(Violation::Counterparty, |case| {
        case.policy.counterparties = Some(BoundedVec::default())
    });
    // The owner need not list itself.
    allows(|case| case.parties = vec![OrgId(2), OrgId(0)]);
    allows(|case| {
        case.policy.counterparties = None;
        case.parties.push(OrgId(3));
    });
}

#[test]
fn policies_expire() {
    allows(|case| case.now = 99);
    refuses(Violation::Expired, |case| case.now = 100);
    allows(|case| {
        case.policy.expires_at = None;
        case.now = u32::MAX;
    });
}

#[test]
fn uses_are_counted() {
    allows(|case| case.ledger.uses = 2);
    refuses(Violation::UsesExhausted, |case| case.ledger.uses = 3);
    refuses(Violation::UsesExhausted, |case| case.policy.max_uses = Some(0));
    allows(|case| {
        case.policy.max_uses = None;
        case.ledger.uses = u32::MAX - 1;
    });
}

#[test]
fn a_budget_asks_for_privacy() {
    refuses(Violation::NoPrivacy, |case| case.spec.privacy = PrivacyCost::Unbounded);
    // A cost that is nought anywhere is no cost of a noisy release.
    refuses(Violation::NoPrivacy, |case| {
        case.spec.privacy = per_round(RdpCost::default())
    });
    refuses(Violation::NoPrivacy, |case| {
        let mut cost = flat(100_000);
        cost.0[16] = 0;
        case.spec.privacy = per_round(cost);
    });
    allows(|case| {
        case.policy.budget = None;
        case.spec.privacy = PrivacyCost::Unbounded;
    });
}

#[test]
fn a_budget_is_not_exceeded() {
    // Ten rounds of 0.1 and the tail of δ at the highest order come to this; the last micro-unit counts.
    let needed = flat(1_000_000).epsilon_micro(5);
    let with_budget =
        |epsilon: u64| move |case: &mut Case| case.policy.budget.as_mut().expect("it has one").epsilon_micro = epsilon;
    allows(with_budget(needed));
    refuses(Violation::BudgetExceeded, with_budget(needed - 1));
    // What was spent and what is held back both count.
    allows(|case| case.ledger.spent = flat(5_000_000 - needed));
    refuses(Violation::BudgetExceeded, |case| {
        case.ledger.spent = flat(5_000_001 - needed)
    });
    refuses(Violation::BudgetExceeded, |case| {
        case.spec.rounds = 1;
        case.ledger.spent = flat(u64::MAX);
    });
    refuses(Violation::BudgetExceeded, |case| case.spec.rounds = u32::MAX);
}

#[test]
fn a_cost_beyond_counting_is_refused_even_without_a_budget() {
    refuses(Violation::BudgetExceeded, |case| {
        case.policy.budget = None;
        case.spec.privacy = per_round(flat(u64::MAX / 5));
    });
}

#[test]
fn noise_must_be_enough() {
    let claiming = |noise_micro| {
        move |case: &mut Case| {
            let cost = flat(100_000);
            case.spec.privacy = PrivacyCost::PerRound { noise_micro, cost };
        }
    };
    allows(claiming(NOISE));
    allows(claiming(NOISE + 1));
    refuses(Violation::NoiseTooLow, claiming(NOISE - 1));
    // However much of the budget is left.
    refuses(Violation::NoiseTooLow, |case| {
        case.policy.budget.as_mut().expect("it has one").epsilon_micro = u64::MAX;
        claiming(1)(case);
    });
    refuses(Violation::NoPrivacy, claiming(0));
    allows(|case| {
        case.policy.budget.as_mut().expect("it has one").min_noise_micro = None;
        claiming(1)(case);
    });
}

#[test]
fn columns_have_rules_per_operation_and_purpose() {
    let with = |change: fn(&mut ColumnRule)| {
        move |case: &mut Case| {
            let mut rule = rule("age", ColumnRole::Feature);
            change(&mut rule);
            case.policy.columns[0] = rule;
        }
    };
    let statistics =
        |rule: &mut ColumnRule| rule.for_operations = BoundedVec::truncate_from(vec![Operation::Statistics]);
    let research = |rule: &mut ColumnRule| rule.for_purposes = BoundedVec::truncate_from(vec![1]);
    refuses(Violation::ColumnOperation, with(statistics));
    refuses(Violation::ColumnPurpose, with(research));
    allows(|case| {
        with(statistics)(case);
        case.spec.operation = Operation::Statistics;
    });
    allows(|case| {
        with(research)(case);
        case.spec.purpose = name("research");
    });
    // Another rule for the same column makes up for it, and one that hides it takes it away.
    allows(|case| {
        with(statistics)(case);
        let second = rule("age", ColumnRole::Feature);
        case.policy.columns.try_push(second).expect("room");
    });
    refuses(Violation::ColumnHidden, |case| {
        let hiding = rule("age", ColumnRole::Hidden);
        case.policy.columns.try_push(hiding).expect("room");
    });
    refuses(Violation::TooFewParties, with(|rule| rule.min_parties = 3));
    refuses(Violation::GroupTooSmall, with(|rule| rule.min_group_size = 11));
}

#[test]
fn the_terms_are_those_of_the_version_that_judged() {
    execute_and_check(|| {
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        let ask = || {
            let parties = [OrgId(0), OrgId(1)];
            let terms = <PoliciesPallet as PolicyGate>::check(&spec(), DatasetId(0), &parties, 50).expect("allowed");
            (terms.version, terms.worker, terms.price)
        };
        assert_ok!(PoliciesPallet::set_policy(signed(0), DatasetId(0), policy()));
        assert_eq!(ask(), (PolicyVersion(1), WorkerRequirement::default(), 1_000));
        let strict = Policy {
            worker: WorkerRequirement::hardware(),
            price: 7,
            ..policy()
        };
        assert_ok!(PoliciesPallet::set_policy(signed(0), DatasetId(0), strict));
        assert_eq!(ask(), (PolicyVersion(2), WorkerRequirement::hardware(), 7));
    });
}
