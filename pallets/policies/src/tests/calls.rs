//! Registering, setting policies, retiring.

use crate::{mock::*, Datasets, Error, Event, Policies};
use frame_support::{assert_noop, assert_ok};
use secureflow_primitives::{
    audit::{Kind, Subject},
    policy::{ColumnRole, ColumnRule, Operation, Policy, Violation},
    privacy::PrivacyBudget,
    traits::PolicyGate,
    DatasetId, JobId, OrgId, PolicyVersion,
};
use sp_runtime::BoundedVec;

const FIRST: DatasetId = DatasetId(0);

#[test]
fn a_dataset_lives_from_registration_to_retirement() {
    execute_and_check(|| {
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        System::assert_last_event(
            Event::DatasetRegistered {
                dataset: FIRST,
                owner: OrgId(0),
            }
            .into(),
        );
        assert_eq!(<PoliciesPallet as PolicyGate>::owner(FIRST), Some(OrgId(0)));
        assert_eq!(Datasets::<Test>::get(FIRST).map(|d| d.policy), Some(PolicyVersion(0)));

        for version in [PolicyVersion(1), PolicyVersion(2)] {
            assert_ok!(PoliciesPallet::set_policy(signed(0), FIRST, policy()));
            System::assert_last_event(
                Event::PolicySet {
                    dataset: FIRST,
                    version,
                }
                .into(),
            );
            assert_eq!(Policies::<Test>::get(FIRST, version), Some(policy()));
        }
        assert_eq!(Datasets::<Test>::get(FIRST).map(|d| d.policy), Some(PolicyVersion(2)));

        assert_ok!(PoliciesPallet::retire(signed(0), FIRST));
        System::assert_last_event(Event::DatasetRetired { dataset: FIRST }.into());
        assert_eq!(<PoliciesPallet as PolicyGate>::owner(FIRST), None);

        let kinds = [
            Kind::DatasetRegistered,
            Kind::PolicySet,
            Kind::PolicySet,
            Kind::DatasetRetired,
        ];
        assert_eq!(
            records(),
            kinds.map(|kind| (Some(account(0)), Subject::Dataset(FIRST), kind))
        );
    });
}

#[test]
fn a_revoked_policy_allows_nothing_until_there_is_another() {
    execute_and_check(|| {
        let revoke = |who| PoliciesPallet::revoke(signed(who), FIRST);
        assert_noop!(revoke(0), Error::<Test>::UnknownDataset);
        for owner in 0..3 {
            assert_ok!(PoliciesPallet::register_dataset(signed(owner), registration("loans")));
        }
        assert_noop!(revoke(0), Error::<Test>::NoPolicyInForce);
        assert_ok!(PoliciesPallet::set_policy(signed(0), FIRST, policy()));
        for who in [1, OPERATOR, SUSPENDED, 200] {
            assert_noop!(revoke(who), Error::<Test>::NotOwner);
        }
        let parties = [OrgId(0), OrgId(1), OrgId(2)];
        let check = || {
            let terms = <PoliciesPallet as PolicyGate>::check(&spec(), FIRST, &parties, 1);
            terms.map(|terms| terms.version)
        };
        assert_eq!(check(), Ok(PolicyVersion(1)));

        assert_ok!(revoke(0));
        let event = Event::PolicyRevoked {
            dataset: FIRST,
            version: PolicyVersion(1),
            jobs: 3,
        };
        System::assert_last_event(event.into());
        assert_eq!(stopped(), [(FIRST, OrgId(0))]);
        let entry = (Some(account(0)), Subject::Dataset(FIRST), Kind::PolicyRevoked);
        assert_eq!(records().last(), Some(&entry));
        assert_eq!(check(), Err(Violation::NoPolicy));
        let reserved = <PoliciesPallet as PolicyGate>::reserve(JobId(0), &spec(), FIRST);
        assert_eq!(reserved, Err(Violation::NoPolicy));
        assert_noop!(revoke(0), Error::<Test>::NoPolicyInForce);

        assert_ok!(PoliciesPallet::set_policy(signed(0), FIRST, policy()));
        assert_eq!(check(), Ok(PolicyVersion(2)));
        assert_ok!(PoliciesPallet::retire(signed(0), FIRST));
        assert_noop!(revoke(0), Error::<Test>::DatasetRetired);
    });
}

