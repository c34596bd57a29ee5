//! A chain with this pallet alone, and a vendor of simulated evidence.

use crate as pallet_attestations;
use core::cell::RefCell;
use core::time::Duration;
use frame_support::{
    derive_impl, parameter_types,
    traits::{OnInitialize, UnixTime},
};
use secureflow_primitives::{
    attestation::{
        leaf_payload, report_payload, Anchor, Evidence, Measurement, Revision, SimulatedEvidence, SimulatedReport,
        Source, WorkerRegistration, WorkerStatus,
    },
    audit::{Kind, Subject},
    consortium::Organisation,
    traits::{AuditLog, Membership, WorkerJobs},
    AccountId, OrgId, SpaceId, H256,
};
use sp_core::{ed25519, Pair};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchResult};

type Block = frame_system::mocking::MockBlockU32<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Attestations: pallet_attestations,
    }
);

parameter_types! {
    pub const VerdictPeriod: u32 = 50;
    pub const AnchorAge: u32 = 8;
    pub const BlockMillis: u64 = 1_000;
    pub const ReplacementPeriod: u32 = 30;
    pub const ExpiryNotice: u32 = 10;
    /// Unix seconds.
    pub static Now: u64 = 1_750_000_000;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
}

impl pallet_attestations::Config for Test {
    type AdmitOrigin = frame_system::EnsureRoot<AccountId>;
    // The runtime's tests show that more votes are needed.
    type DropOrigin = frame_system::EnsureRoot<AccountId>;
    type Membership = Members;
    type Jobs = Jobs;
    type Time = Clock;
    type BlockMillis = BlockMillis;
    type Audit = Log;
    type VerdictPeriod = VerdictPeriod;
    type AnchorAge = AnchorAge;
    type ReplacementPeriod = ReplacementPeriod;
    type ExpiryNotice = ExpiryNotice;
    type WeightInfo = ();
}

pub struct Clock;

impl UnixTime for Clock {
    fn now() -> Duration {
        Duration::from_secs(Now::get())
    }
}

thread_local! {
    static SUSPENDED: RefCell<Vec<OrgId>> = const { RefCell::new(Vec::new()) };
    static LOG: RefCell<Vec<(Subject, Kind)>> = const { RefCell::new(Vec::new()) };
    static LOST: RefCell<Vec<AccountId>> = const { RefCell::new(Vec::new()) };
}

/// Organisation `n` has the own account [n; 32] (n below 10) and the operators [10·n + k; 32].
pub struct Members;

impl Members {
    pub fn suspend(org: OrgId) {
        SUSPENDED.with_borrow_mut(|suspended| suspended.push(org));
    }

    pub fn reinstate_all() {
        SUSPENDED.take();
    }
}

/// Every worker has three jobs.
pub struct Jobs;

impl Jobs {
    /// Whose jobs were taken off them since this was asked last.
    pub fn take_lost() -> Vec<AccountId> {
        LOST.take()
    }
}

impl WorkerJobs for Jobs {
    fn lost(worker: &AccountId) -> u32 {
        LOST.with_borrow_mut(|lost| lost.push(worker.clone()));
        3
    }
}

impl Membership for Members {
    fn owner(account: &AccountId) -> Option<OrgId> {
        let org = OrgId(AsRef::<[u8]>::as_ref(account)[0].into());
        ((1..10).contains(&org.0) && Self::is_active(org)).then_some(org)
    }

    fn member(account: &AccountId) -> Option<OrgId> {
        let byte = AsRef::<[u8]>::as_ref(account)[0];
        let org = OrgId(u32::from(if byte < 10 { byte } else { byte / 10 }));
        ((1..10).contains(&org.0) && Self::is_active(org)).then_some(org)
    }

    fn organisation(_: OrgId) -> Option<Organisation> {
        None
    }

