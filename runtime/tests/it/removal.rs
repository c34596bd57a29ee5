//! An organisation that leaves strands nothing: neither votes, nor jobs, nor escrow, nor audit entries.

use crate::{
    blocks::{run_to, send, vote},
    council::{approve, close, propose, seats},
    job::{approve as approve_job, complete, job, propose as propose_job, register_worker, space},
    network, simulated,
};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use pallet_collective::Instance1;
use secureflow_primitives::{
    audit::{Kind, Subject},
    job::{JobPhase, Party},
    revenue::{Agreement, Formula},
    traits::{Membership, Spaces},
    OrgId,
};
use secureflow_runtime::{Collaborations, Consortium, Council, Points, Runtime, RuntimeCall};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};

const BOB: OrgId = OrgId(1);
const CHARLIE: OrgId = OrgId(2);

fn remove(org: OrgId) -> pallet_consortium::Call<Runtime> {
    pallet_consortium::Call::remove { org }
}

#[test]
fn votes_count_active_members_only() {
    network().execute_with(|| {
        run_to(1);
        let open = propose(
            Alice,
            2,
            pallet_consortium::Call::admit {
                name: b"Dave".to_vec().try_into().unwrap(),
                account: Dave.to_account_id(),
            },
        );
        approve(open, Charlie);
        let leave = propose(Alice, 2, remove(CHARLIE));
        approve(leave, Alice);
        approve(leave, Bob);
        assert_ok!(close(leave));
        assert!(Consortium::is_removed(CHARLIE));
        assert!(seats().len() == 2 && !seats().contains(&Charlie.to_account_id()));

        // What Charlie said counts no more, and Charlie says nothing more.
        approve(open, Alice);
        assert_noop!(close(open), pallet_collective::Error::<Runtime, Instance1>::TooEarly);
        approve(open, Bob);
        assert_ok!(close(open));
        assert_eq!(Consortium::owner(&Dave.to_account_id()), Some(OrgId(3)));
        assert_eq!(seats().len(), 3);
    });
}

#[test]
fn two_thirds_are_counted_when_a_motion_is_closed() {
    network().execute_with(|| {
        run_to(1);
        // Two of three would do; a fourth member joins while the motion is open.
        let weak = propose(Alice, 2, remove(CHARLIE));
        approve(weak, Alice);
        assert_ok!(vote(pallet_consortium::Call::admit {
            name: b"Dave".to_vec().try_into().unwrap(),
            account: Dave.to_account_id(),
        }));
        approve(weak, Bob);
        assert_ok!(close(weak));
        assert!(Consortium::is_active(CHARLIE), "two of four are no two thirds");
        assert_eq!(seats().len(), 4);
    });
}

#[test]
fn nobody_else_gives_seats() {
    network().execute_with(|| {
        run_to(1);
        let all = pallet_collective::Call::set_members {
            new_members: vec![Dave.to_account_id()],
            prime: None,
            old_count: 3,
        };
        let motion = propose(Alice, 3, RuntimeCall::Council(all));
        for member in [Alice, Bob, Charlie] {
            approve(motion, member);
        }
        assert_ok!(close(motion));
        assert_eq!(seats().len(), 3);
        assert!(!Council::is_member(&Dave.to_account_id()));
    });
}

#[test]
fn a_job_does_not_wait_for_who_has_left() {
    network().execute_with(|| {
        run_to(1);
        let space = space(&[(BOB, Bob), (CHARLIE, Charlie)]);
        let id = propose_job(Bob, space, [Bob, Charlie]);
        assert_ok!(send(Bob, pallet_collaborations::Call::approve_job { job: id }));
        assert_ok!(vote(remove(CHARLIE)));
        let deadline = job(id).deadline;
        run_to(deadline - 1);
        assert_eq!(job(id).phase, JobPhase::Proposed);
        run_to(deadline);
        assert_eq!(
            job(id).phase,
            JobPhase::Expired {
                waiting_for: Some(Party::Organisation(CHARLIE))
            }
        );
    });
}

