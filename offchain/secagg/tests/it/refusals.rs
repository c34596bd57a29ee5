//! What a client refuses to do for a lying server, and a server to take from a lying client.

use std::collections::{BTreeMap, BTreeSet};

use secureflow_secagg::{
    ClientMessage, ClientStep, Error, Fault, PartyId, Progress, SealedShares, ServerMessage, ServerStep, ShareBytes,
    SignatureBytes,
};

use crate::network::{reload, Network};

/// A session that has come to a step, and the honest message that the first party gets there.
fn at(step: ServerStep, seed: u64) -> (Network, PartyId, ServerMessage) {
    let mut network = Network::new(5, 3, 6, seed);
    if step > ServerStep::MaskedInputs {
        network.run_to(ServerStep::MaskedInputs);
        let gone = network.party(4);
        network.step(&[gone].into()).unwrap();
    }
    network.run_to(step);
    let party = network.party(0);
    let message = network.server.message_for(party).unwrap();
    (network, party, message)
}

/// The changed message is refused, the blame is right, and the client still takes the honest one.
fn refuses(step: ServerStep, fault: impl Fn(&Network) -> Fault, change: impl Fn(&mut Network, &mut ServerMessage)) {
    let (mut network, party, honest) = at(step, 21);
    let mut changed = honest.clone();
    change(&mut network, &mut changed);
    assert_ne!(changed, honest, "a change that changes nothing tests nothing");
    let before = network.clients[&party].step();
    let error = network.answer(party, &changed).unwrap_err();
    assert_eq!(error.fault(), fault(&network), "{error}");
    assert_eq!(network.clients[&party].step(), before);
    assert!(!network.clients[&party].has_revealed());
    assert!(network.answer(party, &honest).unwrap().is_some());
}

fn server(_: &Network) -> Fault {
    Fault::Server
}

fn party_1(network: &Network) -> Fault {
    Fault::Peer(network.party(1))
}

macro_rules! on {
    ($kind:ident, $change:expr) => {
        |network: &mut Network, message: &mut ServerMessage| {
            let ServerMessage::$kind(inner) = message else {
                panic!("another message: {message:?}")
            };
            let change: fn(&mut Network, &mut secureflow_secagg::$kind) = $change;
            change(network, inner)
        }
    };
}

#[test]
fn key_books() {
    use ServerStep::Shares;
    refuses(
        Shares,
        server,
        on!(KeyBook, |n, book| book.keys.retain(|party, _| *party <= n.party(1))),
    );
    refuses(
        Shares,
        server,
        on!(KeyBook, |n, book| {
            book.keys.remove(&n.party(0));
        }),
    );
    refuses(
        Shares,
        server,
        on!(KeyBook, |n, book| {
            let keys = book.keys.remove(&n.party(1)).unwrap();
            book.keys.insert(PartyId(999), keys);
        }),
    );
    refuses(
        Shares,
        party_1,
        on!(KeyBook, |n, book| book.keys.get_mut(&n.party(1)).unwrap().mask_key
            [0] ^= 1),
    );
    refuses(
        Shares,
        party_1,
        on!(KeyBook, |n, book| book
            .keys
            .get_mut(&n.party(1))
            .unwrap()
            .encryption_key[0] ^= 1),
    );
    refuses(
        Shares,
        party_1,
        on!(KeyBook, |n, book| book
            .keys
            .get_mut(&n.party(1))
            .unwrap()
            .seed_commitment[0] ^= 1),
    );
    refuses(
        Shares,
        party_1,
        on!(KeyBook, |n, book| book
            .keys
            .get_mut(&n.party(1))
            .unwrap()
            .signature
            .0[0] ^= 1),
    );
    // One party's keys under another's name.
    refuses(
        Shares,
        party_1,
        on!(KeyBook, |n, book| {
            let keys = book.keys[&n.party(2)].clone();
            book.keys.insert(n.party(1), keys);
        }),
    );
    // Keys of the same party from another session.
    refuses(
        Shares,
        party_1,
        on!(KeyBook, |n, book| {
            let (session, party) = (n.config.session, n.party(1));
            n.config.session.0[5] ^= 1;
            let client = n.client(party, vec![0; 6]);
            n.config.session = session;
            let Some(ClientMessage::Advertise(old)) = client.last_sent() else {
                unreachable!()
            };
            book.keys.insert(party, old.clone());
        }),
    );
    // More parties than there are.
    refuses(
        Shares,
        server,
        on!(KeyBook, |n, book| {
            let keys = book.keys[&n.party(1)].clone();
            book.keys.extend((1000..2000).map(|i| (PartyId(i), keys.clone())));
        }),
    );
}

