//! Sessions in which everybody shares with a few only.

use std::collections::{BTreeMap, BTreeSet};

use secureflow_secagg::{
    ClientMessage, Error, Fault, PartyId, Progress, SealedShares, ServerMessage, ServerStep, ShareBytes, SignatureBytes,
};

use crate::network::{Network, RING};

const PARTIES: usize = 9;
const THRESHOLD: usize = 5;

fn network(seed: u64) -> Network {
    Network::on(RING, PARTIES, THRESHOLD, 7, seed)
}

/// Everyone's neighbours.
fn edges(network: &mut Network) -> BTreeMap<PartyId, BTreeSet<PartyId>> {
    network.run_to(ServerStep::Shares);
    let parties = network.config.parties.clone();
    parties
        .into_iter()
        .map(|party| (party, network.neighbours(party)))
        .collect()
}

/// The session's circle, from one party on.
fn circle(edges: &BTreeMap<PartyId, BTreeSet<PartyId>>) -> Vec<PartyId> {
    let mut circle = vec![*edges.keys().next().unwrap()];
    while circle.len() < edges.len() {
        let last = circle[circle.len() - 1];
        // The next one on the circle has three neighbours in common with this one, or is it: degree 4.
        let next = edges[&last]
            .iter()
            .filter(|next| !circle.contains(next))
            .max_by_key(|next| edges[next].intersection(&edges[&last]).count());
        circle.push(*next.unwrap());
    }
    circle
}

#[test]
fn everybody_hears_of_its_neighbours_only() {
    let mut network = network(31);
    let edges = edges(&mut network);
    for (party, neighbours) in &edges {
        assert_eq!(neighbours.len(), 4);
        assert!(neighbours.iter().all(|other| edges[other].contains(party)));
    }
    let party = network.party(2);
    let message = network.server.message_for(party).unwrap();
    let Some(ClientMessage::Shares(shares)) = network.answer(party, &message).unwrap() else {
        panic!()
    };
    assert!(shares.sealed.keys().eq(&edges[&party]));
    network.run_to(ServerStep::MaskedInputs);
    let Some(ServerMessage::Deliver(deliver)) = network.server.message_for(party) else {
        panic!()
    };
    assert!(deliver.sealed.keys().eq(&edges[&party]));
    network.run_to(ServerStep::Unmask);
    let message = network.server.message_for(party).unwrap();
    let ServerMessage::ConsistencyBook(book) = &message else {
        panic!()
    };
    assert_eq!(book.signatures.len(), 5);
    let Some(ClientMessage::Unmask(unmask)) = network.answer(party, &message).unwrap() else {
        panic!()
    };
    assert_eq!(unmask.seed_shares.len(), 5);
    network.run_to(ServerStep::Done);
    let outcome = network.server.outcome().unwrap();
    assert_eq!(outcome.included, network.config.parties);
    assert_eq!(outcome.sum, network.sum(&outcome.included));
}

/// `missing` holds, per step, places on the circle.
fn check(missing: [&[usize]; 5], included: &[usize]) {
    for seed in 0..6 {
        let circle = circle(&edges(&mut network(seed)));
        let mut network = network(seed);
        let mut gone = BTreeSet::new();
        while network.server.step() != ServerStep::Done {
            gone.extend(
                missing[network.server.step() as usize]
                    .iter()
                    .map(|place| circle[*place]),
            );
            network.step(&gone).unwrap();
        }
        let included: BTreeSet<PartyId> = included.iter().map(|place| circle[*place]).collect();
        let outcome = network.server.outcome().unwrap();
        assert_eq!(outcome.included, included);
        assert_eq!(outcome.sum, network.sum(&included));
    }
}

