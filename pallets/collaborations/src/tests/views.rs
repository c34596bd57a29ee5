//! Jobs and spaces as clients ask for them.

use super::*;
use secureflow_primitives::view::MAX_JOBS_SCAN;

fn page(space: Option<u32>, from: Option<u32>, limit: u32) -> (Vec<u32>, Option<u32>) {
    let page = Collaborations::jobs(space.map(SpaceId), from.map(JobId), limit);
    (
        page.jobs.into_iter().map(|line| line.id.0).collect(),
        page.next.map(|next| next.0),
    )
}

#[test]
fn jobs_come_in_pages_the_newest_first() {
    chain(|| {
        assert_eq!(page(None, None, 10), (vec![], None));
        make_space();
        for _ in 0..5 {
            propose(spec());
        }
        assert_eq!(page(None, None, 2), (vec![4, 3], Some(2)));
        assert_eq!(page(None, Some(2), 2), (vec![2, 1], Some(0)));
        assert_eq!(page(None, Some(0), 2), (vec![0], None));
        // A page that ends with the oldest job has no next one; one from beyond the newest begins there.
        assert_eq!(page(None, Some(4), 5), (vec![4, 3, 2, 1, 0], None));
        assert_eq!(page(None, Some(99), 1), (vec![4], Some(3)));
        assert_eq!(page(Some(0), None, 2), (vec![4, 3], Some(2)));
        assert_eq!(page(Some(1), None, 2), (vec![], None));
        let line = Collaborations::jobs(None, None, 1).jobs.remove(0);
        assert_eq!((line.name, line.phase), (spec().name, JobPhase::Proposed));
    });
}

#[test]
fn a_page_looks_at_a_bounded_number_of_jobs() {
    chain(|| {
        make_space();
        let id = propose(spec());
        let (job, spec) = Collaborations::find_job(id).expect("proposed");
        // Copies, which no call could make this fast.
        let many = MAX_JOBS_SCAN + 10;
        for id in 1..many {
            Jobs::<Test>::insert(JobId(id), &job);
            Specs::<Test>::insert(JobId(id), &spec);
        }
        NextJob::<Test>::put(JobId(many));
        assert_eq!(page(Some(1), None, 10), (vec![], Some(9)));
        assert_eq!(page(Some(1), Some(9), 10), (vec![], None));
        for id in 1..many {
            Jobs::<Test>::remove(JobId(id));
            Specs::<Test>::remove(JobId(id));
        }
        NextJob::<Test>::put(JobId(1));
    });
}

#[test]
fn a_job_and_its_space_are_found() {
    chain(|| {
        assert_eq!(Collaborations::find_job(JOB), None);
        assert_eq!(Collaborations::find_space(SPACE), None);
        assigned();
        let (found, what) = Collaborations::find_job(JOB).expect("proposed");
        assert_eq!((found, what), (job(JOB), spec()));
        let (space, decides) = Collaborations::find_space(SPACE).expect("created");
        assert_eq!((space.members.len(), decides), (3, OrgId(0)));
        assert!(Collaborations::commitments(JOB).is_empty());
    });
}
