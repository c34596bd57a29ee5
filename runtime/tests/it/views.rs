//! The runtime API, over the pallets as they are put together.

use crate::{
    blocks::{run_to, send},
    council,
    job::{approve, complete, propose, receipts, register_worker, space},
    simulated,
};
use frame_support::assert_ok;
use secureflow_primitives::{
    attestation::WorkerStatus,
    audit::Kind,
    consortium::NodeId,
    job::{JobPhase, Receipt},
    merkle,
    revenue::{Agreement, Figures, Formula, Ruling},
    view::{DisputeView, RulingMotion, MAX_AUDIT_PAGE},
    DatasetId, JobId, OrgId, PolicyVersion, SpaceId,
};
use secureflow_runtime::{
    api::runtime_decl_for_secureflow_api::SecureflowApiV1, constants::MOTION, Block, Hash, Runtime, System,
};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};

type Api = Runtime;

fn job(id: JobId) -> secureflow_primitives::view::JobView {
    <Api as SecureflowApiV1<Block>>::job(id).expect("the job was proposed")
}

#[test]
fn a_job_is_one_answer_from_its_proposal_to_its_payment() {
    simulated().execute_with(|| {
        run_to(2);
        assert_eq!(<Api as SecureflowApiV1<Block>>::job(JobId(0)), None);
        let (alice, bob) = (OrgId(0), OrgId(1));
        let space = space(&[(alice, Alice), (bob, Bob)]);
        register_worker(Bob, Dave);
        let id = propose(Alice, space, [Alice, Bob]);
        let proposed = job(id);
        assert_eq!(proposed.job.phase, JobPhase::Proposed);
        assert!(proposed
            .parties
            .iter()
            .all(|party| !party.approved && party.policy.is_none()));
        assert_eq!(<Api as SecureflowApiV1<Block>>::contributions(id), None);

        run_to(3);
        approve(id, [Alice, Bob]);
        complete(id, Dave, [alice, bob]);
        let agreement = Agreement {
            formula: Formula::Equal,
            reward: 11,
            dispute_window: 0,
        };
        assert_ok!(send(Alice, pallet_revenue::Call::set_agreement { space, agreement }));
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 20 }));
        assert_ok!(send(Charlie, pallet_revenue::Call::settle { job: id }));

        let done = job(id);
        assert_eq!(done.job.phase, JobPhase::Completed);
        assert_eq!(done.space_name.as_slice(), b"a space");
        let parties: Vec<_> = done
            .parties
            .iter()
            .map(|party| (party.owner.org, party.dataset, party.approved, party.policy))
            .collect();
        let pinned = Some(PolicyVersion(1));
        assert_eq!(
            parties,
            [(alice, DatasetId(0), true, pinned), (bob, DatasetId(1), true, pinned)]
        );
        assert_eq!(done.commitments.len() as u32, done.spec.steps());
        assert!(done.result.is_some() && done.settlement.is_some());
        let history: Vec<_> = done.history.iter().map(|entry| (entry.kind, entry.block)).collect();
        assert_eq!(
            history,
            [
                (Kind::JobProposed, 2),
                (Kind::JobApproved, 3),
                (Kind::JobApproved, 3),
                (Kind::JobAssigned, 3),
                (Kind::RoundCommitted, 3),
                (Kind::RoundCommitted, 3),
                (Kind::RoundCommitted, 3),
                (Kind::RoundCommitted, 3),
                (Kind::JobCompleted, 3),
                (Kind::Settled, 3),
            ]
        );

        let table = <Api as SecureflowApiV1<Block>>::contributions(id).expect("a result");
        let paid: Vec<_> = table.lines.iter().map(|line| (line.party.org, line.payout)).collect();
        assert_eq!((table.reward, table.claimed_at), (Some(11), None));
        assert!(paid
            .iter()
            .all(|(_, points)| points.is_some_and(|points| points == 5 || points == 6)));
        let view = <Api as SecureflowApiV1<Block>>::space(space).expect("created");
        assert_eq!((view.escrow, view.decides), (9, Some(alice)));
        assert_eq!(
            view.members.iter().map(|member| member.org).collect::<Vec<_>>(),
            [alice, bob]
        );
        assert_eq!(<Api as SecureflowApiV1<Block>>::space(SpaceId(7)), None);

        let page = <Api as SecureflowApiV1<Block>>::jobs(Some(space), None, 10);
        assert_eq!((page.jobs.len(), page.next), (1, None));
        let worker = <Api as SecureflowApiV1<Block>>::worker(Dave.to_account_id()).expect("registered");
        assert_eq!((worker.operator.org, worker.jobs), (bob, 0));
        assert!(matches!(worker.status, WorkerStatus::Active { .. }));
        assert_eq!(<Api as SecureflowApiV1<Block>>::workers(), [worker]);
        let budget = <Api as SecureflowApiV1<Block>>::dataset_budget(DatasetId(0), None).expect("registered");
        assert_eq!((budget.ledger.uses, budget.ledger.unbounded_uses), (1, 1));
        assert_eq!(budget.owner.name.as_slice(), b"Alice");
    });
}