#[test]
fn deliveries() {
    use ServerStep::MaskedInputs;
    refuses(
        MaskedInputs,
        server,
        on!(Deliver, |n, deliver| deliver
            .sealed
            .retain(|party, _| *party == n.party(1))),
    );
    refuses(
        MaskedInputs,
        server,
        on!(Deliver, |_, deliver| {
            deliver.sealed.insert(PartyId(999), SealedShares([0; 104]));
        }),
    );
    refuses(
        MaskedInputs,
        server,
        on!(Deliver, |n, deliver| {
            deliver.sealed.insert(n.party(0), SealedShares([0; 104]));
        }),
    );
    // What is there for regular graphs only.
    refuses(
        MaskedInputs,
        server,
        on!(Deliver, |n, deliver| {
            deliver.dealers = n.config.parties.clone();
        }),
    );
    for byte in [0, 23, 24, 60, 103] {
        let change = move |network: &mut Network, message: &mut ServerMessage| {
            let ServerMessage::Deliver(deliver) = message else {
                panic!()
            };
            deliver.sealed.get_mut(&network.party(1)).unwrap().0[byte] ^= 1;
        };
        refuses(MaskedInputs, party_1, change);
    }
    // What party 2 sealed, under the name of party 1.
    refuses(
        MaskedInputs,
        party_1,
        on!(Deliver, |n, deliver| {
            let sealed = deliver.sealed[&n.party(2)];
            deliver.sealed.insert(n.party(1), sealed);
        }),
    );
    // What party 1 sealed for party 2, delivered to party 0.
    refuses(
        MaskedInputs,
        party_1,
        on!(Deliver, |n, deliver| {
            let Some(ServerMessage::Deliver(others)) = n.server.message_for(n.party(2)) else {
                panic!()
            };
            deliver.sealed.insert(n.party(1), others.sealed[&n.party(1)]);
        }),
    );
}

#[test]
fn survivors() {
    use ServerStep::Consistency;
    refuses(
        Consistency,
        server,
        on!(Survivors, |n, list| list.parties.retain(|party| *party <= n.party(1))),
    );
    refuses(
        Consistency,
        server,
        on!(Survivors, |n, list| {
            list.parties.remove(&n.party(0));
        }),
    );
    refuses(
        Consistency,
        server,
        on!(Survivors, |_, list| {
            list.parties.insert(PartyId(999));
        }),
    );
    refuses(
        Consistency,
        server,
        on!(Survivors, |_, list| list.parties = BTreeSet::new()),
    );
}

#[test]
fn consistency_books() {
    use ServerStep::Unmask;
    refuses(
        Unmask,
        server,
        on!(ConsistencyBook, |n, book| book
            .signatures
            .retain(|party, _| *party <= n.party(1))),
    );
    refuses(
        Unmask,
        server,
        on!(ConsistencyBook, |n, book| book
            .signatures
            .get_mut(&n.party(1))
            .unwrap()
            .0[3] ^= 1),
    );
    refuses(
        Unmask,
        server,
        on!(ConsistencyBook, |n, book| {
            let signature = book.signatures[&n.party(1)];
            book.signatures.insert(n.party(2), signature);
        }),
    );
    // The party that dropped out signs nothing.
    refuses(
        Unmask,
        server,
        on!(ConsistencyBook, |n, book| {
            book.signatures.insert(n.party(4), SignatureBytes([0; 64]));
        }),
    );
    refuses(
        Unmask,
        server,
        on!(ConsistencyBook, |_, book| book.signatures = BTreeMap::new()),
    );
    refuses(
        Unmask,
        server,
        on!(ConsistencyBook, |_, book| book.masked = book.signatures.clone()),
    );
}

