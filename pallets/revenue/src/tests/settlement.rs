//! From the escrow to the accounts.

use super::*;

#[test]
fn a_job_settles_once_and_in_full() {
    chain(|| {
        Completed::add(7, vec![put_in(0, 1, 1), put_in(1, 2, 1), put_in(2, 0, 1)]);
        assert_noop!(Revenue::settle(signed(5), JobId(7)), Error::<Test>::NoAgreement);
        assert_ok!(agree(Formula::ByRows, 100));
        assert_ok!(Revenue::fund(signed(4), SPACE, 100));
        assert_noop!(Revenue::settle(signed(99), JobId(7)), Error::<Test>::NotMember);
        assert_noop!(Revenue::settle(signed(5), JobId(8)), Error::<Test>::NotCompleted);
        assert_ok!(Revenue::settle(signed(5), JobId(7)));
        System::assert_last_event(
            Event::Settled {
                job: JobId(7),
                amount: 100,
                claimable_from: 1,
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JobId(7)), Kind::Settled)));
        let payouts = vec![(OrgId(0), 33), (OrgId(1), 67), (OrgId(2), 0)].try_into().unwrap();
        assert_eq!(
            Settlements::<Test>::get(JobId(7)),
            Some(Settlement {
                space: SPACE,
                agreement: agreement(Formula::ByRows, 100),
                prices: Prices::default(),
                payouts,
                at: 1,
                claimed_at: None,
            })
        );
        assert_eq!(Escrow::<Test>::get(SPACE), 0);
        assert_noop!(Revenue::settle(signed(5), JobId(7)), Error::<Test>::AlreadySettled);

        assert_noop!(Revenue::claim(signed(99), JobId(7)), Error::<Test>::NotMember);
        assert_noop!(Revenue::claim(signed(5), JobId(8)), Error::<Test>::NotSettled);
        assert_ok!(Revenue::claim(signed(5), JobId(7)));
        System::assert_last_event(
            Event::Claimed {
                job: JobId(7),
                amount: 100,
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JobId(7)), Kind::PayoutClaimed)));
        assert_eq!([0, 1, 2].map(points), [ENDOWMENT + 33, ENDOWMENT + 67, ENDOWMENT]);
        assert_eq!(points(4), ENDOWMENT - 100);
        assert_noop!(Revenue::claim(signed(5), JobId(7)), Error::<Test>::AlreadyClaimed);
        assert_noop!(Revenue::settle(signed(5), JobId(7)), Error::<Test>::AlreadySettled);
    });
}

#[test]
fn settling_and_paying_are_charged_for_the_parties_that_there_are() {
    use crate::WeightInfo;
    chain(|| {
        Completed::add(7, vec![put_in(0, 1, 1), put_in(1, 2, 1), put_in(2, 0, 1)]);
        assert_ok!(agree(Formula::ByRows, 100));
        assert_ok!(Revenue::fund(signed(4), SPACE, 100));
        let engine = <Test as crate::Config>::Engine::weight(Some(&Formula::ByRows));
        let settled = Revenue::settle(signed(5), JobId(7)).unwrap();
        assert_eq!(
            settled.actual_weight,
            Some(<() as WeightInfo>::settle(3).saturating_add(engine))
        );
        let claimed = Revenue::claim(signed(5), JobId(7)).unwrap();
        assert_eq!(claimed.actual_weight, Some(<() as WeightInfo>::claim(3)));
    });
}

#[test]
fn claims_wait_for_the_window() {
    chain(|| {
        Completed::add(7, vec![put_in(0, 1, 1)]);
        let agree = |dispute_window| {
            let agreement = Agreement {
                dispute_window,
                ..agreement(Formula::Equal, 10)
            };
            Revenue::set_agreement(signed(0), SPACE, agreement)
        };
        assert_noop!(agree(LONGEST_WINDOW + 1), Error::<Test>::WindowTooLong);
        assert_ok!(agree(LONGEST_WINDOW));
        assert_ok!(agree(5));
        assert_ok!(Revenue::fund(signed(4), SPACE, 10));
        assert_ok!(Revenue::settle(signed(4), JobId(7)));
        // What the space agrees on later changes nothing.
        assert_ok!(agree(0));
        System::set_block_number(5);
        assert_noop!(Revenue::claim(signed(4), JobId(7)), Error::<Test>::WindowOpen);
        System::set_block_number(6);
        assert_ok!(Revenue::claim(signed(4), JobId(7)));
    });
}

