//! Generated runs over a network that loses, repeats, reorders and changes messages, between processes that die.
//!
//! What may happen: an error of a kind that says whose fault it is, parties that do not make it, no outcome at all.
//! What may not: an outcome that is not the sum over exactly its `included`, fewer included than the threshold, a run
//! that neither ends nor is below the threshold although nobody lied, a share revealed in two ways.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::{seq::SliceRandom, Rng};
use secureflow_secagg::{
    Client, ClientMessage, Error, Graph, PartyId, Ring, Server, ServerMessage, ServerStep, Unmask,
};
use serde::{de::DeserializeOwned, Serialize};
use serde_json::Value;

use crate::network::{reload, verifying, Network, RING};

/// How likely, in percent, each mishap is per event.
#[derive(Clone, Copy, Debug)]
struct Weather {
    lose: u32,
    repeat: u32,
    /// A process dies after it worked on a message and before it saved.
    forget: u32,
    tamper: u32,
    deadline: u32,
}

enum Packet<R: Ring> {
    ToServer(PartyId, ClientMessage<R>),
    ToClient(PartyId, ServerMessage),
}

struct Run<R: Ring> {
    network: Network<R>,
    weather: Weather,
    packets: Vec<Packet<R>>,
    /// Those whose process stops for good, and after how many events.
    dying: BTreeMap<PartyId, usize>,
    dead: BTreeSet<PartyId>,
    /// What each party has revealed.
    revealed: BTreeMap<PartyId, Unmask>,
    tampered: bool,
    /// Whether a deadline may have left somebody behind who lives.
    deadlines: bool,
}

impl<R: Ring> Run<R> {
    fn chance(&mut self, percent: u32) -> bool {
        self.network.rng.gen_range(0..100) < percent
    }

    fn storm(&mut self, events: usize) {
        for event in 0..events {
            self.dead.extend(
                self.dying
                    .iter()
                    .filter(|(_, at)| **at == event)
                    .map(|(party, _)| *party),
            );
            if self.network.server.step() == ServerStep::Done {
                return;
            }
            if self.chance(self.weather.deadline) {
                self.deadline();
            }
            if self.packets.is_empty() || self.chance(20) {
                self.resend();
            }
            if self.packets.is_empty() {
                continue;
            }
            let index = self.network.rng.gen_range(0..self.packets.len());
            let packet = self.packets.swap_remove(index);
            if self.chance(self.weather.lose) {
                continue;
            }
            if self.chance(self.weather.repeat) {
                self.packets.push(match &packet {
                    Packet::ToServer(party, message) => Packet::ToServer(*party, message.clone()),
                    Packet::ToClient(party, message) => Packet::ToClient(*party, message.clone()),
                });
            }
            self.deliver(packet);
        }
    }

    /// Everybody who lives says again what it said last.
    fn resend(&mut self) {
        for party in self.network.config.parties.clone() {
            if self.dead.contains(&party) {
                continue;
            }
            if let Some(message) = self.network.clients[&party].last_sent() {
                self.packets.push(Packet::ToServer(party, message.clone()));
            }
            if let Some(message) = self.network.server.message_for(party) {
                self.packets.push(Packet::ToClient(party, message));
            }
        }
    }

    fn deliver(&mut self, packet: Packet<R>) {
        match packet {
            Packet::ToServer(party, message) => {
                let message = self.maybe_tamper(message);
                let mut server: Server<R> = reload(&self.network.server);
                let result = server.handle(party, message);
                self.check_error(result.as_ref().err());
                if !self.chance(self.weather.forget) {
                    self.network.server = server;
                    self.check_outcome();
                }
            }
            Packet::ToClient(party, _) if self.dead.contains(&party) => {}
            Packet::ToClient(party, message) => {
                let message = self.maybe_tamper(message);
                let mut client = reload(&self.network.clients[&party]);
                let result = client_handle(&mut self.network, &mut client, party, &message);
                self.check_error(result.as_ref().err());
                if self.chance(self.weather.forget) {
                    return;
                }
                self.network.clients.insert(party, client);
                if let Ok(Some(answer)) = result {
                    if let ClientMessage::Unmask(unmask) = &answer {
                        let first = self.revealed.entry(party).or_insert_with(|| unmask.clone());
                        assert_eq!(first, unmask, "party {party} revealed two things");
                    }
                    self.packets.push(Packet::ToServer(party, answer));
                }
            }
        }
    }