    fn is_active(org: OrgId) -> bool {
        SUSPENDED.with_borrow(|suspended| !suspended.contains(&org))
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

pub fn measurement() -> Measurement {
    Measurement::simulated(b"worker")
}

/// A source unlike others.
pub fn source(n: u8) -> Source {
    Source {
        revision: Revision::Sha1([n; 20]),
        recipe: H256::repeat_byte(n),
    }
}

/// What signs evidence: the root, a leaf, and what the report says.
pub struct Vendor {
    pub root: ed25519::Pair,
    pub leaf: ed25519::Pair,
    pub measurement: Measurement,
    pub debug: bool,
}

impl Default for Vendor {
    fn default() -> Self {
        Self {
            root: ed25519::Pair::from_seed(&[1; 32]),
            leaf: ed25519::Pair::from_seed(&[2; 32]),
            measurement: measurement(),
            debug: false,
        }
    }
}

impl Vendor {
    pub fn evidence(&self, worker: &AccountId, registration: &WorkerRegistration) -> SimulatedEvidence {
        let report_data = registration.report_data(System::block_hash(0), worker);
        self.sign(SimulatedReport {
            measurement: self.measurement,
            report_data,
            tcb: 1,
            debug: self.debug,
        })
    }

    pub fn sign(&self, report: SimulatedReport) -> SimulatedEvidence {
        let leaf = self.leaf.public().0;
        SimulatedEvidence {
            leaf,
            leaf_signature: self.root.sign(leaf_payload(&leaf).as_bytes()).0,
            report_signature: self.leaf.sign(report_payload(&report).as_bytes()).0,
            report,
        }
    }
}

/// A registration for a worker whose keys derive from `n`, anchored to the last block.
pub fn registration(n: u8) -> WorkerRegistration {
    let number = System::block_number() - 1;
    WorkerRegistration {
        endpoint: b"https://127.0.0.1:4433".to_vec().try_into().unwrap(),
        tls_fingerprint: [n; 32],
        session_key: [n + 1; 32],
        anchor: Anchor {
            number,
            hash: System::block_hash(number),
        },
    }
}

/// Where worker `n` stands.
pub fn status(n: u8) -> Option<WorkerStatus> {
    Attestations::worker_verdict(account(n)).map(|(_, status)| status)
}

/// Registers worker `n` with good evidence.
pub fn register(n: u8) -> DispatchResult {
    let registration = registration(n);
    let evidence = Vendor::default().evidence(&account(n), &registration);
    register_with(n, registration, evidence)
}

pub fn register_with(n: u8, registration: WorkerRegistration, evidence: SimulatedEvidence) -> DispatchResult {
    let origin = RuntimeOrigin::signed(account(n));
    Attestations::register_worker(origin, registration, Evidence::Simulated(evidence))
}

/// Blocks have the hash of their number; the genesis too.
pub fn run_to(block: u32) {
    while System::block_number() < block {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        frame_system::BlockHash::<Test>::insert(next - 1, H256::repeat_byte(next as u8));
        Attestations::on_initialize(next);
    }
}

/// Runs a test at block 5 of a fresh chain and checks the state behind it.
pub fn chain(simulated_root: Option<[u8; 32]>, test: impl FnOnce()) {
    SUSPENDED.take();
    LOG.take();
    LOST.take();
    Now::set(1_750_000_000);
    let genesis = RuntimeGenesisConfig {
        attestations: pallet_attestations::GenesisConfig {
            simulated_root,
            measurements: vec![(measurement(), Source::DEVELOPMENT)],
            ..Default::default()
        },
        ..Default::default()
    };
    sp_io::TestExternalities::new(genesis.build_storage().unwrap()).execute_with(|| {
        run_to(5);
        test();
        Attestations::do_try_state().unwrap();
    });
}

/// [`chain`] with the root of [`Vendor::default`].
pub fn development_chain(test: impl FnOnce()) {
    chain(Some(Vendor::default().root.public().0), test);
}