#[test]
fn a_job_whose_proposer_and_worker_leave_ends() {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(CHARLIE, Charlie), (OrgId(0), Alice), (BOB, Bob)]);
        register_worker(Charlie, Dave);
        let id = propose_job(Charlie, space, [Alice, Bob]);
        approve_job(id, [Alice, Bob]);
        assert_eq!(job(id).phase, JobPhase::Assigned);
        assert_ok!(vote(remove(CHARLIE)));
        let deadline = job(id).deadline;
        // The job is taken off the worker, and waits for another one that does not come.
        run_to(5);
        assert_eq!((job(id).phase, job(id).worker), (JobPhase::Approved, None));
        run_to(deadline);
        assert_eq!(job(id).phase, JobPhase::Expired { waiting_for: None });
        assert_eq!(pallet_collaborations::LiveJobs::<Runtime>::get(CHARLIE), 0);
    });
}

/// The party is paid for its work, and who is left can still decide on what lies in escrow.
#[test]
fn escrow_settles_although_the_creator_has_left() {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(CHARLIE, Charlie), (BOB, Bob), (OrgId(0), Alice)]);
        register_worker(Alice, Dave);
        let id = propose_job(Bob, space, [Bob, Charlie]);
        approve_job(id, [Bob, Charlie]);
        complete(id, Dave, [BOB, CHARLIE]);
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 40 }));
        let (bob, charlie) = (Bob.to_account_id(), Charlie.to_account_id());
        let issued = Points::total_issuance();

        assert_ok!(vote(remove(CHARLIE)));
        assert_eq!(Collaborations::creator(space), Some(BOB));
        let agreement = || Agreement {
            formula: Formula::Equal,
            reward: 30,
            dispute_window: 0,
        };
        let set = |by| {
            let agreement = agreement();
            send(by, pallet_revenue::Call::set_agreement { space, agreement })
        };
        assert_noop!(set(Alice), pallet_revenue::Error::<Runtime>::NotSpaceCreator);
        assert_noop!(set(Charlie), pallet_revenue::Error::<Runtime>::NotSpaceCreator);
        assert_ok!(set(Bob));
        assert_ok!(send(Alice, pallet_revenue::Call::settle { job: id }));
        assert_ok!(send(Alice, pallet_revenue::Call::claim { job: id }));
        assert_eq!((Points::balance(&bob), Points::balance(&charlie)), (115, 15));
        assert_eq!(Points::total_issuance(), issued);

        // A new admission under the same account makes the points its own again.
        let name = b"Charlie".to_vec().try_into().expect("short");
        assert_ok!(vote(pallet_consortium::Call::admit {
            name,
            account: charlie.clone()
        }));
        assert_eq!(Consortium::owner(&charlie), Some(OrgId(3)));
        assert_eq!(Points::balance(&charlie), 15);
    });
}

/// Nobody of the space is left to decide, so all members do.
#[test]
fn escrow_of_a_space_without_members_is_not_lost() {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(BOB, Bob), (CHARLIE, Charlie)]);
        assert_ok!(send(Bob, pallet_revenue::Call::fund { space, amount: 40 }));
        assert_ok!(vote(remove(BOB)));
        assert_ok!(vote(remove(CHARLIE)));
        let release = |org| pallet_revenue::Call::release { space, org, amount: 40 };
        assert_noop!(vote(release(BOB)), pallet_revenue::Error::<Runtime>::NotActive);
        assert_ok!(vote(release(OrgId(0))));
        assert_eq!(Points::balance(&Alice.to_account_id()), 140);
    });
}

#[test]
fn audit_entries_outlive_their_author() {
    network().execute_with(|| {
        run_to(1);
        let id = space(&[(CHARLIE, Charlie), (BOB, Bob)]);
        let before: Vec<_> = pallet_audit::Entries::<Runtime>::iter().collect();
        assert_ok!(vote(remove(CHARLIE)));
        for (index, entry) in before {
            assert_eq!(pallet_audit::Entries::<Runtime>::get(index), Some(entry));
        }
        let created = pallet_audit::Entries::<Runtime>::get(0).expect("the first entry");
        assert_eq!(
            (created.actor, created.subject),
            (Some(Charlie.to_account_id()), Subject::Space(id))
        );
        let last = pallet_audit::Count::<Runtime>::get() - 1;
        let removed = pallet_audit::Entries::<Runtime>::get(last).expect("the last entry");
        assert_eq!(
            (removed.subject, removed.kind),
            (Subject::Organisation(CHARLIE), Kind::OrganisationRemoved)
        );
        // Its name is still known under its id.
        assert!(Consortium::organisation(CHARLIE).is_some_and(|org| org.name.as_slice() == b"Charlie"));
    });
}