    fn deadline(&mut self) {
        let result = self.network.server.deadline();
        self.check_error(result.as_ref().err());
        self.network.server = reload(&self.network.server);
        self.check_outcome();
    }

    fn check_error(&self, error: Option<&Error>) {
        let Some(error) = error else { return };
        // Whatever is said of an error must hold for every kind that turns up.
        assert!(!error.to_string().is_empty());
        match error {
            Error::TooEarly | Error::TooLate { .. } | Error::BelowThreshold { .. } => {}
            other => assert!(self.tampered, "nobody lied, yet: {other}"),
        }
    }

    fn check_outcome(&self) {
        if let Some(outcome) = self.network.server.outcome() {
            assert!(outcome.included.len() >= self.network.config.threshold);
            assert_eq!(
                outcome.sum,
                self.network.sum(&outcome.included),
                "wrong sum over {:?}",
                outcome.included
            );
        }
    }

    /// Changes one thing in the message, but for the values of a masked input: those are the sender's word.
    fn maybe_tamper<T: Serialize + DeserializeOwned + PartialEq>(&mut self, message: T) -> T {
        if !self.chance(self.weather.tamper) {
            return message;
        }
        let mut value = serde_json::to_value(&message).unwrap();
        let mut places = Vec::new();
        collect(&value, &mut Vec::new(), &mut places);
        let Some(place) = places.choose(&mut self.network.rng).cloned() else {
            return message;
        };
        let remove = self.network.rng.gen_range(0..8) == 0;
        let bit = 1u64 << self.network.rng.gen_range(0..8);
        change(&mut value, &place, remove, bit);
        match serde_json::from_value(value) {
            Ok(changed) if changed != message => {
                self.tampered = true;
                changed
            }
            _ => message,
        }
    }

    /// The storm is over: with a network that delivers, it ends or is below the threshold.
    fn calm(&mut self) {
        self.weather = Weather {
            lose: 0,
            repeat: 0,
            forget: 0,
            tamper: 0,
            deadline: 0,
        };
        for _ in 0..40 {
            if self.network.server.step() == ServerStep::Done {
                return;
            }
            let step = self.network.server.step();
            self.resend();
            while let Some(packet) = self.packets.pop() {
                self.deliver(packet);
            }
            if self.network.server.step() != step {
                continue;
            }
            match self.network.server.deadline() {
                Ok(_) => self.check_outcome(),
                Err(Error::BelowThreshold { have, need, .. }) => {
                    assert!(have < need);
                    assert!(self.tampered || self.deadlines || !self.dead.is_empty());
                    return;
                }
                Err(error) => {
                    assert!(self.tampered, "{error}");
                    return;
                }
            }
        }
        panic!(
            "forty rounds over a calm network brought no end: {:?}",
            self.network.server.step()
        );
    }
}

fn client_handle<R: Ring>(
    network: &mut Network<R>,
    client: &mut Client<R>,
    party: PartyId,
    message: &ServerMessage,
) -> Result<Option<ClientMessage<R>>, Error> {
    client.handle(&network.signing[&party], &mut network.rng, message)
}

/// Paths to everything in a message that can be changed.
fn collect(value: &Value, path: &mut Vec<String>, places: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                path.push(key.clone());
                if key != "values" {
                    collect(inner, path, places);
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                path.push(index.to_string());
                collect(inner, path, places);
                path.pop();
            }
        }
        _ => places.push(path.clone()),
    }
}

