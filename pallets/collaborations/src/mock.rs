//! A chain with this pallet alone, beside small stand-ins for the others.

use crate as pallet_collaborations;
use core::cell::RefCell;
use frame_support::{derive_impl, parameter_types, storage_alias, traits::Hooks, Blake2_128Concat};
use secureflow_primitives::{
    attestation::{Anchor, Measurement, TeeKind, Worker, WorkerRegistration},
    audit::{Kind, Subject},
    consortium::Organisation,
    job::JobSpec,
    policy::{Terms, Violation, WorkerRequirement},
    revenue::Prices,
    traits::{AuditLog, Membership, PolicyGate, Treasury, WorkerRegistry},
    AccountId, Balance, BlockNumber, DatasetId, JobId, OrgId, PolicyVersion, SpaceId, H256,
};
use sp_core::{ed25519, Pair};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchResult};
use std::collections::BTreeMap;

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Collaborations: pallet_collaborations,
    }
);

parameter_types! {
    pub const MaxExpiriesPerBlock: u32 = 3;
    /// Organisations that are not active.
    pub static Suspended: Vec<OrgId> = Vec::new();
    /// Datasets that are retired.
    pub static Retired: Vec<DatasetId> = Vec::new();
    /// The dataset whose policy refuses, and the rule.
    pub static Refusal: Option<(DatasetId, Violation)> = None;
    /// The dataset whose ledger is overdrawn.
    pub static Overdrawn: Option<DatasetId> = None;
    /// What policies ask of the worker; any will do where nothing is said.
    pub static Required: Vec<(DatasetId, WorkerRequirement)> = Vec::new();
    /// What policies ask for per job; nothing where nothing is said.
    pub static Asked: Vec<(DatasetId, Balance)> = vec![(DatasetId(0), 5), (DatasetId(2), 7)];
    /// Whether the space's money does not cover the prices.
    pub static Uncovered: bool = false;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
}

impl pallet_collaborations::Config for Test {
    type Membership = Members;
    type Policies = Gate;
    type Prices = Till;
    type Workers = Registry;
    type Audit = Log;
    type MaxExpiriesPerBlock = MaxExpiriesPerBlock;
    type WeightInfo = ();
}

/// Organisations 0 to 9; n has the own account [n; 32] and the operator [100 + n; 32].
pub struct Members;

fn byte(account: &AccountId) -> u32 {
    AsRef::<[u8]>::as_ref(account)[0].into()
}

impl Membership for Members {
    fn owner(account: &AccountId) -> Option<OrgId> {
        Some(OrgId(byte(account))).filter(|org| Self::is_active(*org))
    }

    fn member(account: &AccountId) -> Option<OrgId> {
        Some(OrgId(byte(account) % 100)).filter(|org| Self::is_active(*org))
    }

    fn organisation(_: OrgId) -> Option<Organisation> {
        None
    }

    fn is_active(org: OrgId) -> bool {
        org.0 < 10 && !Suspended::get().contains(&org)
    }
}

/// Training rounds reserved in a ledger, and those settled. In storage, so that a failed call takes them back.
#[storage_alias]
pub type Reserved = StorageMap<Gate, Blake2_128Concat, (JobId, DatasetId), u32>;
#[storage_alias]
pub type Settled = StorageMap<Gate, Blake2_128Concat, (JobId, DatasetId), u32>;

/// Dataset n belongs to organisation n, below 10; 20 + n too. Policies have version 3.
pub struct Gate;

impl PolicyGate for Gate {
    fn owner(dataset: DatasetId) -> Option<OrgId> {
        (dataset.0 < 30 && !Retired::get().contains(&dataset)).then_some(OrgId(dataset.0 % 20))
    }

    fn check(_: &JobSpec, dataset: DatasetId, _: &[OrgId], _: BlockNumber) -> Result<Terms, Violation> {
        match Refusal::get() {
            Some((refusing, violation)) if refusing == dataset => Err(violation),
            _ => Ok(Terms {
                version: PolicyVersion(3),
                worker: said_of(dataset, Required::get()).unwrap_or_default(),
                price: said_of(dataset, Asked::get()).unwrap_or_default(),
            }),
        }
    }

    fn reserve(job: JobId, spec: &JobSpec, dataset: DatasetId) -> Result<(), Violation> {
        if Overdrawn::get() == Some(dataset) {
            return Err(Violation::BudgetExceeded);
        }
        assert!(!Reserved::contains_key((job, dataset)), "reserved twice");
        Reserved::insert((job, dataset), spec.rounds);
        Ok(())
    }

