//! Disputes over a settlement, and what the members make of them.

use super::*;

const JOB: JobId = JobId(7);

/// Rows 100 and 300, 800 points by rows, five blocks to dispute.
fn settled(test: impl FnOnce()) {
    chain(|| {
        Completed::add(JOB.0, vec![put_in(0, 100, 5), put_in(1, 300, 5)]);
        let agreement = Agreement {
            dispute_window: 5,
            ..agreement(Formula::ByRows, 800)
        };
        assert_ok!(Revenue::set_agreement(signed(0), SPACE, agreement));
        assert_ok!(Revenue::fund(signed(4), SPACE, 1_000));
        assert_ok!(Revenue::settle(signed(5), JOB));
        test();
    });
}

fn rows(rows: u64) -> Figures {
    Figures {
        rows,
        compute_ms: 5,
        utility: 0,
    }
}

/// An organisation contests its own receipt.
fn dispute(org: u8, claimed: Figures) -> DispatchResult {
    let (receipt, proof) = Completed::receipt(JOB, OrgId(org.into())).unwrap();
    Revenue::dispute(signed(org), JOB, receipt, proof, claimed, H256::repeat_byte(9))
}

fn resolve(org: u32, ruling: Ruling) -> DispatchResult {
    Revenue::resolve(root(), JOB, OrgId(org), ruling)
}

fn shares() -> Vec<Balance> {
    let settlement = Settlements::<Test>::get(JOB).unwrap();
    settlement.payouts.iter().map(|(_, payout)| *payout).collect()
}

#[test]
fn a_correction_shares_the_reward_anew() {
    settled(|| {
        assert_eq!(shares(), [200, 600]);
        assert_ok!(dispute(0, rows(500)));
        let (receipt, _) = Completed::receipt(JOB, OrgId(0)).unwrap();
        let opened = Dispute {
            party: OrgId(0),
            receipt,
            claimed: rows(500),
            evidence: H256::repeat_byte(9),
            falls_at: 1 + DISPUTE_PERIOD,
            ruling: None,
        };
        assert_eq!(Disputes::<Test>::get(JOB).into_inner(), [opened]);
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::ReceiptDisputed)));

        System::set_block_number(20);
        assert_noop!(Revenue::claim(signed(1), JOB), Error::<Test>::DisputeOpen);
        let ruling = Ruling::Corrected(rows(100_000));
        assert_noop!(
            Revenue::resolve(signed(0), JOB, OrgId(0), ruling),
            DispatchError::BadOrigin
        );
        // The members find less than the party has claimed.
        let ruling = Ruling::Corrected(rows(300));
        assert_ok!(resolve(0, ruling));
        System::assert_last_event(
            Event::DisputeResolved {
                job: JOB,
                party: OrgId(0),
                ruling,
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::DisputeResolved)));
        assert_eq!(shares(), [400, 400]);
        assert_noop!(resolve(0, Ruling::Rejected), Error::<Test>::AlreadyResolved);
        assert_ok!(Revenue::claim(signed(1), JOB));
        assert_eq!([points(0), points(1)], [ENDOWMENT + 400, ENDOWMENT + 400]);
        assert_eq!(Escrow::<Test>::get(SPACE), 200);
    });
}

#[test]
fn corrections_of_several_parties_hold_together() {
    settled(|| {
        assert_ok!(dispute(0, rows(500)));
        assert_ok!(dispute(1, rows(500)));
        assert_ok!(resolve(0, Ruling::Corrected(rows(500))));
        assert_eq!(shares(), [500, 300]);
        System::set_block_number(10);
        assert_noop!(Revenue::claim(signed(1), JOB), Error::<Test>::DisputeOpen);
        assert_ok!(resolve(1, Ruling::Corrected(rows(500))));
        assert_eq!(shares(), [400, 400]);
        assert_ok!(Revenue::claim(signed(1), JOB));
    });
}

#[test]
fn a_rejected_dispute_changes_nothing() {
    settled(|| {
        assert_ok!(dispute(1, rows(900)));
        assert_ok!(resolve(1, Ruling::Rejected));
        assert_eq!(shares(), [200, 600]);
        // The window still counts.
        assert_noop!(Revenue::claim(signed(1), JOB), Error::<Test>::WindowOpen);
        assert_noop!(dispute(1, rows(901)), Error::<Test>::AlreadyDisputed);
        System::set_block_number(6);
        assert_ok!(Revenue::claim(signed(1), JOB));
    });
}

