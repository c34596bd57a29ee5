//! A server that lies, at its best: it tells parts of the circle of different dealers and survivors, with parties that
//! tell it all they know, and takes whatever sum it can open.
//!
//! What it learns is found from what honest parties gave it: of whom the seed is open, of whom the mask key, and whose
//! masks with whom are in which input. A sum is open where no mask is left; with a threshold as it should be there is
//! one at most.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::{seq::SliceRandom, Rng};
use secureflow_secagg::{
    Client, ClientMessage, ConsistencyBook, Graph, PartyId, Ring, ServerMessage, ServerStep, SignatureBytes, Survivors,
};

use crate::network::{reload, Network};

const PARTIES: usize = 20;
const DEGREE: usize = 6;

type Parties = BTreeSet<PartyId>;

/// What the server says to those of one arc of the circle: the dealers and the survivors.
struct Story {
    dealers: Parties,
    survivors: Parties,
}

struct Attack<R: Ring> {
    network: Network<R>,
    circle: Vec<PartyId>,
    colluders: Parties,
    threshold: usize,
    /// Of every honest party that has masked its input: with whom it has masks.
    masks: BTreeMap<PartyId, Parties>,
    /// Whose shares honest parties gave, by owner.
    seeds: BTreeMap<PartyId, Parties>,
    mask_keys: BTreeMap<PartyId, Parties>,
}

impl<R: Ring> Attack<R> {
    fn new(graph: Graph, colluders: usize, seed: u64) -> Self {
        let session_threshold = PARTIES / 2 + 1;
        let mut network = Network::<R>::in_ring(graph, PARTIES, session_threshold, 1, seed);
        network.run_to(ServerStep::Shares);
        let circle = circle(&network);
        network.run_to(ServerStep::MaskedInputs);
        let parties: Vec<PartyId> = network.config.parties.iter().copied().collect();
        let colluders = parties.choose_multiple(&mut network.rng, colluders).copied().collect();
        let threshold = match graph {
            Graph::Full => session_threshold,
            Graph::Regular { threshold, .. } => threshold,
        };
        Self {
            network,
            circle,
            colluders,
            threshold,
            masks: BTreeMap::new(),
            seeds: BTreeMap::new(),
            mask_keys: BTreeMap::new(),
        }
    }

    fn near(&self, one: PartyId, other: PartyId) -> bool {
        let Graph::Regular { degree, .. } = self.network.config.graph else {
            return true;
        };
        let place = |party| self.circle.iter().position(|on| *on == party).unwrap();
        let apart = place(one).abs_diff(place(other));
        apart.min(self.circle.len() - apart) <= degree / 2
    }

