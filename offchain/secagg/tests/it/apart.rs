//! Checkpoints that keep the long vector apart, and write it only where it is another.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use secureflow_secagg::{Client, Error, Graph, PartyId, Ring, Server, ServerStep};
use serde::{de::DeserializeOwned, Serialize};

use crate::network::{Network, RING};

/// A machine whose vector can be kept apart.
trait Machine<R>: Serialize + DeserializeOwned {
    fn version(&self) -> usize;
    fn save(&mut self) -> (Vec<u8>, Vec<u8>);
    fn take_back(&mut self, vector: Vec<R>) -> Result<(), Error>;
}

macro_rules! machine {
    ($machine:ident, $version:ident) => {
        impl<R: Ring> Machine<R> for $machine<R> {
            fn version(&self) -> usize {
                self.$version()
            }

            fn save(&mut self) -> (Vec<u8>, Vec<u8>) {
                self.apart(|machine, vector| (postcard::to_stdvec(machine).unwrap(), R::pack(vector)))
            }

            fn take_back(&mut self, vector: Vec<R>) -> Result<(), Error> {
                self.rejoin(vector)
            }
        }
    };
}

machine!(Server, sum_version);
machine!(Client, vector_version);

/// What a process has on disk of one machine.
#[derive(Default)]
struct Disk {
    machine: Vec<u8>,
    vector: Vec<u8>,
    version: usize,
    writes: usize,
}

impl Disk {
    fn write<R: Ring>(&mut self, machine: &mut impl Machine<R>) {
        let version = machine.version();
        let (saved, vector) = machine.save();
        self.machine = saved;
        if version != self.version {
            (self.vector, self.version) = (vector, version);
            self.writes += 1;
        }
    }

    fn read<R: Ring, M: Machine<R>>(&self) -> M {
        let mut machine: M = postcard::from_bytes(&self.machine).unwrap();
        machine.take_back(R::unpack(&self.vector).unwrap()).unwrap();
        machine
    }
}

/// Every machine dies after every message. The first party is gone before its input is there.
fn all_die<R: Ring + Debug>(graph: Graph) {
    const LENGTH: usize = 10_000;
    let mut network: Network<R> = Network::in_ring(graph, 6, 4, LENGTH, 7);
    let mut server = Disk::default();
    let mut clients: BTreeMap<PartyId, Disk> = BTreeMap::new();
    let first = network.party(0);
    while network.server.step() != ServerStep::Done {
        let step = network.server.step();
        for party in network.server.waiting_for() {
            let gone = step >= ServerStep::MaskedInputs && party == first;
            if gone || network.server.step() != step {
                continue;
            }
            let disk = clients.entry(party).or_default();
            disk.write(network.clients.get_mut(&party).unwrap());
            network.clients.insert(party, disk.read());
            let message = match network.server.message_for(party) {
                Some(message) => {
                    network.answer(party, &message).unwrap();
                    disk.write(network.clients.get_mut(&party).unwrap());
                    let client: Client<R> = disk.read();
                    client.last_sent().unwrap().clone()
                }
                None => network.clients[&party].last_sent().unwrap().clone(),
            };
            network.server.handle(party, message).unwrap();
            server.write(&mut network.server);
            assert!(server.machine.len() < LENGTH, "the sum is in the machine");
            assert!(disk.machine.len() < LENGTH, "the vector is in the machine");
            network.server = server.read();
        }
        if network.server.step() == step {
            network.server.deadline().unwrap();
            server.write(&mut network.server);
            network.server = server.read();
        }
    }
    let outcome = network.server.outcome().unwrap();
    let survivors: BTreeSet<PartyId> = network
        .config
        .parties
        .iter()
        .copied()
        .filter(|party| *party != first)
        .collect();
    assert_eq!(outcome.included, survivors);
    assert_eq!(outcome.sum, network.sum(&survivors));
    assert_eq!(
        server.writes,
        survivors.len() + 1,
        "an input each, and the masks taken off"
    );
    for (party, disk) in clients {
        let most = if party == first { 1 } else { 3 };
        assert!(disk.writes <= most, "{party}: its input, under its masks, and none");
    }
}

#[test]
fn nothing_is_lost_where_vectors_are_kept_apart() {
    all_die::<u64>(Graph::Full);
    all_die::<u32>(Graph::Full);
    all_die::<u64>(RING);
}

#[test]
fn a_machine_without_its_vector_goes_no_further() {
    let mut network = Network::on(Graph::Full, 4, 3, 50, 1);
    network.run_to(ServerStep::MaskedInputs);
    let party = network.party(0);
    let deliver = network.server.message_for(party).unwrap();
    let (saved, vector) = network.clients.get_mut(&party).unwrap().save();
    let mut client: Client = postcard::from_bytes(&saved).unwrap();
    std::mem::swap(network.clients.get_mut(&party).unwrap(), &mut client);
    assert_eq!(network.answer(party, &deliver), Err(Error::Apart));
    let need = Err(Error::InputLength { have: 49, need: 50 });
    let apart = network.clients.get_mut(&party).unwrap();
    assert_eq!(apart.rejoin(vec![0; 49]), need);
    apart.rejoin(u64::unpack(&vector).unwrap()).unwrap();
    let message = network.answer(party, &deliver).unwrap().unwrap();

    let (saved, _) = network.server.save();
    let whole = std::mem::replace(&mut network.server, postcard::from_bytes(&saved).unwrap());
    assert_eq!(network.server.handle(party, message.clone()), Err(Error::Apart));
    network.server = whole;
    network.server.handle(party, message).unwrap();
    network.run_to(ServerStep::Unmask);
    let (saved, _) = network.server.save();
    network.server = postcard::from_bytes(&saved).unwrap();
    assert_eq!(
        network.server.rejoin(Vec::new()),
        Err(Error::InputLength { have: 0, need: 50 })
    );
    while network.server.step() != ServerStep::Done {
        match network.step(&BTreeSet::new()) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error, Error::Apart);
                return;
            }
        }
    }
    panic!("a sum without what was in it");
}
