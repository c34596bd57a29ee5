//! Parties that lie in every step: keys of another session, sealed rubbish, wrong shares. Whatever they send, the sum is
//! right or there is none, and who is blamed is one of them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::{seq::IteratorRandom, Rng};
use secureflow_secagg::{
    ClientMessage, Error, Fault, Graph, PartyId, Progress, Ring, SealedShares, ServerStep, ShareBytes, SignatureBytes,
};

use crate::network::{Network, RING};

struct Run<R: Ring> {
    network: Network<R>,
    liars: BTreeSet<PartyId>,
    /// Those who do not go on: refused, silent, or stuck since a liar's shares cannot be opened.
    gone: BTreeSet<PartyId>,
    sent: Vec<(PartyId, ClientMessage<R>)>,
}

impl<R: Ring> Run<R> {
    fn new(graph: Graph, parties: usize, liars: usize, seed: u64) -> Self {
        let mut network = Network::<R>::in_ring(graph, parties, parties / 2 + 1, 4, seed);
        let liars = network
            .config
            .parties
            .iter()
            .copied()
            .choose_multiple(&mut network.rng, liars);
        Self {
            network,
            liars: liars.into_iter().collect(),
            gone: BTreeSet::new(),
            sent: Vec::new(),
        }
    }

    fn blames_a_liar(&self, error: &Error) {
        match error.fault() {
            Fault::Peer(party) => assert!(self.liars.contains(&party), "{error}"),
            other => panic!("{error}: {other:?}"),
        }
    }

