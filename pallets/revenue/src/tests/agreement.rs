//! By which agreement a job is settled.

use super::*;

const JOB: JobId = JobId(7);

/// Rows 100 and 300, of organisations 0 and 1.
fn completed(job: JobId) {
    Completed::add(job.0, vec![put_in(0, 100, 5), put_in(1, 300, 5)]);
}

/// As the last approval does where no dataset has a price.
fn approve(job: JobId) {
    assert_ok!(Revenue::hold(job, SPACE, Prices::default()));
}

fn settled(job: JobId) -> (Agreement, Vec<Balance>) {
    let settlement = Settlements::<Test>::get(job).unwrap();
    let payouts = settlement.payouts.iter().map(|(_, payout)| *payout).collect();
    (settlement.agreement, payouts)
}

#[test]
fn the_agreement_of_the_approval_counts() {
    chain(|| {
        let rows = agreement(Formula::ByRows, 80);
        assert_ok!(agree(Formula::ByRows, 80));
        approve(JOB);
        assert_eq!(Revenue::job_agreement(JOB), Some(rows.clone()));
        assert_ok!(agree(Formula::Equal, 30));
        // The next job is approved under the new one.
        let next = JobId(8);
        approve(next);
        assert_ok!(agree(Formula::ByComputeTime, 1));
        assert_ok!(Revenue::fund(signed(4), SPACE, 110));
        for job in [JOB, next] {
            completed(job);
            assert_ok!(Revenue::settle(signed(5), job));
            assert!(!JobAgreements::<Test>::contains_key(job));
        }
        assert_eq!(settled(JOB), (rows.clone(), vec![20, 60]));
        assert_eq!(settled(next), (agreement(Formula::Equal, 30), vec![15, 15]));
        assert_eq!(Revenue::job_agreement(JOB), Some(rows));
        assert_eq!(Escrow::<Test>::get(SPACE), 0);
    });
}

#[test]
fn without_an_agreement_at_the_approval_the_present_one_counts() {
    chain(|| {
        approve(JOB);
        assert_eq!(Revenue::job_agreement(JOB), None);
        completed(JOB);
        assert_noop!(Revenue::settle(signed(5), JOB), Error::<Test>::NoAgreement);
        assert_ok!(agree(Formula::Equal, 10));
        assert_ok!(Revenue::fund(signed(4), SPACE, 10));
        assert_ok!(Revenue::settle(signed(5), JOB));
        assert_eq!(settled(JOB).1, [5, 5]);
    });
}

#[test]
fn an_agreement_that_pays_nobody_gives_way() {
    chain(|| {
        assert_ok!(agree(fixed(&[(3, 1)]), 40));
        approve(JOB);
        completed(JOB);
        assert_ok!(Revenue::fund(signed(4), SPACE, 100));
        // As long as the space keeps to it.
        assert_noop!(Revenue::settle(signed(5), JOB), Error::<Test>::NobodyToPay);
        assert_ok!(agree(fixed(&[(0, 1), (1, 1)]), 20));
        let done = Revenue::settle(signed(5), JOB).unwrap();
        assert_eq!(settled(JOB), (agreement(fixed(&[(0, 1), (1, 1)]), 20), vec![10, 10]));
        assert!(!JobAgreements::<Test>::contains_key(JOB));
        let most = RuntimeCall::Revenue(crate::Call::settle { job: JOB }).get_dispatch_info();
        assert!(done.actual_weight.unwrap().all_lte(most.call_weight));
    });
}

#[test]
fn an_escrow_that_is_short_is_no_way_out() {
    chain(|| {
        assert_ok!(agree(Formula::Equal, 100));
        approve(JOB);
        completed(JOB);
        assert_ok!(agree(Formula::Equal, 10));
        assert_ok!(Revenue::fund(signed(4), SPACE, 58));
        assert_noop!(
            Revenue::settle(signed(5), JOB),
            Error::<Test>::InsufficientEscrow { missing: 42 }
        );
        assert_eq!(Revenue::job_agreement(JOB), Some(agreement(Formula::Equal, 100)));
    });
}

#[test]
fn a_job_without_a_result_leaves_no_agreement() {
    chain(|| {
        assert_ok!(agree(Formula::Equal, 100));
        approve(JOB);
        Revenue::give_back(JOB);
        assert_eq!(JobAgreements::<Test>::iter().count(), 0);
        Revenue::give_back(JOB);
    });
}

#[test]
fn an_agreement_that_is_kept_too_long_is_noticed() {
    chain(|| {
        assert_ok!(agree(Formula::Equal, 10));
        assert_ok!(Revenue::fund(signed(4), SPACE, 10));
        completed(JOB);
        assert_ok!(Revenue::settle(signed(5), JOB));
        approve(JOB);
        assert!(Revenue::do_try_state().is_err());
        Revenue::give_back(JOB);
    });
}