/// Flips a bit of the number at a path, or removes the innermost map's entry that holds it.
fn change(value: &mut Value, path: &[String], remove: bool, bit: u64) {
    let mut node = value;
    for (depth, key) in path.iter().enumerate() {
        let is_party = key.parse::<u32>().is_ok();
        match node {
            Value::Object(map) => {
                if remove && is_party {
                    map.remove(key);
                    return;
                }
                node = map.get_mut(key).unwrap();
            }
            Value::Array(items) => {
                let index: usize = key.parse().unwrap();
                if remove && depth + 1 == path.len() {
                    items.remove(index);
                    return;
                }
                node = &mut items[index];
            }
            _ => return,
        }
    }
    if let Some(number) = node.as_u64() {
        *node = Value::from(number ^ bit);
    }
}

fn weather(tamper: impl Strategy<Value = u32>) -> impl Strategy<Value = Weather> {
    (0..30u32, 0..30u32, 0..20u32, tamper, 0..6u32).prop_map(|(lose, repeat, forget, tamper, deadline)| Weather {
        lose,
        repeat,
        forget,
        tamper,
        deadline,
    })
}

/// Whether the run ends with a sum.
fn run<R: Ring>(graph: Graph, seed: u64, parties: usize, weather: Weather, deaths: &[(usize, usize)]) -> bool {
    let threshold = parties / 2 + 1;
    let network = Network::<R>::in_ring(graph, parties, threshold, 5, seed);
    assert_eq!(verifying(&network.signing).len(), parties);
    let dying = deaths
        .iter()
        .map(|(index, at)| (network.party(index % parties), *at))
        .collect();
    let mut run = Run {
        network,
        weather,
        packets: Vec::new(),
        dying,
        dead: BTreeSet::new(),
        revealed: BTreeMap::new(),
        tampered: false,
        deadlines: weather.deadline > 0,
    };
    run.storm(30 * parties);
    run.calm();
    run.check_outcome();
    run.network.server.outcome().is_some()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn honest_parties_over_a_bad_network(
        seed: u64,
        parties in 2..6usize,
        weather in weather(Just(0)),
        deaths in prop::collection::vec((0..6usize, 0..150usize), 0..3),
    ) {
        run::<u64>(Graph::Full, seed, parties, weather, &deaths);
        run::<u32>(Graph::Full, seed, parties, weather, &deaths);
    }

    #[test]
    fn honest_neighbours_over_a_bad_network(
        seed: u64,
        parties in 6..10usize,
        weather in weather(Just(0)),
        deaths in prop::collection::vec((0..10usize, 0..300usize), 0..4),
    ) {
        run::<u64>(RING, seed, parties, weather, &deaths);
        run::<u32>(RING, seed, parties, weather, &deaths);
    }

    #[test]
    fn somebody_changes_neighbours_messages(
        seed: u64,
        parties in 6..10usize,
        weather in weather(1..15u32),
        deaths in prop::collection::vec((0..10usize, 0..300usize), 0..3),
    ) {
        run::<u64>(RING, seed, parties, weather, &deaths);
        run::<u32>(RING, seed, parties, weather, &deaths);
    }

    #[test]
    fn somebody_changes_messages(
        seed: u64,
        parties in 2..6usize,
        weather in weather(1..15u32),
        deaths in prop::collection::vec((0..6usize, 0..150usize), 0..2),
    ) {
        run::<u64>(Graph::Full, seed, parties, weather, &deaths);
        run::<u32>(Graph::Full, seed, parties, weather, &deaths);
    }
}

/// The generated runs would pass if nothing ever came to an end, so count.
#[test]
fn most_runs_end_with_a_sum() {
    let fair = Weather {
        lose: 10,
        repeat: 20,
        forget: 10,
        tamper: 0,
        deadline: 0,
    };
    for (graph, parties) in [(Graph::Full, 5), (RING, 9)] {
        let sums = |seeds: std::ops::Range<u64>, weather, deaths: &[(usize, usize)]| {
            seeds
                .filter(|seed| run::<u64>(graph, *seed, parties, weather, deaths))
                .count()
        };
        assert_eq!(sums(0..20, fair, &[]), 20);
        let foul = Weather {
            tamper: 5,
            deadline: 1,
            ..fair
        };
        let ends = sums(0..40, foul, &[(1, 40)]);
        assert!((1..40).contains(&ends), "{ends} of 40 runs ended with a sum");
    }
}
