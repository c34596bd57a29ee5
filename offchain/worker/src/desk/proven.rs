//! Steps whose contributions are proven to be bounded.

use super::{Desk, DeskError, State};
use crate::{
    proven::{run::ProvenRun, Terms},
    step::PartyRecord,
};
use secureflow_primitives::AccountId;
use secureflow_secagg::{Outcome, PartyId};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// What a part is judged by.
pub struct Hearing {
    pub terms: Terms,
    pub second: AccountId,
    /// What it was judged already.
    pub verdict: Option<bool>,
}

/// What became of the time that an attempt may take.
#[derive(Debug)]
pub enum Attempt {
    /// It is not over.
    Open,
    /// The sum is to be made over these parties, and over no others.
    Closed(BTreeSet<PartyId>),
    /// Too few contributions hold.
    Short(BTreeSet<PartyId>),
}

impl Desk {
    /// Begins an attempt or goes on with a restored one.
    pub async fn open_proven(&self, run: ProvenRun) -> Result<(), DeskError> {
        let mut state = self.state.lock().await;
        *state = State::Proven(Box::new(run));
        self.save(&mut state).await?;
        self.presence.restart();
        self.changed.send_replace(());
        Ok(())
    }

    /// A party's part has come for an attempt.
    pub async fn hear(&self, party: PartyId, at: (u32, u32), utility: u64) -> Result<Hearing, DeskError> {
        if !self.parties.contains(&party) {
            return Err(DeskError::NotAParty);
        }
        self.presence.touch(party);
        let state = self.state.lock().await;
        let run = proven(&state, at)?;
        let most = run.most_utility(party);
        if utility > most {
            return Err(DeskError::Utility { found: utility, most });
        }
        let verdict = run.verdict(party);
        if verdict.is_none() && run.closing().is_some() {
            return Err(DeskError::Closed);
        }
        Ok(Hearing {
            terms: run.terms(),
            second: run.second.clone(),
            verdict,
        })
    }

    /// A party's part was judged; `true` where that is new. It is on disk when this returns.
    pub async fn judged(
        &self,
        party: PartyId,
        at: (u32, u32),
        holds: bool,
        record: PartyRecord,
    ) -> Result<bool, DeskError> {
        let mut state = self.state.lock().await;
        proven(&state, at)?;
        let State::Proven(run) = &mut *state else {
            return Err(DeskError::Stale);
        };
        if !run.judged(party, holds, record) {
            return match run.verdict(party) {
                Some(_) => Ok(false),
                None => Err(DeskError::Closed),
            };
        }
        self.save(&mut state).await?;
        self.changed.send_replace(());
        Ok(true)
    }

    /// Closes the attempt where all have been judged, where its time is over, or where those still missing have not been heard
    /// of for a while.
    pub async fn close_proven(&self, timeout: Duration, absent_after: Duration) -> Result<Attempt, DeskError> {
        let mut state = self.state.lock().await;
        let State::Proven(run) = &mut *state else {
            return Err(DeskError::Stale);
        };
        if let Some(parties) = run.closing() {
            return Ok(Attempt::Closed(parties.clone()));
        }
        let (missing, now) = (run.waiting_for(), Instant::now());
        let waited = now.duration_since(run.since());
        let gone = waited >= absent_after
            && missing
                .iter()
                .all(|party| self.presence.is_gone(*party, now, absent_after));
        if !missing.is_empty() && waited < timeout && !(gone && run.suffices()) {
            return Ok(Attempt::Open);
        }
        if !run.suffices() {
            let holding = run.holding();
            return Ok(Attempt::Short(self.parties.difference(&holding).copied().collect()));
        }
        let parties = run.close();
        self.save(&mut state).await?;
        self.changed.send_replace(());
        Ok(Attempt::Closed(parties))
    }

    /// The attempt under way, and what its parts are judged by.
    pub async fn proven_terms(&self) -> Option<((u32, u32), Terms)> {
        match &*self.state.lock().await {
            State::Proven(run) => Some((run.at(), run.terms())),
            _ => None,
        }
    }

    /// The sum is there.
    pub async fn sum_proven(&self, outcome: Outcome) -> Result<(), DeskError> {
        let mut state = self.state.lock().await;
        let State::Proven(run) = &mut *state else {
            return Err(DeskError::Stale);
        };
        run.summed(outcome);
        self.save(&mut state).await?;
        self.changed.send_replace(());
        Ok(())
    }
}

/// The attempt under way, where it is this one.
fn proven(state: &State, at: (u32, u32)) -> Result<&ProvenRun, DeskError> {
    match state {
        State::Proven(run) if run.at() == at => Ok(run),
        State::Idle => Err(DeskError::NotReady),
        _ => Err(DeskError::Stale),
    }
}
