//! Saved machines go on as the ones that were not.

use std::collections::BTreeSet;

use secureflow_secagg::{
    Client, ClientMessage, ClientStep, Config, Error, Fault, Graph, PartyId, Progress, Server, ServerStep,
};

use crate::network::{config, reload, verifying, Network};

#[test]
fn machines_and_messages_survive_saving_in_every_step() {
    let mut network = Network::new(4, 3, 9, 11);
    let gone: BTreeSet<PartyId> = [network.party(3)].into();
    while network.server.step() != ServerStep::Done {
        network.server = reload(&network.server);
        for client in network.clients.values_mut() {
            let before = (client.step(), client.last_sent().cloned(), client.has_revealed());
            *client = reload(client);
            assert_eq!(
                before,
                (client.step(), client.last_sent().cloned(), client.has_revealed())
            );
        }
        for party in network.config.parties.clone() {
            if let Some(message) = network.server.message_for(party) {
                assert_eq!(reload(&message), message);
            }
            let sent = network.clients[&party].last_sent().unwrap();
            assert_eq!(reload(sent), *sent);
        }
        let missing = if network.server.step() == ServerStep::MaskedInputs {
            &gone
        } else {
            &BTreeSet::new()
        };
        network.step(missing).unwrap();
    }
    let included: BTreeSet<PartyId> = network.config.parties.difference(&gone).copied().collect();
    assert_eq!(network.server.outcome().unwrap().included, included);
    assert_eq!(reload(network.server.outcome().unwrap()).sum, network.sum(&included));
}

#[test]
fn the_steps_of_a_client() {
    let mut network = Network::new(2, 2, 1, 12);
    let party = network.party(0);
    let mut steps = vec![network.clients[&party].step()];
    loop {
        if let Some(message) = network.server.message_for(party) {
            network.answer(party, &message).unwrap();
            steps.push(network.clients[&party].step());
            assert_eq!(
                network.clients[&party].has_revealed(),
                network.clients[&party].step() >= ClientStep::Revealed
            );
        }
        if network.server.step() == ServerStep::Done {
            break;
        }
        network.step(&BTreeSet::new()).unwrap();
    }
    use ClientStep::*;
    assert_eq!(steps, [Advertised, Shared, Masked, Consistent, Revealed, Done]);
    assert!(network.clients[&party].has_revealed());
}

#[test]
fn a_repeat_gives_the_same_answer_and_counts_once() {
    let mut network = Network::new(3, 2, 4, 13);
    let mut last: Vec<(PartyId, ClientMessage)> = Vec::new();
    while network.server.step() != ServerStep::Done {
        for (party, message) in &last {
            // What was accepted before may come again at any time.
            assert_eq!(network.server.handle(*party, message.clone()), Ok(Progress::Unchanged));
        }
        for party in network.config.parties.clone() {
            let Some(message) = network.server.message_for(party) else {
                continue;
            };
            let first = network.answer(party, &message).unwrap();
            assert_eq!(network.answer(party, &message).unwrap(), first);
        }
        last = network
            .clients
            .iter()
            .map(|(party, client)| (*party, client.last_sent().unwrap().clone()))
            .collect();
        network.step(&BTreeSet::new()).unwrap();
    }
    let everyone = network.config.parties.clone();
    assert_eq!(network.server.outcome().unwrap().sum, network.sum(&everyone));
}

#[test]
fn a_second_message_is_refused_and_its_sender_named() {
    let mut network = Network::new(3, 2, 4, 14);
    let party = network.party(1);
    let input = network.inputs[&party].clone();
    let mut other = network.client(party, input);
    let first = network.clients[&party].last_sent().unwrap().clone();
    let second = other.last_sent().unwrap().clone();
    assert_eq!(network.server.handle(party, first), Ok(Progress::Accepted));
    let error = network.server.handle(party, second).unwrap_err();
    assert_eq!(error, Error::Conflicting { party });
    assert_eq!(error.fault(), Fault::Peer(party));
    // A process that lost its state and made new keys learns that it cannot go on.
    network.run_to(ServerStep::Shares);
    let book = network.server.message_for(party).unwrap();
    let signing = network.signing[&party].clone();
    let error = other.handle(&signing, &mut network.rng, &book).unwrap_err();
    assert_eq!(error.fault(), Fault::Server);
}

#[test]
fn wrong_set_ups_are_refused_as_our_own_fault() {
    let network = Network::new(3, 2, 4, 15);
    let keys = verifying(&network.signing);
    let (me, other) = (network.party(0), network.party(1));
    let mut rng = network.rng.clone();
    let mut refuse = |config: Config, me: PartyId, key: PartyId, keys, input: Vec<u64>, expected: Error| {
        let result = Client::new(config, me, &network.signing[&key], keys, input, &mut rng);
        let Err(error) = result else {
            panic!("accepted, {expected} expected")
        };
        assert_eq!(error, expected);
        assert_eq!(error.fault(), Fault::Own);
        assert!(!error.is_retryable());
    };
    let good = network.config.clone();
    refuse(
        good.clone(),
        PartyId(2),
        me,
        keys.clone(),
        vec![0; 4],
        Error::NotAParty(PartyId(2)),
    );
    refuse(
        good.clone(),
        me,
        other,
        keys.clone(),
        vec![0; 4],
        Error::WrongSigningKey,
    );
    for have in [0, 3, 5] {
        refuse(
            good.clone(),
            me,
            me,
            keys.clone(),
            vec![0; have],
            Error::InputLength { have, need: 4 },
        );
    }
    let mut short = keys.clone();
    short.remove(&other);
    let missing = Error::Config("a party of the configuration has no verifying key");
    refuse(good, me, me, short.clone(), vec![0; 4], missing.clone());
    assert_eq!(Server::<u64>::new(network.config.clone(), short).err(), Some(missing));
    assert!(Server::<u64>::new(config(Graph::Full, 3, 1, 4), keys).is_err());
}
