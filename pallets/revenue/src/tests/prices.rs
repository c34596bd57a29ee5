//! What datasets ask for: held back at the approval, paid first at the end.

use super::*;
use secureflow_primitives::policy::Violation;

const JOB: JobId = JobId(7);

fn hold(list: &[(u32, Balance)]) -> Result<(), Violation> {
    <Revenue as Treasury>::hold(JOB, SPACE, prices(list))
}

fn give_back() {
    <Revenue as Treasury>::give_back(JOB);
}

fn paid() -> Vec<(u32, Balance)> {
    let settlement = Settlements::<Test>::get(JOB).unwrap();
    settlement
        .payouts
        .iter()
        .map(|(org, amount)| (org.0, *amount))
        .collect()
}

/// Organisation 0 gave 100 rows, organisation 1 gave 300; 800 points by rows.
fn agreed(funded: Balance, test: impl FnOnce()) {
    chain(|| {
        Completed::add(JOB.0, vec![put_in(0, 100, 5), put_in(1, 300, 5)]);
        assert_ok!(agree(Formula::ByRows, 800));
        assert_ok!(Revenue::fund(signed(4), SPACE, funded));
        test();
    });
}

#[test]
fn prices_must_be_promised_and_there() {
    chain(|| {
        assert_eq!(hold(&[(0, 1)]), Err(Violation::Price));
        assert_ok!(Revenue::fund(signed(4), SPACE, 500));
        assert_eq!(hold(&[(0, 1)]), Err(Violation::Price));
        assert_ok!(agree(Formula::Equal, 300));
        assert_eq!(hold(&[(0, 200), (1, 101)]), Err(Violation::Price));
        assert_eq!(hold(&[(0, Balance::MAX), (1, Balance::MAX)]), Err(Violation::Price));
        assert_ok!(agree(Formula::Equal, 600));
        assert_eq!(hold(&[(0, 501)]), Err(Violation::Price));
        assert_eq!(Escrow::<Test>::get(SPACE), 500);
        assert_ok!(hold(&[(0, 300), (1, 200)]));
        System::assert_last_event(Event::PricesHeld { job: JOB, amount: 500 }.into());
        assert_eq!(Escrow::<Test>::get(SPACE), 0);
        // What is held for one job is there for no other, nor for the members to give away.
        let other = <Revenue as Treasury>::hold(JobId(8), SPACE, prices(&[(0, 1)]));
        assert_eq!(other, Err(Violation::Price));
        assert_noop!(
            Revenue::release(root(), SPACE, OrgId(1), 1),
            Error::<Test>::InsufficientEscrow { missing: 1 }
        );
    });
}

#[test]
fn nothing_is_held_where_nobody_asks() {
    chain(|| {
        let events = System::event_count();
        // Not even an agreement is needed.
        assert_ok!(hold(&[]));
        assert!(Held::<Test>::get(JOB).is_none());
        give_back();
        assert_eq!(System::event_count(), events);
    });
}

#[test]
fn a_job_without_a_result_gives_its_prices_back() {
    agreed(500, || {
        assert_ok!(hold(&[(0, 300)]));
        give_back();
        System::assert_last_event(Event::PricesReturned { job: JOB, amount: 300 }.into());
        assert_eq!(Escrow::<Test>::get(SPACE), 500);
        let events = System::event_count();
        give_back();
        assert_eq!((System::event_count(), Escrow::<Test>::get(SPACE)), (events, 500));
    });
}

#[test]
fn prices_come_first_and_the_rest_is_shared() {
    agreed(1_000, || {
        assert_ok!(hold(&[(0, 400)]));
        assert_ok!(Revenue::settle(signed(5), JOB));
        // 400, and a quarter and three quarters of the other 400.
        assert_eq!(paid(), [(0, 500), (1, 300)]);
        assert_eq!(Escrow::<Test>::get(SPACE), 200);
        assert!(Held::<Test>::get(JOB).is_none());
        assert_eq!(Settlements::<Test>::get(JOB).unwrap().prices, prices(&[(0, 400)]));
        assert_ok!(Revenue::claim(signed(5), JOB));
        assert_eq!([points(0), points(1)], [ENDOWMENT + 500, ENDOWMENT + 300]);
    });
}

#[test]
fn a_settlement_needs_the_rest_of_the_reward() {
    agreed(500, || {
        assert_ok!(hold(&[(0, 400)]));
        assert_noop!(
            Revenue::settle(signed(5), JOB),
            Error::<Test>::InsufficientEscrow { missing: 300 }
        );
        assert_ok!(Revenue::fund(signed(4), SPACE, 300));
        assert_ok!(Revenue::settle(signed(5), JOB));
        assert_eq!(Escrow::<Test>::get(SPACE), 0);
    });
}

#[test]
fn an_agreement_in_place_of_another_does_not_lower_a_price() {
    agreed(500, || {
        // It pays nobody who took part.
        assert_ok!(agree(fixed(&[(3, 1)]), 800));
        assert_ok!(hold(&[(0, 400), (1, 50)]));
        assert_ok!(agree(fixed(&[(1, 1)]), 10));
        assert_ok!(Revenue::settle(signed(5), JOB));
        System::assert_last_event(
            Event::Settled {
                job: JOB,
                amount: 450,
                claimable_from: 1,
            }
            .into(),
        );
        assert_eq!(paid(), [(0, 400), (1, 50)]);
        assert_eq!(Escrow::<Test>::get(SPACE), 50);
        assert_ok!(Revenue::claim(signed(5), JOB));
    });
}

#[test]
fn who_took_no_part_has_not_earned_its_price() {
    agreed(1_000, || {
        let absent = Contribution {
            steps: 0,
            ..put_in(0, 0, 0)
        };
        Completed::add(JOB.0, vec![absent, put_in(1, 300, 5)]);
        assert_ok!(hold(&[(0, 400), (1, 100), (2, 50)]));
        assert_ok!(Revenue::settle(signed(5), JOB));
        assert_eq!(paid(), [(0, 0), (1, 800)]);
    });
}

#[test]
fn a_correction_leaves_the_prices() {
    agreed(1_000, || {
        let disputed = Agreement {
            dispute_window: 5,
            ..agreement(Formula::ByRows, 800)
        };
        assert_ok!(Revenue::set_agreement(signed(0), SPACE, disputed));
        assert_ok!(hold(&[(0, 400)]));
        assert_ok!(Revenue::settle(signed(5), JOB));
        let (receipt, proof) = Completed::receipt(JOB, OrgId(0)).unwrap();
        let figures = Figures {
            rows: 300,
            compute_ms: 5,
            utility: 0,
        };
        assert_ok!(Revenue::dispute(signed(0), JOB, receipt, proof, figures, H256::zero()));
        assert_ok!(Revenue::resolve(root(), JOB, OrgId(0), Ruling::Corrected(figures)));
        assert_eq!(paid(), [(0, 600), (1, 200)]);
    });
}
