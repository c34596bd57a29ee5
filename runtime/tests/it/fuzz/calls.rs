//! Random calls: small ids and a handful of names, so that they meet what earlier ones made. Workers register with evidence
//! that holds, and do what their jobs ask next, so that histories get as far as payouts and disputes.

mod audit;
mod data;
mod jobs;
mod members;
mod money;
mod workers;

pub use workers::ROOT;

use super::SIGNERS;
use codec::Decode;
use rand::{rngs::StdRng, Rng};
use secureflow_primitives::{bounds::Name, AccountId, DatasetId, JobId, OrgId, SpaceId};
use secureflow_runtime::{Runtime, RuntimeCall};
use sp_keyring::Sr25519Keyring;

fn bounded<T: TryFrom<Vec<I>>, I>(items: Vec<I>) -> T {
    T::try_from(items).ok().expect("few items")
}

fn name(random: &mut StdRng) -> Name {
    let names = ["alpha", "beta", "gamma", "income", "default", " bad", ""];
    // Most names are good ones, or hardly a specification would be.
    let last = if random.gen_ratio(1, 6) { names.len() } else { 5 };
    bounded(names[random.gen_range(0..last)].as_bytes().to_vec())
}

fn account(random: &mut StdRng) -> AccountId {
    match random.gen_range(0..6) {
        at @ 0..=3 => SIGNERS[at].to_account_id(),
        at => AccountId::new([at as u8; 32]),
    }
}

fn dataset(random: &mut StdRng) -> DatasetId {
    DatasetId(random.gen_range(0..6))
}

fn space(random: &mut StdRng) -> SpaceId {
    SpaceId(random.gen_range(0..3))
}

/// One of the last jobs, mostly: old ones have ended.
fn job(random: &mut StdRng) -> JobId {
    let next = pallet_collaborations::NextJob::<Runtime>::get().0;
    JobId((next + 1).saturating_sub(random.gen_range(0..12)))
}

fn org(random: &mut StdRng) -> OrgId {
    OrgId(random.gen_range(0..5))
}

/// Bytes that decode as a call of some kind.
fn decoded(random: &mut StdRng) -> Option<RuntimeCall> {
    let mut bytes = vec![0; 600];
    (bytes[0], bytes[1]) = (random.gen_range(0..18), random.gen_range(0..16));
    for byte in &mut bytes[2..] {
        *byte = match random.gen_range(0..8) {
            0 => random.gen(),
            1 => random.gen_range(0..5),
            _ => 0,
        };
    }
    RuntimeCall::decode(&mut bytes.as_slice()).ok()
}

pub fn any(random: &mut StdRng, by: Sr25519Keyring) -> RuntimeCall {
    let call = match random.gen_range(0..22) {
        0..=5 => jobs::any(random),
        6..=9 => jobs::next_step(random, by).unwrap_or_else(|| jobs::any(random)),
        10..=12 => data::any(random),
        13 => members::any(random),
        14 | 15 => money::any(random),
        16 | 17 => members::council(random),
        18 => workers::any(random, by),
        19 => audit::any(random),
        20 => audit::detailed(random),
        _ => decoded(random).unwrap_or_else(|| jobs::any(random)),
    };
    audit::told(random, call)
}
