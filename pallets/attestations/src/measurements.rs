//! Measurements and what they stand for: accepted, replaced by a successor, dropped.

use crate::{Config, Error, Event, Measurements, Pallet, Workers};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use secureflow_primitives::{
    attestation::{AcceptedMeasurement, Measurement, Replacement, Source},
    audit::{Kind, Subject},
    traits::AuditLog,
    BlockNumber,
};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_accept_measurement(
        measurement: Measurement,
        source: Source,
        replaces: Option<Measurement>,
    ) -> DispatchResult {
        // One that was replaced may come back, as where its successor turns out to be bad.
        ensure!(
            Measurements::<T>::get(measurement).is_none_or(|known| known.replaced.is_some()),
            Error::<T>::MeasurementKnown
        );
        let replaces = replaces
            .map(|old| Self::replace(old, measurement).map(|end| (old, end)))
            .transpose()?;
        Measurements::<T>::insert(measurement, AcceptedMeasurement::new(source, Self::now()));
        Self::deposit_event(Event::MeasurementAccepted {
            measurement,
            source,
            replaces,
        });
        T::Audit::record(None, None, Subject::Measurement(measurement), Kind::MeasurementAccepted)
    }

    /// Gives a measurement its end, the sooner of this and an earlier one; returns it.
    fn replace(old: Measurement, by: Measurement) -> Result<BlockNumber, DispatchError> {
        let mut accepted = Measurements::<T>::get(old).ok_or(Error::<T>::MeasurementUnknown)?;
        ensure!(old != by, Error::<T>::MeasurementKnown);
        let at = Self::now().saturating_add(T::ReplacementPeriod::get());
        let replacement = accepted
            .replaced
            .filter(|before| before.at <= at)
            .unwrap_or(Replacement { by, at });
        accepted.replaced = Some(replacement);
        Measurements::<T>::insert(old, accepted);
        Ok(replacement.at)
    }

    pub(crate) fn do_drop_measurement(measurement: Measurement) -> DispatchResult {
        ensure!(
            Measurements::<T>::contains_key(measurement),
            Error::<T>::MeasurementUnknown
        );
        Measurements::<T>::remove(measurement);
        Self::deposit_event(Event::MeasurementDropped { measurement });
        T::Audit::record(None, None, Subject::Measurement(measurement), Kind::MeasurementDropped)?;
        // Collected first, since a map may not change while it is walked; no more than `MAX_WORKERS`.
        let affected: Vec<_> = Workers::<T>::iter()
            .filter(|(_, worker)| !worker.revoked && worker.measurement == measurement)
            .collect();
        for (account, worker) in affected {
            Self::mark_revoked(None, account, worker)?;
        }
        Ok(())
    }
}
