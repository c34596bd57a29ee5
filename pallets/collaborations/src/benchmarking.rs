//! What the calls cost for jobs of as many parties and columns as there may be, with as many workers to choose from.

use crate::{pallet::*, Pallet};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use secureflow_primitives::{
    bounds::{Name, MAX_COLUMNS, MAX_PARTIES},
    job::{FailReason, JobPhase, Party},
    scenario::{Scenario, Stage},
    SpaceId,
};

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn create_space() {
        let (_, who) = T::Scenario::organisation(0);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), Name::truncate_from(vec![b'x'; 64]));
        assert!(Spaces::<T>::contains_key(SpaceId(0)));
    }

    #[benchmark]
    fn invite() {
        let space = T::Scenario::space(MAX_PARTIES - 1);
        let (_, who) = T::Scenario::organisation(0);
        let (org, _) = T::Scenario::organisation(MAX_PARTIES);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), space, org);
        assert!(Spaces::<T>::get(space).is_some_and(|space| space.invited.contains(&org)));
    }

    #[benchmark]
    fn accept() -> Result<(), BenchmarkError> {
        let space = T::Scenario::space(MAX_PARTIES - 1);
        let (_, creator) = T::Scenario::organisation(0);
        let (org, who) = T::Scenario::organisation(MAX_PARTIES);
        Pallet::<T>::invite(RawOrigin::Signed(creator).into(), space, org)?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who), space);
        assert!(Spaces::<T>::get(space).is_some_and(|space| space.members.contains(&org)));
        Ok(())
    }

    #[benchmark]
    fn propose_job() {
        // An earlier job brings what a job needs; its own copy is proposed again.
        let earlier = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::Proposed);
        let (_, who) = T::Scenario::organisation(0);
        let (space, spec) = (T::Scenario::space(MAX_PARTIES), T::Scenario::spec(earlier));
        #[extrinsic_call]
        _(RawOrigin::Signed(who), space, spec);
        assert_eq!(NextJob::<T>::get().0, earlier.0 + 2);
    }

    /// The last approval: all policies are checked, all ledgers written, a worker is chosen.
    #[benchmark]
    fn approve_job() {
        let job = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::LastApprovalMissing);
        let (_, who) = T::Scenario::organisation(MAX_PARTIES - 1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), job);
        assert!(Jobs::<T>::get(job).is_some_and(|job| job.phase == JobPhase::Assigned));
    }

    #[benchmark]
    fn assign_job() {
        let id = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::Assigned);
        let (_, who) = T::Scenario::organisation(0);
        Jobs::<T>::mutate(id, |job| {
            let job = job.as_mut().expect("it was proposed");
            let worker = job.worker.take().expect("it is assigned");
            AssignedJobs::<T>::remove(&worker, id);
            WorkerLoad::<T>::remove(&worker);
            job.phase = JobPhase::Approved;
        });
        #[extrinsic_call]
        _(RawOrigin::Signed(who), id);
        assert!(Jobs::<T>::get(id).is_some_and(|job| job.phase == JobPhase::Assigned));
    }

    /// The first commitment, which takes the job from the lists of those that wait.
    #[benchmark]
    fn submit_round() {
        let job = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::Assigned);
        let (worker, commitment, signature) = T::Scenario::commitment(job);
        #[extrinsic_call]
        _(RawOrigin::Signed(worker), job, commitment, signature);
        assert!(Jobs::<T>::get(job).is_some_and(|job| matches!(job.phase, JobPhase::Running { .. })));
    }

    #[benchmark]
    fn complete_job() {
        let job = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::ResultMissing);
        let (worker, result, signature) = T::Scenario::result(job);
        #[extrinsic_call]
        _(RawOrigin::Signed(worker), job, result, signature);
        assert!(Jobs::<T>::get(job).is_some_and(|job| job.phase == JobPhase::Completed));
    }

    /// A job given up or cancelled: before it begins, it also stands in the lists of those that wait.
    #[benchmark]
    fn end_job() {
        let id = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::Assigned);
        let worker = Jobs::<T>::get(id).and_then(|job| job.worker).expect("it is assigned");
        let party = Party::Worker(worker.clone());
        #[extrinsic_call]
        fail_job(RawOrigin::Signed(worker), id, FailReason::TooFewParties, Some(party));
        assert!(Jobs::<T>::get(id).is_some_and(|job| job.phase.is_terminal()));
    }

    /// Looking for deadlines, and ending `j` jobs.
    #[benchmark]
    fn expire_jobs(j: Linear<0, 32>) -> Result<(), BenchmarkError> {
        let mut due = None;
        for _ in 0..j {
            let job = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::Assigned);
            due = Jobs::<T>::get(job).map(|job| job.deadline);
        }
        if let Some(due) = due {
            frame_system::Pallet::<T>::set_block_number(due.into());
        }
        let ended;
        #[block]
        {
            ended = Pallet::<T>::expire_due();
        }
        assert_eq!(ended, j);
        Ok(())
    }

    /// Taking `j` jobs off lost workers and giving them to others.
    #[benchmark]
    fn move_jobs(j: Linear<0, 16>) {
        for _ in 0..j {
            let job = T::Scenario::job(MAX_PARTIES, MAX_COLUMNS, Stage::Assigned);
            let worker = Jobs::<T>::get(job).and_then(|job| job.worker);
            T::Scenario::lose(&worker.expect("it is assigned"));
        }
        let moved;
        #[block]
        {
            moved = Pallet::<T>::move_jobs(j);
        }
        assert_eq!(moved, j);
    }
}
