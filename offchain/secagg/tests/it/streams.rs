//! Vectors that come in chunks are masked and summed as those that come whole.

use std::collections::{BTreeMap, BTreeSet};

use secureflow_secagg::{
    Client, ClientMessage, Error, Fault, Graph, PartyId, Progress, Ring, Server, ServerMessage, ServerStep, Survivors,
};

use crate::network::{reload, verifying, Network, RING};

const LENGTH: usize = 1000;

/// A session whose vectors are streamed, and what has come of each at the server.
struct Streams<R: Ring> {
    network: Network<R>,
    arrived: BTreeMap<PartyId, Vec<R>>,
}

impl<R: Ring> Streams<R> {
    fn new(graph: Graph, parties: usize, seed: u64) -> Self {
        let mut network = Network::<R>::in_ring(graph, parties, parties / 2 + 1, LENGTH, seed);
        let keys = verifying(&network.signing);
        network.server = Server::streamed(network.config.clone(), keys.clone()).unwrap();
        for party in network.config.parties.clone() {
            let config = network.config.clone();
            let signing = &network.signing[&party];
            let (client, _) = Client::streamed(config, party, signing, keys.clone(), &mut network.rng).unwrap();
            network.clients.insert(party, client);
        }
        Self {
            network,
            arrived: BTreeMap::new(),
        }
    }

    /// Masks a party's vector in chunks of a size. The process dies after each, and goes on from what it saved.
    fn send(&mut self, party: PartyId, chunk: usize) {
        let mut arrived = Vec::new();
        for part in self.network.inputs[&party].chunks(chunk) {
            let client = self.network.clients.get_mut(&party).unwrap();
            let mut part = part.to_vec();
            assert_eq!(client.masking().unwrap().position(), arrived.len());
            client.masking().unwrap().mask(&mut part).unwrap();
            *client = reload(client);
            arrived.extend(part);
        }
        self.arrived.insert(party, arrived);
    }

    /// Brings all who are not gone to the survivors' list, with their vectors in chunks of different sizes.
    fn mask(&mut self, gone: &BTreeSet<PartyId>) {
        self.network.run_to(ServerStep::MaskedInputs);
        for (number, party) in self.network.config.parties.clone().into_iter().enumerate() {
            let message = self.network.server.message_for(party).unwrap();
            let answer = self.network.answer(party, &message).unwrap().unwrap();
            if gone.contains(&party) {
                continue;
            }
            self.send(party, [LENGTH, 1, 7, 256, 999][number % 5]);
            self.network.server.handle(party, answer).unwrap();
        }
        if !gone.is_empty() {
            self.network.server.deadline().unwrap();
        }
    }

    /// The sum over the survivors, unmasked in chunks of a size.
    fn sum(&self, chunk: usize) -> Vec<R> {
        let server: Server<R> = reload(&self.network.server);
        let outcome = server.outcome().unwrap();
        assert!(outcome.sum.is_empty());
        let mut sum = vec![R::default(); LENGTH];
        for party in &outcome.included {
            for (sum, value) in sum.iter_mut().zip(&self.arrived[party]) {
                *sum = sum.plus(*value);
            }
        }
        // From the last to the first: the order is the caller's.
        let starts = (0..LENGTH).step_by(chunk).rev();
        for first in starts {
            let end = (first + chunk).min(LENGTH);
            server.unmasking().unwrap().unmask(first, &mut sum[first..end]).unwrap();
        }
        sum
    }
}

fn check<R: Ring>(graph: Graph, parties: usize, seed: u64) {
    let mut streams = Streams::<R>::new(graph, parties, seed);
    let gone: BTreeSet<PartyId> = [streams.network.party(1)].into();
    streams.mask(&gone);
    streams.network.run_to(ServerStep::Done);
    let included = streams.network.server.outcome().unwrap().included.clone();
    assert_eq!(included.len(), parties - 1);
    for chunk in [LENGTH, 1, 13, 512] {
        assert_eq!(streams.sum(chunk), streams.network.sum(&included));
    }
}

#[test]
fn chunks_of_any_size_give_the_sum() {
    check::<u64>(Graph::Full, 5, 1);
    check::<u32>(Graph::Full, 5, 2);
    check::<u64>(RING, 7, 3);
    check::<u32>(RING, 7, 4);
}

#[test]
fn chunks_are_masked_as_the_whole_is() {
    fn masked<R: Ring>(seed: u64) {
        let mut whole = Network::<R>::in_ring(Graph::Full, 3, 2, LENGTH, seed);
        whole.run_to(ServerStep::MaskedInputs);
        let party = whole.party(1);
        // The same party, saved before it had its input masked, but for where the input comes from.
        let mut saved = serde_json::to_value(&whole.clients[&party]).unwrap();
        saved["state"]["Shared"]["secrets"]["input"] = serde_json::Value::Null;
        let streamed: Client<R> = serde_json::from_value(saved).unwrap();
        let message = whole.server.message_for(party).unwrap();
        let Some(ClientMessage::MaskedInput(expected)) = whole.answer(party, &message).unwrap() else {
            panic!()
        };
        whole.clients.insert(party, streamed);
        let Some(ClientMessage::MaskedInput(answer)) = whole.answer(party, &message).unwrap() else {
            panic!()
        };
        assert!(answer.values.is_empty());
        assert_eq!(answer.transcript, expected.transcript);
        let mut streams = Streams {
            network: whole,
            arrived: BTreeMap::new(),
        };
        streams.send(party, 37);
        assert_eq!(streams.arrived[&party], expected.values);
    }
    masked::<u64>(5);
    masked::<u32>(6);
}

