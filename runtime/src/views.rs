//! Answers of the runtime API that take more than one pallet.

mod disputes;

use crate::{Attestations, Audit, Collaborations, Consortium, Policies, Revenue, Runtime};
use alloc::vec::Vec;
use secureflow_primitives::{
    attestation::{Worker, WorkerStatus},
    audit::Subject,
    bounds::Name,
    job::{Job, JobSpec},
    revenue::Settlement,
    view::{
        AuditPage, ContributionLine, ContributionTable, JobView, OrgView, PartyView, Recorded, SpaceView, WorkerView,
        MAX_AUDIT_PAGE, MAX_HISTORY,
    },
    AccountId, JobId, OrgId, SpaceId,
};

fn org(id: OrgId) -> OrgView {
    OrgView::new(id, Consortium::organisation(id))
}

fn orgs(ids: &[OrgId]) -> Vec<OrgView> {
    ids.iter().copied().map(org).collect()
}

pub fn job(id: JobId) -> Option<JobView> {
    let (job, spec) = Collaborations::find_job(id)?;
    Some(JobView {
        space_name: Collaborations::find_space(job.space)
            .map(|(space, _)| space.name)
            .unwrap_or_default(),
        proposer: org(job.proposer),
        parties: parties(id, &job, &spec),
        commitments: Collaborations::commitments(id),
        result: pallet_collaborations::Results::<Runtime>::get(id),
        agreement: Revenue::job_agreement(id),
        settlement: Revenue::find_settlement(id),
        disputes: disputes::of(id),
        stopped_by: pallet_collaborations::Stopped::<Runtime>::get(id),
        history: history(id),
        job,
        spec,
    })
}

fn parties(id: JobId, job: &Job, spec: &JobSpec) -> Vec<PartyView> {
    let owners = pallet_collaborations::Parties::<Runtime>::get(id).unwrap_or_default();
    let name = |dataset| -> Name {
        Policies::dataset_budget(dataset, None)
            .map(|found| found.name)
            .unwrap_or_default()
    };
    spec.datasets
        .iter()
        .zip(owners)
        .map(|(dataset, owner)| PartyView {
            owner: org(owner),
            dataset: *dataset,
            dataset_name: name(*dataset),
            approved: job.approvals.contains(&owner),
            policy: job
                .policies
                .iter()
                .find(|pinned| pinned.dataset == *dataset)
                .map(|pinned| pinned.version),
        })
        .collect()
}

fn history(id: JobId) -> Vec<Recorded> {
    Audit::history(Subject::Job(id), 0, MAX_HISTORY)
        .into_iter()
        .map(|(index, entry)| Recorded {
            index,
            block: entry.block,
            actor: entry.actor,
            kind: entry.kind,
        })
        .collect()
}

pub fn space(id: SpaceId) -> Option<SpaceView> {
    let (space, decides) = Collaborations::find_space(id)?;
    let (agreement, escrow) = Revenue::space_money(id);
    let auditors: Vec<OrgId> = Audit::audience(id)
        .map(|(_, roster)| roster.iter().map(|(org, _)| *org).collect())
        .unwrap_or_default();
    Some(SpaceView {
        name: space.name,
        decides: org(decides).active.then_some(decides),
        members: orgs(&space.members),
        invited: orgs(&space.invited),
        auditors: orgs(&auditors),
        agreement,
        escrow,
    })
}

fn worker_view(account: AccountId, worker: Worker, status: WorkerStatus) -> WorkerView {
    WorkerView {
        operator: org(worker.operator),
        jobs: pallet_collaborations::WorkerLoad::<Runtime>::get(&account),
        account,
        worker,
        status,
    }
}

pub fn worker(account: AccountId) -> Option<WorkerView> {
    let (worker, status) = Attestations::worker_verdict(account.clone())?;
    Some(worker_view(account, worker, status))
}

pub fn workers() -> Vec<WorkerView> {
    Attestations::worker_verdicts()
        .into_iter()
        .map(|(account, worker, status)| worker_view(account, worker, status))
        .collect()
}

pub fn contributions(id: JobId) -> Option<ContributionTable> {
    let (job, _) = Collaborations::find_job(id)?;
    let (result, _) = pallet_collaborations::Results::<Runtime>::get(id)?;
    let settlement = Revenue::find_settlement(id);
    let payout = |party| {
        let Settlement { payouts, .. } = settlement.as_ref()?;
        Some(
            payouts
                .iter()
                .filter(|(org, _)| *org == party)
                .map(|(_, points)| points)
                .sum(),
        )
    };
    Some(ContributionTable {
        space: job.space,
        receipts_root: result.receipts_root,
        simulated: result.simulated,
        lines: result
            .contributions
            .iter()
            .map(|contribution| ContributionLine {
                party: org(contribution.party),
                contribution: *contribution,
                payout: payout(contribution.party),
            })
            .collect(),
        reward: settlement.as_ref().map(Settlement::amount),
        claimed_at: settlement.as_ref().and_then(|settlement| settlement.claimed_at),
    })
}

pub fn audit_page(from: u64, limit: u32) -> AuditPage {
    let limit = u64::from(limit.min(MAX_AUDIT_PAGE));
    AuditPage {
        count: pallet_audit::Count::<Runtime>::get(),
        entries: (from..from.saturating_add(limit))
            .map_while(|index| Some((index, pallet_audit::Entries::<Runtime>::get(index)?)))
            .collect(),
    }
}
