//! Random calls, time and failures. Whatever happens: every job ends no later than its phases allow, its ledgers settle
//! once if they were reserved and never otherwise, and the state holds after each block.
//!
//! What may fail: any call. What may not: `try_state`, and the stand-ins' own assertions (a ledger settled twice, without
//! a reservation, or for more rounds than were reserved).

use super::*;
use crate::{functions::MAX_LIVE_JOBS, Spaces};
use secureflow_primitives::{
    attestation::TeeKind,
    job::{FailReason, Party},
    policy::Violation,
    traits::WaitingJobs,
};
use std::collections::BTreeMap;

/// SplitMix64: the whole run follows from one seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % u64::from(n)) as u32
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

fn seed() -> u64 {
    let drawn = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.expect("the clock is past 1970").as_nanos() as u64
    };
    let seed = std::env::var("SEED").map_or_else(|_| drawn(), |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    seed
}

/// The world outside this pallet changes its mind.
fn disturb(random: &mut Random) {
    match random.below(6) {
        0 => Suspended::set((0..3).map(OrgId).filter(|_| random.chance(10)).collect()),
        1 => {
            let violation = Violation::Expired;
            Refusal::set(random.chance(20).then(|| (DatasetId(random.below(3)), violation)));
        }
        2 => Overdrawn::set(random.chance(20).then(|| DatasetId(random.below(3)))),
        3 => AllowSimulated::set(random.chance(80)),
        4 => {
            let revoked = random.chance(30);
            Registry::change(random.below(3) as u8, |worker| worker.revoked = revoked);
        }
        _ => Retired::set((0..3).map(DatasetId).filter(|_| random.chance(5)).collect()),
    }
}

fn some_call(random: &mut Random) -> (AccountId, Call<Test>) {
    let jobs = NextJob::<Test>::get().0;
    let id = JobId(random.below(jobs + 1).max(jobs.saturating_sub(1 + random.below(6))));
    let job = Jobs::<Test>::get(id);
    let worker = job.as_ref().and_then(|job| job.worker.clone());
    // The worker's number, most of the time that of the assigned one.
    let n = match &worker {
        Some(account) if random.chance(90) => AsRef::<[u8]>::as_ref(account)[0] - 200,
        _ => random.below(3) as u8,
    };
    let next = match job.as_ref().map(|job| &job.phase) {
        Some(JobPhase::Running { round }) => round.0 + 1,
        _ => 0,
    };
    match random.below(20) {
        0 => {
            let mut spec = spec();
            spec.rounds = random.below(4);
            let mut blocks = || random.below(12);
            spec.deadlines = Deadlines {
                approval: blocks(),
                start: blocks(),
                round: blocks(),
            };
            (account(random.below(4) as u8), Call::propose_job { space: SPACE, spec })
        }
        1..7 => (account(random.below(4) as u8), Call::approve_job { job: id }),
        7 => (account(random.below(5) as u8), Call::assign_job { job: id }),
        8 if random.chance(30) => (account(random.below(3) as u8), Call::cancel { job: id }),
        9 if random.chance(30) => {
            let party = random.chance(50).then(|| Party::Organisation(OrgId(random.below(4))));
            (
                worker_account(n),
                Call::fail_job {
                    job: id,
                    reason: FailReason::TooFewParties,
                    party,
                },
            )
        }
        8..18 => {
            let round = if random.chance(90) { next } else { random.below(7) };
            (worker_account(n), round_call(n, id, commitment(round)))
        }
        _ if job.is_some() => (worker_account(n), result_call(n, id, result(n, id))),
        _ => (account(random.below(3) as u8), Call::accept { space: SPACE }),
    }
}

/// The last block at which a job may still be under way.
fn latest_end(id: JobId) -> u32 {
    let (job, spec) = (job(id), Specs::<Test>::get(id).unwrap());
    let Deadlines { approval, start, round } = spec.deadlines;
    // Each phase may have to move past the blocks that are full.
    let crowding = 3 * MAX_LIVE_JOBS / MaxExpiriesPerBlock::get() + 1;
    job.proposed_at + approval + start + spec.steps() * round + (2 + spec.steps()) * crowding
}

fn check_ledgers() {
    let reserved: BTreeMap<_, _> = Reserved::iter().collect();
    let settled: BTreeMap<_, _> = Settled::iter().collect();
    for (id, job) in Jobs::<Test>::iter() {
        for dataset in 0..3 {
            let key = (id, DatasetId(dataset));
            assert_eq!(reserved.contains_key(&key), !job.policies.is_empty(), "{id}: {job:?}");
            assert_eq!(
                settled.contains_key(&key),
                !job.policies.is_empty() && job.phase.is_terminal(),
                "{id}: {job:?}"
            );
        }
    }
}

#[test]
fn every_job_ends_and_settles_once() {
    let mut random = Random(seed());
    let mut ends: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..8 {
        chain(|| {
            for n in 0..3 {
                Registry::add(n, if n == 0 { TeeKind::SevSnp } else { TeeKind::Simulated });
            }
            make_space();
            assert_eq!(Spaces::<Test>::get(SPACE).unwrap().members.len(), 3);
            for _ in 0..150 {
                if random.chance(10) {
                    disturb(&mut random);
                }
                if random.chance(5) {
                    let owner = random.below(3);
                    <Collaborations as WaitingJobs>::stop(DatasetId(owner), OrgId(owner)).unwrap();
                }
                for _ in 0..random.below(30) {
                    let (who, call) = some_call(&mut random);
                    let _ = dispatch(who, call);
                }
                let now = System::block_number();
                run_to(now + 1);
                check_ledgers();
                for (id, job) in Jobs::<Test>::iter() {
                    assert!(
                        job.phase.is_terminal() || now < latest_end(id),
                        "{id} should have ended: {job:?}"
                    );
                }
            }
            // Nobody calls any more: all that is left ends by itself.
            let last = Jobs::<Test>::iter_keys().map(latest_end).max().unwrap_or(0);
            run_to(last);
            check_ledgers();
            for (id, job) in Jobs::<Test>::iter() {
                assert!(job.phase.is_terminal(), "{id} never ended: {job:?}");
                let end = match job.phase {
                    JobPhase::Completed => "completed",
                    JobPhase::Failed { .. } => "failed",
                    JobPhase::Cancelled => "cancelled",
                    _ => "expired",
                };
                *ends.entry(end).or_default() += 1;
            }
        });
    }
    // The test means something only when jobs end in every way.
    println!("{ends:?}");
    assert_eq!(ends.len(), 4, "{ends:?}");
}
