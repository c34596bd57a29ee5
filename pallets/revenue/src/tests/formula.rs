//! The formulas that are part of the chain, and what an agreement may say.

use super::*;

#[test]
fn formulas_share_to_the_unit() {
    let contributions = || vec![put_in(2, 100, 7), put_in(0, 200, 0), put_in(1, 400, 0)];
    let check = |formula, amount, expected: [(u32, Balance); 3]| {
        assert_eq!(payouts(formula, contributions(), amount), expected);
    };
    check(Formula::Equal, 100, [(0, 34), (1, 33), (2, 33)]);
    check(Formula::ByRows, 1_000, [(0, 286), (1, 571), (2, 143)]);
    check(Formula::ByComputeTime, 1_000, [(0, 0), (1, 0), (2, 1_000)]);
    check(fixed(&[(0, 1), (1, 2)]), 9, [(0, 3), (1, 6), (2, 0)]);
    // A party that is listed and took no part does not dilute the others.
    check(fixed(&[(0, 1), (1, 2), (4, 100)]), 9, [(0, 3), (1, 6), (2, 0)]);
    // A half equally, three tenths by rows, a fifth by compute time, of 2,100: 350 each, 90 per 100 rows, 420.
    check(
        Formula::Mixture(mixture(500_000, 300_000, 200_000)),
        2_100,
        [(0, 530), (1, 710), (2, 860)],
    );
    check(Formula::ByRows, 0, [(0, 0), (1, 0), (2, 0)]);
}

#[test]
fn where_nobody_has_rows_all_share_equally() {
    let contributions = || vec![put_in(0, 0, 0), put_in(1, 0, 10)];
    assert_eq!(payouts(Formula::ByRows, contributions(), 11), [(0, 6), (1, 5)]);
    let half = Formula::Mixture(mixture(0, 500_000, 500_000));
    assert_eq!(payouts(half, contributions(), 100), [(0, 25), (1, 75)]);
}

#[test]
fn who_took_no_part_has_no_equal_share() {
    let absent = Contribution {
        steps: 0,
        ..put_in(1, 0, 0)
    };
    assert_eq!(
        payouts(Formula::Equal, vec![put_in(0, 1, 1), absent], 10),
        [(0, 10), (1, 0)]
    );
}

#[test]
fn fixed_shares_of_nobody_who_took_part_pay_nobody() {
    assert_eq!(payouts(fixed(&[(4, 1)]), vec![put_in(0, 1, 1)], 10), []);
}

#[test]
fn utility_and_every_part_at_once_share_to_the_unit() {
    let useful = |org, utility| Contribution {
        utility,
        ..put_in(org, 0, 0)
    };
    let contributions = || vec![useful(0, 1_500_000), useful(1, 500_000), useful(2, 0)];
    assert_eq!(
        payouts(Formula::ByUtility, contributions(), 1_001),
        [(0, 751), (1, 250), (2, 0)]
    );
    let every = |shares| {
        Formula::Mixture(Mixture {
            equal: 300_000,
            fixed: 200_000,
            rows: 100_000,
            compute: 0,
            utility: 400_000,
            shares,
        })
    };
    // Of 3,000: 300 each equally, 600 by fixed shares, 100 each for the rows that nobody has, 1,200 by utility.
    assert_eq!(
        payouts(every(shares(&[(0, 1), (2, 2)])), contributions(), 3_000),
        [(0, 1_500), (1, 700), (2, 800)]
    );
    // Of those listed nobody took part: that part is shared equally, too.
    assert_eq!(
        payouts(every(shares(&[(4, 1)])), contributions(), 3_000),
        [(0, 1_500), (1, 900), (2, 600)]
    );
    let nobody = vec![useful(0, 0), useful(1, 0)];
    assert_eq!(payouts(Formula::ByUtility, nobody, 7), [(0, 4), (1, 3)]);
}

#[test]
fn the_largest_figures_do_not_overflow() {
    let contributions: Vec<_> = (0..32)
        .map(|org| Contribution {
            utility: u64::MAX,
            ..put_in(org, u64::MAX, u64::MAX)
        })
        .collect();
    let mixture = Formula::Mixture(Mixture {
        equal: 1,
        fixed: 199_999,
        rows: 200_000,
        compute: 300_000,
        utility: 300_000,
        shares: shares(&(0..32).map(|org| (org, u32::MAX)).collect::<Vec<_>>()),
    });
    for formula in [
        Formula::Equal,
        Formula::ByRows,
        Formula::ByComputeTime,
        Formula::ByUtility,
        mixture,
    ] {
        let payouts = payouts(formula, contributions.clone(), Balance::MAX);
        assert!(payouts
            .iter()
            .all(|(_, amount)| amount.abs_diff(Balance::MAX / 32) <= 1));
        assert_eq!(
            payouts
                .iter()
                .fold(0u128, |sum, (_, amount)| sum.checked_add(*amount).unwrap()),
            Balance::MAX
        );
    }
}

#[test]
fn the_creator_sets_the_agreement() {
    chain(|| {
        assert_ok!(agree(Formula::Equal, 10));
        System::assert_last_event(Event::AgreementSet { space: SPACE }.into());
        assert_eq!(Log::last(), Some((Subject::Space(SPACE), Kind::AgreementSet)));
        assert_eq!(Agreements::<Test>::get(SPACE), Some(agreement(Formula::Equal, 10)));
        let agreement = agreement(Formula::Equal, 1);
        assert_noop!(
            Revenue::set_agreement(signed(1), SPACE, agreement.clone()),
            Error::<Test>::NotSpaceCreator
        );
        assert_noop!(
            Revenue::set_agreement(signed(99), SPACE, agreement.clone()),
            Error::<Test>::NotSpaceCreator
        );
        assert_noop!(
            Revenue::set_agreement(signed(0), SpaceId(1), agreement),
            Error::<Test>::UnknownSpace
        );
    });
}

#[test]
fn a_formula_must_make_sense() {
    chain(|| {
        let check = |formula, error: Error<Test>| {
            assert_noop!(agree(formula, 1), error);
        };
        check(Formula::Mixture(mixture(1, 1, 1)), Error::MixtureInvalid);
        check(Formula::Mixture(mixture(u32::MAX, 1, 1_000_000)), Error::MixtureInvalid);
        let fixed_part = |fixed, shares| {
            Formula::Mixture(Mixture {
                fixed,
                shares,
                ..mixture(1_000_000 - fixed, 0, 0)
            })
        };
        check(fixed_part(0, shares(&[(0, 1)])), Error::MixtureInvalid);
        check(fixed_part(1, shares(&[])), Error::SharesEmpty);
        check(fixed_part(1, shares(&[(0, 1), (0, 1)])), Error::DuplicateShare);
        check(fixed_part(1, shares(&[(5, 1)])), Error::ShareOutsideSpace);
        check(fixed_part(1, shares(&[(0, 0)])), Error::SharesAllZero);
        check(Formula::Contract(account(9)), Error::NoContracts);
        assert_ok!(agree(fixed_part(1, shares(&[(0, 1)])), 1));
        assert_ok!(agree(Formula::ByUtility, 1));
        check(fixed(&[]), Error::SharesEmpty);
        check(fixed(&[(0, 1), (0, 1)]), Error::DuplicateShare);
        check(fixed(&[(0, 1), (5, 1)]), Error::ShareOutsideSpace);
        check(fixed(&[(0, 0), (1, 0)]), Error::SharesAllZero);
        assert_ok!(agree(Formula::Mixture(mixture(1, 0, 999_999)), 1));
        assert_ok!(agree(fixed(&[(0, 0), (1, 5)]), 1));
    });
}
