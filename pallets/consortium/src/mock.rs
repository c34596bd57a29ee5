//! A chain with this pallet alone; what it records is kept in memory.

use crate::{self as pallet_consortium, SystemUpgrade, ValidatorKeys};
use core::cell::RefCell;
use frame_support::{
    derive_impl,
    traits::{ChangeMembers, ConstU32},
    weights::Weight,
};
use frame_system::EnsureRoot;
use secureflow_primitives::{
    audit::{Kind, Subject},
    consortium::OrgKeys,
    traits::AuditLog,
    AccountId, SpaceId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchResult};
use std::collections::BTreeSet;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Consortium: pallet_consortium,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = frame_system::mocking::MockBlockU32<Test>;
}

frame_support::parameter_types! {
    pub const WeightQuota: Weight = Weight::from_parts(100, 1_000);
}

impl pallet_consortium::Config for Test {
    type AdmitOrigin = EnsureRoot<AccountId>;
    type Audit = Recorder;
    type Council = Seats;
    type Upgrades = SystemUpgrade<Test>;
    type SessionKeys = Keys;
    type ValidatorsPerOrganisation = ConstU32<2>;
    type Quota = ConstU32<3>;
    type WeightQuota = WeightQuota;
    type WeightInfo = ();
}

thread_local! {
    static RECORDS: RefCell<Vec<(Option<AccountId>, Subject, Kind)>> = const { RefCell::new(Vec::new()) };
    static SEATS: RefCell<Vec<AccountId>> = const { RefCell::new(Vec::new()) };
    static KEYS: RefCell<BTreeSet<AccountId>> = const { RefCell::new(BTreeSet::new()) };
}

/// The council: its members as they were given last.
pub struct Seats;

impl Seats {
    pub fn members() -> Vec<AccountId> {
        SEATS.with_borrow(Clone::clone)
    }
}

impl ChangeMembers<AccountId> for Seats {
    fn change_members_sorted(incoming: &[AccountId], outgoing: &[AccountId], new: &[AccountId]) {
        assert!(new.is_sorted() && incoming.iter().all(|account| new.contains(account)));
        assert!(!outgoing.iter().any(|account| new.contains(account)));
        SEATS.set(new.to_vec());
    }
}

/// Who has session keys: in the beginning the genesis validators.
pub struct Keys;

impl Keys {
    pub fn give(n: u8) {
        KEYS.with_borrow_mut(|keys| keys.insert(account(n)));
    }
}

impl ValidatorKeys for Keys {
    fn registered(account: &AccountId) -> bool {
        KEYS.with_borrow(|keys| keys.contains(account))
    }

    fn forget(account: &AccountId) {
        KEYS.with_borrow_mut(|keys| keys.remove(account));
    }
}

/// Keeps what was recorded.
pub struct Recorder;

impl AuditLog for Recorder {
    fn record(actor: Option<&AccountId>, space: Option<SpaceId>, subject: Subject, kind: Kind) -> DispatchResult {
        assert_eq!(space, None, "the consortium has no space");
        RECORDS.with_borrow_mut(|records| records.push((actor.cloned(), subject, kind)));
        Ok(())
    }
}

/// The last entry recorded.
pub fn last_record() -> Option<(Option<AccountId>, Subject, Kind)> {
    RECORDS.with_borrow(|records| records.last().cloned())
}

pub fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

pub fn signed(n: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(n))
}

pub fn name(text: &str) -> secureflow_primitives::bounds::Name {
    text.as_bytes().to_vec().try_into().expect("short")
}

pub fn keys(n: u8) -> OrgKeys {
    OrgKeys {
        tls_fingerprint: [n; 32],
        signing: [n + 1; 32],
        encryption: [n + 2; 32],
    }
}

/// Organisations 0, 1 and 2 speak through accounts 10, 11 and 12 and validate with them.
pub fn genesis() -> pallet_consortium::GenesisConfig<Test> {
    pallet_consortium::GenesisConfig {
        organisations: vec![
            (b"Bank".to_vec(), account(10)),
            (b"Financier".to_vec(), account(11)),
            (b"Insurer".to_vec(), account(12)),
        ],
        validators: vec![account(10), account(11), account(12)],
        ..Default::default()
    }
}

/// The test's storage with this genesis.
pub fn build(genesis: pallet_consortium::GenesisConfig<Test>) -> sp_io::TestExternalities {
    let system = frame_system::GenesisConfig::default();
    RuntimeGenesisConfig {
        system,
        consortium: genesis,
    }
    .build_storage()
    .expect("genesis builds")
    .into()
}

/// Runs the test in block 1 of a chain with three organisations and checks the pallet's invariants when it is done.
pub fn execute_and_check(test: impl FnOnce()) {
    RECORDS.take();
    SEATS.take();
    KEYS.take();
    for n in [10, 11, 12] {
        Keys::give(n);
    }
    build(genesis()).execute_with(|| {
        System::set_block_number(1);
        test();
        Consortium::do_try_state().expect("the invariants hold");
    });
}
