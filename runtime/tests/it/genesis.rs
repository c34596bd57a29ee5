use crate::{externalities, network};
use frame_support::traits::{fungible::Inspect, GetStorageVersion, StorageVersion};
use pallet_collective::Instance1;
use secureflow_primitives::traits::Membership;
use secureflow_primitives::{
    attestation::Measurement,
    revenue::{contract, POINTS},
    OrgId,
};
use secureflow_runtime::{
    genesis::{development, DEVELOPMENT_MEASUREMENT},
    Attestations, Audit, Balances, Collaborations, Consortium, Points, Policies, Revenue, Runtime, Session,
};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

#[test]
fn founders_are_members_councillors_and_have_their_points() {
    network().execute_with(|| {
        let (alice, bob) = (
            Sr25519Keyring::Alice.to_account_id(),
            Sr25519Keyring::Bob.to_account_id(),
        );
        assert_eq!(Consortium::owner(&alice), Some(OrgId(0)));
        assert_eq!(Consortium::owner(&bob), Some(OrgId(1)));
        assert_eq!(Consortium::member(&Sr25519Keyring::Dave.to_account_id()), None);
        let council = pallet_collective::Members::<Runtime, Instance1>::get();
        assert!(council.len() == 3 && council.contains(&alice) && council.contains(&bob));
        assert_eq!(Points::balance(&bob), 100);
    });
}

/// By which a migration knows whether it has run.
#[test]
fn the_pallets_say_how_their_storage_is_laid_out() {
    fn versions<P: GetStorageVersion<InCodeStorageVersion = StorageVersion>>() -> [StorageVersion; 2] {
        [P::in_code_storage_version(), P::on_chain_storage_version()]
    }
    network().execute_with(|| {
        let all = [
            versions::<Consortium>(),
            versions::<Policies>(),
            versions::<Collaborations>(),
            versions::<Attestations>(),
            versions::<Revenue>(),
            versions::<Audit>(),
        ];
        let first = StorageVersion::new(1);
        assert_eq!(all, [[first; 2]; 6]);
    });
}

#[test]
fn points_are_an_asset_that_no_key_rules() {
    network().execute_with(|| {
        let asset = pallet_assets::Asset::<Runtime>::get(POINTS).expect("it exists from the first block");
        // The accounts of pallets begin so, and have no key.
        let owner = asset.owner.clone();
        assert!(AsRef::<[u8]>::as_ref(&owner).starts_with(b"modlsf/escrw"));
        assert_eq!(
            asset,
            pallet_assets::AssetDetails {
                owner: owner.clone(),
                issuer: owner.clone(),
                admin: owner.clone(),
                freezer: owner,
                supply: 200,
                deposit: 0,
                min_balance: 1,
                is_sufficient: true,
                accounts: 2,
                sufficients: 2,
                approvals: 0,
                status: pallet_assets::AssetStatus::Live,
            }
        );
        assert!(Revenue::transferable());
        // The currency is for contracts only: all of it is with the account that no key rules.
        let issued = <Balances as Inspect<_>>::total_issuance();
        assert_eq!(issued, Balances::balance(&contract::deployer()));
        assert!(issued > 0);
    });
}

#[test]
fn validators_author_and_finalise_from_the_first_block() {
    network().execute_with(|| {
        assert_eq!(Session::validators(), vec![Sr25519Keyring::Alice.to_account_id()]);
        assert_eq!(
            pallet_consortium::Validators::<Runtime>::get().into_inner(),
            Session::validators()
        );
        let aura = pallet_aura::Authorities::<Runtime>::get().into_inner();
        assert_eq!(aura, vec![Sr25519Keyring::Alice.public().into()]);
        let grandpa = pallet_grandpa::Pallet::<Runtime>::grandpa_authorities();
        assert_eq!(grandpa, vec![(Ed25519Keyring::Alice.public().into(), 1)]);
    });
}

#[test]
fn simulated_workers_need_a_genesis_that_says_so() {
    network().execute_with(|| assert_eq!(pallet_attestations::SimulatedRoot::<Runtime>::get(), None));
    externalities(&development()).execute_with(|| {
        let root = pallet_attestations::SimulatedRoot::<Runtime>::get();
        assert_eq!(root, Some(Ed25519Keyring::Ferdie.to_raw_public()));
        let measurement = Measurement::simulated(DEVELOPMENT_MEASUREMENT);
        let accepted = pallet_attestations::Measurements::<Runtime>::get(measurement).expect("it is accepted");
        assert!(accepted.source.is_development());
    });
}