#[test]
fn who_has_left_is_paid_and_holds_nobody_up() {
    chain(|| {
        Completed::add(7, vec![put_in(0, 1, 1), put_in(1, 1, 1), put_in(2, 1, 1)]);
        assert_ok!(agree(Formula::Equal, 30));
        assert_ok!(Revenue::fund(signed(1), SPACE, ENDOWMENT));
        Left::set(vec![OrgId(1)]);
        assert_ok!(Revenue::settle(signed(4), JobId(7)));
        Left::set(vec![OrgId(0), OrgId(1), OrgId(2)]);
        assert_ok!(Revenue::claim(signed(4), JobId(7)));
        assert_eq!([0, 1, 2].map(points), [ENDOWMENT + 10, 10, ENDOWMENT + 10]);
    });
}

#[test]
fn a_short_escrow_is_refused_and_says_what_is_missing() {
    chain(|| {
        Completed::add(7, vec![put_in(0, 1, 1)]);
        assert_ok!(agree(Formula::Equal, 100));
        assert_ok!(Revenue::fund(signed(4), SPACE, 58));
        assert_noop!(
            Revenue::settle(signed(5), JobId(7)),
            Error::<Test>::InsufficientEscrow { missing: 42 }
        );
        assert_eq!(Revenue::shortfall(SPACE), Some(42));
        assert_ok!(agree(Formula::Equal, 10_000_000));
        assert_noop!(
            Revenue::settle(signed(5), JobId(7)),
            Error::<Test>::InsufficientEscrow { missing: u16::MAX }
        );
        // Points that came past `fund` are not in the escrow.
        let escrow = Revenue::escrow_account(SPACE);
        assert_ok!(Assets::transfer(signed(3), POINTS, escrow, 42));
        assert_ok!(agree(Formula::Equal, 100));
        assert_noop!(
            Revenue::settle(signed(5), JobId(7)),
            Error::<Test>::InsufficientEscrow { missing: 42 }
        );
    });
}

#[test]
fn an_engine_is_checked_before_it_pays() {
    chain(|| {
        Completed::add(7, vec![put_in(0, 1, 1)]);
        assert_ok!(agree(Formula::Equal, 100));
        assert_ok!(Revenue::fund(signed(4), SPACE, 1_000));
        // As the executive does it: what a failed call wrote goes back.
        let settle = || {
            let call = RuntimeCall::Revenue(crate::Call::settle { job: JobId(7) });
            assert!(call.get_dispatch_info().call_weight.ref_time() > 0);
            call.dispatch(signed(5)).map_err(|error| error.error)
        };
        let check = |payouts: Vec<(u32, Balance)>, error: Error<Test>| {
            Forged::set(Some(
                payouts.into_iter().map(|(org, amount)| (OrgId(org), amount)).collect(),
            ));
            let before = points(0);
            assert_eq!(settle().unwrap_err(), DispatchError::from(error));
            assert_eq!(points(0), before);
            assert_eq!(Escrow::<Test>::get(SPACE), 1_000);
        };
        check(vec![], Error::NobodyToPay);
        check(vec![(0, 99)], Error::PayoutsDoNotAddUp);
        check(vec![(0, 101)], Error::PayoutsDoNotAddUp);
        check(vec![(0, Balance::MAX), (1, 101)], Error::PayoutsDoNotAddUp);
        check(vec![(0, 50), (77, 50)], Error::UnknownPayee);
        check(
            (0..33).map(|_| (0, 0)).chain([(0, 100)]).collect(),
            Error::PayoutsDoNotAddUp,
        );
    });
}
