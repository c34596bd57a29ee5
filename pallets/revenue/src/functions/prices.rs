//! What datasets ask for per job: held back from the escrow while the job is under way, so that it is there at the end.

use crate::{Agreements, Config, Escrow, Event, Held, Pallet};
use frame_support::ensure;
use secureflow_primitives::{policy::Violation, revenue::Prices, traits::Treasury, JobId, SpaceId};

impl<T: Config> Treasury for Pallet<T> {
    fn hold(job: JobId, space: SpaceId, prices: Prices) -> Result<(), Violation> {
        let amount = prices.total();
        if amount == 0 {
            return Ok(());
        }
        let promised = Agreements::<T>::get(space).map_or(0, |agreement| agreement.reward);
        ensure!(promised >= amount, Violation::Price);
        Self::take(space, amount).map_err(|_| Violation::Price)?;
        Held::<T>::insert(job, (space, prices));
        Self::deposit_event(Event::PricesHeld { job, amount });
        Ok(())
    }

    fn give_back(job: JobId) {
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
