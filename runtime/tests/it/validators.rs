//! Who validates from which session on, and with which keys.

use crate::{
    blocks::{proof, run_to, send, session_keys, set_keys, vote},
    network,
};
use frame_support::{assert_noop, assert_ok};
use pallet_consortium::{Choice, Error};
use secureflow_primitives::OrgId;
use secureflow_runtime::{constants::SESSION, AccountId, Grandpa, Runtime, Session, System};
use sp_keyring::{
    Ed25519Keyring as Finality,
    Sr25519Keyring::{self, Alice, Bob, Dave, Eve, Ferdie},
};

fn name_validators(numbers: &[Sr25519Keyring]) -> pallet_consortium::Call<Runtime> {
    let validators = Choice::truncate_from(accounts(numbers));
    pallet_consortium::Call::name_validators { validators }
}

fn accounts(keys: &[Sr25519Keyring]) -> Vec<AccountId> {
    keys.iter().map(|key| key.to_account_id()).collect()
}

/// The keys that author and finalise now.
fn at_work() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    use sp_runtime::RuntimeAppPublic;
    let aura = pallet_aura::Authorities::<Runtime>::get();
    let grandpa = Grandpa::grandpa_authorities();
    (
        aura.iter().map(RuntimeAppPublic::to_raw_vec).collect(),
        grandpa.iter().map(|(key, _)| key.to_raw_vec()).collect(),
    )
}

fn raw(aura: &[Sr25519Keyring], grandpa: &[Finality]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    (
        aura.iter().map(|key| key.to_raw_public_vec()).collect(),
        grandpa.iter().map(|key| key.to_raw_public_vec()).collect(),
    )
}

#[test]
fn validators_come_and_go_at_the_ends_of_sessions() {
    network().execute_with(|| {
        run_to(1);
        assert_noop!(send(Bob, name_validators(&[Bob])), Error::<Runtime>::NoSessionKeys);
        assert_ok!(set_keys(Bob, Eve, Finality::Eve));
        assert_ok!(send(Bob, name_validators(&[Bob])));

        run_to(2 * SESSION - 1);
        assert_eq!(Session::validators(), accounts(&[Alice]));
        run_to(2 * SESSION);
        assert_eq!(Session::validators(), accounts(&[Alice, Bob]));
        assert_eq!(at_work(), raw(&[Alice, Eve], &[Finality::Alice, Finality::Eve]));

        assert_ok!(vote(pallet_consortium::Call::suspend { org: OrgId(1) }));
        run_to(4 * SESSION - 1);
        assert_eq!(Session::validators(), accounts(&[Alice, Bob]));
        run_to(4 * SESSION);
        assert_eq!(Session::validators(), accounts(&[Alice]));
        assert_eq!(at_work(), raw(&[Alice], &[Finality::Alice]));

        // It has kept its name and keys, so that it comes back by itself.
        assert_ok!(vote(pallet_consortium::Call::reinstate { org: OrgId(1) }));
        run_to(6 * SESSION);
        assert_eq!(Session::validators(), accounts(&[Alice, Bob]));
    });
}

/// The old keys work until the new ones do: at no block is the validator missing.
#[test]
fn keys_rotate_without_a_gap() {
    network().execute_with(|| {
        run_to(SESSION / 2);
        assert_ok!(set_keys(Alice, Ferdie, Finality::Ferdie));
        for block in SESSION / 2..2 * SESSION {
            run_to(block);
            assert_eq!(at_work(), raw(&[Alice], &[Finality::Alice]), "block {block}");
        }
        for block in 2 * SESSION..3 * SESSION {
            run_to(block);
            assert_eq!(at_work(), raw(&[Ferdie], &[Finality::Ferdie]), "block {block}");
        }
        assert_eq!(Session::validators(), accounts(&[Alice]));
    });
}

#[test]
fn keys_need_proof_of_their_owner() {
    network().execute_with(|| {
        run_to(1);
        let bob = Bob.to_account_id();
        let with = |proof: Vec<u8>| pallet_session::Call::<Runtime>::set_keys {
            keys: session_keys(Eve, Finality::Eve),
            proof,
        };
        for wrong in [
            Vec::new(),
            proof(&Alice.to_account_id(), Eve, Finality::Eve),
            proof(&bob, Eve, Finality::Ferdie),
            proof(&bob, Ferdie, Finality::Eve),
        ] {
            assert_noop!(send(Bob, with(wrong)), pallet_session::Error::<Runtime>::InvalidProof);
        }
        assert_ok!(send(Bob, with(proof(&bob, Eve, Finality::Eve))));
        // Two accounts cannot have the same keys.
        let taken = pallet_session::Error::<Runtime>::DuplicatedKey;
        assert_noop!(
            set_keys(Dave, Eve, Finality::Eve),
            pallet_session::Error::<Runtime>::NoAccount
        );
        assert_ok!(send(
            Bob,
            pallet_consortium::Call::add_operator {
                account: Dave.to_account_id()
            }
        ));
        assert_noop!(set_keys(Dave, Eve, Finality::Eve), taken);
    });
}

#[test]
fn keys_go_with_the_operator_and_not_before() {
    network().execute_with(|| {
        run_to(1);
        let dave = Dave.to_account_id();
        assert_ok!(send(
            Alice,
            pallet_consortium::Call::add_operator { account: dave.clone() }
        ));
        assert_ok!(set_keys(Dave, Eve, Finality::Eve));
        assert_ok!(send(Alice, name_validators(&[Alice, Dave])));
        assert_eq!(System::consumers(&dave), 1);
        let filtered = frame_system::Error::<Runtime>::CallFiltered;
        assert_noop!(send(Dave, pallet_session::Call::purge_keys {}), filtered);

        run_to(2 * SESSION);
        assert_eq!(Session::validators(), accounts(&[Alice, Dave]));
        assert_ok!(send(
            Alice,
            pallet_consortium::Call::remove_operator { account: dave.clone() }
        ));
        assert_eq!((System::consumers(&dave), System::providers(&dave)), (0, 0));
        assert_eq!(pallet_session::NextKeys::<Runtime>::get(&dave), None);
        // Until its last session is over it goes on with the keys that were planned.
        run_to(4 * SESSION - 1);
        assert_eq!(at_work(), raw(&[Alice, Eve], &[Finality::Alice, Finality::Eve]));
        run_to(4 * SESSION);
        assert_eq!(at_work(), raw(&[Alice], &[Finality::Alice]));
    });
}
