//! Disputes over a settlement, with the council's votes on them.

use super::org;
use crate::{configs::CouncilInstance, AccountId, BlockNumber, Consortium, Revenue, Runtime, RuntimeCall, System};
use alloc::vec::Vec;
use codec::Decode;
use frame_support::storage::unhashed;
use pallet_collective::{ProposalOf, Proposals, Voting};
use secureflow_primitives::{
    traits::Membership,
    view::{DisputeView, RulingMotion},
    JobId, OrgId, H256,
};

/// A motion's votes as the council's pallet stores them: the fields of its own type are private.
#[derive(Decode)]
struct Votes {
    index: u32,
    threshold: u32,
    ayes: Vec<AccountId>,
    nays: Vec<AccountId>,
    end: BlockNumber,
}

pub fn of(job: JobId) -> Vec<DisputeView> {
    let now = System::block_number();
    let disputes = Revenue::disputes(job);
    // Every open motion is read for it, which may be large.
    let motions = match disputes.iter().any(|dispute| dispute.is_open(now)) {
        true => motions(job),
        false => Vec::new(),
    };
    disputes
        .into_iter()
        .map(|dispute| {
            let open = dispute.is_open(now);
            let own = motions.iter().filter(|(party, _)| open && *party == dispute.party);
            DisputeView {
                party: org(dispute.party),
                open,
                motions: own.map(|(_, motion)| motion.clone()).collect(),
                dispute,
            }
        })
        .collect()
}

/// What the council is asked to decide on the job's disputes, each with the party that it is about.
fn motions(job: JobId) -> Vec<(OrgId, RulingMotion)> {
    Proposals::<Runtime, CouncilInstance>::get()
        .into_iter()
        .filter_map(|motion| ruling(motion, job))
        .collect()
}

fn ruling(motion: H256, asked: JobId) -> Option<(OrgId, RulingMotion)> {
    let RuntimeCall::Revenue(pallet_revenue::Call::resolve { job, party, ruling }) =
        ProposalOf::<Runtime, CouncilInstance>::get(motion)?
    else {
        return None;
    };
    if job != asked {
        return None;
    }
    let key = Voting::<Runtime, CouncilInstance>::hashed_key_for(motion);
    let votes: Votes = unhashed::get(&key)?;
    let voters = |accounts: Vec<AccountId>| accounts.iter().filter_map(Consortium::owner).collect();
    Some((
        party,
        RulingMotion {
            motion,
            index: votes.index,
            ruling,
            threshold: votes.threshold,
            ayes: voters(votes.ayes),
            nays: voters(votes.nays),
            ends_at: votes.end,
        },
    ))
}