#[test]
fn names_are_unique_among_an_owners() {
    execute_and_check(|| {
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        assert_noop!(
            PoliciesPallet::register_dataset(signed(0), registration("loans")),
            Error::<Test>::NameTaken
        );
        assert_ok!(PoliciesPallet::register_dataset(signed(1), registration("loans")));
        assert_ok!(PoliciesPallet::retire(signed(0), FIRST));
        assert_noop!(
            PoliciesPallet::register_dataset(signed(0), registration("loans")),
            Error::<Test>::NameTaken
        );
    });
}

#[test]
fn a_registration_is_refused() {
    execute_and_check(|| {
        for who in [OPERATOR, SUSPENDED, 200] {
            assert_noop!(
                PoliciesPallet::register_dataset(signed(who), registration("x")),
                Error::<Test>::NotOwner
            );
        }
        for text in ["", " loans", "lo\nans"] {
            assert_noop!(
                PoliciesPallet::register_dataset(signed(0), registration(text)),
                Error::<Test>::InvalidName
            );
        }
    });
}

#[test]
fn only_the_owner_decides() {
    execute_and_check(|| {
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        for who in [1, OPERATOR, SUSPENDED, 200] {
            assert_noop!(
                PoliciesPallet::set_policy(signed(who), FIRST, policy()),
                Error::<Test>::NotOwner
            );
            assert_noop!(PoliciesPallet::retire(signed(who), FIRST), Error::<Test>::NotOwner);
        }
        let unknown = DatasetId(7);
        assert_noop!(
            PoliciesPallet::set_policy(signed(0), unknown, policy()),
            Error::<Test>::UnknownDataset
        );
        assert_noop!(
            PoliciesPallet::retire(signed(0), unknown),
            Error::<Test>::UnknownDataset
        );
        assert_ok!(PoliciesPallet::retire(signed(0), FIRST));
        assert_noop!(
            PoliciesPallet::set_policy(signed(0), FIRST, policy()),
            Error::<Test>::DatasetRetired
        );
        assert_noop!(PoliciesPallet::retire(signed(0), FIRST), Error::<Test>::DatasetRetired);
    });
}

#[test]
fn an_unsound_policy_is_refused() {
    execute_and_check(|| {
        assert_ok!(PoliciesPallet::register_dataset(signed(0), registration("loans")));
        let refused = |policy: Policy, error: Error<Test>| {
            assert_noop!(PoliciesPallet::set_policy(signed(0), FIRST, policy), error);
        };
        let with = |rules: Vec<ColumnRule>| Policy {
            columns: BoundedVec::truncate_from(rules),
            ..policy()
        };
        let for_both = |operations: [Operation; 2]| ColumnRule {
            for_operations: BoundedVec::truncate_from(operations.to_vec()),
            ..rule("age", ColumnRole::Feature)
        };
        let twice = [
            for_both([Operation::Statistics, Operation::HorizontalTraining]),
            for_both([Operation::HorizontalTraining, Operation::Statistics]),
        ];
        refused(with(twice.to_vec()), Error::DuplicateRule);
        let nowhere = ColumnRule {
            for_purposes: BoundedVec::truncate_from(vec![0, 2]),
            ..rule("age", ColumnRole::Feature)
        };
        refused(with(vec![nowhere]), Error::UnknownPurpose);
        refused(with(vec![rule("", ColumnRole::Feature)]), Error::InvalidName);
        refused(
            Policy {
                purposes: BoundedVec::truncate_from(vec![name("a\tb")]),
                ..policy()
            },
            Error::InvalidName,
        );
        refused(
            Policy {
                min_parties: 1,
                ..policy()
            },
            Error::MinPartiesTooSmall,
        );
        let budget = Some(PrivacyBudget {
            epsilon_micro: 1,
            delta_exponent: 0,
            min_noise_micro: None,
        });
        refused(Policy { budget, ..policy() }, Error::InvalidBudget);
        let strangers = Some(BoundedVec::truncate_from(vec![OrgId(1), OrgId(77)]));
        refused(
            Policy {
                counterparties: strangers,
                ..policy()
            },
            Error::UnknownCounterparty,
        );
        // A policy that allows nothing, or no longer, is a way to close a dataset.
        let closed = Policy {
            purposes: BoundedVec::default(),
            expires_at: Some(0),
            ..policy()
        };
        assert_ok!(PoliciesPallet::set_policy(signed(0), FIRST, closed));
        // One column may have several rules.
        let several = with(vec![
            rule("age", ColumnRole::Feature),
            for_both([Operation::Statistics, Operation::HorizontalTraining]),
            rule("age", ColumnRole::AggregateOnly),
        ]);
        assert_ok!(PoliciesPallet::set_policy(signed(0), FIRST, several));
    });
}