    /// Until there is a sum, or too few are left.
    fn end(&mut self) -> bool {
        while self.network.server.step() != ServerStep::Done {
            let step = self.network.server.step();
            for party in self.network.server.waiting_for() {
                if self.network.server.step() == step && !self.gone.contains(&party) {
                    self.party(party);
                }
            }
            self.replay();
            if self.network.server.step() == step {
                match self.network.server.deadline() {
                    Ok(_) => {}
                    Err(Error::BelowThreshold { .. } | Error::Unrecoverable { .. }) => return false,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        let outcome = self.network.server.outcome().unwrap();
        assert!(outcome.included.len() >= self.network.config.threshold);
        assert_eq!(outcome.sum, self.network.sum(&outcome.included));
        true
    }

    fn party(&mut self, party: PartyId) {
        let honest = match self.network.server.message_for(party) {
            None => self.network.clients[&party].last_sent().unwrap().clone(),
            Some(message) => match self.network.answer(party, &message) {
                Ok(answer) => answer.unwrap(),
                Err(error) => {
                    self.blames_a_liar(&error);
                    self.gone.insert(party);
                    return;
                }
            },
        };
        if self.liars.contains(&party) && self.network.rng.gen_range(0..3) > 0 {
            let lie = self.lie(party, honest.clone());
            match self.network.server.handle(party, lie.clone()) {
                // What the server cannot know: sealed shares, and shares that are numbers.
                Ok(_) => {
                    self.sent.push((party, lie));
                    return;
                }
                Err(Error::Unrecoverable { .. }) => return,
                Err(error) => self.blames_a_liar(&error),
            }
            // Refused, it thinks better of it or goes away.
            if self.network.rng.gen() {
                self.gone.insert(party);
                return;
            }
        }
        match self.network.server.handle(party, honest.clone()) {
            Ok(_) => self.sent.push((party, honest)),
            // The last share came, and among the shares are liars'.
            Err(Error::Unrecoverable { .. }) => {}
            Err(error) => self.blames_a_liar(&error),
        }
    }

    /// What was said before may be said again by anybody, and nothing comes of it.
    fn replay(&mut self) {
        let Some((party, message)) = self.sent.iter().choose(&mut self.network.rng).cloned() else {
            return;
        };
        assert_eq!(
            self.network.server.handle(party, message.clone()),
            Ok(Progress::Unchanged)
        );
        // The transport says who sends; what is signed says it too.
        if !matches!(message, ClientMessage::Advertise(_) | ClientMessage::Consistency(_)) {
            return;
        }
        let others = self.network.config.parties.iter().filter(|other| **other != party);
        let other = *others.choose(&mut self.network.rng).unwrap();
        let before = self.network.server.step();
        // Under another name it is a lie of that name's.
        if let Err(error) = self.network.server.handle(other, message) {
            assert!(
                matches!(error.fault(), Fault::Peer(blamed) if blamed == other),
                "{error}"
            );
        }
        assert_eq!(self.network.server.step(), before);
    }

    fn lie(&mut self, party: PartyId, mut message: ClientMessage<R>) -> ClientMessage<R> {
        let others: Vec<PartyId> = self
            .network
            .config
            .parties
            .iter()
            .copied()
            .filter(|other| *other != party)
            .collect();
        let choice = self.network.rng.gen_range(0..4);
        let anybody = others[self.network.rng.gen_range(0..others.len())];
        match &mut message {
            ClientMessage::Advertise(keys) => match choice {
                // Its own of another session, or somebody's.
                0 | 1 => {
                    let session = self.network.config.session;
                    self.network.config.session.0[3] ^= 1;
                    let input = self.network.inputs[&party].clone();
                    let old = self.network.client(party, input);
                    self.network.config.session = session;
                    return old.last_sent().unwrap().clone();
                }
                2 => keys.encryption_key = keys.mask_key,
                _ => keys.seed_commitment[0] ^= 1,
            },
            ClientMessage::Shares(shares) => {
                let receivers: Vec<PartyId> = shares.sealed.keys().copied().collect();
                let one = receivers[self.network.rng.gen_range(0..receivers.len())];
                match choice {
                    0 => {
                        shares.sealed.insert(one, SealedShares([7; 104]));
                    }
                    1 => {
                        let others = shares.sealed[&receivers[0]];
                        shares.sealed.insert(one, others);
                    }
                    2 => {
                        shares.sealed.remove(&one);
                    }
                    _ => {
                        shares.sealed.insert(party, SealedShares([0; 104]));
                    }
                }
            }
            ClientMessage::MaskedInput(masked) => match choice {
                0 => masked.transcript[0] ^= 1,
                1 => masked.values.push(R::default()),
                2 => masked.values.clear(),
                _ => {
                    masked.signature = match masked.signature {
                        Some(_) => None,
                        None => Some(SignatureBytes([1; 64])),
                    }
                }
            },
            ClientMessage::Consistency(consistency) => consistency.signature.0[choice] ^= 1,
            ClientMessage::Unmask(unmask) => match choice {
                0 => {
                    unmask.seed_shares.pop_first();
                }
                1 => {
                    unmask.mask_key_shares.insert(anybody, ShareBytes([0; 32]));
                    unmask.seed_shares.insert(anybody, ShareBytes([0; 32]));
                }
                2 => unmask
                    .seed_shares
                    .values_mut()
                    .for_each(|share| *share = ShareBytes([0xff; 32])),
                _ => {
                    let all = unmask
                        .seed_shares
                        .values_mut()
                        .chain(unmask.mask_key_shares.values_mut());
                    all.for_each(|share| share.0[0] ^= 1);
                }
            },
        }
        message
    }
}

fn ends<R: Ring>(graph: Graph, parties: usize, liars: usize, seed: u64) -> bool {
    Run::<R>::new(graph, parties, liars, seed).end()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn liars_are_found_out_or_do_no_harm(seed: u64, parties in 3..8usize, liars in 1..3usize) {
        ends::<u64>(Graph::Full, parties, liars, seed);
        ends::<u32>(Graph::Full, parties, liars, seed);
    }

    #[test]
    fn so_are_lying_neighbours(seed: u64, parties in 6..11usize, liars in 1..3usize) {
        ends::<u64>(RING, parties, liars, seed);
        ends::<u32>(RING, parties, liars, seed);
    }
}

/// The above would hold if nothing ever came to an end.
#[test]
fn some_end_and_some_do_not() {
    for graph in [Graph::Full, RING] {
        let sums = (0..40).filter(|seed| ends::<u32>(graph, 9, 4, *seed)).count();
        assert!((1..40).contains(&sums), "{sums} of 40 runs ended with a sum");
        assert!(ends::<u64>(graph, 9, 0, 1));
    }
}
