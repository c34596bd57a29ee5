//! A server and its clients in one process.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::{SigningKey, VerifyingKey};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use secureflow_secagg::{
    Client, ClientMessage, Config, Error, Graph, PartyId, Progress, Ring, Server, ServerMessage, ServerStep, SessionId,
};
use serde::{de::DeserializeOwned, Serialize};

pub struct Network<R: Ring = u64> {
    pub config: Config,
    pub server: Server<R>,
    pub clients: BTreeMap<PartyId, Client<R>>,
    pub signing: BTreeMap<PartyId, SigningKey>,
    pub inputs: BTreeMap<PartyId, Vec<R>>,
    pub rng: ChaCha20Rng,
}

/// Four neighbours each.
pub const RING: Graph = Graph::Regular {
    degree: 4,
    threshold: 3,
};

pub fn config(graph: Graph, parties: usize, threshold: usize, length: usize) -> Config {
    // Numbers with gaps: nothing may depend on their being positions.
    let parties = (0..parties as u32).map(|i| PartyId(i * 3 + 1)).collect();
    Config {
        session: SessionId::derive(&[9; 32], 1, &[8; 32], 0, 0),
        parties,
        threshold,
        length,
        graph,
    }
}

pub fn signing_keys(config: &Config, rng: &mut ChaCha20Rng) -> BTreeMap<PartyId, SigningKey> {
    config
        .parties
        .iter()
        .map(|party| (*party, SigningKey::generate(rng)))
        .collect()
}

pub fn verifying(signing: &BTreeMap<PartyId, SigningKey>) -> BTreeMap<PartyId, VerifyingKey> {
    signing
        .iter()
        .map(|(party, key)| (*party, key.verifying_key()))
        .collect()
}

impl Network {
    pub fn new(parties: usize, threshold: usize, length: usize, seed: u64) -> Self {
        Self::on(Graph::Full, parties, threshold, length, seed)
    }

    pub fn on(graph: Graph, parties: usize, threshold: usize, length: usize, seed: u64) -> Self {
        Self::in_ring(graph, parties, threshold, length, seed)
    }
}

impl<R: Ring> Network<R> {
    pub fn in_ring(graph: Graph, parties: usize, threshold: usize, length: usize, seed: u64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let config = config(graph, parties, threshold, length);
        let signing = signing_keys(&config, &mut rng);
        let server = Server::new(config.clone(), verifying(&signing)).unwrap();
        let mut network = Network {
            config,
            server,
            clients: BTreeMap::new(),
            signing,
            inputs: BTreeMap::new(),
            rng,
        };
        for party in network.config.parties.clone() {
            let input: Vec<R> = (0..length).map(|_| R::from_signed(network.rng.gen())).collect();
            let client = network.client(party, input.clone());
            network.clients.insert(party, client);
            network.inputs.insert(party, input);
        }
        network
    }

    pub fn client(&mut self, party: PartyId, input: Vec<R>) -> Client<R> {
        let verifying = verifying(&self.signing);
        let signing = &self.signing[&party];
        Client::new(self.config.clone(), party, signing, verifying, input, &mut self.rng)
            .unwrap()
            .0
    }

    /// A party's neighbours: whose keys the server shows it. For sessions that have come to the key books.
    pub fn neighbours(&self, party: PartyId) -> BTreeSet<PartyId> {
        let Some(ServerMessage::KeyBook(book)) = self.server.message_for(party) else {
            panic!("no key book")
        };
        book.keys.into_keys().filter(|other| *other != party).collect()
    }

    pub fn party(&self, index: usize) -> PartyId {
        *self.config.parties.iter().nth(index).unwrap()
    }

    /// A client's answer to a message.
    pub fn answer(&mut self, party: PartyId, msg: &ServerMessage) -> Result<Option<ClientMessage<R>>, Error> {
        self.clients
            .get_mut(&party)
            .unwrap()
            .handle(&self.signing[&party], &mut self.rng, msg)
    }

    /// Brings everyone who is not missing through the server's current step, then calls its deadline if it still
    /// waits.
    pub fn step(&mut self, missing: &BTreeSet<PartyId>) -> Result<Progress, Error> {
        let step = self.server.step();
        for party in self.server.waiting_for() {
            if missing.contains(&party) || self.server.step() != step {
                continue;
            }
            let message = match self.server.message_for(party) {
                Some(message) => self.answer(party, &message)?.unwrap(),
                None => self.clients[&party].last_sent().unwrap().clone(),
            };
            self.server.handle(party, message)?;
        }
        if self.server.step() == step {
            return self.server.deadline();
        }
        Ok(Progress::Advanced(self.server.step()))
    }

    /// Runs until the server waits for the messages of a step.
    pub fn run_to(&mut self, step: ServerStep) {
        while self.server.step() != step {
            self.step(&BTreeSet::new()).unwrap();
        }
    }

    pub fn sum(&self, parties: &BTreeSet<PartyId>) -> Vec<R> {
        let mut sum = vec![R::default(); self.config.length];
        for party in parties {
            for (total, value) in sum.iter_mut().zip(&self.inputs[party]) {
                *total = total.plus(*value);
            }
        }
        sum
    }
}

/// What a process finds after it died: the machine as it was saved.
pub fn reload<T: Serialize + DeserializeOwned>(machine: &T) -> T {
    serde_json::from_slice(&serde_json::to_vec(machine).unwrap()).unwrap()
}
