//! A few workers and publications of vendors are looked at in every block, one after the other and around again: what
//! nobody's transaction would notice is noticed here, and said once.

use crate::{
    AmdRevocations, Collaterals, Config, EndingFamilies, EndingProducts, Event, LastFamily, LastWorker, Notices,
    Pallet, Workers,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::Get;
use scale_info::TypeInfo;
use secureflow_evidence::snp::Product;
use secureflow_primitives::{
    attestation::{Worker, WorkerStatus},
    traits::WorkerJobs,
    AccountId, BlockNumber,
};

/// Workers looked at in a block: all that there may be are in about a minute.
pub(crate) const WORKERS: usize = 4;
/// Blocks between two looks at a publication.
const PUBLICATION_BLOCKS: BlockNumber = 16;
/// How long before its end it is said of a publication, seconds: a week, in which somebody can fetch a newer one.
const PUBLICATION_NOTICE: u64 = 7 * 24 * 3_600;

/// What was said of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Notice {
    /// That it may soon compute no longer.
    ExpiresSoon,
    /// That it may compute no longer; its jobs were taken off it.
    Lost,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn sweep() {
        let now = Self::now();
        Self::sweep_workers(now);
        if now % PUBLICATION_BLOCKS == 0 {
            Self::sweep_collateral();
            let turn = (now / PUBLICATION_BLOCKS) as usize % Product::ALL.len();
            Self::sweep_revocations(Product::ALL[turn]);
        }
    }

    fn sweep_workers(now: BlockNumber) {
        let after = match LastWorker::<T>::get() {
            Some(last) => Workers::<T>::iter_from(Workers::<T>::hashed_key_for(last)),
            None => Workers::<T>::iter(),
        };
        let batch: Vec<_> = after.take(WORKERS).collect();
        // At the end of the map the next block begins anew.
        LastWorker::<T>::set(batch.get(WORKERS - 1).map(|(account, _)| account.clone()));
        for (account, worker) in batch {
            Self::look_at(&account, &worker, now);
        }
    }

    /// Says what has changed about a worker since the last look.
    fn look_at(account: &AccountId, worker: &Worker, now: BlockNumber) {
        let status = Self::status(account, worker, now);
        let said = Notices::<T>::get(account);
        let fits = match status.until() {
            None => Some(Notice::Lost),
            Some(until) if until - now <= T::ExpiryNotice::get() => Some(Notice::ExpiresSoon),
            Some(_) => None,
        };
        if said == fits {
            return;
        }
        Notices::<T>::set(account, fits);
        let worker = account.clone();
        match (fits, status) {
            (Some(Notice::Lost), WorkerStatus::Expired) => {
                let jobs = T::Jobs::lost(account);
                Self::deposit_event(Event::WorkerExpired { worker, jobs });
            }
            (Some(Notice::Lost), _) => {
                let jobs = T::Jobs::lost(account);
                Self::deposit_event(Event::WorkerStale { worker, status, jobs });
            }
            (Some(Notice::ExpiresSoon), _) => {
                let at = status.until().unwrap_or(now);
                Self::deposit_event(Event::WorkerExpiresSoon { worker, at });
            }
            (None, _) => {}
        }
    }

    fn sweep_collateral() {
        let mut after = match LastFamily::<T>::get() {
            Some(last) => Collaterals::<T>::iter_from(Collaterals::<T>::hashed_key_for(last)),
            None => Collaterals::<T>::iter(),
        };
        let next = after.next();
        LastFamily::<T>::set(next.as_ref().map(|(family, _)| *family));
        let Some((family, collateral)) = next else { return };
        let at = collateral.valid_until;
        if Self::ends_soon(at) && EndingFamilies::<T>::get(family) != Some(at) {
            EndingFamilies::<T>::insert(family, at);
            Self::deposit_event(Event::CollateralExpiresSoon { family, at });
        }
    }

    fn sweep_revocations(product: Product) {
        let Some(list) = AmdRevocations::<T>::get(product).and_then(|kept| kept.list()) else {
            return;
        };
        let at = list.valid_until;
        if Self::ends_soon(at) && EndingProducts::<T>::get(product) != Some(at) {
            EndingProducts::<T>::insert(product, at);
            Self::deposit_event(Event::RevocationsExpireSoon { product, at });
        }
    }

    fn ends_soon(at: u64) -> bool {
        at <= Self::seconds().saturating_add(PUBLICATION_NOTICE)
    }
}
