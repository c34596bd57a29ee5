//! Points between accounts, and a dispute from the receipt to the payout.

use crate::{
    blocks::{run_to, send, vote},
    contracts::settlement,
    job::{approve, complete, propose, receipts, register_worker, space},
    network, simulated,
};
use codec::Compact;
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use secureflow_primitives::{
    job::Receipt,
    merkle,
    policy::Policy,
    revenue::{Agreement, Figures, Formula, Ruling, POINTS},
    JobId, OrgId, PolicyVersion,
};
use secureflow_runtime::{Hash, Points, Revenue, Runtime, RuntimeCall};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};

fn transfer(to: Sr25519Keyring, amount: u128) -> pallet_assets::Call<Runtime> {
    pallet_assets::Call::transfer_keep_alive {
        id: Compact(POINTS),
        target: to.to_account_id().into(),
        amount,
    }
}

fn points(of: Sr25519Keyring) -> u128 {
    Points::balance(&of.to_account_id())
}

#[test]
fn points_move_while_the_members_let_them() {
    network().execute_with(|| {
        run_to(1);
        assert_ok!(send(Alice, transfer(Charlie, 30)));
        assert_eq!([points(Alice), points(Charlie)], [70, 30]);
        assert_ok!(vote(pallet_revenue::Call::set_transferable { transferable: false }));
        assert_noop!(
            send(Alice, transfer(Charlie, 1)),
            frame_system::Error::<Runtime>::CallFiltered
        );
        // Escrow works all the same.
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 70 }));
        // An account without points goes on acting.
        assert_noop!(
            send(Alice, pallet_revenue::Call::fund { space, amount: 1 }),
            sp_runtime::TokenError::FundsUnavailable
        );
        assert_ok!(vote(pallet_revenue::Call::set_transferable { transferable: true }));
        assert_ok!(send(Bob, transfer(Alice, 5)));
        assert_ok!(vote(pallet_revenue::Call::mint {
            org: OrgId(0),
            amount: 1_000
        }));
        assert_eq!((points(Alice), Points::total_issuance()), (1_005, 1_200));
    });
}

#[test]
fn nobody_administers_assets() {
    network().execute_with(|| {
        run_to(1);
        let dave: sp_runtime::MultiAddress<_, ()> = Dave.to_account_id().into();
        let id = || Compact(POINTS);
        let calls: Vec<pallet_assets::Call<Runtime>> = vec![
            pallet_assets::Call::create {
                id: Compact(7),
                admin: dave.clone(),
                min_balance: 1,
            },
            pallet_assets::Call::mint {
                id: id(),
                beneficiary: dave.clone(),
                amount: 1,
            },
            pallet_assets::Call::freeze_asset { id: id() },
            pallet_assets::Call::start_destroy { id: id() },
            pallet_assets::Call::approve_transfer {
                id: id(),
                delegate: dave,
                amount: 1,
            },
        ];
        for call in calls {
            let name = format!("{call:?}");
            assert_eq!(
                send(Alice, call.clone()).map_err(|error| error.error),
                Err(frame_system::Error::<Runtime>::CallFiltered.into()),
                "{name}"
            );
            // Nor by a vote: not even the members are above the asset's rules.
            assert!(vote(call).is_err(), "{name}");
        }
    });
}

#[test]
fn a_dispute_goes_from_the_receipt_to_the_payout() {
    disputed(|| Formula::ByRows);
}

/// The contract is asked again, and sees what the members have corrected.
#[test]
fn a_contract_shares_by_corrected_figures() {
    disputed(|| Formula::Contract(settlement(&[], 1)));
}

/// Two parties gave ten rows each, by the worker's word; the members find that the second one gave twenty.
fn disputed(formula: impl FnOnce() -> Formula) {
    simulated().execute_with(|| {
        run_to(2);
        let parties = [OrgId(0), OrgId(1)];
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        register_worker(Alice, Dave);
        let id = propose(Alice, space, [Alice, Bob]);
        approve(id, [Alice, Bob]);
        complete(id, Dave, parties);
        let agreement = Agreement {
            formula: formula(),
            reward: 60,
            dispute_window: 10,
        };
        assert_ok!(send(Alice, pallet_revenue::Call::set_agreement { space, agreement }));
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 60 }));
        assert_ok!(send(Charlie, pallet_revenue::Call::settle { job: id }));

        let receipts = receipts(id, parties);
        let leaves: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
        let at = receipts
            .iter()
            .position(|receipt| receipt.party == OrgId(1) && receipt.round.0 == 2)
            .expect("each party has a receipt of each step");
        let claimed = Figures {
            rows: 20,
            compute_ms: 8,
            utility: 0,
        };
        let dispute: RuntimeCall = pallet_revenue::Call::dispute {
            job: id,
            receipt: receipts[at],
            proof: merkle::proof(&leaves, at).expect("it is there"),
            claimed,
            evidence: Hash::repeat_byte(1),
        }
        .into();
        assert_noop!(
            send(Alice, dispute.clone()),
            pallet_revenue::Error::<Runtime>::ReceiptOfAnother
        );
        assert_ok!(send(Bob, dispute));
        run_to(13);
        let claim = || pallet_revenue::Call::claim { job: id };
        assert_noop!(send(Bob, claim()), pallet_revenue::Error::<Runtime>::DisputeOpen);
        assert_ok!(vote(pallet_revenue::Call::resolve {
            job: id,
            party: OrgId(1),
            ruling: Ruling::Corrected(claimed)
        }));
        assert_ok!(send(Charlie, claim()));
        assert_eq!([points(Alice), points(Bob)], [60, 140]);
    });
}