/// A settled job of Alice and Bob, which Bob disputes in block 3.
fn disputed(claimed: Figures) -> JobId {
    run_to(2);
    let parties = [OrgId(0), OrgId(1)];
    let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
    register_worker(Bob, Dave);
    let id = propose(Alice, space, [Alice, Bob]);
    run_to(3);
    let agreement = Agreement {
        formula: Formula::ByRows,
        reward: 60,
        dispute_window: 10,
    };
    assert_ok!(send(Alice, pallet_revenue::Call::set_agreement { space, agreement }));
    assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 60 }));
    approve(id, [Alice, Bob]);
    complete(id, Dave, parties);
    assert_ok!(send(Charlie, pallet_revenue::Call::settle { job: id }));
    assert!(job(id).disputes.is_empty());

    let receipts = receipts(id, parties);
    let leaves: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    let own = |receipt: &Receipt| receipt.party == OrgId(1);
    let at = receipts.iter().position(own).expect("a party has receipts");
    let dispute = pallet_revenue::Call::<Runtime>::dispute {
        job: id,
        receipt: receipts[at],
        proof: merkle::proof(&leaves, at).expect("it is there"),
        claimed,
        evidence: Hash::repeat_byte(1),
    };
    assert_ok!(send(Bob, dispute));
    id
}

fn dispute(id: JobId) -> DisputeView {
    let mut disputes = job(id).disputes;
    assert_eq!(disputes.len(), 1);
    disputes.remove(0)
}

#[test]
fn a_dispute_is_shown_with_the_votes_on_it() {
    simulated().execute_with(|| {
        let figures = |rows| Figures {
            rows,
            compute_ms: 8,
            utility: 0,
        };
        let id = disputed(figures(30));
        let view = dispute(id);
        assert_eq!((view.party.org, view.party.name.as_slice()), (OrgId(1), &b"Bob"[..]));
        assert_eq!((view.dispute.claimed, view.dispute.ruling), (figures(30), None));
        assert!(view.open && view.motions.is_empty());

        // Of three motions one is about something else.
        let resolve = |job, ruling| pallet_revenue::Call::<Runtime>::resolve {
            job,
            party: OrgId(1),
            ruling,
        };
        let corrected = Ruling::Corrected(figures(20));
        let rejection = council::propose(Alice, 2, resolve(id, Ruling::Rejected));
        let correction = council::propose(Charlie, 2, resolve(id, corrected));
        council::propose(Charlie, 2, resolve(JobId(7), corrected));
        council::approve(correction, Alice);
        let motion = |(motion, index), ruling, ayes| RulingMotion {
            motion,
            index,
            ruling,
            threshold: 2,
            ayes,
            nays: Vec::new(),
            ends_at: 3 + MOTION,
        };
        let view = dispute(id);
        assert_eq!(
            view.motions,
            [
                motion(rejection, Ruling::Rejected, Vec::new()),
                motion(correction, corrected, vec![OrgId(0)])
            ]
        );

        council::approve(correction, Charlie);
        assert_ok!(council::close(correction));
        let view = dispute(id);
        assert_eq!(view.dispute.ruling, Some(corrected));
        assert!(!view.open && view.motions.is_empty());
        let payouts = job(id).settlement.expect("it was settled").payouts;
        assert_eq!(payouts.into_inner(), [(OrgId(0), 20), (OrgId(1), 40)]);
    });
}

#[test]
fn a_dispute_that_has_fallen_is_shown_as_over() {
    simulated().execute_with(|| {
        let id = disputed(Figures::default());
        let view = dispute(id);
        council::propose(
            Alice,
            2,
            pallet_revenue::Call::<Runtime>::resolve {
                job: id,
                party: OrgId(1),
                ruling: Ruling::Rejected,
            },
        );
        let falls_at = view.dispute.falls_at;
        System::set_block_number(falls_at - 1);
        let view = dispute(id);
        assert!(view.open && view.motions.len() == 1);
        System::set_block_number(falls_at);
        let view = dispute(id);
        assert!(!view.open && view.motions.is_empty() && view.dispute.ruling.is_none());
    });
}

#[test]
fn the_log_comes_in_pages() {
    simulated().execute_with(|| {
        run_to(1);
        for n in 0..MAX_AUDIT_PAGE {
            let nodes = vec![NodeId::of_key(&[n as u8; 32])].try_into().expect("one");
            assert_ok!(send(Alice, pallet_consortium::Call::name_nodes { nodes }));
        }
        let all = <Api as SecureflowApiV1<Block>>::audit_page(0, u32::MAX);
        assert_eq!((all.count, all.entries.len()), (64, 64));
        let some = <Api as SecureflowApiV1<Block>>::audit_page(62, 10);
        assert_eq!(
            some.entries.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
            [62, 63]
        );
        assert!(<Api as SecureflowApiV1<Block>>::audit_page(64, 10).entries.is_empty());
        assert!(<Api as SecureflowApiV1<Block>>::audit_page(u64::MAX, 10)
            .entries
            .is_empty());
        let nodes = <Api as SecureflowApiV1<Block>>::nodes();
        assert_eq!(nodes.len(), 1);
    });
}
