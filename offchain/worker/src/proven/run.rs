//! An attempt at a step, as the first worker sees it. The parts themselves are in the store.

use super::Terms;
use crate::step::{Checkpoint, CheckpointError, PartyRecord};
use secureflow_primitives::{bounds::MAX_ROUND_UTILITY, AccountId};
use secureflow_secagg::{Config, Outcome, PartyId};
use secureflow_validity::{self as validity, Bound};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};
use zeroize::{Zeroize, Zeroizing};

/// What is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    config: Config,
    key: [u8; 32],
    records: BTreeMap<PartyId, PartyRecord>,
    /// Whose parts have been judged, and whether they hold.
    verdicts: BTreeMap<PartyId, bool>,
    /// Whose parts are in the sum; from then on nothing is taken.
    closing: Option<BTreeSet<PartyId>>,
    outcome: Option<Outcome>,
}

impl Drop for Saved {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

pub struct ProvenRun {
    pub index: u32,
    pub attempt: u32,
    pub second: AccountId,
    bound: Bound,
    saved: Saved,
    /// Whose updates are in the sum of the training round before this step: the others' have no utility.
    trained: BTreeSet<PartyId>,
    /// When the attempt began, in this process.
    since: Instant,
}

impl ProvenRun {
    /// A new attempt, under a key of its own.
    pub fn new(
        (index, attempt): (u32, u32),
        config: Config,
        bound: Bound,
        second: AccountId,
        records: BTreeMap<PartyId, PartyRecord>,
        trained: BTreeSet<PartyId>,
    ) -> Self {
        let mut key = [0; 32];
        rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut key);
        let saved = Saved {
            config,
            key,
            records,
            verdicts: BTreeMap::new(),
            closing: None,
            outcome: None,
        };
        Self {
            index,
            attempt,
            second,
            bound,
            saved,
            trained,
            since: Instant::now(),
        }
    }

    pub fn restore(
        (index, attempt): (u32, u32),
        machine: &[u8],
        bound: Bound,
        second: AccountId,
        trained: BTreeSet<PartyId>,
    ) -> Result<Self, CheckpointError> {
        Ok(Self {
            index,
            attempt,
            second,
            bound,
            saved: postcard::from_bytes(machine)?,
            trained,
            since: Instant::now(),
        })
    }

    pub fn save(&self) -> Result<Checkpoint, CheckpointError> {
        Ok(Checkpoint {
            machine: postcard::to_stdvec(&self.saved)?,
            sum: None,
        })
    }

    pub fn at(&self) -> (u32, u32) {
        (self.index, self.attempt)
    }

    pub fn config(&self) -> &Config {
        &self.saved.config
    }

    pub fn since(&self) -> Instant {
        self.since
    }

    pub fn records(&self) -> &BTreeMap<PartyId, PartyRecord> {
        &self.saved.records
    }

    pub fn outcome(&self) -> Option<&Outcome> {
        self.saved.outcome.as_ref()
    }

    pub fn closing(&self) -> Option<&BTreeSet<PartyId>> {
        self.saved.closing.as_ref()
    }

    pub fn verdict(&self, party: PartyId) -> Option<bool> {
        self.saved.verdicts.get(&party).copied()
    }

    pub fn terms(&self) -> Terms {
        Terms {
            bound: self.bound,
            session: self.saved.config.session,
            key: Zeroizing::new(self.saved.key),
            role: validity::Worker::First,
        }
    }

    /// Whether a party that knows nothing of this attempt may still begin it.
    pub fn may_begin(&self, party: PartyId) -> bool {
        self.saved.closing.is_none() && !self.saved.verdicts.contains_key(&party)
    }

    /// The largest utility that a party can have to report in this step.
    pub fn most_utility(&self, party: PartyId) -> u64 {
        match self.trained.contains(&party) {
            true => MAX_ROUND_UTILITY,
            false => 0,
        }
    }

