mod nodes;
mod standing;
mod transactions;
mod validators;

use crate::{mock::*, Accounts, Error, Event, GenesisConfig, NextOrg, Operators, Organisations, Validators};
use frame_support::{assert_noop, assert_ok};
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::{MAX_OPERATORS, MAX_ORGANISATIONS},
    consortium::{OrgKeys, OrgStatus},
    traits::Membership,
    OrgId,
};
use sp_runtime::{traits::BadOrigin, DispatchError};

const BANK: OrgId = OrgId(0);

fn root() -> RuntimeOrigin {
    RuntimeOrigin::root()
}

#[test]
fn genesis_gives_ids_in_order() {
    execute_and_check(|| {
        assert_eq!(NextOrg::<Test>::get(), OrgId(3));
        assert_eq!(Consortium::owner(&account(11)), Some(OrgId(1)));
        assert_eq!(
            Validators::<Test>::get().into_inner(),
            [account(10), account(11), account(12)]
        );
        assert_eq!(System::providers(&account(12)), 1);
    });
}

#[test]
#[should_panic = "a genesis validator is the account of no genesis organisation"]
fn genesis_refuses_a_stranger_as_validator() {
    build(GenesisConfig {
        validators: vec![account(99)],
        ..genesis()
    });
}

#[test]
#[should_panic = "the genesis organisations are valid and distinct"]
fn genesis_refuses_two_of_a_name() {
    let organisations = vec![(b"Bank".to_vec(), account(1)), (b"Bank".to_vec(), account(2))];
    build(GenesisConfig {
        organisations,
        ..Default::default()
    });
}

#[test]
fn an_organisation_is_admitted() {
    execute_and_check(|| {
        assert_ok!(Consortium::admit(root(), name("Supervisor"), account(13)));
        System::assert_last_event(
            Event::OrganisationAdmitted {
                org: OrgId(3),
                account: account(13),
            }
            .into(),
        );
        assert_eq!(
            last_record(),
            Some((None, Subject::Organisation(OrgId(3)), Kind::OrganisationAdmitted))
        );
        let organisation = Organisations::<Test>::get(OrgId(3)).expect("admitted");
        assert_eq!((organisation.status, organisation.keys), (OrgStatus::Active, None));
        assert_eq!(Consortium::owner(&account(13)), Some(OrgId(3)));
        // Its account can send although it holds nothing.
        assert_eq!(System::providers(&account(13)), 1);
    });
}

#[test]
fn an_admission_is_refused() {
    execute_and_check(|| {
        assert_noop!(Consortium::admit(signed(10), name("Friend"), account(13)), BadOrigin);
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        let refused = |text: &str, n: u8, error: Error<Test>| {
            assert_noop!(Consortium::admit(root(), name(text), account(n)), error);
        };
        refused("Bank", 13, Error::NameTaken);
        refused("", 13, Error::InvalidName);
        refused(" Bank", 13, Error::InvalidName);
        refused("Bank\u{1b}[2J", 13, Error::InvalidName);
        refused("Second bank", 10, Error::AccountTaken);
        refused("Second bank", 20, Error::AccountTaken);
        let not_utf8 = vec![0xff, 0xfe].try_into().expect("short");
        assert_noop!(
            Consortium::admit(root(), not_utf8, account(13)),
            Error::<Test>::InvalidName
        );
    });
}

#[test]
fn the_consortium_is_bounded() {
    execute_and_check(|| {
        for n in 3..MAX_ORGANISATIONS {
            assert_ok!(Consortium::admit(
                root(),
                name(&format!("org {n}")),
                account(100 + n as u8)
            ));
        }
        assert_noop!(
            Consortium::admit(root(), name("one more"), account(99)),
            Error::<Test>::TooManyOrganisations
        );
    });
}

#[test]
fn a_suspended_organisation_is_nobody() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        assert_ok!(Consortium::suspend(root(), BANK));
        System::assert_last_event(Event::OrganisationSuspended { org: BANK }.into());
        assert_eq!(
            last_record(),
            Some((None, Subject::Organisation(BANK), Kind::OrganisationSuspended))
        );
        for n in [10, 20] {
            assert_eq!(
                (Consortium::owner(&account(n)), Consortium::member(&account(n))),
                (None, None)
            );
        }
        assert!(!Consortium::is_active(BANK));
        assert_eq!(
            Consortium::organisation(BANK).map(|org| org.status),
            Some(OrgStatus::Suspended)
        );
        assert_noop!(Consortium::set_keys(signed(10), keys(1)), Error::<Test>::NotOwner);
        assert_noop!(
            Consortium::add_operator(signed(10), account(21)),
            Error::<Test>::NotOwner
        );
        assert_noop!(
            Consortium::remove_operator(signed(10), account(20)),
            Error::<Test>::NotOwner
        );

        assert_ok!(Consortium::reinstate(root(), BANK));
        System::assert_last_event(Event::OrganisationReinstated { org: BANK }.into());
        assert_eq!(
            last_record(),
            Some((None, Subject::Organisation(BANK), Kind::OrganisationReinstated))
        );
        assert_eq!(Consortium::owner(&account(10)), Some(BANK));
        assert_eq!(Consortium::member(&account(20)), Some(BANK));
    });
}

