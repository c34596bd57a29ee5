//! A chain with this pallet alone; membership is a fixed table.

use crate as pallet_policies;
use core::cell::RefCell;
use frame_support::derive_impl;
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::Name,
    consortium::{OrgStatus, Organisation},
    job::{Deadlines, JobSpec},
    policy::{Column, ColumnRole, ColumnRule, DatasetRegistration, Operation, Policy, RowBand, WorkerRequirement},
    privacy::{PrivacyBudget, PrivacyCost, RdpCost, ORDERS},
    traits::{AuditLog, Membership, WaitingJobs},
    AccountId, DatasetId, OrgId, SpaceId, H256,
};
use sp_runtime::{traits::IdentityLookup, BoundedVec, BuildStorage, DispatchError, DispatchResult};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        PoliciesPallet: pallet_policies,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = frame_system::mocking::MockBlockU32<Test>;
}

impl pallet_policies::Config for Test {
    type Membership = Members;
    type Jobs = Jobs;
    type Audit = Recorder;
    type WeightInfo = ();
}

/// Organisations 0 to 9 speak through the accounts of the same number; 100 is an operator of organisation 0. Organisation
/// 8 is suspended.
pub struct Members;

pub const SUSPENDED: u8 = 8;
pub const OPERATOR: u8 = 100;

impl Membership for Members {
    fn owner(who: &AccountId) -> Option<OrgId> {
        (0..10)
            .find(|n| *who == account(*n) && *n != SUSPENDED)
            .map(|n| OrgId(n.into()))
    }
    fn member(who: &AccountId) -> Option<OrgId> {
        Self::owner(who).or_else(|| (*who == account(OPERATOR)).then_some(OrgId(0)))
    }
    fn organisation(org: OrgId) -> Option<Organisation> {
        let status = if org.0 == u32::from(SUSPENDED) {
            OrgStatus::Suspended
        } else {
            OrgStatus::Active
        };
        (org.0 < 10).then(|| Organisation {
            name: name("org"),
            account: account(org.0 as u8),
            status,
            keys: None,
        })
    }
    fn is_active(org: OrgId) -> bool {
        Self::organisation(org).is_some_and(|o| o.status == OrgStatus::Active)
    }
}

/// Three jobs wait for every dataset.
pub struct Jobs;

impl WaitingJobs for Jobs {
    fn stop(dataset: DatasetId, owner: OrgId) -> Result<u32, DispatchError> {
        STOPPED.with_borrow_mut(|stopped| stopped.push((dataset, owner)));
        Ok(3)
    }
}

/// What was stopped so far.
pub fn stopped() -> Vec<(DatasetId, OrgId)> {
    STOPPED.with_borrow(Clone::clone)
}

thread_local! {
    static STOPPED: RefCell<Vec<(DatasetId, OrgId)>> = const { RefCell::new(Vec::new()) };
    static RECORDS: RefCell<Vec<(Option<AccountId>, Subject, Kind)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what was recorded.
pub struct Recorder;

impl AuditLog for Recorder {
    fn record(actor: Option<&AccountId>, space: Option<SpaceId>, subject: Subject, kind: Kind) -> DispatchResult {
        assert_eq!(space, None, "a dataset belongs to no space");
        RECORDS.with_borrow_mut(|records| records.push((actor.cloned(), subject, kind)));
        Ok(())
    }
}

/// Everything recorded so far.
pub fn records() -> Vec<(Option<AccountId>, Subject, Kind)> {
    RECORDS.with_borrow(Clone::clone)
}

pub fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

pub fn signed(n: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(n))
}

pub fn name(text: &str) -> Name {
    text.as_bytes().to_vec().try_into().expect("short")
}

pub fn column(text: &str, role: ColumnRole) -> Column {
    Column { name: name(text), role }
}

pub fn rule(text: &str, role: ColumnRole) -> ColumnRule {
    column(text, role).into()
}

pub fn registration(text: &str) -> DatasetRegistration {
    let (schema, content_root) = (H256::repeat_byte(1), H256::repeat_byte(2));
    DatasetRegistration {
        name: name(text),
        schema,
        rows: RowBand::Under1K,
        content_root,
    }
}

/// The noise multiplier that [`spec`] claims, in millionths.
pub const NOISE: u64 = 2_000_000;

/// A cost per round with that noise.
pub fn per_round(cost: RdpCost) -> PrivacyCost {
    PrivacyCost::PerRound {
        noise_micro: NOISE,
        cost,
    }
}

/// The same divergence at every order.
pub fn flat(cost: u64) -> RdpCost {
    RdpCost([cost; ORDERS.len()])
}

/// Allows [`spec`] and little else.
pub fn policy() -> Policy {
    Policy {
        purposes: BoundedVec::truncate_from(vec![name("credit-risk"), name("research")]),
        operations: BoundedVec::truncate_from(vec![Operation::Statistics, Operation::HorizontalTraining]),
        columns: BoundedVec::truncate_from(vec![
            rule("age", ColumnRole::Feature),
            rule("amount", ColumnRole::Feature),
            rule("default", ColumnRole::Label),
            rule("iban", ColumnRole::Hidden),
        ]),
        min_parties: 2,
        min_group_size: 10,
        worker: WorkerRequirement::default(),
        budget: Some(PrivacyBudget {
            epsilon_micro: 5_000_000,
            delta_exponent: 5,
            min_noise_micro: Some(NOISE),
        }),
        max_uses: Some(3),
        expires_at: Some(100),
        counterparties: Some(BoundedVec::truncate_from(vec![OrgId(1), OrgId(2)])),
        price: 1_000,
    }
}

/// A job on datasets of organisations 0, 1 and 2.
pub fn spec() -> JobSpec {
    JobSpec {
        name: name("scores"),
        operation: Operation::HorizontalTraining,
        purpose: name("credit-risk"),
        datasets: BoundedVec::truncate_from(vec![DatasetId(0), DatasetId(1), DatasetId(2)]),
        columns: BoundedVec::truncate_from(vec![
            column("age", ColumnRole::Feature),
            column("default", ColumnRole::Label),
        ]),
        min_parties: 2,
        min_group_size: 10,
        rounds: 10,
        privacy: per_round(flat(100_000)),
        deadlines: Deadlines {
            approval: 10,
            start: 10,
            round: 10,
        },
        plan: BoundedVec::default(),
    }
}

/// Runs the test in block 1 of a fresh chain and checks the pallet's invariants when it is done.
pub fn execute_and_check(test: impl FnOnce()) {
    RECORDS.take();
    STOPPED.take();
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("genesis builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(1);
        test();
        PoliciesPallet::do_try_state().expect("the invariants hold");
    });
}
