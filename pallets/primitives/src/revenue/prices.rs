//! What the parties of a job ask for their data. It is paid to those who took part before the rest is shared.

use crate::{bounds::PerParty, job::Contribution, policy::chain_type, Balance, OrgId};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

chain_type! {
    /// Points per party; those that ask for nothing are not listed.
    #[derive(Default)]
    pub struct Prices(pub PerParty<(OrgId, Balance)>);
}

impl Prices {
    /// Points in all. A sum that does not fit is more than there can be points, and is never covered.
    pub fn total(&self) -> Balance {
        self.0
            .iter()
            .fold(0, |sum: Balance, (_, price)| sum.saturating_add(*price))
    }

    /// The prices of those who took part in a step at least.
    pub fn earned(mut self, contributions: &[Contribution]) -> Self {
        let took_part = |org: OrgId| contributions.iter().any(|part| part.party == org && part.steps > 0);
        self.0.retain(|(org, _)| took_part(*org));
        self
    }

    /// The payouts where this comes on top of what is shared. Nobody has a payout when nothing is shared with anybody.
    pub fn on_top_of(&self, mut shares: Vec<(OrgId, Balance)>) -> Vec<(OrgId, Balance)> {
        if shares.is_empty() {
            return shares;
        }
        for (org, price) in &self.0 {
            match shares.iter_mut().find(|(party, _)| party == org) {
                Some((_, share)) => *share = share.saturating_add(*price),
                None => shares.push((*org, *price)),
            }
        }
        shares
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices(list: &[(u32, Balance)]) -> Prices {
        Prices(PerParty::truncate_from(
            list.iter().map(|(org, price)| (OrgId(*org), *price)).collect(),
        ))
    }

    fn part(org: u32, steps: u32) -> Contribution {
        Contribution {
            party: OrgId(org),
            rows: 1,
            compute_ms: 1,
            utility: 0,
            steps,
        }
    }

    #[test]
    fn who_took_part_has_earned_its_price() {
        let asked = prices(&[(0, 5), (1, 7), (2, 9)]);
        assert_eq!(asked.total(), 21);
        // The second is in the result and took part in nothing, the third is not in it at all.
        assert_eq!(asked.earned(&[part(0, 4), part(1, 0)]), prices(&[(0, 5)]));
        assert_eq!(prices(&[(0, Balance::MAX), (1, 1)]).total(), Balance::MAX);
    }

    #[test]
    fn prices_come_on_top_of_shares() {
        let shares = [(OrgId(0), 10), (OrgId(1), 0)].to_vec();
        let expected = [(OrgId(0), 15), (OrgId(1), 0), (OrgId(2), 9)];
        assert_eq!(prices(&[(0, 5), (2, 9)]).on_top_of(shares), expected);
        assert!(prices(&[(0, 5)]).on_top_of(Vec::new()).is_empty());
    }
}
