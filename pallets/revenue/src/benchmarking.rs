//! What the calls cost for a job of as many parties as there may be, or of `p`, shared by a mixture of everything.

use crate::{pallet::*, Pallet};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::traits::EnsureOrigin;
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use secureflow_primitives::{
    bounds::MAX_PARTIES,
    job::Receipt,
    merkle::Proof,
    revenue::{Agreement, Figures, Formula, Mixture, Ruling},
    scenario::{Scenario, Stage},
    AccountId, JobId, OrgId, SpaceId,
};

const REWARD: u128 = 1_000_000_007;
const WINDOW: u32 = 10;

fn by_vote<T: Config>() -> Result<T::RuntimeOrigin, BenchmarkError> {
    T::AdmitOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)
}

fn parties<T: Config>() -> Vec<(OrgId, AccountId)> {
    (0..MAX_PARTIES).map(T::Scenario::organisation).collect()
}

fn agreement<T: Config>() -> Agreement {
    let shares: Vec<_> = parties::<T>().into_iter().map(|(org, _)| (org, 1 + org.0)).collect();
    Agreement {
        formula: Formula::Mixture(Mixture {
            equal: 200_000,
            fixed: 200_000,
            rows: 200_000,
            compute: 200_000,
            utility: 200_000,
            shares: shares.try_into().expect("as many as there may be"),
        }),
        reward: REWARD,
        dispute_window: WINDOW,
    }
}

/// A space with an agreement, and the first organisation with points for one reward and a fund.
fn agreed<T: Config>() -> Result<(SpaceId, AccountId), BenchmarkError> {
    let space = T::Scenario::space(MAX_PARTIES);
    let (org, own) = T::Scenario::organisation(0);
    Pallet::<T>::set_agreement(RawOrigin::Signed(own.clone()).into(), space, agreement::<T>())?;
    Pallet::<T>::mint(by_vote::<T>()?, org, 10 * REWARD)?;
    Ok((space, own))
}

/// A completed job of so many parties, and enough in its space's escrow.
fn completed<T: Config>(parties: u32) -> Result<(JobId, AccountId), BenchmarkError> {
    // The agreement first: the one that stands at the approval counts.
    let (space, own) = agreed::<T>()?;
    let job = T::Scenario::job(parties, 1, Stage::Completed);
    Pallet::<T>::fund(RawOrigin::Signed(own.clone()).into(), space, REWARD)?;
    Ok((job, own))
}

fn settled<T: Config>(parties: u32) -> Result<(JobId, AccountId), BenchmarkError> {
    let (job, own) = completed::<T>(parties)?;
    Pallet::<T>::settle(RawOrigin::Signed(own.clone()).into(), job).map_err(|error| error.error)?;
    Ok((job, own))
}

fn figures() -> Figures {
    Figures {
        rows: 7,
        compute_ms: 7,
        utility: 7,
    }
}

/// The last party with its receipt, and the path to the root in the job's result.
fn dispute_of<T: Config>(job: JobId) -> (OrgId, AccountId, Receipt, Proof) {
    let (org, own) = T::Scenario::organisation(MAX_PARTIES - 1);
    let (receipt, proof) = T::Scenario::receipt(job, org);
    (org, own, receipt, proof)
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn set_agreement() {
        let space = T::Scenario::space(MAX_PARTIES);
        let (_, who) = T::Scenario::organisation(0);
        let agreement = agreement::<T>();
        #[extrinsic_call]
        _(RawOrigin::Signed(who), space, agreement);
        assert!(Agreements::<T>::contains_key(space));
    }

    #[benchmark]
    fn fund() -> Result<(), BenchmarkError> {
        let (space, who) = agreed::<T>()?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who), space, REWARD);
        assert_eq!(Escrow::<T>::get(space), REWARD);
        Ok(())
    }

    #[benchmark]
    fn settle(p: Linear<2, MAX_PARTIES>) -> Result<(), BenchmarkError> {
        let (job, who) = completed::<T>(p)?;
        #[extrinsic_call]
        _(RawOrigin::Signed(who), job);
        assert_eq!(Settlements::<T>::get(job).map(|s| s.payouts.len() as u32), Some(p));
        Ok(())
    }

    #[benchmark]
    fn claim(p: Linear<2, MAX_PARTIES>) -> Result<(), BenchmarkError> {
        let (job, who) = settled::<T>(p)?;
        frame_system::Pallet::<T>::set_block_number(BlockNumberFor::<T>::from(1 + WINDOW));
        #[extrinsic_call]
        _(RawOrigin::Signed(who), job);
        assert!(Settlements::<T>::get(job).is_some_and(|s| s.claimed_at.is_some()));
        Ok(())
    }

    #[benchmark]
    fn dispute() -> Result<(), BenchmarkError> {
        let (job, _) = settled::<T>(MAX_PARTIES)?;
        let (_, who, receipt, proof) = dispute_of::<T>(job);
        #[extrinsic_call]
        _(
            RawOrigin::Signed(who),
            job,
            receipt,
            proof,
            figures(),
            Default::default(),
        );
        assert_eq!(Disputes::<T>::get(job).len(), 1);
        Ok(())
    }

    #[benchmark]
    fn resolve() -> Result<(), BenchmarkError> {
        let (job, _) = settled::<T>(MAX_PARTIES)?;
        let (org, who, receipt, proof) = dispute_of::<T>(job);
        Pallet::<T>::dispute(
            RawOrigin::Signed(who).into(),
            job,
            receipt,
            proof,
            figures(),
            Default::default(),
        )?;
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, job, org, Ruling::Corrected(figures()));
        Ok(())
    }

    #[benchmark]
    fn mint() -> Result<(), BenchmarkError> {
        let ((org, _), origin) = (T::Scenario::organisation(0), by_vote::<T>()?);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, org, REWARD);
        Ok(())
    }

    #[benchmark]
    fn set_transferable() -> Result<(), BenchmarkError> {
        let origin = by_vote::<T>()?;
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, true);
        assert!(Transferable::<T>::get());
        Ok(())
    }

    #[benchmark]
    fn release() -> Result<(), BenchmarkError> {
        let (space, own) = agreed::<T>()?;
        Pallet::<T>::fund(RawOrigin::Signed(own).into(), space, REWARD)?;
        let ((org, _), origin) = (T::Scenario::organisation(1), by_vote::<T>()?);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, space, org, REWARD);
        assert_eq!(Escrow::<T>::get(space), 0);
        Ok(())
    }
}
