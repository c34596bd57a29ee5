//! What must hold between any two calls.

use crate::pallet::*;
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{ensure, traits::Get};
use secureflow_primitives::{
    bounds::{MAX_ADMISSIONS, MAX_ORGANISATIONS},
    consortium::OrgStatus,
    OrgId,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    /// Ids have no gaps; names, accounts and keys belong to one organisation each, and none to a removed one; every account
    /// that acts for somebody is alive; nobody is over the quota; validators are members' accounts, no more of each organisation than it may have.
    pub fn do_try_state() -> Result<(), DispatchError> {
        let organisations: Vec<_> = (0..NextOrg::<T>::get().0)
            .map_while(|n| Organisations::<T>::get(OrgId(n)))
            .collect();
        ensure!(
            organisations.len() == NextOrg::<T>::get().0 as usize,
            "consortium: an id is missing"
        );
        ensure!(
            organisations.len() == Organisations::<T>::iter_keys().count(),
            "consortium: an id was never given"
        );
        let present = || organisations.iter().filter(|org| org.status != OrgStatus::Removed);
        ensure!(
            present().count() <= MAX_ORGANISATIONS as usize && organisations.len() <= MAX_ADMISSIONS as usize,
            "consortium: too many organisations"
        );

        let names: BTreeSet<_> = present().map(|org| org.name.to_vec()).collect();
        ensure!(
            names.len() == present().count(),
            "consortium: two organisations share a name"
        );
        let keys: Vec<_> = organisations.iter().filter_map(|org| org.keys.as_ref()).collect();
        let fingerprints: BTreeSet<_> = keys.iter().map(|keys| keys.tls_fingerprint).collect();
        let signing: BTreeSet<_> = keys.iter().map(|keys| keys.signing).collect();
        ensure!(
            fingerprints.len() == keys.len(),
            "consortium: two organisations share a certificate"
        );
        ensure!(
            signing.len() == keys.len(),
            "consortium: two organisations share a signing key"
        );

        let mut accounts = 0;
        for (n, organisation) in organisations.iter().enumerate() {
            let org = OrgId(n as u32);
            let operators = Operators::<T>::get(org);
            if organisation.status == OrgStatus::Removed {
                ensure!(
                    organisation.keys.is_none() && operators.is_empty(),
                    "consortium: a removed organisation has kept something to act with"
                );
                continue;
            }
            for account in operators.iter().chain([&organisation.account]) {
                ensure!(
                    Accounts::<T>::get(account) == Some(org),
                    "consortium: an account's organisation is not its own"
                );
                ensure!(
                    frame_system::Pallet::<T>::providers(account) > 0,
                    "consortium: an account cannot send"
                );
                accounts += 1;
            }
        }
        ensure!(
            Accounts::<T>::iter_keys().count() == accounts,
            "consortium: an account of no organisation"
        );
        ensure!(
            Operators::<T>::iter_keys().all(Organisations::<T>::contains_key),
            "consortium: operators of no organisation"
        );

        let mut nodes = BTreeSet::new();
        for (org, named) in Nodes::<T>::iter() {
            let keeper = Organisations::<T>::get(org).filter(|keeper| keeper.status != OrgStatus::Removed);
            ensure!(
                keeper.is_some() && !named.is_empty(),
                "consortium: nodes of nobody, or a list of none"
            );
            ensure!(
                named.iter().all(|node| node.is_sound() && nodes.insert(*node)),
                "consortium: a node is unsound or stands twice"
            );
        }

        ensure!(
            Sent::<T>::iter_values().all(|used| used.transactions <= T::Quota::get()),
            "consortium: an organisation has sent more than it may"
        );

        let validators = Validators::<T>::get();
        ensure!(
            validators.iter().all(Accounts::<T>::contains_key),
            "consortium: a validator is no member's account"
        );
        ensure!(
            validators.iter().collect::<BTreeSet<_>>().len() == validators.len(),
            "consortium: a validator twice"
        );
        for n in 0..organisations.len() {
            let org = Some(OrgId(n as u32));
            let named = validators.iter().filter(|account| Accounts::<T>::get(account) == org);
            ensure!(
                named.count() <= T::ValidatorsPerOrganisation::get() as usize,
                "consortium: an organisation has too many validators"
            );
        }
        Ok(())
    }
}
