//! Who is missing in which step, and what comes of it.

use std::collections::BTreeSet;

use secureflow_secagg::{Error, PartyId, ServerStep};

use crate::network::Network;

enum Expect {
    /// The sum over these.
    Sum(&'static [usize]),
    /// Below the threshold in this step, with so many.
    Below(ServerStep, usize),
}

/// `missing` holds, per step, the positions of the parties that stop answering there.
fn check(parties: usize, threshold: usize, missing: [&[usize]; 5], expect: Expect) {
    let mut network = Network::new(parties, threshold, 7, 42);
    let mut gone = BTreeSet::new();
    let result = loop {
        if network.server.step() == ServerStep::Done {
            break Ok(());
        }
        gone.extend(
            missing[network.server.step() as usize]
                .iter()
                .map(|index| network.party(*index)),
        );
        if let Err(error) = network.step(&gone) {
            break Err(error);
        }
    };
    match expect {
        Expect::Sum(included) => {
            assert_eq!(result, Ok(()));
            let included: BTreeSet<PartyId> = included.iter().map(|index| network.party(*index)).collect();
            let outcome = network.server.outcome().unwrap();
            assert_eq!(outcome.included, included);
            assert_eq!(outcome.sum, network.sum(&included));
        }
        Expect::Below(expected, count) => {
            let Err(error @ Error::BelowThreshold { .. }) = result else {
                panic!("{result:?}")
            };
            assert_eq!(error.is_retryable(), expected == ServerStep::Unmask);
            assert!(network.server.outcome().is_none());
            let Error::BelowThreshold {
                step,
                have,
                need,
                missing,
            } = error
            else {
                unreachable!()
            };
            assert_eq!((step, have, need), (expected, count, threshold));
            assert!(missing.is_subset(&gone) && !missing.is_empty());
        }
    }
}

#[test]
fn nobody_missing() {
    check(2, 2, [&[]; 5], Expect::Sum(&[0, 1]));
    check(3, 2, [&[]; 5], Expect::Sum(&[0, 1, 2]));
    check(9, 5, [&[]; 5], Expect::Sum(&[0, 1, 2, 3, 4, 5, 6, 7, 8]));
}

#[test]
fn one_missing_in_each_step() {
    check(4, 3, [&[1], &[], &[], &[], &[]], Expect::Sum(&[0, 2, 3]));
    check(4, 3, [&[], &[1], &[], &[], &[]], Expect::Sum(&[0, 2, 3]));
    check(4, 3, [&[], &[], &[1], &[], &[]], Expect::Sum(&[0, 2, 3]));
    // Their input has arrived, so it counts.
    check(4, 3, [&[], &[], &[], &[1], &[]], Expect::Sum(&[0, 1, 2, 3]));
    check(4, 3, [&[], &[], &[], &[], &[1]], Expect::Sum(&[0, 1, 2, 3]));
}

#[test]
fn down_to_the_threshold_and_over_several_steps() {
    check(7, 4, [&[0], &[2], &[6], &[], &[]], Expect::Sum(&[1, 3, 4, 5]));
    check(7, 4, [&[], &[], &[0, 3, 6], &[], &[]], Expect::Sum(&[1, 2, 4, 5]));
    check(7, 4, [&[], &[], &[0], &[1], &[2]], Expect::Sum(&[1, 2, 3, 4, 5, 6]));
    check(7, 4, [&[], &[5], &[], &[0, 1], &[]], Expect::Sum(&[0, 1, 2, 3, 4, 6]));
}

#[test]
fn below_the_threshold_in_each_step() {
    check(
        4,
        3,
        [&[1, 2], &[], &[], &[], &[]],
        Expect::Below(ServerStep::Advertise, 2),
    );
    check(
        4,
        3,
        [&[], &[1, 2], &[], &[], &[]],
        Expect::Below(ServerStep::Shares, 2),
    );
    check(
        4,
        3,
        [&[], &[], &[1, 2], &[], &[]],
        Expect::Below(ServerStep::MaskedInputs, 2),
    );
    check(
        4,
        3,
        [&[], &[], &[], &[1, 2], &[]],
        Expect::Below(ServerStep::Consistency, 2),
    );
    check(
        4,
        3,
        [&[], &[], &[], &[], &[1, 2]],
        Expect::Below(ServerStep::Unmask, 2),
    );
    check(4, 3, [&[0], &[1], &[], &[], &[]], Expect::Below(ServerStep::Shares, 2));
    check(
        3,
        2,
        [&[0, 1, 2], &[], &[], &[], &[]],
        Expect::Below(ServerStep::Advertise, 0),
    );
}

#[test]
fn unmasking_waits_for_shares_that_come_late() {
    let mut network = Network::new(4, 3, 5, 1);
    network.run_to(ServerStep::Unmask);
    assert!(network.server.unmasking_started());
    let late: BTreeSet<PartyId> = [network.party(0), network.party(2)].into();
    let error = network.step(&late).unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(network.server.waiting_for(), late);
    network.step(&BTreeSet::new()).unwrap();
    let everyone = network.config.parties.clone();
    assert_eq!(network.server.outcome().unwrap().sum, network.sum(&everyone));
}

#[test]
fn who_was_left_behind_is_told_the_end_only() {
    let mut network = Network::new(4, 3, 5, 1);
    let gone = network.party(3);
    network.run_to(ServerStep::Shares);
    network.step(&[gone].into()).unwrap();
    assert_eq!(network.server.message_for(gone), None);
    let late = network.clients[&gone].last_sent().unwrap().clone();
    // It repeats what was accepted, then comes too late with what was not.
    assert!(network.server.handle(gone, late).is_ok());
    network.run_to(ServerStep::Done);
    for party in network.config.parties.clone() {
        let message = network.server.message_for(party).unwrap();
        assert_eq!(network.answer(party, &message), Ok(None));
        assert_eq!(network.clients[&party].last_sent(), None);
    }
}
