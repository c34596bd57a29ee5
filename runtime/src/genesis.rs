//! The first state of a chain: who founds the consortium, who validates, and whether simulated workers are accepted.

use crate::{
    configs::EscrowPalletId,
    constants::{CONTRACTS, EXISTENTIAL_DEPOSIT},
    AccountId, AssetsConfig, AttestationsConfig, Balance, BalancesConfig, ConsortiumConfig, CouncilConfig,
    RevenueConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys,
};
use alloc::{string::String, string::ToString, vec, vec::Vec};
use frame_support::build_struct_json_patch;
use secureflow_primitives::{
    attestation::{Measurement, Source},
    consortium::NodeId,
    revenue::{contract, POINTS},
};
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::traits::AccountIdConversion;

/// A founding organisation.
#[derive(Clone, Debug)]
pub struct Party {
    pub name: String,
    /// The account that speaks for it, also in the Council.
    pub account: AccountId,
    /// Points that it starts with.
    pub points: Balance,
    /// The session keys of its validator, which belong to the same account; `None` without a validator.
    pub validator: Option<SessionKeys>,
    /// Its nodes. While no party has any, the network is open to all.
    pub nodes: Vec<NodeId>,
}

/// The genesis of a consortium, as a patch of the default configuration. A `simulated_root` makes the chain accept
/// workers without hardware, for good: it belongs into development and demonstration only. Each measurement comes with what it
/// stands for.
pub fn consortium(
    parties: &[Party],
    simulated_root: Option<[u8; 32]>,
    measurements: &[(Measurement, Source)],
) -> Value {
    let validators = || {
        parties
            .iter()
            .filter_map(|p| p.validator.as_ref().map(|keys| (p.account.clone(), keys.clone())))
    };
    // Nobody has its key.
    let owner: AccountId = EscrowPalletId::get().into_account_truncating();
    build_struct_json_patch!(RuntimeGenesisConfig {
        assets: AssetsConfig {
            // Accounts hold points without anything else, and a payout of one point can be received.
            assets: vec![(POINTS, owner, true, EXISTENTIAL_DEPOSIT)],
            metadata: vec![(POINTS, b"Points".to_vec(), b"PTS".to_vec(), 0)],
            accounts: parties
                .iter()
                .filter(|p| p.points > 0)
                .map(|p| (POINTS, p.account.clone(), p.points))
                .collect::<Vec<_>>(),
        },
        revenue: RevenueConfig { transferable: true },
        balances: BalancesConfig {
            // What the members' contracts need to exist; nobody else can spend it.
            balances: vec![(contract::deployer(), EXISTENTIAL_DEPOSIT * Balance::from(CONTRACTS + 1))],
        },
        council: CouncilConfig {
            members: parties.iter().map(|party| party.account.clone()).collect::<Vec<_>>()
        },
        session: SessionConfig {
            keys: validators()
                .map(|(account, keys)| (account.clone(), account, keys))
                .collect::<Vec<_>>(),
        },
        consortium: ConsortiumConfig {
            organisations: parties
                .iter()
                .map(|party| (party.name.clone().into_bytes(), party.account.clone()))
                .collect::<Vec<_>>(),
            validators: validators().map(|(account, _)| account).collect::<Vec<_>>(),
            nodes: parties
                .iter()
                .filter(|party| !party.nodes.is_empty())
                .map(|party| (party.account.clone(), party.nodes.clone()))
                .collect::<Vec<_>>(),
        },
        attestations: AttestationsConfig {
            simulated_root,
            measurements: measurements.to_vec()
        },
    })
}

/// The label of the measurement that the development chain accepts.
pub const DEVELOPMENT_MEASUREMENT: &[u8] = b"secureflow-worker/development";

/// One validator and three organisations with well-known keys (`//Alice`, `//Bob`, `//Charlie`). The simulated root is
/// `//Ferdie`. Everyone has these keys: nothing of value may stand on such a chain.
pub fn development() -> Value {
    let party = |key: Sr25519Keyring, validator| Party {
        name: key.to_string(),
        account: key.to_account_id(),
        points: 1_000_000,
        validator,
        nodes: Vec::new(),
    };
    let alice = SessionKeys {
        aura: Sr25519Keyring::Alice.public().into(),
        grandpa: Ed25519Keyring::Alice.public().into(),
    };
    consortium(
        &[
            party(Sr25519Keyring::Alice, Some(alice)),
            party(Sr25519Keyring::Bob, None),
            party(Sr25519Keyring::Charlie, None),
        ],
        Some(Ed25519Keyring::Ferdie.to_raw_public()),
        &[(Measurement::simulated(DEVELOPMENT_MEASUREMENT), Source::DEVELOPMENT)],
    )
}

pub(crate) fn preset(id: &PresetId) -> Option<Vec<u8>> {
    (id.as_str() == DEV_RUNTIME_PRESET).then(|| development().to_string().into_bytes())
}

pub(crate) fn preset_names() -> Vec<PresetId> {
    vec![PresetId::from(DEV_RUNTIME_PRESET)]
}
