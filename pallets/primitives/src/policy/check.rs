//! The judgement of a job's specification against a policy, without chain or ledger.

use super::{ColumnRole, ColumnRule, Policy, Violation};
use crate::{job::JobSpec, privacy::PrivacyCost, BlockNumber, OrgId};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

fn unless(holds: bool, violation: Violation) -> Result<(), Violation> {
    if holds {
        Ok(())
    } else {
        Err(violation)
    }
}

impl Policy {
    /// Judges every rule that rests on the specification alone; the first that is broken is the answer. `Ledger::check`
    /// judges those about privacy and the number of uses, `WorkerRequirement::check` the worker, and the chain's revenue
    /// the price.
    ///
    /// `owner` is the dataset's; `parties` are the owners of all the job's datasets, this one's included.
    pub fn check(&self, owner: OrgId, spec: &JobSpec, parties: &[OrgId], now: BlockNumber) -> Result<(), Violation> {
        unless(self.expires_at.is_none_or(|end| now < end), Violation::Expired)?;
        let purpose = self.purposes.iter().position(|purpose| *purpose == spec.purpose);
        let purpose = purpose.ok_or(Violation::Purpose)?;
        unless(self.operations.contains(&spec.operation), Violation::Operation)?;
        // Two datasets of one owner are one party, and a sum over both is that owner's own.
        let parties: BTreeSet<OrgId> = parties.iter().copied().collect();
        let guaranteed = u64::from(spec.min_parties).min(parties.len() as u64);
        let minimums = |parties: u32, group_size: u32| {
            unless(guaranteed >= u64::from(parties), Violation::TooFewParties)?;
            unless(spec.min_group_size >= group_size, Violation::GroupTooSmall)
        };
        for rule in self.column_rules(spec, purpose)? {
            minimums(rule.min_parties, rule.min_group_size)?;
        }
        minimums(self.min_parties, self.min_group_size)?;
        if let Some(listed) = &self.counterparties {
            unless(
                parties.iter().all(|party| *party == owner || listed.contains(party)),
                Violation::Counterparty,
            )?;
        }
        Ok(())
    }

    /// The rules that allow the job its columns, each in the role that it is wanted in. A rule that hides a column wins over
    /// those that allow it.
    fn column_rules(&self, spec: &JobSpec, purpose: usize) -> Result<Vec<&ColumnRule>, Violation> {
        let mut by_name: BTreeMap<&[u8], Vec<&ColumnRule>> = BTreeMap::new();
        for rule in &self.columns {
            by_name.entry(rule.name.as_slice()).or_default().push(rule);
        }
        let mut allowing = Vec::new();
        for column in &spec.columns {
            let rules = by_name.get(column.name.as_slice()).ok_or(Violation::ColumnHidden)?;
            let (hiding, mut left): (Vec<&ColumnRule>, Vec<&ColumnRule>) =
                rules.iter().copied().partition(|rule| rule.role == ColumnRole::Hidden);
            let hidden = hiding
                .iter()
                .any(|rule| rule.covers_operation(spec.operation) && rule.covers_purpose(purpose));
            unless(!left.is_empty() && !hidden, Violation::ColumnHidden)?;
            // Narrowed down rule by rule, so that the answer is the first that leaves nothing.
            left.retain(|rule| rule.role == column.role);
            unless(!left.is_empty(), Violation::ColumnRole)?;
            left.retain(|rule| rule.covers_operation(spec.operation));
            unless(!left.is_empty(), Violation::ColumnOperation)?;
            left.retain(|rule| rule.covers_purpose(purpose));
            unless(!left.is_empty(), Violation::ColumnPurpose)?;
            allowing.extend(left);
        }
        Ok(allowing)
    }

    /// Judges what a job says of its differential privacy. A budget asks for it, and perhaps for a minimum of noise.
    pub fn check_privacy(&self, cost: &PrivacyCost) -> Result<(), Violation> {
        let Some(budget) = self.budget else { return Ok(()) };
        let PrivacyCost::PerRound { noise_micro, cost } = cost else {
            return Err(Violation::NoPrivacy);
        };
        // A release with noise has a cost above zero at every order, and costs are rounded up.
        unless(*noise_micro > 0 && !cost.0.contains(&0), Violation::NoPrivacy)?;
        let enough = budget.min_noise_micro.is_none_or(|least| *noise_micro >= least);
        unless(enough, Violation::NoiseTooLow)
    }
}
