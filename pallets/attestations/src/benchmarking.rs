//! What the calls cost. Real evidence stands for all: its report data bind another chain, so that a registration with it
//! gets as far as that, behind everything costly; what comes after is measured with a worker that may register.

use crate::{pallet::*, Pallet};
use alloc::vec::Vec;
use codec::Encode;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use secureflow_evidence::{dcap, registry::Policy, snp};
use secureflow_primitives::{
    attestation::{Evidence, Measurement, Source},
    bounds::MAX_WORKERS,
    scenario::Scenario,
    AccountId,
};
use sp_runtime::{traits::ConstU32, BoundedVec};

macro_rules! vector {
    ($path:literal) => {
        include_bytes!(concat!("../../evidence/tests/vectors/", $path)).as_slice()
    };
}

/// When the vectors' certificates and collateral hold, unix s.
const SNP_TIME: u64 = 1_788_220_800;
const TDX_TIME: u64 = 1_750_329_207;

fn by_vote<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdmitOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

fn report() -> Evidence {
    let envelope = snp::Envelope {
        kind: snp::SigningKey::Vcek,
        report: vector!("snp/milan-report.bin")
            .try_into()
            .expect("a report has this length"),
        certificate: vector!("snp/milan-vcek.der").to_vec(),
        intermediate: None,
    };
    Evidence::SevSnp(BoundedVec::truncate_from(envelope.encode()))
}

fn collateral() -> BoundedVec<u8, ConstU32<{ dcap::MAX_COLLATERAL as u32 }>> {
    let collateral = dcap::Collateral::from_json(vector!("dcap/tdx-quote-collateral.json"));
    BoundedVec::truncate_from(collateral.expect("Intel's own").to_scale())
}

/// As many workers as there may be; the last of them.
fn crowd<T: Config>() -> AccountId {
    let workers: Vec<_> = (0..MAX_WORKERS).map(|n| T::Scenario::worker(n).0).collect();
    workers.last().expect("there are some").clone()
}

fn measurement<T: Config>(worker: &AccountId) -> Measurement {
    Workers::<T>::get(worker).expect("it is registered").measurement
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A report with its chain of certificates, and a registration.
    #[benchmark]
    fn register_worker() {
        T::Scenario::set_time(SNP_TIME);
        let (who, registration, evidence) = T::Scenario::registration(0);
        let hardware = report();
        #[block]
        {
            // Two registrations, of which one fails late: more than the dearest one costs.
            let refused =
                Pallet::<T>::register_worker(RawOrigin::Signed(who.clone()).into(), registration.clone(), hardware);
            assert_eq!(refused, Err(Error::<T>::ReportDataMismatch.into()));
            assert!(
                Pallet::<T>::register_worker(RawOrigin::Signed(who.clone()).into(), registration, evidence).is_ok()
            );
        }
        assert!(Workers::<T>::contains_key(&who));
    }

    #[benchmark]
    fn revoke() -> Result<(), BenchmarkError> {
        let (worker, _) = T::Scenario::worker(0);
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, worker.clone());
        assert!(Workers::<T>::get(&worker).is_some_and(|worker| worker.revoked));
        Ok(())
    }

    #[benchmark]
    fn accept_measurement() -> Result<(), BenchmarkError> {
        let (worker, _) = T::Scenario::worker(0);
        let (new, old) = (Measurement::simulated(b"new"), measurement::<T>(&worker));
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, new, Source::DEVELOPMENT, Some(old));
        assert!(Measurements::<T>::contains_key(new));
        Ok(())
    }

    /// All workers have it.
    #[benchmark]
    fn drop_measurement() -> Result<(), BenchmarkError> {
        let worker = crowd::<T>();
        let measurement = measurement::<T>(&worker);
        let origin = T::DropOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, measurement);
        assert!(Workers::<T>::get(&worker).is_some_and(|worker| worker.revoked));
        Ok(())
    }

    #[benchmark]
    fn remove_expired() {
        let (worker, _) = T::Scenario::worker(0);
        let (_, who) = T::Scenario::organisation(0);
        let expired = Workers::<T>::get(&worker).expect("it is registered").expires_at;
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::from(expired));
        #[extrinsic_call]
        _(RawOrigin::Signed(who), worker.clone());
        assert!(!Workers::<T>::contains_key(&worker));
    }

    #[benchmark]
    fn submit_collateral() {
        T::Scenario::set_time(TDX_TIME);
        let ((_, who), collateral) = (T::Scenario::organisation(0), collateral());
        #[extrinsic_call]
        _(RawOrigin::Signed(who), collateral);
        assert_eq!(Collaterals::<T>::count(), 1);
    }

    #[benchmark]
    fn submit_revocations() {
        T::Scenario::set_time(SNP_TIME);
        let (_, who) = T::Scenario::organisation(0);
        let list = BoundedVec::truncate_from(vector!("snp/milan-crl.der").to_vec());
        #[extrinsic_call]
        _(RawOrigin::Signed(who), list);
        assert_eq!(AmdRevocations::<T>::iter().count(), 1);
    }

    #[benchmark]
    fn set_evidence_policy() -> Result<(), BenchmarkError> {
        crowd::<T>();
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, Policy::default(), 100);
        Ok(())
    }

    #[benchmark]
    fn remove_collateral() -> Result<(), BenchmarkError> {
        T::Scenario::set_time(TDX_TIME);
        let (_, who) = T::Scenario::organisation(0);
        Pallet::<T>::submit_collateral(RawOrigin::Signed(who.clone()).into(), collateral())?;
        let (family, kept) = Collaterals::<T>::iter().next().ok_or("it was kept")?;
        T::Scenario::set_time(kept.valid_until + 1);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), family);
        assert_eq!(Collaterals::<T>::count(), 0);
        Ok(())
    }

    /// What every block does: a few workers, all of whom have expired with a job, and a publication.
    #[benchmark]
    fn sweep() {
        let last = crowd::<T>();
        let expired = Workers::<T>::get(&last).expect("it is registered").expires_at;
        // A block in which publications are looked at too.
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::from(expired.next_multiple_of(16)));
        #[block]
        {
            Pallet::<T>::sweep();
        }
        assert!(LastWorker::<T>::get().is_some());
    }
}
