//! Both workers of a session.

use secureflow_validity::{
    contribute, sum, Bound, Contribution, Error, Party, Session, Verdict, Verifier, VerifyKey, Worker,
};
use std::collections::BTreeSet;

pub const SESSION: Session = Session([7; 32]);

/// Small, with a norm whose square has as many bits as that of 127.
pub fn bound() -> Bound {
    Bound::new(5, 8, 100).unwrap()
}

pub struct Pair {
    pub first: Verifier,
    pub second: Verifier,
}

impl Pair {
    pub fn new(bound: Bound) -> Self {
        let worker = |worker| Verifier::new(bound, SESSION, worker, VerifyKey::new([9; 32])).unwrap();
        Self {
            first: worker(Worker::First),
            second: worker(Worker::Second),
        }
    }

    /// A party's two parts arrive, and the workers' messages about them.
    pub fn exchange(&mut self, party: Party, [first, second]: &[Contribution; 2]) -> Result<Verdict, Error> {
        let to_second = self.first.take(party, first)?;
        let to_first = self.second.take(party, second)?;
        let verdict = self.first.judge(party, &to_first)?;
        assert_eq!(self.second.judge(party, &to_second)?, verdict, "both say the same");
        Ok(verdict)
    }

    pub fn honest(&mut self, bound: &Bound, party: Party, values: &[i64]) {
        let parts = contribute(bound, &SESSION, party, values).unwrap();
        assert_eq!(self.exchange(party, &parts), Ok(Verdict::Holds));
    }

    pub fn sum(self, parties: &BTreeSet<Party>) -> Result<Vec<i128>, Error> {
        sum(&self.first.finish(parties)?, &self.second.finish(parties)?)
    }
}
