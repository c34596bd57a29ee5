//! A chain with this pallet and the balances that it moves.

use crate::{self as pallet_revenue, BuiltInFormula};
use core::cell::RefCell;
use frame_support::{derive_impl, parameter_types, weights::Weight, PalletId};
use secureflow_primitives::{
    audit::{Kind, Subject},
    consortium::{OrgStatus, Organisation},
    job::Contribution,
    revenue::{Agreement, CompletedJob, Formula},
    traits::{AuditLog, CompletedJobs, Membership, SettlementEngine, Spaces},
    AccountId, Balance, JobId, OrgId, SpaceId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};
use std::collections::BTreeMap;

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Revenue: pallet_revenue,
    }
);

parameter_types! {
    pub const EscrowId: PalletId = PalletId(*b"sf/escrw");
    pub const ExistentialDeposit: Balance = 1;
    /// Payouts that an engine gives in place of the formula's.
    pub static Forged: Option<Vec<(OrgId, Balance)>> = None;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type Balance = Balance;
    type ExistentialDeposit = ExistentialDeposit;
    type AccountStore = System;
}

impl pallet_revenue::Config for Test {
    type Points = Balances;
    type PalletId = EscrowId;
    type Membership = Members;
    type Spaces = OneSpace;
    type Jobs = Completed;
    type Engine = Engine;
    type Audit = Log;
    type WeightInfo = ();
}

/// Organisations 0 to 5 with the own accounts [n; 32]; 5 is in no space.
pub struct Members;

impl Membership for Members {
    fn owner(account: &AccountId) -> Option<OrgId> {
        let org = OrgId(AsRef::<[u8]>::as_ref(account)[0].into());
        (org.0 <= 5).then_some(org)
    }

    fn member(account: &AccountId) -> Option<OrgId> {
        Self::owner(account)
    }

    fn organisation(org: OrgId) -> Option<Organisation> {
        (org.0 <= 5).then(|| Organisation {
            name: b"organisation".to_vec().try_into().unwrap(),
            account: account(org.0 as u8),
            status: OrgStatus::Active,
            keys: None,
        })
    }

    fn is_active(org: OrgId) -> bool {
        org.0 <= 5
    }
}

/// Space 0, created by organisation 0, with the members 0 to 4.
pub struct OneSpace;

impl Spaces for OneSpace {
    fn creator(space: SpaceId) -> Option<OrgId> {
        (space == SPACE).then_some(OrgId(0))
    }

    fn is_member(space: SpaceId, org: OrgId) -> bool {
        space == SPACE && org.0 < 5
    }
}

thread_local! {
    static JOBS: RefCell<BTreeMap<JobId, CompletedJob>> = const { RefCell::new(BTreeMap::new()) };
    static LOG: RefCell<Vec<(Subject, Kind)>> = const { RefCell::new(Vec::new()) };
}

pub struct Completed;

impl Completed {
    pub fn add(job: u32, contributions: Vec<Contribution>) -> CompletedJob {
        let contributions = contributions.try_into().unwrap();
        let completed = CompletedJob {
            job: JobId(job),
            space: SPACE,
            contributions,
        };
        JOBS.with_borrow_mut(|jobs| jobs.insert(JobId(job), completed.clone()));
        completed
    }
}

impl CompletedJobs for Completed {
    fn completed(job: JobId) -> Option<CompletedJob> {
        JOBS.with_borrow(|jobs| jobs.get(&job).cloned())
    }
}

pub struct Engine;

impl SettlementEngine for Engine {
    fn check(formula: &Formula) -> DispatchResult {
        BuiltInFormula::<Test>::check(formula)
    }

    fn payouts(
        agreement: &Agreement,
        job: &CompletedJob,
        amount: Balance,
    ) -> Result<Vec<(OrgId, Balance)>, DispatchError> {
        match Forged::get() {
            Some(payouts) => Ok(payouts),
            None => BuiltInFormula::<Test>::payouts(agreement, job, amount),
        }
    }

    fn weight(formula: Option<&Formula>) -> Weight {
        BuiltInFormula::<Test>::weight(formula)
    }
}

pub struct Log;

impl Log {
    pub fn last() -> Option<(Subject, Kind)> {
        LOG.with_borrow(|log| log.last().cloned())
    }
}

impl AuditLog for Log {
    fn record(_: Option<&AccountId>, _: Option<SpaceId>, subject: Subject, kind: Kind) -> DispatchResult {
        LOG.with_borrow_mut(|log| log.push((subject, kind)));
        Ok(())
    }
}

pub const SPACE: SpaceId = SpaceId(0);
/// What each organisation has at the start.
pub const ENDOWMENT: Balance = 1_000_000;

pub fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

pub fn signed(n: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(n))
}

pub fn put_in(org: u32, rows: u64, compute_ms: u64) -> Contribution {
    Contribution {
        party: OrgId(org),
        rows,
        compute_ms,
        utility: 0,
        steps: 3,
    }
}

pub fn agreement(formula: Formula, reward: Balance) -> Agreement {
    Agreement {
        formula,
        reward,
        dispute_window: 0,
    }
}

pub fn agree(formula: Formula, reward: Balance) -> DispatchResult {
    Revenue::set_agreement(signed(0), SPACE, agreement(formula, reward))
}

/// Runs a test on a fresh chain, checks the state behind it, and that no point was made or lost.
pub fn chain(test: impl FnOnce()) {
    JOBS.with_borrow_mut(BTreeMap::clear);
    LOG.with_borrow_mut(Vec::clear);
    Forged::set(None);
    let balances = (0..6).map(|n| (account(n), ENDOWMENT)).collect();
    let genesis = RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances,
            ..Default::default()
        },
        ..Default::default()
    };
    sp_io::TestExternalities::new(genesis.build_storage().unwrap()).execute_with(|| {
        System::set_block_number(1);
        test();
        Revenue::do_try_state().unwrap();
        let held: Balance = frame_system::Account::<Test>::iter()
            .map(|(_, account)| account.data.free)
            .sum();
        assert_eq!(held, 6 * ENDOWMENT);
        assert_eq!(pallet_balances::TotalIssuance::<Test>::get(), held);
    });
}
