//! A chain with this pallet and the points that it moves.

use crate::{self as pallet_revenue, BuiltInFormula};
use core::cell::RefCell;
use frame_support::{
    derive_impl, parameter_types,
    traits::{fungible::ItemOf, AsEnsureOriginWithArg, ConstU128, ConstU32},
    weights::Weight,
    PalletId,
};
use frame_system::EnsureNever;
use secureflow_primitives::{
    audit::{Kind, Subject},
    consortium::{OrgStatus, Organisation},
    job::{Contribution, Receipt},
    merkle,
    revenue::{Agreement, CompletedJob, Formula, POINTS},
    traits::{AuditLog, CompletedJobs, Membership, SettlementEngine, Spaces},
    AccountId, Balance, BlockNumber, JobId, OrgId, Round, SpaceId, H256,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError, DispatchResult};
use std::collections::BTreeMap;

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Assets: pallet_assets,
        Revenue: pallet_revenue,
    }
);

/// The points, as the pallet sees them.
pub type Points = ItemOf<Assets, PointsId, AccountId>;

/// Blocks that an agreement may let pass before claims.
pub const LONGEST_WINDOW: BlockNumber = 1_000;
/// Blocks that the members have for a dispute.
pub const DISPUTE_PERIOD: BlockNumber = 50;

parameter_types! {
    pub const EscrowId: PalletId = PalletId(*b"sf/escrw");
    pub const PointsId: u32 = POINTS;
    /// Payouts that an engine gives in place of the formula's.
    pub static Forged: Option<Vec<(OrgId, Balance)>> = None;
    /// Organisations that have left.
    pub static Left: Vec<OrgId> = Vec::new();
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
    type ExistentialDeposit = ConstU128<1>;
    type AccountStore = System;
}

#[derive_impl(pallet_assets::config_preludes::TestDefaultConfig)]
impl pallet_assets::Config for Test {
    type Balance = Balance;
    type Currency = Balances;
    type CreateOrigin = AsEnsureOriginWithArg<EnsureNever<AccountId>>;
    type ForceOrigin = EnsureNever<AccountId>;
}

impl pallet_revenue::Config for Test {
    type AdmitOrigin = frame_system::EnsureRoot<AccountId>;
    type Points = Points;
    type PalletId = EscrowId;
    type MaxDisputeWindow = ConstU32<LONGEST_WINDOW>;
    type DisputePeriod = ConstU32<DISPUTE_PERIOD>;
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
        Self::is_active(org).then_some(org)
    }

    fn member(account: &AccountId) -> Option<OrgId> {
        Self::owner(account)
    }

    fn organisation(org: OrgId) -> Option<Organisation> {
        let left = Left::get().contains(&org);
        (org.0 <= 5).then(|| Organisation {
            name: b"organisation".to_vec().try_into().unwrap(),
            account: account(org.0 as u8),
            status: if left { OrgStatus::Removed } else { OrgStatus::Active },
            keys: None,
        })
    }

    fn is_active(org: OrgId) -> bool {
        org.0 <= 5 && !Left::get().contains(&org)
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
    /// A job with a receipt per contribution, which says all of it.
    pub fn add(job: u32, contributions: Vec<Contribution>) -> CompletedJob {
        let job = JobId(job);
        let leaves: Vec<H256> = contributions.iter().map(|part| receipt(job, part).hash()).collect();
        let completed = CompletedJob {
            job,
            space: SPACE,
            contributions: contributions.try_into().unwrap(),
            receipts_root: merkle::root(&leaves),
        };
        JOBS.with_borrow_mut(|jobs| jobs.insert(job, completed.clone()));
        completed
    }

    /// The party's receipt of the job, with its proof.
    pub fn receipt(job: JobId, party: OrgId) -> Option<(Receipt, merkle::Proof)> {
        let completed = Self::completed(job)?;
        let receipts: Vec<Receipt> = completed.contributions.iter().map(|part| receipt(job, part)).collect();
        let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
        let at = receipts.iter().position(|receipt| receipt.party == party)?;
        Some((receipts[at], merkle::proof(&leaves, at)?))
    }
}

fn receipt(job: JobId, part: &Contribution) -> Receipt {
    Receipt {
        job,
        round: Round(2),
        party: part.party,
        rows: part.rows,
        compute_ms: part.compute_ms,
        utility: part.utility,
        bytes: 1,
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

/// An agreement that cannot be disputed.
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

/// What everybody has together, told account by account.
pub fn held() -> Balance {
    pallet_assets::Account::<Test>::iter_prefix(POINTS)
        .map(|(_, account)| account.balance)
        .sum()
}

/// Runs a test on a fresh chain, and checks behind it that the points in the accounts are those that were made.
pub fn chain(test: impl FnOnce()) {
    JOBS.with_borrow_mut(BTreeMap::clear);
    LOG.with_borrow_mut(Vec::clear);
    Forged::set(None);
    Left::set(Vec::new());
    let admin = account(200);
    let genesis = RuntimeGenesisConfig {
        assets: pallet_assets::GenesisConfig {
            assets: vec![(POINTS, admin, true, 1)],
            accounts: (0..6).map(|n| (POINTS, account(n), ENDOWMENT)).collect(),
            ..Default::default()
        },
        ..Default::default()
    };
    sp_io::TestExternalities::new(genesis.build_storage().unwrap()).execute_with(|| {
        System::set_block_number(1);
        // As for a member: it lives without a point.
        (0..6).for_each(|n| {
            System::inc_providers(&account(n));
        });
        test();
        Revenue::do_try_state().unwrap();
        assert_eq!(pallet_assets::Asset::<Test>::get(POINTS).unwrap().supply, held());
    });
}
