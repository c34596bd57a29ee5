//! Which parties have been heard of lately. Kept in memory: after a restart everybody gets the full time again.

use secureflow_secagg::PartyId;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

#[derive(Clone, Copy)]
struct Seen {
    last: Option<Instant>,
    /// Polls that are being held.
    asking: u32,
    computing: bool,
}

/// When each party was last heard of.
pub struct Presence {
    parties: Mutex<BTreeMap<PartyId, Seen>>,
}

impl Presence {
    pub fn new(parties: &BTreeSet<PartyId>) -> Self {
        let nothing = Seen {
            last: None,
            asking: 0,
            computing: false,
        };
        Self {
            parties: Mutex::new(parties.iter().map(|party| (*party, nothing)).collect()),
        }
    }

    /// A party asks; it counts as present until the guard is dropped, and for a while afterwards.
    pub fn enter(&self, party: PartyId, computing: bool) -> Here<'_> {
        if let Some(seen) = self.lock().get_mut(&party) {
            seen.asking += 1;
            seen.last = Some(Instant::now());
            seen.computing = computing;
        }
        Here { presence: self, party }
    }

    pub fn touch(&self, party: PartyId) {
        if let Some(seen) = self.lock().get_mut(&party) {
            seen.last = Some(Instant::now());
            seen.computing = false;
        }
    }

    /// A step begins: nobody computes yet.
    pub fn restart(&self) {
        self.lock().values_mut().for_each(|seen| seen.computing = false);
    }

    /// Whether a party has not been heard of for so long.
    pub fn is_gone(&self, party: PartyId, now: Instant, after: Duration) -> bool {
        self.lock().get(&party).is_none_or(|seen| {
            seen.asking == 0
                && seen
                    .last
                    .is_none_or(|last| now.saturating_duration_since(last) >= after)
        })
    }

    pub fn is_computing(&self, party: PartyId) -> bool {
        self.lock()
            .get(&party)
            .is_some_and(|seen| seen.computing && seen.asking > 0)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PartyId, Seen>> {
        // No code panics while it holds the lock, and the map is plain data.
        self.parties.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Keeps a party present.
pub struct Here<'a> {
    presence: &'a Presence,
    party: PartyId,
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        if let Some(seen) = self.presence.lock().get_mut(&self.party) {
            seen.asking = seen.asking.saturating_sub(1);
            seen.last = Some(Instant::now());
        }
    }
}