/// Sets the policy of a job's dataset anew, with a price.
fn ask_for(owner: Sr25519Keyring, job: JobId, place: usize, price: u128) {
    let spec = pallet_collaborations::Specs::<Runtime>::get(job).expect("it was proposed");
    let dataset = spec.datasets[place];
    let policy = pallet_policies::Policies::<Runtime>::get(dataset, PolicyVersion(1)).expect("it has one");
    let policy = Policy { price, ..policy };
    assert_ok!(send(owner, pallet_policies::Call::set_policy { dataset, policy }));
}

#[test]
fn a_price_is_held_from_the_approval_on_and_paid_first() {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        register_worker(Charlie, Dave);
        let id = propose(Alice, space, [Alice, Bob]);
        ask_for(Bob, id, 1, 30);
        assert_ok!(send(Alice, pallet_collaborations::Call::approve_job { job: id }));
        let last = || pallet_collaborations::Call::approve_job { job: id };
        let unpaid = pallet_collaborations::Error::<Runtime>::PolicyPrice;
        assert_noop!(send(Bob, last()), unpaid);
        let agree = |reward| {
            let agreement = Agreement {
                formula: Formula::Equal,
                reward,
                dispute_window: 0,
            };
            send(Alice, pallet_revenue::Call::set_agreement { space, agreement })
        };
        assert_ok!(agree(40));
        let unpaid = pallet_collaborations::Error::<Runtime>::PolicyPrice;
        assert_noop!(send(Bob, last()), unpaid);
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 50 }));
        assert_ok!(send(Bob, last()));
        let escrow = || pallet_revenue::Escrow::<Runtime>::get(space);
        assert_eq!(escrow(), 20);

        // Neither another price nor another agreement touches what is held for this job.
        ask_for(Bob, id, 1, 90);
        assert_ok!(agree(0));
        let other = propose(Alice, space, [Alice, Bob]);
        approve(other, [Alice, Bob]);
        complete(id, Dave, [OrgId(0), OrgId(1)]);
        assert_ok!(agree(40));
        assert_ok!(send(Charlie, pallet_revenue::Call::settle { job: id }));
        assert_ok!(send(Charlie, pallet_revenue::Call::claim { job: id }));
        // Bob's price, and half of the other ten each.
        assert_eq!([points(Alice), points(Bob)], [55, 135]);
        assert_eq!(escrow(), 10);
    });
}

#[test]
fn a_job_that_is_cancelled_gives_its_price_back() {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        let id = propose(Alice, space, [Alice, Bob]);
        ask_for(Alice, id, 0, 30);
        let agreement = Agreement {
            formula: Formula::Equal,
            reward: 40,
            dispute_window: 0,
        };
        assert_ok!(send(Alice, pallet_revenue::Call::set_agreement { space, agreement }));
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 40 }));
        approve(id, [Alice, Bob]);
        let escrow = || pallet_revenue::Escrow::<Runtime>::get(space);
        assert_eq!(escrow(), 10);
        assert_ok!(send(Alice, pallet_collaborations::Call::cancel { job: id }));
        assert_eq!(escrow(), 40);
    });
}

#[test]
fn a_job_is_settled_by_the_agreement_of_its_approval() {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        register_worker(Charlie, Dave);
        let agree = |reward| {
            let agreement = Agreement {
                formula: Formula::Equal,
                reward,
                dispute_window: 0,
            };
            assert_ok!(send(Alice, pallet_revenue::Call::set_agreement { space, agreement }));
        };
        let kept = |job| Revenue::job_agreement(job).map(|agreement| agreement.reward);
        let [id, cancelled] = [0, 1].map(|_| propose(Alice, space, [Alice, Bob]));
        agree(40);
        approve(cancelled, [Alice, Bob]);
        assert_ok!(send(Alice, pallet_collaborations::Call::approve_job { job: id }));
        assert_eq!((kept(cancelled), kept(id)), (Some(40), None));
        // The last approval decides.
        agree(30);
        assert_ok!(send(Bob, pallet_collaborations::Call::approve_job { job: id }));
        agree(2);
        assert_ok!(send(Alice, pallet_collaborations::Call::cancel { job: cancelled }));
        assert_eq!((kept(cancelled), kept(id)), (None, Some(30)));
        complete(id, Dave, [OrgId(0), OrgId(1)]);
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 50 }));
        assert_ok!(send(Charlie, pallet_revenue::Call::settle { job: id }));
        assert_ok!(send(Charlie, pallet_revenue::Call::claim { job: id }));
        assert_eq!(kept(id), Some(30));
        assert_eq!([points(Alice), points(Bob)], [65, 115]);
    });
}
