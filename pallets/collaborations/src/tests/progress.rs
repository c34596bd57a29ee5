use super::*;
use crate::{Event, Results, Rounds, WorkerLoad};
use secureflow_primitives::{
    attestation::{Measurement, TeeKind},
    audit::{Kind, Subject},
    job::{FailReason, Party},
    traits::CompletedJobs,
};

#[test]
fn a_job_runs_to_its_end() {
    chain(|| {
        assigned();
        for round in 0..ROUNDS + 3 {
            run_to(2 + 5 * round);
            assert_ok!(submit(0, JOB, round));
            assert_eq!(phase(JOB), JobPhase::Running { round: Round(round) });
            assert_eq!(job(JOB).deadline, System::block_number() + 7);
            System::assert_last_event(
                Event::RoundSubmitted {
                    job: JOB,
                    round: Round(round),
                }
                .into(),
            );
            assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::RoundCommitted)));
            assert_eq!(Rounds::<Test>::get(JOB, Round(round)).unwrap().0, commitment(round));
        }
        assert!(Collaborations::completed(JOB).is_none());
        assert_ok!(dispatch(worker_account(0), result_call(0, JOB, result(0, JOB))));
        assert_eq!((phase(JOB), job(JOB).deadline), (JobPhase::Completed, 0));
        System::assert_last_event(Event::JobCompleted { job: JOB }.into());
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobCompleted)));
        assert_eq!(Results::<Test>::get(JOB).unwrap().0, result(0, JOB));
        assert_eq!(settled(JOB), [Some(ROUNDS); 3]);
        assert_eq!(WorkerLoad::<Test>::get(worker_account(0)), 0);
        let completed = Collaborations::completed(JOB).unwrap();
        assert_eq!(
            (completed.space, completed.contributions),
            (SPACE, result(0, JOB).contributions)
        );

        refused(worker_account(0), result_call(0, JOB, result(0, JOB)), Error::JobEnded);
        refused(worker_account(0), round_call(0, JOB, commitment(5)), Error::JobEnded);
        refused(account(0), Call::cancel { job: JOB }, Error::JobEnded);
        refused(account(0), Call::assign_job { job: JOB }, Error::JobEnded);
        run_to(60);
        assert_eq!(phase(JOB), JobPhase::Completed);
    });
}

#[test]
fn only_the_assigned_worker_posts() {
    chain(|| {
        assigned();
        Registry::add(1, TeeKind::Simulated);
        refused(
            worker_account(1),
            round_call(1, JOB, commitment(0)),
            Error::NotAssignedWorker,
        );
        refused(account(0), round_call(0, JOB, commitment(0)), Error::NotAssignedWorker);
        refused(
            worker_account(0),
            round_call(0, JobId(5), commitment(0)),
            Error::UnknownJob,
        );
        let other = propose(spec());
        refused(
            worker_account(0),
            round_call(0, other, commitment(0)),
            Error::NotAssigned,
        );
        // Another key than the session key.
        refused(
            worker_account(0),
            round_call(1, JOB, commitment(0)),
            Error::BadSignature,
        );
        // A signature for another job, and over another output.
        let Call::submit_round { signature, .. } = round_call(0, other, commitment(0)) else {
            unreachable!()
        };
        refused(
            worker_account(0),
            Call::submit_round {
                job: JOB,
                commitment: commitment(0),
                signature,
            },
            Error::BadSignature,
        );
        let Call::submit_round { signature, .. } = round_call(0, JOB, commitment(0)) else {
            unreachable!()
        };
        let changed = RoundCommitment {
            output: H256::zero(),
            ..commitment(0)
        };
        refused(
            worker_account(0),
            Call::submit_round {
                job: JOB,
                commitment: changed,
                signature,
            },
            Error::BadSignature,
        );
    });
}

