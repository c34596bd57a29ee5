//! What the calls cost on a chain with as many organisations, validators and motions as there may be.

use crate::{pallet::*, CheckMember};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::{
    dispatch::{DispatchInfo, PostDispatchInfo},
    traits::{EnsureOrigin, Get, Hooks},
};
use frame_system::RawOrigin;
use secureflow_primitives::{
    bounds::{Name, MAX_NODES, MAX_OPERATORS, MAX_ORGANISATIONS},
    consortium::{NodeId, NodeList, OrgKeys, OrgStatus},
    scenario::Scenario,
    traits::Membership,
    AccountId, OrgId, H256,
};
use sp_runtime::{
    traits::{Dispatchable, TransactionExtension, TxBaseImplication},
    transaction_validity::TransactionSource,
};

fn by_vote<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdmitOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

/// The last of the active organisations, to whom every search comes last.
fn last<T: Config>() -> (OrgId, AccountId) {
    T::Scenario::organisation(MAX_ORGANISATIONS - 1)
}

/// As many operators as it may have.
fn operators<T: Config>(owner: &AccountId, leave_out: u32) -> Result<(), BenchmarkError> {
    let org = Pallet::<T>::owner(owner).ok_or(BenchmarkError::Stop("no such owner"))?;
    let have = Operators::<T>::get(org).len() as u32;
    for n in have..MAX_OPERATORS - leave_out {
        Pallet::<T>::add_operator(RawOrigin::Signed(owner.clone()).into(), account("operator", org.0, n))?;
    }
    Ok(())
}

fn keys(n: u8) -> OrgKeys {
    OrgKeys {
        tls_fingerprint: [n; 32],
        signing: [n; 32],
        encryption: [n; 32],
    }
}

/// As many nodes as it may name.
fn nodes(org: OrgId) -> NodeList {
    let node = |n: u32| {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&org.0.to_le_bytes());
        key[4..8].copy_from_slice(&n.to_le_bytes());
        NodeId::of_key(&key)
    };
    NodeList::truncate_from((0..MAX_NODES).map(node).collect())
}

#[benchmarks(where T: Send + Sync, T::RuntimeCall: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn admit() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        // One place is free: as many as ever may be, but one, have been admitted.
        let (leaving, _) = last::<T>();
        Pallet::<T>::remove(by_vote::<T>()?, leaving)?;
        NextOrg::<T>::mutate(|next| next.0 -= 1);
        Organisations::<T>::remove(NextOrg::<T>::get());
        let (origin, name) = (by_vote::<T>()?, Name::truncate_from(vec![b'x'; 64]));
        let account: AccountId = account("newcomer", 0, 0);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, name, account.clone());
        assert!(Pallet::<T>::owner(&account).is_some());
        Ok(())
    }

    #[benchmark]
    fn suspend() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        let ((org, _), origin) = (last::<T>(), by_vote::<T>()?);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, org);
        assert!(!Pallet::<T>::is_active(org));
        Ok(())
    }

    #[benchmark]
    fn reinstate() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        let (org, _) = last::<T>();
        Pallet::<T>::suspend(by_vote::<T>()?, org)?;
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, org);
        assert!(Pallet::<T>::is_active(org));
        Ok(())
    }

    #[benchmark]
    fn set_keys() {
        T::Scenario::crowd();
        let (org, who) = last::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who), keys(255));
        assert_eq!(Organisations::<T>::get(org).and_then(|o| o.keys), Some(keys(255)));
    }

    #[benchmark]
    fn add_operator() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        let (org, who) = last::<T>();
        operators::<T>(&who, 1)?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who), account("new operator", 0, 0));
        assert_eq!(Operators::<T>::get(org).len() as u32, MAX_OPERATORS);
        Ok(())
    }

    #[benchmark]
    fn remove_operator() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        let (org, who) = last::<T>();
        operators::<T>(&who, 0)?;
        // It validates, so that its keys go and the others are asked for theirs.
        let validates = Validators::<T>::get();
        let leaving = Operators::<T>::get(org)
            .iter()
            .find(|account| validates.contains(account))
            .cloned();
        let leaving = leaving.ok_or(BenchmarkError::Stop("no operator of the last organisation validates"))?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who), leaving.clone());
        assert!(!Validators::<T>::get().contains(&leaving));
        Ok(())
    }

    #[benchmark]
    fn name_validators() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        let (_, who) = last::<T>();
        let mut chosen = Validators::<T>::get().into_inner();
        chosen.retain(|account| Pallet::<T>::member(account) == Pallet::<T>::member(&who));
        assert_eq!(chosen.len() as u32, T::ValidatorsPerOrganisation::get());
        chosen.reverse();
        let chosen = Choice::truncate_from(chosen);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), chosen);
        Ok(())
    }

    /// Every other organisation has named as many as it may.
    #[benchmark]
    fn name_nodes() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        for n in 0..MAX_ORGANISATIONS - 1 {
            let (org, _) = T::Scenario::organisation(n);
            Nodes::<T>::insert(org, nodes(org));
        }
        let (org, who) = last::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who), nodes(org));
        assert_eq!(Nodes::<T>::get(org).len(), MAX_NODES as usize);
        Ok(())
    }

    #[benchmark]
    fn remove() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        let (org, who) = last::<T>();
        operators::<T>(&who, 0)?;
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, org);
        assert_eq!(Organisations::<T>::get(org).map(|o| o.status), Some(OrgStatus::Removed));
        Ok(())
    }

    #[benchmark]
    fn authorize_upgrade() -> Result<(), BenchmarkError> {
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, H256::repeat_byte(1));
        Ok(())
    }

    /// The transaction extension.
    #[benchmark]
    fn check_member() -> Result<(), BenchmarkError> {
        T::Scenario::crowd();
        let (org, who) = last::<T>();
        let call = T::RuntimeCall::from(frame_system::Call::<T>::remark { remark: vec![] });
        let (origin, info) = (RawOrigin::Signed(who).into(), DispatchInfo::default());
        let (check, source) = (CheckMember::<T>::new(), TransactionSource::InBlock);
        let post_info = PostDispatchInfo::default();
        #[block]
        {
            let (_, org, origin) = check
                .validate(origin, &call, &info, 0, (), &TxBaseImplication(()), source)
                .map_err(|_| "a member was refused")?;
            let org = CheckMember::<T>::new()
                .prepare(org, &origin, &call, &info, 0)
                .map_err(|_| "the quota is not used up")?;
            CheckMember::<T>::post_dispatch_details(org, &info, &post_info, 0, &Ok(()))
                .map_err(|_| "what is not used is given back")?;
        }
        assert_eq!(Sent::<T>::get(org).transactions, 1);
        Ok(())
    }

    /// The end of a block of which every organisation took more than its quota.
    #[benchmark]
    fn renew_quotas() {
        let weight = T::WeightQuota::get().saturating_mul(2);
        for n in 0..MAX_ORGANISATIONS {
            Sent::<T>::insert(
                OrgId(n),
                Usage {
                    transactions: 1,
                    weight,
                },
            );
        }
        #[block]
        {
            Pallet::<T>::on_finalize(1u32.into());
        }
        assert!(Sent::<T>::iter_values().all(|used| used.transactions == 0 && used.weight == T::WeightQuota::get()));
    }
}