#[test]
fn no_entry_is_masked_twice_and_none_beyond_the_vector() {
    let mut streams = Streams::<u64>::new(Graph::Full, 3, 7);
    let party = streams.network.party(0);
    assert!(streams.network.clients.get_mut(&party).unwrap().masking().is_none());
    streams.network.run_to(ServerStep::MaskedInputs);
    let message = streams.network.server.message_for(party).unwrap();
    streams.network.answer(party, &message).unwrap();
    let client = streams.network.clients.get_mut(&party).unwrap();
    let masking = client.masking().unwrap();
    masking.mask(&mut [0; 400]).unwrap();
    let mut too_long = [7; 601];
    let error = masking.mask(&mut too_long).unwrap_err();
    let (have, need) = (1001, LENGTH);
    assert_eq!(error, Error::InputLength { have, need });
    assert_eq!(too_long, [7; 601]);
    assert_eq!((masking.position(), masking.is_complete()), (400, false));
    // The same values in the next place have another mask.
    let (mut one, mut other) = ([0; 300], [0; 300]);
    masking.mask(&mut one).unwrap();
    masking.mask(&mut other).unwrap();
    assert!(one.iter().zip(&other).all(|(one, other)| one != other));
    assert!(masking.is_complete());
    assert!(masking.mask(&mut [1]).is_err());
}

/// Once survivors are named, the masks may be opened: what would be masked after that would be in the clear.
#[test]
fn an_incomplete_vector_is_no_survivor() {
    let mut streams = Streams::<u64>::new(Graph::Full, 3, 8);
    let party = streams.network.party(0);
    streams.network.run_to(ServerStep::MaskedInputs);
    let message = streams.network.server.message_for(party).unwrap();
    streams.network.answer(party, &message).unwrap();
    let client = streams.network.clients.get_mut(&party).unwrap();
    client.masking().unwrap().mask(&mut vec![0; LENGTH - 1]).unwrap();
    let survivors = ServerMessage::Survivors(Survivors {
        parties: streams.network.config.parties.clone(),
    });
    let error = streams.network.answer(party, &survivors).unwrap_err();
    assert_eq!(error.fault(), Fault::Server, "{error}");
    let client = streams.network.clients.get_mut(&party).unwrap();
    client.masking().unwrap().mask(&mut [0]).unwrap();
    assert!(streams.network.answer(party, &survivors).unwrap().is_some());
    assert!(streams.network.clients.get_mut(&party).unwrap().masking().is_none());
}

#[test]
fn servers_take_the_kind_of_vector_that_they_are_for() {
    let mut streams = Streams::<u32>::new(Graph::Full, 3, 9);
    streams.network.run_to(ServerStep::MaskedInputs);
    let party = streams.network.party(0);
    let message = streams.network.server.message_for(party).unwrap();
    let Some(ClientMessage::MaskedInput(empty)) = streams.network.answer(party, &message).unwrap() else {
        panic!()
    };
    let mut full = empty.clone();
    full.values = vec![0; LENGTH];
    let error = streams
        .network
        .server
        .handle(party, ClientMessage::MaskedInput(full))
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Peer(party));
    let accepted = streams.network.server.handle(party, ClientMessage::MaskedInput(empty));
    assert_eq!(accepted, Ok(Progress::Accepted));

    let mut whole = Network::new(3, 2, LENGTH, 9);
    whole.run_to(ServerStep::MaskedInputs);
    let party = whole.party(0);
    let message = whole.server.message_for(party).unwrap();
    let Some(ClientMessage::MaskedInput(mut masked)) = whole.answer(party, &message).unwrap() else {
        panic!()
    };
    masked.values.clear();
    assert!(whole.server.handle(party, ClientMessage::MaskedInput(masked)).is_err());
    assert!(whole.server.unmasking().is_none());
}

#[test]
fn what_lies_beyond_the_sum_is_not_unmasked() {
    let mut streams = Streams::<u64>::new(Graph::Full, 3, 10);
    streams.mask(&BTreeSet::new());
    assert!(streams.network.server.unmasking().is_none());
    streams.network.run_to(ServerStep::Done);
    let unmasking = streams.network.server.unmasking().unwrap();
    let mut chunk = [5; 2];
    for first in [LENGTH - 1, LENGTH, usize::MAX] {
        assert!(unmasking.unmask(first, &mut chunk).is_err());
        assert_eq!(chunk, [5; 2]);
    }
}