    /// Arcs that are told of themselves, of their `moat` beyond both ends as having dropped out, and of everybody who
    /// is too far away to be anyone's neighbour. `gone` of each arc have dropped out too.
    fn stories(&mut self, cuts: &[usize], moat: usize, gone: usize) -> Vec<(Parties, Story)> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % PARTIES).collect();
        cuts.sort();
        cuts.dedup();
        let mut stories = Vec::new();
        for (index, first) in cuts.iter().enumerate() {
            let end = if index + 1 < cuts.len() {
                cuts[index + 1]
            } else {
                cuts[0] + PARTIES
            };
            let at = |place: usize| self.circle[place % PARTIES];
            let arc: Parties = (*first..end).map(at).collect();
            let around = (first + PARTIES - moat..end + PARTIES + moat).map(at);
            let mut dealers: Parties = around.chain(self.colluders.iter().copied()).collect();
            let mut survivors: Parties = arc.union(&self.colluders).copied().collect();
            for party in &self.circle {
                if !arc.iter().any(|member| self.near(*member, *party)) {
                    dealers.insert(*party);
                    survivors.insert(*party);
                }
            }
            let all: Vec<PartyId> = arc.difference(&self.colluders).copied().collect();
            for party in all.choose_multiple(&mut self.network.rng, gone) {
                survivors.remove(party);
            }
            stories.push((arc, Story { dealers, survivors }));
        }
        stories
    }

    /// A party's machine, brought by this story to its signatures over dealers and survivors. None where it refuses.
    fn tell(&mut self, party: PartyId, story: &Story) -> Option<(Client<R>, [SignatureBytes; 2])> {
        let mut client: Client<R> = reload(&self.network.clients[&party]);
        let Some(ServerMessage::Deliver(mut deliver)) = self.network.server.message_for(party) else {
            panic!()
        };
        deliver.sealed.retain(|dealer, _| story.dealers.contains(dealer));
        let with = deliver.sealed.keys().copied().collect();
        if let Graph::Regular { .. } = self.network.config.graph {
            deliver.dealers = story.dealers.clone();
        }
        let signing = &self.network.signing[&party];
        let rng = &mut self.network.rng;
        let answer = client.handle(signing, rng, &ServerMessage::Deliver(deliver)).ok()?;
        if let Some(ClientMessage::MaskedInput(masked)) = answer {
            if !self.colluders.contains(&party) {
                self.masks.insert(party, with);
            }
            let parties = story.survivors.clone();
            let list = ServerMessage::Survivors(Survivors { parties });
            let Ok(Some(ClientMessage::Consistency(consistency))) = client.handle(signing, rng, &list) else {
                return None;
            };
            let over_dealers = masked.signature.unwrap_or(SignatureBytes([0; 64]));
            return Some((client, [over_dealers, consistency.signature]));
        }
        None
    }

    fn run(&mut self, stories: &[(Parties, Story)]) {
        for (arc, story) in stories {
            let told: Vec<PartyId> = arc.union(&self.colluders).copied().collect();
            let mut machines = BTreeMap::new();
            for party in told {
                if let Some(machine) = self.tell(party, story) {
                    machines.insert(party, machine);
                }
            }
            let signatures: Vec<(PartyId, [SignatureBytes; 2])> = machines
                .iter()
                .map(|(party, (_, signatures))| (*party, *signatures))
                .collect();
            for (party, (mut client, _)) in machines {
                if self.colluders.contains(&party) {
                    continue;
                }
                let of = |which: usize| {
                    let near = signatures.iter().filter(|(other, _)| self.near(party, *other));
                    near.map(|(other, signatures)| (*other, signatures[which])).collect()
                };
                let mut book = ConsistencyBook {
                    signatures: of(1),
                    masked: BTreeMap::new(),
                };
                if let Graph::Regular { .. } = self.network.config.graph {
                    book.masked = of(0);
                }
                let message = ServerMessage::ConsistencyBook(book);
                let signing = &self.network.signing[&party];
                let Ok(Some(ClientMessage::Unmask(unmask))) = client.handle(signing, &mut self.network.rng, &message)
                else {
                    continue;
                };
                for owner in unmask.seed_shares.keys() {
                    self.seeds.entry(*owner).or_default().insert(party);
                }
                for owner in unmask.mask_key_shares.keys() {
                    self.mask_keys.entry(*owner).or_default().insert(party);
                }
            }
        }
    }

    /// Whether the shares of a kind, with all that colluders hold, are as many as open the secret.
    fn is_open(&self, shares: &BTreeMap<PartyId, Parties>, owner: PartyId) -> bool {
        let given = shares.get(&owner).map_or(0, Parties::len);
        let held = self
            .colluders
            .iter()
            .filter(|colluder| self.near(owner, **colluder))
            .count();
        // Without an honest party's share nothing was asked for.
        given > 0 && given + held >= self.threshold
    }

    /// The sums that are open: sets of honest parties none of which is a part of another.
    fn sums(&self) -> Vec<Parties> {
        let honest = self.masks.keys().copied();
        let (opened, closed): (Parties, Parties) = honest.partition(|party| self.is_open(&self.seeds, *party));
        for party in opened.iter().chain(&closed) {
            let both = self.is_open(&self.seeds, *party) && self.is_open(&self.mask_keys, *party);
            assert!(!both, "both secrets of party {party} are open");
        }
        // A mask is known where one of its ends is open or colludes; the others must cancel.
        let is_known = |other: PartyId| self.colluders.contains(&other) || self.is_open(&self.mask_keys, other);
        let unknown = |party: PartyId| {
            self.masks[&party]
                .iter()
                .copied()
                .filter(move |other| !is_known(*other))
        };
        let mut left = opened;
        loop {
            let cancels = |party: PartyId, other: PartyId| left.contains(&other) && self.masks[&other].contains(&party);
            let keep: Parties = left
                .iter()
                .copied()
                .filter(|party| unknown(*party).all(|other| cancels(*party, other)))
                .collect();
            if keep == left {
                break;
            }
            left = keep;
        }
        let mut sums = Vec::new();
        while let Some(first) = left.first().copied() {
            let mut sum: Parties = [first].into();
            loop {
                let more: Parties = sum
                    .iter()
                    .flat_map(|party| unknown(*party))
                    .chain(sum.clone())
                    .collect();
                if more == sum {
                    break;
                }
                sum = more;
            }
            left.retain(|party| !sum.contains(party));
            sums.push(sum);
        }
        sums
    }
}

