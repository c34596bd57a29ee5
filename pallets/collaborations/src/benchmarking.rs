//! What the calls cost for jobs of as many columns as there may be and as many parties, or `p`.

use crate::{pallet::*, Pallet};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use secureflow_primitives::{
    bounds::{Name, MAX_COLUMNS, MAX_PARTIES, MAX_WORKERS},
    job::{FailReason, JobPhase, Party},
    scenario::{Scenario, Stage},
    Round, SpaceId,
};

fn workers<T: Config>(count: u32) {
    for n in 0..count {
        T::Scenario::worker(n);
    }
}

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
    fn propose_job(p: Linear<2, MAX_PARTIES>) {
        // An earlier job brings what a job needs; its own copy is proposed again.
        let earlier = T::Scenario::job(p, MAX_COLUMNS, Stage::Proposed);
        let (_, who) = T::Scenario::organisation(0);
        let (space, spec) = (T::Scenario::space(MAX_PARTIES), T::Scenario::spec(earlier));
        #[extrinsic_call]
        _(RawOrigin::Signed(who), space, spec);
        assert_eq!(NextJob::<T>::get().0, earlier.0 + 2);
    }

    /// An approval that is not the last, of a job of `p` parties.
    #[benchmark]
    fn approve_early(p: Linear<2, MAX_PARTIES>) {
        let job = T::Scenario::job(p, MAX_COLUMNS, Stage::Proposed);
        let (_, who) = T::Scenario::organisation(0);
        #[extrinsic_call]
        approve_job(RawOrigin::Signed(who), job);
        assert!(Jobs::<T>::get(job).is_some_and(|job| job.phase == JobPhase::Proposed));
    }

    /// The last approval of a job of `p` parties: all policies are checked, all ledgers written, a worker is chosen among
    /// `w`.
    #[benchmark]
    fn approve_job(p: Linear<2, MAX_PARTIES>, w: Linear<1, MAX_WORKERS>) {
        workers::<T>(w);
        let job = T::Scenario::job(p, MAX_COLUMNS, Stage::LastApprovalMissing);
        let (_, who) = T::Scenario::organisation(p - 1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), job);
        assert!(Jobs::<T>::get(job).is_some_and(|job| job.phase == JobPhase::Assigned));
    }

    /// Choosing among `w` workers.
    #[benchmark]
    fn assign_job(w: Linear<1, MAX_WORKERS>) {
        workers::<T>(w);
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
    fn submit_round(p: Linear<2, MAX_PARTIES>) {
        let job = T::Scenario::job(p, MAX_COLUMNS, Stage::Assigned);
        let (worker, commitment, signature) = T::Scenario::commitment(job);
        #[extrinsic_call]
        _(RawOrigin::Signed(worker), job, commitment, signature);
        assert!(Jobs::<T>::get(job).is_some_and(|job| matches!(job.phase, JobPhase::Running { .. })));
    }

    /// The second commitment.
    #[benchmark]
    fn submit_later_round(p: Linear<2, MAX_PARTIES>) -> Result<(), BenchmarkError> {
        let job = T::Scenario::job(p, MAX_COLUMNS, Stage::Assigned);
        let (worker, commitment, signature) = T::Scenario::commitment(job);
        Pallet::<T>::submit_round(RawOrigin::Signed(worker).into(), job, commitment, signature)
            .map_err(|error| error.error)?;
        let (worker, commitment, signature) = T::Scenario::commitment(job);
        #[extrinsic_call]
        submit_round(RawOrigin::Signed(worker), job, commitment, signature);
        assert!(Jobs::<T>::get(job).is_some_and(|job| job.phase == JobPhase::Running { round: Round(1) }));
        Ok(())
    }

    #[benchmark]
    fn complete_job(p: Linear<2, MAX_PARTIES>) {
        let job = T::Scenario::job(p, MAX_COLUMNS, Stage::ResultMissing);
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

    /// Taking `j` jobs off lost workers and giving them to others, of whom there are as many as may be.
    #[benchmark]
    fn move_jobs(j: Linear<0, 16>) {
        workers::<T>(MAX_WORKERS);
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