#[test]
fn drop_outs_in_each_step() {
    check([&[]; 5], &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    check([&[4], &[], &[], &[], &[]], &[0, 1, 2, 3, 5, 6, 7, 8]);
    check([&[], &[4], &[], &[], &[]], &[0, 1, 2, 3, 5, 6, 7, 8]);
    check([&[], &[], &[4], &[], &[]], &[0, 1, 2, 3, 5, 6, 7, 8]);
    check([&[], &[], &[], &[4], &[]], &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    check([&[], &[], &[], &[], &[4]], &[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    // One neighbour less for everybody, whoever drops out where.
    check([&[0], &[], &[5], &[], &[]], &[1, 2, 3, 4, 6, 7, 8]);
    check([&[], &[], &[0], &[], &[5]], &[1, 2, 3, 4, 5, 6, 7, 8]);
}

/// A dropped party's mask key needs three of its four neighbours, though six of nine parties are there.
#[test]
fn too_few_neighbours_stop_the_session_before_anything_is_revealed() {
    for step in [
        ServerStep::Advertise,
        ServerStep::Shares,
        ServerStep::MaskedInputs,
        ServerStep::Consistency,
    ] {
        let circle = circle(&edges(&mut network(3)));
        let mut network = network(3);
        network.run_to(step);
        let gone: BTreeSet<PartyId> = [circle[1], circle[2], circle[4]].into();
        let error = network.step(&gone).unwrap_err();
        let Error::BelowThreshold {
            have, need, missing, ..
        } = &error
        else {
            panic!("{error}")
        };
        assert_eq!((*have, *need, missing), (2, 3, &gone));
        assert!(!error.is_retryable());
        assert!(network.clients.values().all(|client| !client.has_revealed()));
    }
}

#[test]
fn unmasking_waits_for_the_neighbours_that_are_short() {
    let circle = circle(&edges(&mut network(4)));
    let mut network = network(4);
    network.run_to(ServerStep::Unmask);
    let late: BTreeSet<PartyId> = [circle[1], circle[2], circle[4]].into();
    let error = network.step(&late).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    network.step(&[circle[1]].into()).unwrap();
    let everyone = network.config.parties.clone();
    assert_eq!(network.server.outcome().unwrap().sum, network.sum(&everyone));
}

/// A client refuses what an honest server would not send, is as before, and takes the honest message then.
fn refuses(step: ServerStep, change: impl Fn(&mut Network, PartyId, &BTreeSet<PartyId>, &mut ServerMessage)) {
    let edges = edges(&mut network(5));
    let mut network = network(5);
    network.run_to(step);
    let party = network.party(0);
    let honest = network.server.message_for(party).unwrap();
    let mut changed = honest.clone();
    change(&mut network, party, &edges[&party], &mut changed);
    assert_ne!(changed, honest);
    let error = network.answer(party, &changed).unwrap_err();
    assert_eq!(error.fault(), Fault::Server, "{error}");
    assert!(!network.clients[&party].has_revealed());
    assert!(network.answer(party, &honest).unwrap().is_some());
}

fn stranger(network: &Network, party: PartyId, neighbours: &BTreeSet<PartyId>) -> PartyId {
    let others = network.config.parties.difference(neighbours);
    *others.into_iter().find(|other| **other != party).unwrap()
}

#[test]
fn clients_refuse_strangers_and_too_few_neighbours() {
    refuses(ServerStep::Shares, |network, party, neighbours, message| {
        let ServerMessage::KeyBook(book) = message else {
            panic!()
        };
        let stranger = stranger(network, party, neighbours);
        let Some(ClientMessage::Advertise(keys)) = network.clients[&stranger].last_sent() else {
            panic!()
        };
        book.keys.insert(stranger, keys.clone());
    });
    refuses(ServerStep::Shares, |_, party, neighbours, message| {
        let ServerMessage::KeyBook(book) = message else {
            panic!()
        };
        let kept = neighbours.first().unwrap();
        book.keys.retain(|other, _| *other == party || other == kept);
    });
    refuses(ServerStep::MaskedInputs, |network, party, neighbours, message| {
        let ServerMessage::Deliver(deliver) = message else {
            panic!()
        };
        deliver
            .sealed
            .insert(stranger(network, party, neighbours), SealedShares([0; 104]));
    });
    refuses(ServerStep::MaskedInputs, |_, _, neighbours, message| {
        let ServerMessage::Deliver(deliver) = message else {
            panic!()
        };
        deliver.sealed.retain(|other, _| other == neighbours.first().unwrap());
    });
    // Six survivors are enough for the session, two neighbours and itself are just enough, one is not.
    refuses(ServerStep::Consistency, |_, _, neighbours, message| {
        let ServerMessage::Survivors(list) = message else {
            panic!()
        };
        let kept = neighbours.first().unwrap();
        list.parties
            .retain(|other| other == kept || !neighbours.contains(other));
        assert!(list.parties.len() >= THRESHOLD);
    });
    // Dealers that are not those whose shares come with them.
    refuses(ServerStep::MaskedInputs, |_, _, neighbours, message| {
        let ServerMessage::Deliver(deliver) = message else {
            panic!()
        };
        deliver.dealers.remove(neighbours.first().unwrap());
    });
    refuses(ServerStep::MaskedInputs, |_, _, neighbours, message| {
        let ServerMessage::Deliver(deliver) = message else {
            panic!()
        };
        deliver.sealed.remove(neighbours.first().unwrap());
    });
    refuses(ServerStep::MaskedInputs, |_, party, _, message| {
        let ServerMessage::Deliver(deliver) = message else {
            panic!()
        };
        deliver.dealers.remove(&party);
    });
    refuses(ServerStep::MaskedInputs, |_, _, _, message| {
        let ServerMessage::Deliver(deliver) = message else {
            panic!()
        };
        deliver.dealers.insert(PartyId(999));
    });
    refuses(ServerStep::Consistency, |_, _, _, message| {
        let ServerMessage::Survivors(list) = message else {
            panic!()
        };
        list.parties.insert(PartyId(999));
    });
    refuses(ServerStep::Unmask, |network, party, neighbours, message| {
        let ServerMessage::ConsistencyBook(book) = message else {
            panic!()
        };
        let stranger = stranger(network, party, neighbours);
        let Some(ClientMessage::Consistency(consistency)) = network.clients[&stranger].last_sent() else {
            panic!()
        };
        book.signatures.insert(stranger, consistency.signature);
    });
    refuses(ServerStep::Unmask, |_, party, neighbours, message| {
        let ServerMessage::ConsistencyBook(book) = message else {
            panic!()
        };
        let kept = neighbours.first().unwrap();
        book.signatures.retain(|other, _| *other == party || other == kept);
    });
    // A neighbour's seed is not opened without its signature over the same dealers.
    refuses(ServerStep::Unmask, |_, _, neighbours, message| {
        let ServerMessage::ConsistencyBook(book) = message else {
            panic!()
        };
        book.masked.remove(neighbours.first().unwrap());
    });
    refuses(ServerStep::Unmask, |_, _, neighbours, message| {
        let ServerMessage::ConsistencyBook(book) = message else {
            panic!()
        };
        book.masked.get_mut(neighbours.first().unwrap()).unwrap().0[9] ^= 1;
    });
    refuses(ServerStep::Unmask, |_, party, _, message| {
        let ServerMessage::ConsistencyBook(book) = message else {
            panic!()
        };
        book.signatures.insert(party, SignatureBytes([1; 64]));
    });
}

#[test]
fn the_server_refuses_shares_of_strangers() {
    let mut network = network(6);
    let edges = edges(&mut network);
    let party = network.party(0);
    let message = network.server.message_for(party).unwrap();
    let Some(ClientMessage::Shares(honest)) = network.answer(party, &message).unwrap() else {
        panic!()
    };
    let mut changed = honest.clone();
    changed
        .sealed
        .insert(stranger(&network, party, &edges[&party]), SealedShares([0; 104]));
    let error = network
        .server
        .handle(party, ClientMessage::Shares(changed))
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Peer(party));
    assert_eq!(
        network.server.handle(party, ClientMessage::Shares(honest)),
        Ok(Progress::Accepted)
    );

    network.run_to(ServerStep::Unmask);
    let message = network.server.message_for(party).unwrap();
    let Some(ClientMessage::Unmask(honest)) = network.answer(party, &message).unwrap() else {
        panic!()
    };
    let mut changed = honest.clone();
    changed
        .seed_shares
        .insert(stranger(&network, party, &edges[&party]), ShareBytes([0; 32]));
    let error = network
        .server
        .handle(party, ClientMessage::Unmask(changed))
        .unwrap_err();
    assert_eq!(error.fault(), Fault::Peer(party));
    network.server.handle(party, ClientMessage::Unmask(honest)).unwrap();
    network.run_to(ServerStep::Done);
}

/// Two neighbours, told of different dealers, mask with different others: neither opens the other's seed.
#[test]
fn neighbours_that_were_told_of_other_dealers_open_nothing() {
    let mut network = network(9);
    let edges = edges(&mut network);
    let party = network.party(0);
    let stranger = stranger(&network, party, &edges[&party]);
    network.run_to(ServerStep::MaskedInputs);
    // Far away somebody has dealt nothing, or so this party is told.
    let Some(ServerMessage::Deliver(mut deliver)) = network.server.message_for(party) else {
        panic!()
    };
    deliver.dealers.remove(&stranger);
    let answer = network.answer(party, &ServerMessage::Deliver(deliver)).unwrap();
    // An honest server notices.
    let error = network.server.handle(party, answer.clone().unwrap()).unwrap_err();
    assert_eq!(error.fault(), Fault::Peer(party));
    // One that lies gets this party's signature to its neighbours, who were told the truth.
    let Some(ClientMessage::MaskedInput(masked)) = answer else {
        panic!()
    };
    let mut told_the_truth = self::network(9);
    told_the_truth.run_to(ServerStep::Unmask);
    let neighbour = *edges[&party].first().unwrap();
    let Some(ServerMessage::ConsistencyBook(mut book)) = told_the_truth.server.message_for(neighbour) else {
        panic!()
    };
    book.masked.insert(party, masked.signature.unwrap());
    let refused = told_the_truth.answer(neighbour, &ServerMessage::ConsistencyBook(book));
    assert_eq!(refused.unwrap_err().fault(), Fault::Server);
    assert!(!told_the_truth.clients[&neighbour].has_revealed());
}

/// The server tells one half of the circle that one party has survived and the other half that it has not.
#[test]
fn two_lists_open_nothing_where_they_meet() {
    let mut network = network(7);
    let circle = circle(&edges(&mut network));
    network.run_to(ServerStep::Consistency);
    let victim = circle[0];
    let mut masked: BTreeMap<PartyId, SignatureBytes> = BTreeMap::new();
    for (party, client) in &network.clients {
        let Some(ClientMessage::MaskedInput(message)) = client.last_sent() else {
            panic!()
        };
        masked.insert(*party, message.signature.unwrap());
    }
    let mut signatures: BTreeMap<PartyId, SignatureBytes> = BTreeMap::new();
    let told = |place: usize| {
        let mut parties = network_parties(&circle);
        if place > 4 {
            parties.remove(&victim);
        }
        ServerMessage::Survivors(secureflow_secagg::Survivors { parties })
    };
    for (place, party) in circle.iter().enumerate() {
        let Some(ClientMessage::Consistency(consistency)) = network.answer(*party, &told(place)).unwrap() else {
            panic!()
        };
        signatures.insert(*party, consistency.signature);
    }
    // The best that the server can do: to each the signatures of those who were told the same.
    let mut seeds_of_victim = 0;
    let mut keys_of_victim = 0;
    for (place, party) in circle.iter().enumerate() {
        let near = |other: usize| {
            let apart = place.abs_diff(other);
            apart.min(PARTIES - apart) <= 2
        };
        let told_the_same = |other: usize| near(other) && (other > 4) == (place > 4);
        let survives = |other: usize| near(other) && !(place > 4 && other == 0);
        let of = |chosen: &dyn Fn(usize) -> bool, signatures: &BTreeMap<PartyId, SignatureBytes>| {
            let chosen = (0..PARTIES).filter(|other| chosen(*other));
            chosen
                .map(|other| (circle[other], signatures[&circle[other]]))
                .collect()
        };
        let book = secureflow_secagg::ConsistencyBook {
            signatures: of(&told_the_same, &signatures),
            masked: of(&survives, &masked),
        };
        if let Ok(Some(ClientMessage::Unmask(unmask))) = network.answer(*party, &ServerMessage::ConsistencyBook(book)) {
            seeds_of_victim += usize::from(unmask.seed_shares.contains_key(&victim));
            keys_of_victim += usize::from(unmask.mask_key_shares.contains_key(&victim));
        }
    }
    // Three shares open a secret. Both kinds are never open, and here, with its neighbours divided, one at most.
    assert!(
        seeds_of_victim < 3 || keys_of_victim < 3,
        "{seeds_of_victim} {keys_of_victim}"
    );
    assert!(keys_of_victim < 3);
}

fn network_parties(circle: &[PartyId]) -> BTreeSet<PartyId> {
    circle.iter().copied().collect()
}

#[test]
fn wrong_shares_are_put_right_by_the_neighbours_that_are_left() {
    for (liars, recovers) in [(1, true), (5, false)] {
        let mut network = network(8);
        network.run_to(ServerStep::Unmask);
        let parties: Vec<PartyId> = network.config.parties.iter().copied().collect();
        let mut last = Ok(Progress::Unchanged);
        for (index, party) in parties.into_iter().enumerate() {
            let Some(message @ ServerMessage::ConsistencyBook(_)) = network.server.message_for(party) else {
                continue;
            };
            let Some(ClientMessage::Unmask(mut unmask)) = network.answer(party, &message).unwrap() else {
                panic!()
            };
            if index < liars {
                for share in unmask.seed_shares.values_mut() {
                    *share = ShareBytes([1; 32]);
                    share.0[31] = 0;
                }
            }
            last = network.server.handle(party, ClientMessage::Unmask(unmask));
        }
        if recovers {
            let outcome = network.server.outcome().unwrap();
            assert_eq!(outcome.sum, network.sum(&outcome.included));
        } else {
            assert!(matches!(last, Err(Error::Unrecoverable { .. })), "{last:?}");
            assert!(network.server.outcome().is_none());
        }
    }
}