#[test]
fn suspending_and_reinstating_are_refused() {
    execute_and_check(|| {
        assert_noop!(Consortium::suspend(signed(11), BANK), BadOrigin);
        assert_noop!(Consortium::reinstate(signed(10), BANK), BadOrigin);
        assert_noop!(
            Consortium::suspend(root(), OrgId(9)),
            Error::<Test>::UnknownOrganisation
        );
        assert_noop!(
            Consortium::reinstate(root(), OrgId(9)),
            Error::<Test>::UnknownOrganisation
        );
        assert_noop!(Consortium::reinstate(root(), BANK), Error::<Test>::NotSuspended);
        assert_ok!(Consortium::suspend(root(), BANK));
        assert_noop!(Consortium::suspend(root(), BANK), Error::<Test>::AlreadySuspended);
    });
}

#[test]
fn keys_are_set_and_rotated() {
    execute_and_check(|| {
        assert_ok!(Consortium::set_keys(signed(10), keys(1)));
        System::assert_last_event(Event::KeysSet { org: BANK }.into());
        assert_eq!(
            last_record(),
            Some((Some(account(10)), Subject::Organisation(BANK), Kind::KeysSet))
        );
        assert_ok!(Consortium::set_keys(signed(10), keys(1)));
        assert_ok!(Consortium::set_keys(signed(10), keys(5)));
        assert_eq!(Consortium::organisation(BANK).and_then(|org| org.keys), Some(keys(5)));
        // What one has given up, another may take.
        assert_ok!(Consortium::set_keys(signed(11), keys(1)));
    });
}

#[test]
fn keys_are_refused() {
    execute_and_check(|| {
        assert_ok!(Consortium::set_keys(signed(10), keys(1)));
        assert_ok!(Consortium::add_operator(signed(11), account(20)));
        let refused = |who: u8, keys: OrgKeys, error: Error<Test>| {
            assert_noop!(Consortium::set_keys(signed(who), keys), error);
        };
        refused(
            11,
            OrgKeys {
                tls_fingerprint: [1; 32],
                ..keys(50)
            },
            Error::FingerprintTaken,
        );
        refused(
            11,
            OrgKeys {
                signing: [2; 32],
                ..keys(50)
            },
            Error::SigningKeyTaken,
        );
        refused(
            11,
            OrgKeys {
                tls_fingerprint: [0; 32],
                ..keys(50)
            },
            Error::EmptyKey,
        );
        refused(
            11,
            OrgKeys {
                signing: [0; 32],
                ..keys(50)
            },
            Error::EmptyKey,
        );
        refused(
            11,
            OrgKeys {
                encryption: [0; 32],
                ..keys(50)
            },
            Error::EmptyKey,
        );
        refused(20, keys(50), Error::NotOwner);
        refused(99, keys(50), Error::NotOwner);
        // A suspended organisation keeps its names to itself.
        assert_ok!(Consortium::suspend(root(), BANK));
        refused(
            11,
            OrgKeys {
                signing: [2; 32],
                ..keys(50)
            },
            Error::SigningKeyTaken,
        );
    });
}

#[test]
fn operators_come_and_go() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        System::assert_last_event(
            Event::OperatorAdded {
                org: BANK,
                account: account(20),
            }
            .into(),
        );
        assert_eq!(
            last_record(),
            Some((Some(account(10)), Subject::Organisation(BANK), Kind::OperatorAdded))
        );
        // It acts for the bank, but is not the bank.
        assert_eq!(
            (Consortium::member(&account(20)), Consortium::owner(&account(20))),
            (Some(BANK), None)
        );
        assert_eq!(System::providers(&account(20)), 1);
        assert_eq!(Operators::<Test>::get(BANK).into_inner(), [account(20)]);

        assert_ok!(Consortium::remove_operator(signed(10), account(20)));
        System::assert_last_event(
            Event::OperatorRemoved {
                org: BANK,
                account: account(20),
            }
            .into(),
        );
        assert_eq!(
            last_record(),
            Some((Some(account(10)), Subject::Organisation(BANK), Kind::OperatorRemoved))
        );
        assert_eq!(Consortium::member(&account(20)), None);
        assert_eq!(System::providers(&account(20)), 0);
        // Now it is free for somebody else.
        assert_ok!(Consortium::add_operator(signed(11), account(20)));
    });
}

#[test]
fn an_operator_is_refused() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        assert_noop!(
            Consortium::add_operator(signed(10), account(20)),
            Error::<Test>::AccountTaken
        );
        assert_noop!(
            Consortium::add_operator(signed(11), account(20)),
            Error::<Test>::AccountTaken
        );
        assert_noop!(
            Consortium::add_operator(signed(10), account(11)),
            Error::<Test>::AccountTaken
        );
        assert_noop!(
            Consortium::add_operator(signed(20), account(21)),
            Error::<Test>::NotOwner
        );
        assert_noop!(
            Consortium::remove_operator(signed(11), account(20)),
            Error::<Test>::UnknownOperator
        );
        assert_noop!(
            Consortium::remove_operator(signed(10), account(10)),
            Error::<Test>::UnknownOperator
        );
        assert_noop!(
            Consortium::remove_operator(signed(20), account(20)),
            Error::<Test>::NotOwner
        );
        // Something else on chain still needs the account.
        assert_ok!(System::inc_consumers(&account(20)));
        assert_noop!(
            Consortium::remove_operator(signed(10), account(20)),
            DispatchError::ConsumerRemaining
        );
        for n in 1..MAX_OPERATORS as u8 {
            assert_ok!(Consortium::add_operator(signed(10), account(20 + n)));
        }
        assert_noop!(
            Consortium::add_operator(signed(10), account(90)),
            Error::<Test>::TooManyOperators
        );
        assert!(!Accounts::<Test>::contains_key(account(90)));
    });
}