#[test]
fn a_worker_without_attestation_does_not_post() {
    chain(|| {
        assigned();
        Registry::change(0, |worker| worker.revoked = true);
        refused(
            worker_account(0),
            round_call(0, JOB, commitment(0)),
            Error::WorkerNotActive,
        );
        Registry::change(0, |worker| worker.revoked = false);
        Registry::change(0, |worker| worker.expires_at = 3);
        assert_ok!(submit(0, JOB, 0));
        run_to(3);
        refused(
            worker_account(0),
            round_call(0, JOB, commitment(1)),
            Error::WorkerNotActive,
        );
        // It was assigned as simulated; policies were not asked about it as anything else.
        Registry::change(0, |worker| (worker.expires_at, worker.kind) = (100, TeeKind::SevSnp));
        refused(
            worker_account(0),
            round_call(0, JOB, commitment(1)),
            Error::WorkerChanged,
        );
    });
}

#[test]
fn steps_come_in_order_and_once() {
    chain(|| {
        assigned();
        let call = |round| round_call(0, JOB, commitment(round));
        refused(worker_account(0), call(1), Error::RoundOutOfOrder);
        assert_ok!(submit(0, JOB, 0));
        refused(worker_account(0), call(0), Error::RoundAlreadySubmitted);
        refused(worker_account(0), call(2), Error::RoundOutOfOrder);
        for round in 1..ROUNDS + 3 {
            assert_ok!(submit(0, JOB, round));
        }
        refused(worker_account(0), call(ROUNDS + 3), Error::NoRoundLeft);
        refused(worker_account(0), call(0), Error::RoundAlreadySubmitted);
    });
}

#[test]
fn participants_are_enough_and_of_the_job() {
    chain(|| {
        assigned();
        let check = |participants: &[u32], expected: Error<Test>| {
            let participants = participants
                .iter()
                .copied()
                .map(OrgId)
                .collect::<Vec<_>>()
                .try_into()
                .unwrap();
            refused(
                worker_account(0),
                round_call(
                    0,
                    JOB,
                    RoundCommitment {
                        participants,
                        ..commitment(0)
                    },
                ),
                expected,
            );
        };
        check(&[], Error::TooFewParticipants);
        check(&[1], Error::TooFewParticipants);
        check(&[1, 1], Error::DuplicateParticipant);
        check(&[1, 3], Error::ParticipantNotInJob);
    });
}

#[test]
fn every_fault_of_a_result_has_its_error() {
    chain(|| {
        assigned();
        refused(
            worker_account(0),
            result_call(0, JOB, result(0, JOB)),
            Error::StepsMissing,
        );
        for round in 0..ROUNDS + 2 {
            assert_ok!(submit(0, JOB, round));
        }
        refused(
            worker_account(0),
            result_call(0, JOB, result(0, JOB)),
            Error::StepsMissing,
        );
        assert_ok!(submit(0, JOB, ROUNDS + 2));

        let check = |fault: fn(&mut JobResult), expected: Error<Test>| {
            let mut result = result(0, JOB);
            fault(&mut result);
            refused(worker_account(0), result_call(0, JOB, result), expected);
        };
        check(|result| result.spec_hash = H256::zero(), Error::SpecHashMismatch);
        check(|result| result.encoding = output(0), Error::EncodingMismatch);
        check(|result| result.model = output(ROUNDS), Error::ModelMismatch);
        check(
            |result| result.evaluation = output(ROUNDS + 1),
            Error::EvaluationMismatch,
        );
        check(
            |result| result.measurement = Measurement::simulated(b"other"),
            Error::MeasurementMismatch,
        );
        check(|result| result.simulated = false, Error::SimulatedMismatch);
        check(
            |result| result.contributions = Default::default(),
            Error::NoContributions,
        );
        check(
            |result| result.contributions[1].party = OrgId(0),
            Error::DuplicateContribution,
        );
        check(
            |result| result.contributions[1].party = OrgId(3),
            Error::ContributionNotInJob,
        );
        check(
            |result| result.contributions[1].steps = ROUNDS + 4,
            Error::ContributionStepsOutOfRange,
        );
        check(
            |result| result.contributions[1].utility = u64::from(ROUNDS) * 1_000_000 + 1,
            Error::ContributionUtilityOutOfRange,
        );
        refused(
            worker_account(0),
            result_call(1, JOB, result(0, JOB)),
            Error::BadSignature,
        );
        refused(
            account(0),
            result_call(0, JOB, result(0, JOB)),
            Error::NotAssignedWorker,
        );
        assert_ok!(dispatch(worker_account(0), result_call(0, JOB, result(0, JOB))));
    });
}

