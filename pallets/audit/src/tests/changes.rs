//! Readers that change while calls are on their way.

use super::*;
use crate::LastChange;
use frame_support::dispatch::DispatchResult;
use secureflow_primitives::{bounds::MAX_AUDITORS, consortium::OrgStatus};
use sp_runtime::traits::Dispatchable;

fn grant(org: u32) -> DispatchResult {
    Audit::grant_auditor(signed(0), SPACE, OrgId(org))
}

fn revoke(org: u32) -> DispatchResult {
    Audit::revoke_auditor(signed(0), SPACE, OrgId(org))
}

/// An auditor registers a key and rotates, by itself.
fn replace_key(org: u8, key: u8) -> DispatchResult {
    Members::change(OrgId(org.into()), OrgStatus::Active, [key; 32]);
    Audit::rotate_epoch(signed(org), SPACE)
}

/// A call that touches data, with details for this epoch or without any.
fn act(epoch: Option<u32>) -> DispatchResult {
    let call = RuntimeCall::Recorder(recorder::Call::act {
        space: Some(SPACE),
        kinds: vec![Kind::JobProposed],
    });
    let call = match epoch {
        None => call,
        Some(epoch) => RuntimeCall::Audit(crate::Call::detailed {
            space: SPACE,
            epoch: Epoch(epoch),
            ciphertext: text(b"sealed"),
            call: Box::new(call),
        }),
    };
    call.dispatch(signed(1)).map(|_| ()).map_err(|failed| failed.error)
}

fn stale(epoch: u32) {
    assert_eq!(act(Some(epoch)), Err(Error::<Test>::StaleEpoch.into()), "epoch {epoch}");
}

#[test]
fn an_appointment_refuses_nothing_that_is_on_its_way() {
    execute_and_check(|| {
        assert_ok!(grant(5));
        System::set_block_number(10);
        assert_ok!(grant(6));
        System::set_block_number(12);
        assert_ok!(grant(7));
        for epoch in 1..=3 {
            assert_ok!(act(Some(epoch)));
        }
        stale(0);
        stale(4);
        System::set_block_number(11 + NOTICE);
        assert_ok!(act(Some(1)));
        // From now on the new ones read everything.
        System::set_block_number(12 + NOTICE);
        stale(1);
        stale(2);
        assert_ok!(act(Some(3)));
        // The time begins anew, and what was over stays so.
        assert_ok!(grant(10));
        assert_ok!(act(Some(3)));
        stale(2);
    });
}

#[test]
fn whoever_is_cut_off_reads_nothing_newer() {
    execute_and_check(|| {
        assert_ok!(grant(5));
        assert_ok!(grant(6));
        assert_ok!(act(Some(1)));
        // Not even by way of an appointment that callers have yet to notice.
        assert_ok!(revoke(5));
        stale(1);
        stale(2);
        assert_ok!(act(Some(3)));
        System::set_block_number(1 + NOTICE);
        assert_ok!(grant(7));
        assert_ok!(act(Some(3)));
        stale(2);
        // Nor does a key that was replaced.
        System::set_block_number(2 + 2 * NOTICE);
        assert_ok!(replace_key(7, 9));
        stale(4);
        assert_ok!(act(Some(5)));
    });
}

#[test]
fn an_appointment_that_renews_a_key_cuts_the_old_one_off() {
    execute_and_check(|| {
        assert_ok!(grant(5));
        Members::change(AUDITOR, OrgStatus::Active, [9; 32]);
        assert_ok!(grant(6));
        stale(1);
        assert_eq!(grant(7), Err(Error::<Test>::ReadersJustChanged.into()));
    });
}

#[test]
fn after_a_cut_only_dismissals_go_on() {
    execute_and_check(|| {
        for org in [5, 6, 7] {
            assert_ok!(grant(org));
        }
        assert_ok!(replace_key(5, 9));
        for block in [1, NOTICE] {
            System::set_block_number(block);
            Members::change(AUDITOR, OrgStatus::Active, [block as u8 + 10; 32]);
            assert_noop!(Audit::rotate_epoch(signed(5), SPACE), Error::<Test>::ReadersJustChanged);
            assert_noop!(
                Audit::grant_auditor(signed(0), SPACE, OrgId(10)),
                Error::<Test>::ReadersJustChanged
            );
        }
        assert_ok!(revoke(6));
        assert_ok!(revoke(7));
        // The last dismissal counts.
        System::set_block_number(2 * NOTICE - 1);
        assert_eq!(grant(10), Err(Error::<Test>::ReadersJustChanged.into()));
        System::set_block_number(2 * NOTICE);
        assert_ok!(grant(10));
    });
}

#[test]
fn the_first_appointment_is_no_cut() {
    execute_and_check(|| {
        assert_ok!(grant(5));
        assert_ok!(grant(6));
        assert_ok!(revoke(5));
        assert_ok!(revoke(6));
        assert_ok!(act(None));
        System::set_block_number(1 + NOTICE);
        assert_ok!(grant(5));
        assert_ok!(grant(6));
        // What was encrypted when there were others, or nobody, is not for them.
        stale(4);
        stale(2);
        assert_ok!(act(Some(5)));
    });
}

#[test]
fn what_is_taken_is_an_invariant() {
    execute_and_check(|| {
        assert_ok!(grant(5));
        assert_ok!(grant(6));
        assert_ok!(revoke(5));
        let honest = LastChange::<Test>::get(SPACE).expect("there was a change");
        for since in [0, 2, 4] {
            let since = Epoch(since);
            LastChange::<Test>::insert(
                SPACE,
                crate::Change {
                    since,
                    cut_off: false,
                    ..honest
                },
            );
            assert!(Audit::do_try_state().is_err(), "{since}");
        }
        LastChange::<Test>::insert(SPACE, honest);
    });
}

/// The space's creator and an auditor change the readers whenever they may, in the worst order that there is for somebody who
/// seals for the state that it sees and is in the next block.
#[test]
fn no_churn_holds_a_call_up_for_long() {
    let appoint_all = || {
        for org in 10..10 + MAX_AUDITORS {
            let _ = grant(org);
        }
    };
    let dismiss_one = || {
        let roster = Audit::audience(SPACE).map(|(_, roster)| roster).unwrap_or_default();
        roster.first().is_some_and(|(org, _)| revoke(org.0).is_ok())
    };
    let rotate = |block: u32| replace_key(10, 30 + (block % 200) as u8).is_ok();
    let churns: [&dyn Fn(u32); 3] = [
        // A key replaced in every block.
        &|block| {
            let _ = grant(10);
            rotate(block);
        },
        // One appointed and dismissed by turns.
        &|_| {
            let _ = dismiss_one() || grant(10).is_ok();
        },
        // As many cuts in a row as there can be, after an appointment that a call without details runs into.
        &|block| {
            if !rotate(block) && !dismiss_one() {
                appoint_all();
            }
        },
    ];
    for (n, churn) in churns.iter().enumerate() {
        execute_and_check(|| {
            let (mut in_a_row, mut most, mut all) = (0, 0, 0);
            for block in 1..600 {
                System::set_block_number(block);
                let seen = Audit::audience(SPACE).filter(|(_, roster)| !roster.is_empty());
                churn(block);
                match act(seen.map(|(epoch, _)| epoch.0)) {
                    Ok(()) => in_a_row = 0,
                    Err(_) => {
                        in_a_row += 1;
                        all += 1;
                        most = most.max(in_a_row);
                    }
                }
            }
            assert!(all > 10, "churn {n} does nothing");
            assert!(most <= MAX_AUDITORS + 2, "churn {n} refuses {most} blocks in a row");
        });
    }
}
