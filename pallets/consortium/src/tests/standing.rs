//! Who leaves, for a time or for good, and who votes meanwhile.

use super::*;
use crate::{Choice, ValidatorKeys};
use pallet_session::SessionManager;
use secureflow_primitives::H256;

fn seats(numbers: &[u8]) -> Vec<secureflow_primitives::AccountId> {
    numbers.iter().map(|n| account(*n)).collect()
}

#[test]
fn a_removed_organisation_is_nobody_for_good() {
    execute_and_check(|| {
        for n in [20, 21] {
            assert_ok!(Consortium::add_operator(signed(10), account(n)));
        }
        Keys::give(20);
        assert_ok!(Consortium::name_validators(
            signed(10),
            Choice::truncate_from(seats(&[10, 20]))
        ));
        assert_ok!(Consortium::set_keys(signed(10), keys(1)));
        assert_ok!(Consortium::remove(root(), BANK));
        System::assert_last_event(Event::OrganisationRemoved { org: BANK }.into());
        assert_eq!(
            last_record(),
            Some((None, Subject::Organisation(BANK), Kind::OrganisationRemoved))
        );

        for n in [10, 20, 21] {
            assert_eq!(Consortium::member(&account(n)), None);
            assert_eq!(System::providers(&account(n)), 0);
            assert!(!Keys::registered(&account(n)));
        }
        let record = Consortium::organisation(BANK).expect("the record stays");
        assert_eq!(
            (record.status, record.account, record.keys),
            (OrgStatus::Removed, account(10), None)
        );
        assert!(Consortium::is_removed(BANK) && !Consortium::is_active(BANK));
        assert_eq!(Consortium::new_session(2), Some(seats(&[11, 12])));

        for again in [Consortium::remove, Consortium::suspend, Consortium::reinstate] {
            assert_noop!(again(root(), BANK), Error::<Test>::AlreadyRemoved);
        }
    });
}

#[test]
fn what_a_removed_organisation_had_is_free_again_except_its_id() {
    execute_and_check(|| {
        assert_ok!(Consortium::add_operator(signed(10), account(20)));
        assert_ok!(Consortium::set_keys(signed(10), keys(1)));
        assert_ok!(Consortium::suspend(root(), BANK));
        assert_ok!(Consortium::remove(root(), BANK));

        assert_ok!(Consortium::add_operator(signed(11), account(20)));
        assert_ok!(Consortium::admit(root(), name("Bank"), account(10)));
        assert_eq!(Consortium::owner(&account(10)), Some(OrgId(3)));
        assert_ok!(Consortium::set_keys(signed(10), keys(1)));
        assert_eq!(
            Consortium::organisation(BANK).map(|org| org.status),
            Some(OrgStatus::Removed)
        );
    });
}

#[test]
fn a_removal_makes_room() {
    execute_and_check(|| {
        for n in 3..MAX_ORGANISATIONS {
            assert_ok!(Consortium::admit(
                root(),
                name(&format!("org {n}")),
                account(100 + n as u8)
            ));
        }
        assert_ok!(Consortium::remove(root(), BANK));
        assert_ok!(Consortium::admit(root(), name("one more"), account(99)));
        assert_eq!(Consortium::owner(&account(99)), Some(OrgId(MAX_ORGANISATIONS)));
        assert_noop!(
            Consortium::admit(root(), name("too many"), account(98)),
            Error::<Test>::TooManyOrganisations
        );
    });
}

#[test]
fn a_removal_is_refused() {
    execute_and_check(|| {
        assert_noop!(Consortium::remove(signed(10), BANK), BadOrigin);
        assert_noop!(Consortium::remove(root(), OrgId(9)), Error::<Test>::UnknownOrganisation);
        // Nobody else validates.
        for n in [11, 12] {
            assert_ok!(Consortium::name_validators(signed(n), Choice::default()));
        }
        assert_noop!(Consortium::remove(root(), BANK), Error::<Test>::LastValidator);
    });
}

#[test]
fn an_account_that_something_depends_on_is_let_go_all_the_same() {
    execute_and_check(|| {
        assert_ok!(System::inc_consumers(&account(10)));
        assert_ok!(Consortium::remove(root(), BANK));
        assert_eq!(Consortium::member(&account(10)), None);
        assert_eq!(System::providers(&account(10)), 1);
    });
}

#[test]
fn seats_follow_membership() {
    execute_and_check(|| {
        assert_ok!(Consortium::admit(root(), name("Supervisor"), account(13)));
        assert_eq!(Seats::members(), seats(&[10, 11, 12, 13]));
        assert_ok!(Consortium::suspend(root(), BANK));
        assert_eq!(Seats::members(), seats(&[11, 12, 13]));
        assert_ok!(Consortium::remove(root(), OrgId(3)));
        assert_eq!(Seats::members(), seats(&[11, 12]));
        assert_ok!(Consortium::reinstate(root(), BANK));
        assert_eq!(Seats::members(), seats(&[10, 11, 12]));
    });
}

#[test]
fn somebody_always_votes() {
    execute_and_check(|| {
        assert_ok!(Consortium::suspend(root(), BANK));
        assert_ok!(Consortium::suspend(root(), OrgId(1)));
        assert_noop!(Consortium::suspend(root(), OrgId(2)), Error::<Test>::LastMember);
        assert_ok!(Consortium::reinstate(root(), BANK));
        assert_ok!(Consortium::remove(root(), OrgId(2)));
        assert_noop!(Consortium::suspend(root(), BANK), Error::<Test>::LastMember);
    });
}

#[test]
fn members_authorise_an_upgrade() {
    execute_and_check(|| {
        let code_hash = H256::repeat_byte(7);
        assert_noop!(Consortium::authorize_upgrade(signed(10), code_hash), BadOrigin);
        assert_ok!(Consortium::authorize_upgrade(root(), code_hash));
        System::assert_last_event(Event::UpgradeAuthorized { code_hash }.into());
        assert_eq!(
            last_record(),
            Some((None, Subject::Code(code_hash), Kind::UpgradeAuthorized))
        );
        let authorised = System::authorized_upgrade().expect("authorised");
        assert_eq!(authorised.code_hash(), &code_hash);
    });
}
