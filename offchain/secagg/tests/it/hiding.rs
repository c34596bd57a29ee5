//! What the server sees does not contain what it must not learn.

use std::collections::BTreeSet;

use secureflow_secagg::{ClientMessage, PartyId, ServerMessage, ServerStep};

use crate::network::{reload, Network};

fn masked_inputs(network: &mut Network) -> Vec<(PartyId, Vec<u64>)> {
    network.run_to(ServerStep::MaskedInputs);
    network
        .config
        .parties
        .clone()
        .into_iter()
        .map(|party| {
            let message = network.server.message_for(party).unwrap();
            let Some(ClientMessage::MaskedInput(masked)) = network.answer(party, &message).unwrap() else {
                panic!("no masked input")
            };
            (party, masked.values)
        })
        .collect()
}

#[test]
fn no_entry_of_a_masked_input_is_an_entry_of_the_input() {
    let mut network = Network::new(5, 3, 2000, 3);
    for (party, values) in masked_inputs(&mut network) {
        let input = &network.inputs[&party];
        assert_eq!(values.len(), input.len());
        // A uniform 64-bit mask leaves one of 2000 entries as it was once in 10^16 runs.
        assert!(values.iter().zip(input).all(|(masked, plain)| masked != plain));
        let plain: BTreeSet<u64> = input.iter().copied().collect();
        assert!(!values.iter().any(|value| plain.contains(value)));
    }
}

#[test]
fn masks_are_not_zero_nor_repeated_nor_shared() {
    let mut network = Network::new(4, 3, 1000, 4);
    let mut masks = BTreeSet::new();
    for (party, values) in masked_inputs(&mut network) {
        for (masked, plain) in values.iter().zip(&network.inputs[&party]) {
            masks.insert(masked.wrapping_sub(*plain));
        }
    }
    // All distinct over parties and entries: 4,000 draws of 64 bits collide once in 10^12 runs.
    assert_eq!(masks.len(), 4 * 1000);
    assert!(!masks.contains(&0));
    let ones: u32 = masks.iter().map(|mask| mask.count_ones()).sum();
    let expected = 4 * 1000 * 32;
    assert!(ones.abs_diff(expected) < 4000, "{ones} bits of {expected} expected");
}

/// Without the self mask, a server that holds all pairwise masks of one party would see its input: the sum of all
/// masked inputs must not be the sum of the inputs before unmasking.
#[test]
fn the_sum_of_masked_inputs_still_hides_the_sum() {
    let mut network = Network::new(3, 2, 100, 5);
    let everyone = network.config.parties.clone();
    let plain = network.sum(&everyone);
    let mut total = vec![0u64; 100];
    for (_, values) in masked_inputs(&mut network) {
        for (sum, value) in total.iter_mut().zip(values) {
            *sum = sum.wrapping_add(value);
        }
    }
    assert!(total.iter().zip(&plain).all(|(masked, plain)| masked != plain));
}

#[test]
fn another_session_masks_the_same_input_differently() {
    let mut first = Network::new(3, 2, 50, 6);
    let mut second = Network::new(3, 2, 50, 6);
    // The same randomness everywhere, only the session differs.
    second.config.session.0[0] ^= 1;
    let verifying = crate::network::verifying(&second.signing);
    second.server = secureflow_secagg::Server::new(second.config.clone(), verifying).unwrap();
    for party in second.config.parties.clone() {
        let input = second.inputs[&party].clone();
        let client = second.client(party, input);
        second.clients.insert(party, client);
    }
    for ((_, a), (_, b)) in masked_inputs(&mut first).iter().zip(masked_inputs(&mut second)) {
        assert!(a.iter().zip(&b).all(|(a, b)| a != b));
    }
}

#[test]
fn the_saved_client_forgets_its_input_once_it_is_masked() {
    let mut network = Network::new(3, 2, 3, 7);
    let party = network.party(0);
    let needle = network.inputs[&party][0].to_string();
    assert!(serde_json::to_string(&network.clients[&party])
        .unwrap()
        .contains(&needle));
    masked_inputs(&mut network);
    assert!(!serde_json::to_string(&network.clients[&party])
        .unwrap()
        .contains(&needle));
}

/// Everything the server ever holds, as saved after each step, is free of inputs until the sum is known.
#[test]
fn the_saved_server_never_holds_an_input() {
    let mut network = Network::new(3, 2, 20, 8);
    let inputs: Vec<String> = network.inputs.values().flatten().map(u64::to_string).collect();
    while network.server.step() != ServerStep::Done {
        let saved = serde_json::to_string(&network.server).unwrap();
        assert!(!inputs.iter().any(|value| saved.contains(value)));
        network.server = reload(&network.server);
        network.step(&BTreeSet::new()).unwrap();
    }
    let saved = serde_json::to_string(&network.server).unwrap();
    assert!(!inputs.iter().any(|value| saved.contains(value)));
}

#[test]
fn what_is_printed_holds_no_share_and_no_value() {
    let mut network = Network::new(3, 2, 3, 9);
    network.run_to(ServerStep::Unmask);
    let party = network.party(0);
    let message = network.server.message_for(party).unwrap();
    assert!(matches!(message, ServerMessage::ConsistencyBook(_)));
    let unmask = network.answer(party, &message).unwrap().unwrap();
    let printed = format!("{unmask:?}");
    assert!(printed.contains("ShareBytes(..)"));
    assert!(!printed.contains("ShareBytes(["));
    let masked = secureflow_secagg::MaskedInput {
        transcript: [0; 32],
        values: vec![123_456_789],
        signature: None,
    };
    assert!(!format!("{masked:?}").contains("123456789"));
}
