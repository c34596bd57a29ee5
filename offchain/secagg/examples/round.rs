//! One whole round in process, by the machines that agents and workers run: how long each side takes.
//!
//! `cargo run --release -p secureflow-secagg --example round -- [PARTIES ENTRIES DROPPED]`, by default 100 1000000 10, prints
//! one JSON object with seconds. The parties that drop out do so after they have shared their secrets, which costs the server
//! most.

use std::{
    collections::BTreeMap,
    env,
    time::{Duration, Instant},
};

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use secureflow_secagg::{
    ed25519_dalek::{SigningKey, VerifyingKey},
    Client, Config, Graph, PartyId, Server, ServerStep, SessionId,
};

struct Round {
    config: Config,
    signing: BTreeMap<PartyId, SigningKey>,
    verifying: BTreeMap<PartyId, VerifyingKey>,
    rng: ChaCha20Rng,
    clients: Duration,
    server: Duration,
}

impl Round {
    fn new(parties: u32, entries: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let ids = (0..parties).map(PartyId);
        let signing: BTreeMap<_, _> = ids.map(|id| (id, SigningKey::generate(&mut rng))).collect();
        let verifying = signing.iter().map(|(id, key)| (*id, key.verifying_key())).collect();
        let threshold = 2 * parties as usize / 3 + 1;
        let session = SessionId::derive(&[0; 32], 0, &[0; 32], 0, 0);
        Self {
            config: Config::new(session, signing.keys().copied().collect(), threshold, entries),
            signing,
            verifying,
            rng,
            clients: Duration::ZERO,
            server: Duration::ZERO,
        }
    }

    /// What party `id` puts in: every entry is its number plus the entry's place.
    fn input(&self, id: PartyId) -> Vec<u32> {
        (0..self.config.length as u32)
            .map(|place| id.0.wrapping_add(place))
            .collect()
    }

    fn neighbours(&self) -> usize {
        match self.config.graph {
            Graph::Full => self.config.parties.len() - 1,
            Graph::Regular { degree, .. } => degree,
        }
    }

    /// Runs the round; the last `dropped` parties send nothing after their shares. Returns the sum.
    fn run(&mut self, dropped: u32) -> Vec<u32> {
        let gone = self.signing.len() as u32 - dropped;
        let mut server =
            Server::<u32>::new(self.config.clone(), self.verifying.clone()).expect("the configuration is sound");
        let mut clients = BTreeMap::new();
        for (id, key) in &self.signing {
            let input = self.input(*id);
            let begin = Instant::now();
            let (client, hello) = Client::new(
                self.config.clone(),
                *id,
                key,
                self.verifying.clone(),
                input,
                &mut self.rng,
            )
            .expect("the configuration is sound");
            self.clients += begin.elapsed();
            let begin = Instant::now();
            server.handle(*id, hello).expect("the party is honest");
            self.server += begin.elapsed();
            clients.insert(*id, client);
        }
        while server.step() != ServerStep::Done {
            if server.step() == ServerStep::MaskedInputs {
                clients.retain(|id, _| id.0 < gone);
            }
            let waiting = server.step();
            for (id, client) in &mut clients {
                let begin = Instant::now();
                let message = server.message_for(*id);
                self.server += begin.elapsed();
                let Some(message) = message else { continue };
                let begin = Instant::now();
                let answer = client
                    .handle(&self.signing[id], &mut self.rng, &message)
                    .expect("the server is honest");
                self.clients += begin.elapsed();
                let Some(answer) = answer else { continue };
                let begin = Instant::now();
                server.handle(*id, answer).expect("the party is honest");
                self.server += begin.elapsed();
            }
            if server.step() == waiting {
                let begin = Instant::now();
                server.deadline().expect("enough parties are left");
                self.server += begin.elapsed();
            }
        }
        server.outcome().expect("it is done").sum.clone()
    }
}

fn main() {
    let arguments: Vec<u32> = env::args()
        .skip(1)
        .map(|text| text.parse().expect("a number"))
        .collect();
    let [parties, entries, dropped] = match arguments[..] {
        [] => [100, 1_000_000, 10],
        [parties, entries, dropped] => [parties, entries, dropped],
        _ => panic!("give PARTIES ENTRIES DROPPED, or nothing"),
    };
    let mut round = Round::new(parties, entries as usize);
    let begin = Instant::now();
    let sum = round.run(dropped);
    let whole = begin.elapsed();
    let left = parties - dropped;
    let right = |place: usize| {
        let numbers = (0..left).fold(0u32, u32::wrapping_add);
        numbers.wrapping_add((place as u32).wrapping_mul(left))
    };
    assert!(
        sum.iter().enumerate().all(|(place, entry)| *entry == right(place)),
        "the sum is wrong"
    );
    println!(
        "{}",
        serde_json::json!({
            "work": format!("{parties} parties, {entries} entries of 32 bits, {dropped} dropped"),
            "parties": parties, "entries": entries, "dropped": dropped, "neighbours": round.neighbours(),
            "whole_s": whole.as_secs_f64(), "server_s": round.server.as_secs_f64(),
            "client_s": round.clients.as_secs_f64() / f64::from(parties),
        })
    );
}