    /// A part has been judged. `false` where it is too late or was judged before.
    pub fn judged(&mut self, party: PartyId, holds: bool, record: PartyRecord) -> bool {
        if !self.may_begin(party) {
            return false;
        }
        self.saved.verdicts.insert(party, holds);
        let known = self.saved.records.entry(party).or_default();
        *known = PartyRecord {
            bytes: known.bytes.saturating_add(record.bytes),
            ..record
        };
        true
    }

    /// Who has not been judged.
    pub fn waiting_for(&self) -> BTreeSet<PartyId> {
        let parties = self.saved.config.parties.iter().copied();
        parties
            .filter(|party| !self.saved.verdicts.contains_key(party))
            .collect()
    }

    /// Whose parts hold.
    pub fn holding(&self) -> BTreeSet<PartyId> {
        let holding = self.saved.verdicts.iter().filter(|(_, holds)| **holds);
        holding.map(|(party, _)| *party).collect()
    }

    /// Whether a sum may be made of those that hold.
    pub fn suffices(&self) -> bool {
        self.holding().len() >= self.saved.config.threshold
    }

    /// Nothing more is taken. Both workers make the sum over these parties, and no other one.
    pub fn close(&mut self) -> BTreeSet<PartyId> {
        let holding = self.holding();
        self.saved.closing.get_or_insert(holding).clone()
    }

    pub fn summed(&mut self, outcome: Outcome) {
        self.saved.outcome = Some(outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secureflow_secagg::SessionId;

    fn run() -> ProvenRun {
        let parties = [0, 1, 2].map(PartyId);
        let config = Config::new(SessionId([1; 32]), parties.into(), 2, 3);
        let bound = Bound::new(3, 8, 100).unwrap();
        let trained = [PartyId(0)].into();
        ProvenRun::new((4, 1), config, bound, AccountId::new([9; 32]), BTreeMap::new(), trained)
    }

    fn record(bytes: u64) -> PartyRecord {
        PartyRecord {
            rows: 5,
            compute_ms: 6,
            bytes,
            utility: 7,
        }
    }

    #[test]
    fn verdicts_stay_and_a_refused_part_does_not_count() {
        let mut run = run();
        assert!(run.judged(PartyId(0), true, record(10)));
        assert!(run.judged(PartyId(1), false, record(20)));
        assert!(!run.judged(PartyId(1), true, record(20)), "a verdict is the last word");
        assert!(!run.suffices());
        assert_eq!(run.waiting_for(), [PartyId(2)].into());
        assert!(run.judged(PartyId(2), true, record(30)));
        assert!(run.suffices());
        assert_eq!(run.close(), [PartyId(0), PartyId(2)].into());
        assert_eq!(
            (run.most_utility(PartyId(0)), run.most_utility(PartyId(1))),
            (MAX_ROUND_UTILITY, 0)
        );
    }

    #[test]
    fn nothing_is_taken_after_the_close() {
        let mut run = run();
        run.judged(PartyId(0), true, record(1));
        run.judged(PartyId(1), true, record(1));
        assert_eq!(run.close(), [PartyId(0), PartyId(1)].into());
        assert!(!run.judged(PartyId(2), true, record(1)) && !run.may_begin(PartyId(2)));
        assert_eq!(run.close(), [PartyId(0), PartyId(1)].into());
    }

    #[test]
    fn a_checkpoint_keeps_key_and_verdicts() {
        let mut run = run();
        run.judged(PartyId(0), true, record(10));
        run.judged(PartyId(1), true, record(10));
        run.close();
        let machine = run.save().unwrap().machine;
        let back = ProvenRun::restore((4, 1), &machine, run.bound, run.second.clone(), BTreeSet::new()).unwrap();
        assert_eq!(back.terms().key, run.terms().key);
        assert_eq!((back.closing(), back.records()), (run.closing(), run.records()));
        assert!(ProvenRun::restore((4, 1), &machine[1..], run.bound, run.second.clone(), BTreeSet::new()).is_err());
    }
}
