//! What stands for a job from its approval on: the agreement, and what its datasets ask for, held back from the escrow so that
//! it is there at the end.

use crate::{Agreements, Config, Escrow, Event, Held, JobAgreements, Pallet};
use frame_support::ensure;
use secureflow_primitives::{policy::Violation, revenue::Prices, traits::Treasury, JobId, SpaceId};

impl<T: Config> Treasury for Pallet<T> {
    fn hold(job: JobId, space: SpaceId, prices: Prices) -> Result<(), Violation> {
        let agreement = Agreements::<T>::get(space);
        let amount = prices.total();
        if amount > 0 {
            let promised = agreement.as_ref().map_or(0, |agreement| agreement.reward);
            ensure!(promised >= amount, Violation::Price);
            Self::take(space, amount).map_err(|_| Violation::Price)?;
            Held::<T>::insert(job, (space, prices));
            Self::deposit_event(Event::PricesHeld { job, amount });
        }
        if let Some(agreement) = agreement {
            JobAgreements::<T>::insert(job, agreement);
        }
        Ok(())
    }

    fn give_back(job: JobId) {
        JobAgreements::<T>::remove(job);
        if let Some((space, prices)) = Held::<T>::take(job) {
            let amount = prices.total();
            // Cannot saturate: it came from there.
            Escrow::<T>::mutate(space, |escrow| *escrow = escrow.saturating_add(amount));
            Self::deposit_event(Event::PricesReturned { job, amount });
        }
    }
}

impl<T: Config> Pallet<T> {
    /// What is held for a job.
    pub(super) fn held(job: JobId) -> Prices {
        Held::<T>::get(job).map_or_else(Prices::default, |(_, prices)| prices)
    }
}
