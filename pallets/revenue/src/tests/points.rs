//! Points outside of settlements.

use super::*;

#[test]
fn members_fund_the_escrow() {
    chain(|| {
        assert_ok!(Revenue::fund(signed(1), SPACE, 500));
        assert_ok!(Revenue::fund(signed(2), SPACE, 70));
        System::assert_last_event(
            Event::EscrowFunded {
                space: SPACE,
                org: OrgId(2),
                amount: 70,
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Space(SPACE), Kind::EscrowFunded)));
        assert_eq!(Escrow::<Test>::get(SPACE), 570);
        assert_eq!(Points::balance(&Revenue::escrow_account(SPACE)), 570);
        assert_noop!(Revenue::fund(signed(1), SPACE, 0), Error::<Test>::ZeroAmount);
        assert_noop!(Revenue::fund(signed(1), SpaceId(3), 1), Error::<Test>::UnknownSpace);
        assert_noop!(Revenue::fund(signed(5), SPACE, 1), Error::<Test>::NotSpaceMember);
        assert_noop!(Revenue::fund(signed(99), SPACE, 1), Error::<Test>::NotMember);
        assert!(Revenue::fund(signed(3), SPACE, ENDOWMENT + 1).is_err());
        // A member may spend its last point and goes on acting.
        assert_ok!(Revenue::fund(signed(3), SPACE, ENDOWMENT));
        assert!(System::account_exists(&account(3)));
    });
}

#[test]
fn the_members_make_points() {
    chain(|| {
        assert_noop!(Revenue::mint(signed(0), OrgId(0), 1), DispatchError::BadOrigin);
        assert_noop!(Revenue::mint(root(), OrgId(0), 0), Error::<Test>::ZeroAmount);
        assert_noop!(Revenue::mint(root(), OrgId(6), 1), Error::<Test>::NotActive);
        Left::set(vec![OrgId(2)]);
        assert_noop!(Revenue::mint(root(), OrgId(2), 1), Error::<Test>::NotActive);
        assert_ok!(Revenue::mint(root(), OrgId(1), 70));
        System::assert_last_event(
            Event::PointsMinted {
                org: OrgId(1),
                amount: 70,
            }
            .into(),
        );
        let subject = Subject::Organisation(OrgId(1));
        assert_eq!(Log::last(), Some((subject, Kind::PointsMinted)));
        assert_eq!(points(1), ENDOWMENT + 70);
        assert_eq!(held(), 6 * ENDOWMENT + 70);
        // More than there can be is refused, and changes nothing.
        assert!(Revenue::mint(root(), OrgId(1), Balance::MAX).is_err());
        assert_eq!(held(), 6 * ENDOWMENT + 70);
    });
}

#[test]
fn the_members_decide_whether_points_move() {
    chain(|| {
        assert!(!Revenue::transferable());
        assert_noop!(Revenue::set_transferable(signed(0), true), DispatchError::BadOrigin);
        assert_ok!(Revenue::set_transferable(root(), true));
        System::assert_last_event(Event::PointsConfigured { transferable: true }.into());
        assert_eq!(Log::last(), Some((Subject::Consortium, Kind::PointsConfigured)));
        assert!(Transferable::<Test>::get());
    });
}

#[test]
fn escrow_that_nobody_can_use_goes_where_the_members_say() {
    chain(|| {
        assert_ok!(Revenue::fund(signed(1), SPACE, 500));
        assert_ok!(agree(Formula::Equal, 200));
        Completed::add(7, vec![put_in(0, 1, 1)]);
        assert_ok!(Revenue::settle(signed(0), JobId(7)));
        let release = |org, amount| Revenue::release(root(), SPACE, OrgId(org), amount);
        assert_noop!(
            Revenue::release(signed(1), SPACE, OrgId(1), 1),
            DispatchError::BadOrigin
        );
        assert_noop!(release(1, 0), Error::<Test>::ZeroAmount);
        assert_noop!(release(6, 1), Error::<Test>::NotActive);
        Left::set(vec![OrgId(2)]);
        assert_noop!(release(2, 1), Error::<Test>::NotActive);
        // What is settled is not free, although it still lies in the same account.
        assert_noop!(release(1, 301), Error::<Test>::InsufficientEscrow { missing: 1 });
        assert_noop!(
            Revenue::release(root(), SpaceId(3), OrgId(1), 5),
            Error::<Test>::InsufficientEscrow { missing: 5 }
        );
        assert_ok!(release(5, 300));
        System::assert_last_event(
            Event::EscrowReleased {
                space: SPACE,
                org: OrgId(5),
                amount: 300,
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Space(SPACE), Kind::EscrowReleased)));
        assert_eq!((points(5), Escrow::<Test>::get(SPACE)), (ENDOWMENT + 300, 0));
        assert_ok!(Revenue::claim(signed(1), JobId(7)));
        assert_eq!(points(0), ENDOWMENT + 200);
    });
}
