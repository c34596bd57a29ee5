//! What the log costs once it has a million entries, at the entry that closes all its peaks at once.

use crate::{pallet::*, Pallet};
use alloc::{boxed::Box, vec};
use codec::{Decode, Encode};
use frame_benchmarking::v2::*;
use frame_system::RawOrigin;
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::{MAX_AUDITORS, MAX_CIPHERTEXT, MAX_PLAN},
    scenario::Scenario,
    traits::AuditLog,
    AccountId, Epoch, SpaceId, H256,
};

/// The next entry closes twenty peaks.
const ENTRIES: u64 = (1 << 20) - 1;

fn grown<T: Config>() {
    let peaks = (0..20u32).rev().map(|height| (height, H256::repeat_byte(height as u8)));
    Peaks::<T>::put(PeakList::truncate_from(peaks.collect()));
    Count::<T>::put(ENTRIES);
}

/// A space of two with so many auditors, its creator, and the epoch.
fn audited<T: Config>(auditors: u32) -> Result<(SpaceId, AccountId, Epoch), BenchmarkError> {
    let space = T::Scenario::space(2);
    let (_, creator) = T::Scenario::organisation(0);
    for n in 0..auditors {
        let (org, _) = T::Scenario::organisation(2 + n);
        Pallet::<T>::grant_auditor(RawOrigin::Signed(creator.clone()).into(), space, org)?;
    }
    let (epoch, _) = Pallet::<T>::current(space).unwrap_or_default();
    Ok((space, creator, epoch))
}

fn ciphertext(bytes: u32) -> Ciphertext {
    Ciphertext::truncate_from(vec![7; bytes as usize])
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// A note whose ciphertext has `b` bytes.
    #[benchmark]
    fn append(b: Linear<1, MAX_CIPHERTEXT>) -> Result<(), BenchmarkError> {
        let (space, who, epoch) = audited::<T>(MAX_AUDITORS)?;
        grown::<T>();
        #[extrinsic_call]
        _(
            RawOrigin::Signed(who),
            space,
            epoch,
            Subject::Space(space),
            ciphertext(b),
        );
        assert_eq!(Count::<T>::get(), ENTRIES + 1);
        Ok(())
    }

    /// Any call that begins an epoch.
    #[benchmark]
    fn begin_epoch() -> Result<(), BenchmarkError> {
        let (space, who, epoch) = audited::<T>(MAX_AUDITORS)?;
        // As if every auditor had another key by now.
        Rosters::<T>::mutate(space, epoch, |roster| {
            roster.iter_mut().for_each(|(_, key)| *key = [0xFF; 32]);
        });
        grown::<T>();
        #[extrinsic_call]
        rotate_epoch(RawOrigin::Signed(who), space);
        assert_ne!(Pallet::<T>::current(space).map(|(now, _)| now), Some(epoch));
        Ok(())
    }

    /// What details of `b` bytes add to a call of about `c` bytes, with the call itself, which weighs for itself too.
    #[benchmark]
    fn detailed(b: Linear<1, MAX_CIPHERTEXT>, c: Linear<1, MAX_PLAN>) -> Result<(), BenchmarkError> {
        let (who, call) = T::Scenario::proposal(c);
        let call = CallOf::<T>::decode(&mut call.as_slice()).map_err(|_| "a call of this runtime")?;
        let (space, _, epoch) = audited::<T>(MAX_AUDITORS)?;
        grown::<T>();
        assert!(call.encoded_size() as u32 >= c);
        #[extrinsic_call]
        _(RawOrigin::Signed(who), space, epoch, ciphertext(b), Box::new(call));
        assert_eq!(Count::<T>::get(), ENTRIES + 1);
        Ok(())
    }

    /// One entry that another pallet records.
    #[benchmark]
    fn record() -> Result<(), BenchmarkError> {
        let (space, who, _) = audited::<T>(0)?;
        grown::<T>();
        #[block]
        {
            <Pallet<T> as AuditLog>::record(Some(&who), Some(space), Subject::Space(space), Kind::Invited)?;
        }
        assert_eq!(Count::<T>::get(), ENTRIES + 1);
        Ok(())
    }
}
