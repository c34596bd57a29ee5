//! Who validates, and from which session on.

use super::*;
use crate::{Choice, ValidatorKeys};
use frame_support::pallet_prelude::DispatchResult;
use pallet_session::SessionManager;
use secureflow_primitives::AccountId;

fn accounts(numbers: &[u8]) -> Vec<AccountId> {
    numbers.iter().map(|n| account(*n)).collect()
}

fn name_validators(who: u8, numbers: &[u8]) -> DispatchResult {
    Consortium::name_validators(signed(who), Choice::truncate_from(accounts(numbers)))
}

#[test]
fn an_organisation_names_its_validators() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        Keys::give(20);
        assert_ok!(name_validators(10, &[20]));
        System::assert_last_event(
            Event::ValidatorsNamed {
                org: BANK,
                validators: Choice::truncate_from(accounts(&[20])),
            }
            .into(),
        );
        assert_eq!(
            last_record(),
            Some((Some(account(10)), Subject::Organisation(BANK), Kind::ValidatorsNamed))
        );
        assert_eq!(Consortium::new_session(2), Some(accounts(&[11, 12, 20])));
        // Who stays keeps its place; order and repetition change nothing.
        assert_ok!(name_validators(10, &[10, 20]));
        assert_eq!(Consortium::new_session(3), Some(accounts(&[11, 12, 20, 10])));
        assert_ok!(name_validators(10, &[20, 10]));
        assert_eq!(Consortium::new_session(4), None);
        assert_ok!(name_validators(10, &[]));
        assert_eq!(Consortium::new_session(5), Some(accounts(&[11, 12])));
        // The account still has its keys, and may be named again.
        assert_ok!(name_validators(10, &[20]));
    });
}

#[test]
fn naming_is_refused() {
    execute_and_check(|| {
        for n in [20, 21] {
            assert_ok!(Consortium::add_operator(signed(10), account(n)));
        }
        Keys::give(20);
        Keys::give(99);
        let refused = |who: u8, numbers: &[u8], error: Error<Test>| {
            assert_noop!(name_validators(who, numbers), error);
        };
        refused(20, &[20], Error::NotOwner);
        refused(99, &[99], Error::NotOwner);
        refused(10, &[99], Error::ForeignValidator);
        refused(10, &[10, 11], Error::ForeignValidator);
        refused(10, &[20, 20], Error::DuplicateValidator);
        refused(10, &[10, 21], Error::NoSessionKeys);
        refused(10, &[10, 20, 21], Error::TooManyValidators);
        assert_ok!(Consortium::suspend(root(), BANK));
        refused(10, &[10], Error::NotOwner);
    });
}

#[test]
fn validators_without_keys_do_not_count() {
    execute_and_check(|| {
        Keys::forget(&account(11));
        assert_eq!(Consortium::new_session(2), Some(accounts(&[10, 12])));
        Keys::give(11);
        assert_eq!(Consortium::new_session(3), Some(accounts(&[10, 11, 12])));
    });
}

#[test]
fn the_last_validator_stays() {
    execute_and_check(|| {
        assert_ok!(name_validators(11, &[]));
        assert_ok!(name_validators(12, &[]));
        assert_noop!(name_validators(10, &[]), Error::<Test>::LastValidator);
        // An operator that alone validates cannot be let go either, nor while the others could not.
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        Keys::give(20);
        assert_ok!(name_validators(10, &[20]));
        assert_noop!(
            Consortium::remove_operator(signed(10), account(20)),
            Error::<Test>::LastValidator
        );
        assert_ok!(name_validators(11, &[11]));
        assert_ok!(Consortium::suspend(root(), OrgId(1)));
        assert_noop!(
            Consortium::remove_operator(signed(10), account(20)),
            Error::<Test>::LastValidator
        );
        assert_ok!(Consortium::reinstate(root(), OrgId(1)));
        assert_ok!(Consortium::remove_operator(signed(10), account(20)));
        assert_eq!(Consortium::new_session(2), Some(accounts(&[11])));
    });
}

/// The set of the running session has lost its keys, and who was named instead is suspended before it has begun.
#[test]
fn a_suspended_validator_is_better_than_none() {
    execute_and_check(|| {
        assert_ok!(name_validators(11, &[]));
        assert_ok!(name_validators(12, &[]));
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        Keys::give(20);
        assert_ok!(name_validators(10, &[20]));
        assert_eq!(Consortium::new_session(2), Some(accounts(&[20])));
        assert_ok!(name_validators(11, &[11]));
        assert_ok!(Consortium::remove_operator(signed(10), account(20)));
        assert_ok!(Consortium::suspend(root(), OrgId(1)));
        assert_eq!(Consortium::new_session(3), Some(accounts(&[11])));
    });
}

#[test]
fn a_session_is_planned_only_when_the_set_changes() {
    execute_and_check(|| {
        assert_eq!(Consortium::new_session(1), None);
        assert_ok!(Consortium::suspend(root(), OrgId(1)));
        assert_eq!(Consortium::new_session(2), Some(vec![account(10), account(12)]));
        assert_eq!(Consortium::new_session(3), None);
        assert_ok!(Consortium::reinstate(root(), OrgId(1)));
        assert_eq!(
            Consortium::new_session(4),
            Some(vec![account(10), account(11), account(12)])
        );
        assert_eq!(Consortium::new_session(5), None);
    });
}

#[test]
fn a_chain_never_loses_its_last_validators() {
    execute_and_check(|| {
        assert_ok!(Consortium::admit(root(), name("Supervisor"), account(13)));
        for n in 0..3 {
            assert_ok!(Consortium::suspend(root(), OrgId(n)));
        }
        assert_eq!(Consortium::new_session(2), None);
    });
}

#[test]
fn a_removed_operator_stops_validating() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        Keys::give(20);
        assert_ok!(name_validators(10, &[10, 20]));
        assert_eq!(Consortium::new_session(2).map(|set| set.len()), Some(4));
        assert_ok!(Consortium::remove_operator(signed(10), account(20)));
        assert!(!Keys::registered(&account(20)));
        assert_eq!(
            Consortium::new_session(3),
            Some(vec![account(10), account(11), account(12)])
        );
        // Not even under another organisation does it come back by itself.
        assert_ok!(Consortium::add_operator(signed(11), account(20)));
        assert_eq!(Consortium::new_session(4), None);
    });
}

#[test]
fn an_equivocation_is_noted_for_its_organisation() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        Consortium::note_equivocation(account(20));
        System::assert_last_event(
            Event::ValidatorEquivocated {
                org: BANK,
                validator: account(20),
            }
            .into(),
        );
        assert_eq!(
            last_record(),
            Some((None, Subject::Organisation(BANK), Kind::ValidatorEquivocated))
        );
        let events = System::event_count();
        Consortium::note_equivocation(account(99));
        assert_eq!(System::event_count(), events);
    });
}