#[test]
fn a_worker_gives_up_and_says_why() {
    chain(|| {
        assigned();
        for round in 0..3 {
            assert_ok!(submit(0, JOB, round));
        }
        let call = |party| Call::fail_job {
            job: JOB,
            reason: FailReason::Protocol,
            party,
        };
        refused(account(1), call(None), Error::NotAssignedWorker);
        refused(
            worker_account(0),
            call(Some(Party::Organisation(OrgId(3)))),
            Error::PartyNotInJob,
        );
        refused(
            worker_account(0),
            call(Some(Party::Worker(account(1)))),
            Error::PartyNotInJob,
        );
        // Even when it is no longer attested.
        Registry::change(0, |worker| worker.revoked = true);
        let party = Some(Party::Organisation(OrgId(2)));
        assert_ok!(dispatch(worker_account(0), call(party.clone())));
        assert_eq!(
            phase(JOB),
            JobPhase::Failed {
                reason: FailReason::Protocol,
                party: party.clone()
            }
        );
        System::assert_last_event(
            Event::JobFailed {
                job: JOB,
                reason: FailReason::Protocol,
                party,
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobFailed)));
        // The first training round is committed, the second was under way.
        assert_eq!(settled(JOB), [Some(2); 3]);
        refused(worker_account(0), call(None), Error::JobEnded);
    });
}

#[test]
fn what_the_chain_finds_is_no_reason_of_a_worker() {
    chain(|| {
        assigned();
        let call = |reason| Call::fail_job {
            job: JOB,
            reason,
            party: None,
        };
        for reason in [FailReason::Deadline, FailReason::PolicyRevoked] {
            refused(worker_account(0), call(reason), Error::ReasonReserved);
            refused(account(1), call(reason), Error::NotAssignedWorker);
        }
        assert_ok!(dispatch(worker_account(0), call(FailReason::WorkerRevoked)));
    });
}

#[test]
fn the_proposer_cancels_before_the_start() {
    chain(|| {
        assigned();
        let call = |job| Call::cancel { job };
        refused(account(1), call(JOB), Error::NotProposer);
        refused(account(77), call(JOB), Error::NotMember);
        refused(account(0), call(JobId(7)), Error::UnknownJob);
        let other = propose(spec());
        assert_ok!(dispatch(account(100), call(JOB)));
        assert_eq!(phase(JOB), JobPhase::Cancelled);
        System::assert_last_event(Event::JobCancelled { job: JOB }.into());
        assert_eq!(Log::last(), Some((Subject::Job(JOB), Kind::JobCancelled)));
        assert_eq!(settled(JOB), [Some(0); 3]);
        refused(account(0), call(JOB), Error::JobEnded);
        refused(worker_account(0), round_call(0, JOB, commitment(0)), Error::JobEnded);

        approve_all(other);
        assert_ok!(submit(0, other, 0));
        refused(account(0), call(other), Error::AlreadyRunning);
    });
}

#[test]
fn statistics_are_one_step_and_have_no_model() {
    chain(|| {
        Registry::add(0, TeeKind::Simulated);
        make_space();
        let id = propose(statistics());
        approve_all(id);
        assert_ok!(submit(0, id, 0));
        refused(worker_account(0), round_call(0, id, commitment(1)), Error::NoRoundLeft);
        let right = JobResult {
            model: H256::zero(),
            encoding: H256::zero(),
            evaluation: output(0),
            ..result(0, id)
        };
        let wrong = |change: fn(&mut JobResult), expected| {
            let mut result = right.clone();
            change(&mut result);
            refused(worker_account(0), result_call(0, id, result), expected);
        };
        wrong(|result| result.model = output(0), Error::ModelMismatch);
        wrong(|result| result.encoding = output(0), Error::EncodingMismatch);
        wrong(|result| result.evaluation = output(1), Error::EvaluationMismatch);
        assert_ok!(dispatch(worker_account(0), result_call(0, id, right)));
        assert_eq!(phase(id), JobPhase::Completed);
        assert_eq!(settled(id), [Some(1); 3]);
    });
}