/// Two lists of survivors, one after the other, would open both kinds of share of the party that is in one of them.
#[test]
fn a_second_list_of_survivors_is_refused_for_good() {
    let (mut network, party, message) = at(ServerStep::Consistency, 22);
    network.answer(party, &message).unwrap();
    let ServerMessage::Survivors(mut other) = message else {
        panic!()
    };
    let last = *other.parties.last().unwrap();
    other.parties.remove(&last);
    assert_eq!(
        network.answer(party, &ServerMessage::Survivors(other)),
        Err(Error::ServerConflicting)
    );
}

/// The attack that the consistency check is there for: different parties are told different survivors.
#[test]
fn inconsistent_survivors_open_nothing() {
    let (mut network, first, message) = at(ServerStep::Consistency, 23);
    let ServerMessage::Survivors(all) = message else {
        panic!()
    };
    let mut signatures: BTreeMap<PartyId, SignatureBytes> = BTreeMap::new();
    for (index, party) in all.parties.iter().enumerate() {
        let mut told = all.clone();
        if index >= 2 {
            told.parties.remove(&first);
        }
        let answer = network.answer(*party, &ServerMessage::Survivors(told)).unwrap();
        let Some(ClientMessage::Consistency(consistency)) = answer else {
            panic!()
        };
        signatures.insert(*party, consistency.signature);
    }
    for party in &all.parties {
        let book = secureflow_secagg::ConsistencyBook {
            signatures: signatures.clone(),
            masked: BTreeMap::new(),
        };
        assert!(network.answer(*party, &ServerMessage::ConsistencyBook(book)).is_err());
        assert!(!network.clients[party].has_revealed());
    }
}

#[test]
fn of_each_party_one_kind_of_share() {
    let (mut network, party, message) = at(ServerStep::Unmask, 24);
    let Some(ClientMessage::Unmask(unmask)) = network.answer(party, &message).unwrap() else {
        panic!()
    };
    let dropped: BTreeSet<PartyId> = [network.party(4)].into();
    assert!(unmask.mask_key_shares.keys().eq(&dropped));
    assert!(unmask
        .seed_shares
        .keys()
        .eq(network.config.parties.difference(&dropped)));
}

#[test]
fn messages_out_of_turn_wait() {
    let (mut network, party, message) = at(ServerStep::Unmask, 25);
    let input = network.inputs[&party].clone();
    let mut fresh = network.client(party, input);
    let signing = network.signing[&party].clone();
    let error = fresh.handle(&signing, &mut network.rng, &message).unwrap_err();
    assert_eq!(
        (error.clone(), error.fault(), error.is_retryable()),
        (Error::TooEarly, Fault::NotYet, true)
    );
    assert_eq!(fresh.step(), ClientStep::Advertised);
}

/// The server refuses what a client made wrong, names it, and still takes the right message.
fn server_refuses(step: ServerStep, change: impl Fn(&mut Network, &mut ClientMessage)) {
    let (mut network, party, message) = at(step, 26);
    let honest = network.answer(party, &message).unwrap().unwrap();
    let mut changed = honest.clone();
    change(&mut network, &mut changed);
    assert_ne!(changed, honest);
    let error = network.server.handle(party, changed).unwrap_err();
    assert_eq!(error.fault(), Fault::Peer(party), "{error}");
    assert!(!error.is_retryable());
    assert_eq!(network.server.handle(party, honest), Ok(Progress::Accepted));
    network.run_to(ServerStep::Done);
    let outcome = network.server.outcome().unwrap();
    assert_eq!(outcome.sum, network.sum(&outcome.included));
}

