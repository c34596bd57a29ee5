//! What must hold between any two calls. Not in the Wasm, which is built without `std`.

use crate::{
    ChipKeys, Collaterals, Config, EndingFamilies, Measurements, Notice, Notices, Pallet, Platforms, SessionKeys,
    TlsFingerprints, Workers, MAX_FAMILIES,
};
use alloc::vec::Vec;
use frame_support::ensure;
use secureflow_primitives::bounds::MAX_WORKERS;

impl<T: Config> Pallet<T> {
    /// Says which of them does not.
    pub fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
        let workers: Vec<_> = Workers::<T>::iter().collect();
        ensure!(
            workers.len() as u32 == Workers::<T>::count(),
            "the counter of workers is off"
        );
        ensure!(
            workers.len() as u32 <= MAX_WORKERS,
            "there are more workers than there may be"
        );
        for (account, worker) in &workers {
            let registration = &worker.registration;
            ensure!(
                SessionKeys::<T>::get(registration.session_key).as_ref() == Some(account),
                "a session key is not its worker's"
            );
            ensure!(
                TlsFingerprints::<T>::get(registration.tls_fingerprint).as_ref() == Some(account),
                "a certificate is not its worker's"
            );
            ensure!(
                worker.revoked || Measurements::<T>::contains_key(worker.measurement),
                "a worker stands with a dropped measurement"
            );
            let lost = Notices::<T>::get(account) == Some(Notice::Lost);
            ensure!(lost || !worker.revoked, "nobody was told of a revoked worker");
            ensure!(
                worker.registered_at <= worker.expires_at,
                "a verdict ended before it began"
            );
        }
        let strays = Platforms::<T>::iter_keys()
            .chain(ChipKeys::<T>::iter_keys())
            .chain(Notices::<T>::iter_keys())
            .any(|account| !Workers::<T>::contains_key(account));
        ensure!(!strays, "what is known of a worker outlives it");
        ensure!(
            SessionKeys::<T>::iter().count() == workers.len(),
            "a session key has no worker"
        );
        ensure!(
            TlsFingerprints::<T>::iter().count() == workers.len(),
            "a certificate has no worker"
        );
        ensure!(
            Collaterals::<T>::iter().all(|(family, collateral)| collateral.family() == family),
            "collateral is kept for another family"
        );
        ensure!(
            EndingFamilies::<T>::iter_keys().all(Collaterals::<T>::contains_key),
            "collateral was said to end that is not kept"
        );
        ensure!(
            Collaterals::<T>::count() <= MAX_FAMILIES
                && Collaterals::<T>::iter_keys().count() as u32 == Collaterals::<T>::count(),
            "the counter of families is off"
        );
        Ok(())
    }
}