/// The session's circle: two places next to each other have the most neighbours in common.
fn circle<R: Ring>(network: &Network<R>) -> Vec<PartyId> {
    let parties: Vec<PartyId> = network.config.parties.iter().copied().collect();
    if network.config.graph == Graph::Full {
        return parties;
    }
    let edges: BTreeMap<PartyId, Parties> = parties
        .iter()
        .map(|party| (*party, network.neighbours(*party)))
        .collect();
    let mut circle = vec![parties[0]];
    while circle.len() < parties.len() {
        let last = circle[circle.len() - 1];
        let next = edges[&last].iter().filter(|next| !circle.contains(next));
        circle.push(
            *next
                .max_by_key(|next| edges[next].intersection(&edges[&last]).count())
                .unwrap(),
        );
    }
    circle
}

fn attack<R: Ring>(
    graph: Graph,
    colluders: usize,
    seed: u64,
    cuts: &[usize],
    moat: usize,
    gone: usize,
) -> Vec<Parties> {
    let mut attack = Attack::<R>::new(graph, colluders, seed);
    let stories = attack.stories(cuts, moat, gone);
    attack.run(&stories);
    attack.sums()
}

fn ring(threshold: usize) -> Graph {
    Graph::Regular {
        degree: DEGREE,
        threshold,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// t' = k/2 + 2 + c.
    #[test]
    fn one_sum_of_neighbours_at_most(
        seed: u64,
        colluders in 0..2usize,
        cuts in prop::collection::vec(0..PARTIES, 1..4),
        moat in 0..5usize,
        gone in 0..3usize,
    ) {
        let graph = ring(DEGREE / 2 + 2 + colluders);
        let sums = match seed % 2 {
            0 => attack::<u64>(graph, colluders, seed, &cuts, moat, gone),
            _ => attack::<u32>(graph, colluders, seed, &cuts, moat, gone),
        };
        prop_assert!(sums.len() <= 1, "{sums:?}");
        prop_assert!(sums.iter().all(|sum| sum.len() > PARTIES / 3));
    }

    #[test]
    fn one_sum_on_the_full_graph_at_most(
        seed: u64,
        cuts in prop::collection::vec(0..PARTIES, 1..3),
        moat in 0..12usize,
        gone in 0..3usize,
    ) {
        let sums = attack::<u64>(Graph::Full, 0, seed, &cuts, moat, gone);
        prop_assert!(sums.len() <= 1, "{sums:?}");
        prop_assert!(sums.iter().all(|sum| sum.len() > PARTIES / 2));
    }
}

/// The attack finds what is there: everybody's sum where nothing is lied about, and one for each half of the circle
/// where the threshold is one for servers that are only curious.
#[test]
fn the_attack_works_where_it_should() {
    for seed in 0..3 {
        let sums = attack::<u64>(ring(5), 0, seed, &[0], 0, 0);
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].len(), PARTIES);
        let sums = attack::<u64>(ring(3), 0, seed, &[0, PARTIES / 2], 0, 0);
        assert_eq!(sums.len(), 2, "{sums:?}");
        assert!(sums.iter().all(|sum| sum.len() == PARTIES / 2));
        // The very same lies against the threshold that is meant for them.
        assert!(attack::<u64>(ring(5), 0, seed, &[0, PARTIES / 2], 0, 0).is_empty());
    }
    // Colluders' shares and signatures make up for what is missing at the ends of the arcs.
    let most = |colluders| {
        let sums = (0..10).map(|seed| attack::<u64>(ring(5), colluders, seed, &[0, PARTIES / 2], 0, 0).len());
        sums.max().unwrap()
    };
    assert_eq!((most(0), most(8)), (0, 2));
}

/// Whoever masks must be told alike before its seed is opened, or arcs with a moat between them come open (step 7).
#[test]
fn moats_do_not_help() {
    let mut rng = <rand_chacha::ChaCha20Rng as rand::SeedableRng>::seed_from_u64(1);
    for seed in 0..12 {
        let cuts = [
            rng.gen_range(0..PARTIES),
            rng.gen_range(0..PARTIES),
            rng.gen_range(0..PARTIES),
        ];
        for moat in 1..DEGREE {
            let sums = attack::<u32>(ring(DEGREE / 2 + 2), 0, seed, &cuts, moat, 0);
            assert!(sums.len() <= 1, "seed {seed}, cuts {cuts:?}, moat {moat}: {sums:?}");
        }
    }
}