#[test]
fn the_server_names_who_sends_nonsense() {
    use ServerStep::*;
    fn shares(message: &mut ClientMessage) -> &mut BTreeMap<PartyId, SealedShares> {
        let ClientMessage::Shares(inner) = message else {
            panic!()
        };
        &mut inner.sealed
    }
    server_refuses(Shares, |n, m| {
        shares(m).remove(&n.party(1));
    });
    server_refuses(Shares, |n, m| {
        shares(m).insert(n.party(0), SealedShares([0; 104]));
    });
    server_refuses(Shares, |_, m| {
        shares(m).insert(PartyId(999), SealedShares([0; 104]));
    });
    fn masked(message: &mut ClientMessage) -> &mut secureflow_secagg::MaskedInput {
        let ClientMessage::MaskedInput(inner) = message else {
            panic!()
        };
        inner
    }
    server_refuses(MaskedInputs, |_, m| masked(m).values.push(0));
    server_refuses(MaskedInputs, |_, m| {
        masked(m).values.pop();
    });
    server_refuses(MaskedInputs, |_, m| masked(m).values.clear());
    server_refuses(MaskedInputs, |_, m| masked(m).transcript[0] ^= 1);
    server_refuses(MaskedInputs, |_, m| masked(m).signature = Some(SignatureBytes([1; 64])));
    server_refuses(Consistency, |_, m| {
        let ClientMessage::Consistency(inner) = m else { panic!() };
        inner.signature.0[0] ^= 1;
    });
    fn unmask(message: &mut ClientMessage) -> &mut secureflow_secagg::Unmask {
        let ClientMessage::Unmask(inner) = message else {
            panic!()
        };
        inner
    }
    server_refuses(Unmask, |n, m| {
        unmask(m).seed_shares.remove(&n.party(1));
    });
    server_refuses(Unmask, |n, m| {
        unmask(m).mask_key_shares.remove(&n.party(4));
    });
    server_refuses(Unmask, |n, m| {
        unmask(m).mask_key_shares.insert(n.party(1), ShareBytes([0; 32]));
    });
    server_refuses(Unmask, |n, m| {
        unmask(m).seed_shares.insert(n.party(1), ShareBytes([0xff; 32]));
    });
}

#[test]
fn keys_that_would_stop_everybody_are_kept_out() {
    let mut network = Network::new(3, 2, 2, 27);
    let (first, second) = (network.party(0), network.party(1));
    let Some(ClientMessage::Advertise(mut stolen)) = network.clients[&first].last_sent().cloned() else {
        panic!()
    };
    let message = network.clients[&first].last_sent().unwrap().clone();
    network.server.handle(first, message.clone()).unwrap();
    let error = network.server.handle(second, message).unwrap_err();
    assert_eq!(error.fault(), Fault::Peer(second));
    stolen.signature.0[1] ^= 1;
    assert!(network.server.handle(second, ClientMessage::Advertise(stolen)).is_err());
    let unknown = PartyId(500);
    let message = network.clients[&second].last_sent().unwrap().clone();
    assert_eq!(
        network.server.handle(unknown, message),
        Err(Error::UnknownParty(unknown))
    );
}

/// A share that is a field element but not the right one.
fn wrong_shares(liars: usize) -> (Network, Vec<Result<Progress, Error>>) {
    let (mut network, _, _) = at(ServerStep::Unmask, 28);
    let parties: Vec<PartyId> = network.server.waiting_for().into_iter().collect();
    let mut results = Vec::new();
    for (index, party) in parties.into_iter().enumerate() {
        let Some(message) = network.server.message_for(party) else {
            continue;
        };
        let Some(ClientMessage::Unmask(mut unmask)) = network.answer(party, &message).unwrap() else {
            continue;
        };
        if index < liars {
            for share in unmask
                .seed_shares
                .values_mut()
                .chain(unmask.mask_key_shares.values_mut())
            {
                *share = ShareBytes([1; 32]);
                share.0[31] = 0;
            }
        }
        network.server = reload(&network.server);
        results.push(network.server.handle(party, ClientMessage::Unmask(unmask)));
    }
    (network, results)
}

#[test]
fn a_wrong_share_never_gives_a_wrong_sum() {
    // Threshold 3, four survivors: with one liar the other three open the sum.
    let (network, results) = wrong_shares(1);
    assert_eq!(results.last(), Some(&Ok(Progress::Advanced(ServerStep::Done))));
    let outcome = network.server.outcome().unwrap();
    assert_eq!(outcome.sum, network.sum(&outcome.included));
    // With two there is no right set, and that is said.
    let (mut network, results) = wrong_shares(2);
    assert!(
        matches!(results.last(), Some(Err(Error::Unrecoverable { .. }))),
        "{results:?}"
    );
    assert!(network.server.outcome().is_none());
    assert!(network.server.deadline().is_err());
}