#[test]
fn a_dispute_falls_by_itself() {
    settled(|| {
        System::set_block_number(5);
        assert_ok!(dispute(1, rows(900)));
        System::set_block_number(4 + DISPUTE_PERIOD);
        assert_noop!(Revenue::claim(signed(1), JOB), Error::<Test>::DisputeOpen);
        System::set_block_number(5 + DISPUTE_PERIOD);
        assert_noop!(resolve(1, Ruling::Corrected(rows(900))), Error::<Test>::DisputeFallen);
        assert_ok!(Revenue::claim(signed(1), JOB));
        assert_eq!([points(0), points(1)], [ENDOWMENT + 200, ENDOWMENT + 600]);
        // Nothing moves what is paid.
        assert_noop!(resolve(1, Ruling::Rejected), Error::<Test>::DisputeFallen);
    });
}

#[test]
fn a_dispute_must_rest_on_a_receipt_of_the_disputer() {
    settled(|| {
        let (receipt, proof) = Completed::receipt(JOB, OrgId(0)).unwrap();
        let send = |who, job, receipt, proof: &_, claimed| {
            Revenue::dispute(signed(who), job, receipt, Clone::clone(proof), claimed, H256::zero())
        };
        let claimed = rows(500);
        assert_noop!(send(99, JOB, receipt, &proof, claimed), Error::<Test>::NotMember);
        assert_noop!(send(0, JobId(8), receipt, &proof, claimed), Error::<Test>::NotSettled);
        assert_noop!(send(4, JOB, receipt, &proof, claimed), Error::<Test>::NotParty);
        assert_noop!(send(1, JOB, receipt, &proof, claimed), Error::<Test>::ReceiptOfAnother);
        let other_job = secureflow_primitives::job::Receipt {
            job: JobId(6),
            ..receipt
        };
        assert_noop!(
            send(0, JOB, other_job, &proof, claimed),
            Error::<Test>::ReceiptOfAnother
        );
        let forged = secureflow_primitives::job::Receipt { rows: 500, ..receipt };
        assert_noop!(send(0, JOB, forged, &proof, claimed), Error::<Test>::ReceiptNotProven);
        let mut wrong = proof.clone();
        wrong.index = 1;
        assert_noop!(send(0, JOB, receipt, &wrong, claimed), Error::<Test>::ReceiptNotProven);
        wrong.leaves = u32::MAX;
        assert_noop!(send(0, JOB, receipt, &wrong, claimed), Error::<Test>::ReceiptNotProven);
        assert_noop!(send(0, JOB, receipt, &proof, rows(100)), Error::<Test>::NothingClaimed);
        System::set_block_number(6);
        assert_noop!(send(0, JOB, receipt, &proof, claimed), Error::<Test>::WindowClosed);
        System::set_block_number(5);
        assert_ok!(send(0, JOB, receipt, &proof, claimed));
        assert_noop!(send(0, JOB, receipt, &proof, claimed), Error::<Test>::AlreadyDisputed);
    });
}

#[test]
fn without_a_window_nothing_is_disputed() {
    chain(|| {
        Completed::add(JOB.0, vec![put_in(0, 1, 1)]);
        assert_ok!(agree(Formula::Equal, 1));
        assert_ok!(Revenue::fund(signed(4), SPACE, 1));
        assert_ok!(Revenue::settle(signed(0), JOB));
        assert_noop!(dispute(0, rows(5)), Error::<Test>::WindowClosed);
        assert_noop!(resolve(0, Ruling::Rejected), Error::<Test>::NotDisputed);
        assert_noop!(
            Revenue::resolve(root(), JobId(8), OrgId(0), Ruling::Rejected),
            Error::<Test>::NotSettled
        );
    });
}

#[test]
fn a_correction_that_the_engine_cannot_share_is_refused_whole() {
    settled(|| {
        assert_ok!(dispute(0, rows(500)));
        Forged::set(Some(vec![(OrgId(0), 801)]));
        // As the executive does it: what a failed call wrote goes back.
        let call = RuntimeCall::Revenue(crate::Call::resolve {
            job: JOB,
            party: OrgId(0),
            ruling: Ruling::Corrected(rows(500)),
        });
        let refused = call.dispatch(root()).unwrap_err().error;
        assert_eq!(refused, Error::<Test>::PayoutsDoNotAddUp.into());
        assert_eq!(shares(), [200, 600]);
        assert_eq!(Disputes::<Test>::get(JOB)[0].ruling, None);
        assert_ok!(resolve(0, Ruling::Rejected));
    });
}
