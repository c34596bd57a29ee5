//! What happens in a random run: calls, time, and a world that changes its mind.

use proptest::{prelude::*, sample::Index};
use secureflow_primitives::job::FailReason;

/// Which job a step is about: most of the time one of the last, now and then one that is not there.
#[derive(Clone, Debug)]
pub struct Which(pub Index, pub bool);

/// Who calls as a worker: the job's own where there is one, or this one.
#[derive(Clone, Debug)]
pub struct As(pub Option<u8>);

#[derive(Clone, Debug)]
pub enum Step {
    Propose {
        org: u32,
        rounds: u32,
        deadlines: [u32; 3],
    },
    Approve {
        org: u32,
        job: Which,
    },
    /// As if all owners agreed at once, one call each.
    ApproveAll {
        job: Which,
    },
    Assign {
        org: u32,
        job: Which,
    },
    Submit {
        who: As,
        job: Which,
        round: Option<u32>,
    },
    Complete {
        who: As,
        job: Which,
    },
    Fail {
        who: As,
        job: Which,
        reason: FailReason,
        party: Option<u32>,
    },
    Cancel {
        org: u32,
        job: Which,
    },
    /// An owner revokes its policy.
    Stop {
        dataset: u32,
    },
    /// The registry says that a worker is lost, whether or not it is.
    Lost {
        worker: u8,
    },
    Suspended(Vec<u32>),
    Retired(Vec<u32>),
    Refusing(Option<u32>),
    Overdrawn(Option<u32>),
    Uncovered(bool),
    /// Another policy, for jobs that are approved from now on.
    Demand {
        hardware: bool,
        build: Option<u8>,
    },
    Worker {
        worker: u8,
        revoked: bool,
        blocks_left: Option<u32>,
        simulated: bool,
    },
    Blocks(u32),
}

fn which() -> impl Strategy<Value = Which> {
    (any::<Index>(), prop::bool::weighted(0.02)).prop_map(|(index, none)| Which(index, none))
}

fn who() -> impl Strategy<Value = As> {
    prop_oneof![9 => Just(As(None)), 1 => (0u8..3).prop_map(|n| As(Some(n)))]
}

fn some_org() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![3 => Just(None), 1 => (0u32..4).prop_map(Some)]
}

fn few_orgs() -> impl Strategy<Value = Vec<u32>> {
    prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(0u32..3, 1..3)]
}

fn reason() -> impl Strategy<Value = FailReason> {
    prop::sample::select(vec![
        FailReason::Deadline,
        FailReason::TooFewParties,
        FailReason::Protocol,
        FailReason::WorkerRevoked,
        FailReason::PolicyRevoked,
    ])
}

pub fn step() -> impl Strategy<Value = Step> {
    let org = 0u32..4;
    prop_oneof![
        8 => (0u32..4, 0u32..4, prop::array::uniform3(0u32..14))
            .prop_map(|(org, rounds, deadlines)| Step::Propose { org, rounds, deadlines }),
        10 => (org.clone(), which()).prop_map(|(org, job)| Step::Approve { org, job }),
        10 => which().prop_map(|job| Step::ApproveAll { job }),
        4 => (org.clone(), which()).prop_map(|(org, job)| Step::Assign { org, job }),
        50 => (who(), which(), prop_oneof![9 => Just(None), 1 => (0u32..7).prop_map(Some)])
            .prop_map(|(who, job, round)| Step::Submit { who, job, round }),
        12 => (who(), which()).prop_map(|(who, job)| Step::Complete { who, job }),
        3 => (who(), which(), reason(), some_org())
            .prop_map(|(who, job, reason, party)| Step::Fail { who, job, reason, party }),
        2 => (org, which()).prop_map(|(org, job)| Step::Cancel { org, job }),
        1 => (0u32..3).prop_map(|dataset| Step::Stop { dataset }),
        3 => (0u8..3).prop_map(|worker| Step::Lost { worker }),
        1 => few_orgs().prop_map(Step::Suspended),
        1 => few_orgs().prop_map(Step::Retired),
        1 => some_org().prop_map(Step::Refusing),
        1 => some_org().prop_map(Step::Overdrawn),
        1 => prop::bool::weighted(0.2).prop_map(Step::Uncovered),
        1 => (any::<bool>(), prop::option::weighted(0.2, 0u8..3))
            .prop_map(|(hardware, build)| Step::Demand { hardware, build }),
        4 => (0u8..3, prop::bool::weighted(0.3), prop::option::weighted(0.3, 0u32..20), prop::bool::weighted(0.7))
            .prop_map(|(worker, revoked, blocks_left, simulated)| Step::Worker { worker, revoked, blocks_left, simulated }),
        10 => (1u32..4).prop_map(Step::Blocks),
    ]
}
