use super::*;
use crate::{functions::MAX_LIVE_JOBS, Event, LiveJobs};
use secureflow_primitives::audit::{Kind, Subject};

#[test]
fn a_job_is_proposed_to_the_datasets_owners() {
    chain(|| {
        make_space();
        let id = propose(spec());
        let job = job(id);
        assert_eq!(
            (job.space, job.proposer, job.spec_hash),
            (SPACE, OrgId(0), spec().hash())
        );
        assert_eq!((job.phase, job.proposed_at, job.deadline), (JobPhase::Proposed, 1, 11));
        assert_eq!(Specs::<Test>::get(id), Some(spec()));
        assert_eq!(
            Parties::<Test>::get(id).unwrap().to_vec(),
            [OrgId(0), OrgId(1), OrgId(2)]
        );
        System::assert_last_event(Event::JobProposed { job: id, space: SPACE }.into());
        assert_eq!(Log::last(), Some((Subject::Job(id), Kind::JobProposed)));
        // An operator may propose, a member that gives no data too.
        assert_ok!(Collaborations::propose_job(signed(102), SPACE, spec()));
    });
}

#[test]
fn only_members_of_the_space_propose() {
    chain(|| {
        make_space();
        let call = |space| Call::propose_job { space, spec: spec() };
        refused(account(77), call(SPACE), Error::NotMember);
        refused(account(3), call(SPACE), Error::NotSpaceMember);
        refused(account(0), call(SpaceId(1)), Error::UnknownSpace);
    });
}

#[test]
fn every_fault_of_a_specification_has_its_error() {
    let check = |fault: fn(&mut JobSpec), expected: Error<Test>| {
        chain(|| {
            make_space();
            let mut spec = spec();
            fault(&mut spec);
            refused(account(0), Call::propose_job { space: SPACE, spec }, expected);
        });
    };
    fn datasets(ids: &[u32]) -> BoundedVec<DatasetId, sp_core::ConstU32<32>> {
        ids.iter()
            .copied()
            .map(DatasetId)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap()
    }
    check(|spec| spec.name = text(""), Error::NameInvalid);
    check(|spec| spec.purpose = text("risk\n"), Error::NameInvalid);
    check(|spec| spec.rounds = 0, Error::RoundsOutOfRange);
    check(|spec| spec.rounds = 1_001, Error::RoundsOutOfRange);
    check(
        |spec| {
            *spec = JobSpec {
                rounds: 2,
                ..statistics()
            }
        },
        Error::RoundsOutOfRange,
    );
    check(|spec| spec.rounds = 1_000_000, Error::RoundsOutOfRange);
    check(|spec| spec.min_parties = 1, Error::MinPartiesTooSmall);
    check(|spec| spec.min_parties = 4, Error::TooFewDatasets);
    check(|spec| spec.datasets = datasets(&[]), Error::NoDatasets);
    check(|spec| spec.datasets = datasets(&[0, 1, 1]), Error::DuplicateDataset);
    check(|spec| spec.datasets = datasets(&[0, 1, 30]), Error::UnknownDataset);
    check(
        |spec| spec.datasets = datasets(&[0, 1, 21]),
        Error::TwoDatasetsOfOneOwner,
    );
    check(|spec| spec.datasets = datasets(&[0, 1, 3]), Error::OwnerNotSpaceMember);
    check(|spec| spec.columns = Default::default(), Error::NoColumns);
    check(|spec| spec.columns[0].name = text(""), Error::ColumnNameInvalid);
    check(
        |spec| spec.columns[0].name = vec![0xff].try_into().unwrap(),
        Error::ColumnNameInvalid,
    );
    check(|spec| spec.columns[0].name = text("default"), Error::DuplicateColumn);
    check(
        |spec| spec.columns[0].role = ColumnRole::Label,
        Error::NotExactlyOneLabel,
    );
    check(
        |spec| spec.columns[1].role = ColumnRole::Feature,
        Error::NotExactlyOneLabel,
    );
    check(|spec| spec.deadlines.approval = 0, Error::DeadlineOutOfRange);
    check(|spec| spec.deadlines.start = 100_001, Error::DeadlineOutOfRange);
    check(|spec| spec.deadlines.round = 0, Error::DeadlineOutOfRange);
    check(|spec| spec.plan = Default::default(), Error::PlanEmpty);
}

#[test]
fn the_largest_specification_passes() {
    chain(|| {
        make_space();
        let mut spec = spec();
        spec.rounds = 1_000;
        spec.deadlines = Deadlines {
            approval: 100_000,
            start: 100_000,
            round: 100_000,
        };
        propose(spec);
    });
}

#[test]
fn statistics_need_no_label() {
    chain(|| {
        make_space();
        let mut spec = spec();
        spec.operation = Operation::Statistics;
        spec.rounds = 1;
        spec.columns[1].role = ColumnRole::Feature;
        propose(spec);
    });
}

#[test]
fn datasets_are_live_and_their_owners_too() {
    chain(|| {
        make_space();
        let call = || Call::propose_job {
            space: SPACE,
            spec: spec(),
        };
        Retired::set(vec![DatasetId(1)]);
        refused(account(0), call(), Error::UnknownDataset);
        Retired::set(Vec::new());
        Suspended::set(vec![OrgId(2)]);
        refused(account(0), call(), Error::OwnerNotActive);
    });
}

#[test]
fn an_organisation_has_so_many_jobs_under_way() {
    chain(|| {
        make_space();
        for _ in 0..MAX_LIVE_JOBS {
            propose(spec());
        }
        let call = || Call::propose_job {
            space: SPACE,
            spec: spec(),
        };
        refused(account(0), call(), Error::TooManyJobs);
        assert_ok!(dispatch(account(1), call()));
        // A job that ends makes room.
        assert_ok!(Collaborations::cancel(signed(0), JOB));
        assert_ok!(dispatch(account(0), call()));
        assert_eq!(LiveJobs::<Test>::get(OrgId(0)), MAX_LIVE_JOBS);
    });
}
