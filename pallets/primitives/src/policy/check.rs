//! The judgement of a job's specification against a policy, without chain or ledger.

use super::{ColumnRole, Policy, Violation};
use crate::{job::JobSpec, BlockNumber, OrgId};
use alloc::collections::{BTreeMap, BTreeSet};

impl Policy {
    /// Judges every rule that can be judged without the ledger, except the worker's and the price; the first that is broken
    /// is the answer. `Ledger::check` judges those about privacy and the number of uses.
    ///
    /// `owner` is the dataset's; `parties` are the owners of all the job's datasets, this one's included.
    pub fn check(&self, owner: OrgId, spec: &JobSpec, parties: &[OrgId], now: BlockNumber) -> Result<(), Violation> {
        let unless = |holds: bool, violation: Violation| if holds { Ok(()) } else { Err(violation) };

        unless(self.expires_at.is_none_or(|end| now < end), Violation::Expired)?;
        unless(self.purposes.contains(&spec.purpose), Violation::Purpose)?;
        unless(self.operations.contains(&spec.operation), Violation::Operation)?;
        self.check_columns(spec)?;
        // Two datasets of one owner are one party, and a sum over both is that owner's own.
        let parties: BTreeSet<OrgId> = parties.iter().copied().collect();
        let enough = spec.min_parties >= self.min_parties && parties.len() as u64 >= u64::from(self.min_parties);
        unless(enough, Violation::TooFewParties)?;
        unless(spec.min_group_size >= self.min_group_size, Violation::GroupTooSmall)?;
        if let Some(listed) = &self.counterparties {
            unless(
                parties.iter().all(|party| *party == owner || listed.contains(party)),
                Violation::Counterparty,
            )?;
        }
        Ok(())
    }

    /// Every column that the job wants must be listed, not hidden, and wanted in the role that it is allowed in.
    fn check_columns(&self, spec: &JobSpec) -> Result<(), Violation> {
        let allowed: BTreeMap<&[u8], ColumnRole> = self.columns.iter().map(|c| (c.name.as_slice(), c.role)).collect();
        for column in &spec.columns {
            match allowed.get(column.name.as_slice()) {
                None | Some(ColumnRole::Hidden) => return Err(Violation::ColumnHidden),
                Some(role) if *role != column.role => return Err(Violation::ColumnRole),
                Some(_) => {}
            }
        }
        Ok(())
    }
}