    fn settle(job: JobId, dataset: DatasetId, rounds_run: u32) {
        let reserved = Reserved::get((job, dataset)).expect("settled without a reservation");
        assert!(rounds_run <= reserved, "more was run than was reserved");
        assert!(!Settled::contains_key((job, dataset)), "settled twice");
        Settled::insert((job, dataset), rounds_run);
    }
}

fn said_of<T>(dataset: DatasetId, said: Vec<(DatasetId, T)>) -> Option<T> {
    said.into_iter().find(|(id, _)| *id == dataset).map(|(_, said)| said)
}

/// Prices that are held back.
#[storage_alias]
pub type HeldPrices = StorageMap<Till, Blake2_128Concat, JobId, Prices>;

pub struct Till;

impl Treasury for Till {
    fn hold(job: JobId, _: SpaceId, prices: Prices) -> Result<(), Violation> {
        if Uncovered::get() {
            return Err(Violation::Price);
        }
        assert!(!HeldPrices::contains_key(job), "held back twice");
        HeldPrices::insert(job, prices);
        Ok(())
    }

    fn give_back(job: JobId) {
        HeldPrices::remove(job);
    }
}

thread_local! {
    static WORKERS: RefCell<BTreeMap<AccountId, Worker>> = const { RefCell::new(BTreeMap::new()) };
    static LOG: RefCell<Vec<(Subject, Kind)>> = const { RefCell::new(Vec::new()) };
}

/// Workers have the accounts [200 + n; 32].
pub struct Registry;

impl Registry {
    pub fn add(n: u8, kind: TeeKind) -> AccountId {
        let worker = Worker {
            operator: OrgId(0),
            registration: WorkerRegistration {
                endpoint: Default::default(),
                tls_fingerprint: [n; 32],
                session_key: session_key(n).public().0,
                anchor: Anchor {
                    number: 0,
                    hash: H256::zero(),
                },
            },
            kind,
            measurement: Measurement::simulated(&[n]),
            evidence_hash: H256::zero(),
            registered_at: 0,
            expires_at: BlockNumber::MAX,
            revoked: false,
        };
        WORKERS.with_borrow_mut(|workers| workers.insert(worker_account(n), worker));
        worker_account(n)
    }

    pub fn change(n: u8, change: impl FnOnce(&mut Worker)) {
        WORKERS.with_borrow_mut(|workers| change(workers.get_mut(&worker_account(n)).unwrap()));
    }
}

impl WorkerRegistry for Registry {
    fn worker(account: &AccountId) -> Option<Worker> {
        WORKERS.with_borrow(|workers| workers.get(account).cloned())
    }

    fn active(now: BlockNumber) -> Vec<AccountId> {
        WORKERS.with_borrow(|workers| {
            workers
                .iter()
                .filter(|(_, worker)| worker.is_active(now))
                .map(|(account, _)| account.clone())
                .collect()
        })
    }

    fn count() -> u32 {
        WORKERS.with_borrow(|workers| workers.len() as u32)
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

pub fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

pub fn worker_account(n: u8) -> AccountId {
    account(200 + n)
}

pub fn session_key(n: u8) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[n + 1; 32])
}

/// Goes from block to block as the executive does, and checks the state in each.
pub fn run_to(block: u32) {
    while System::block_number() < block {
        let now = System::block_number() + 1;
        System::set_block_number(now);
        Collaborations::on_initialize(now);
        Collaborations::do_try_state().unwrap();
    }
}

/// Runs a test at block 1 of a fresh chain and checks the state behind it.
pub fn chain(test: impl FnOnce()) {
    Suspended::set(Vec::new());
    Retired::set(Vec::new());
    Refusal::set(None);
    Overdrawn::set(None);
    Required::set(Vec::new());
    Asked::set(vec![(DatasetId(0), 5), (DatasetId(2), 7)]);
    Uncovered::set(false);
    WORKERS.with_borrow_mut(BTreeMap::clear);
    LOG.with_borrow_mut(Vec::clear);
    let storage = RuntimeGenesisConfig::default().build_storage().unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        frame_system::BlockHash::<Test>::insert(0, H256::repeat_byte(42));
        run_to(1);
        test();
        Collaborations::do_try_state().unwrap();
    });
}
