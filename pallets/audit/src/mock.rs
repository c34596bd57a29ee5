//! A chain with this pallet and one that records; spaces are a fixed table, of the members a few things change.

use crate as pallet_audit;
use core::cell::RefCell;
use frame_support::{
    derive_impl,
    traits::{ConstU32, Contains},
};
use secureflow_primitives::{
    consortium::{OrgKeys, OrgStatus, Organisation},
    traits::{Membership, Spaces},
    AccountId, OrgId, SpaceId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};
use std::collections::BTreeMap;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Audit: pallet_audit,
        Recorder: recorder,
    }
);

/// A pallet whose calls leave entries.
#[frame_support::pallet(dev_mode)]
pub mod recorder {
    use frame_support::{
        dispatch::{DispatchResultWithPostInfo, WithPostDispatchInfo},
        pallet_prelude::*,
    };
    use frame_system::pallet_prelude::*;
    use secureflow_primitives::{
        audit::{Kind, Subject},
        traits::AuditLog,
        AccountId, JobId, PolicyVersion, SpaceId,
    };

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId> {
        type Audit: AuditLog;
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Leaves one entry of the signer's per kind, then one of the chain itself; costs half of its weight.
        #[pallet::call_index(0)]
        #[pallet::weight(Weight::from_parts(1_000, 10))]
        pub fn act(origin: OriginFor<T>, space: Option<SpaceId>, kinds: Vec<Kind>) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            for kind in kinds {
                let version = PolicyVersion(3);
                T::Audit::record_under(Some(&who), space, Subject::Job(JobId(0)), kind, version)?;
            }
            T::Audit::record(None, space, Subject::Job(JobId(0)), Kind::JobExpired)?;
            Ok(Some(Weight::from_parts(500, 5)).into())
        }

        /// Leaves no entry.
        #[pallet::call_index(1)]
        #[pallet::weight((Weight::from_parts(1_000, 10), DispatchClass::Operational))]
        pub fn idle(_origin: OriginFor<T>) -> DispatchResult {
            Ok(())
        }

        /// Leaves an entry, then fails; costs half of its weight.
        #[pallet::call_index(2)]
        #[pallet::weight(Weight::from_parts(1_000, 10))]
        pub fn fail(origin: OriginFor<T>, space: SpaceId) -> DispatchResultWithPostInfo {
            let who = ensure_signed(origin)?;
            T::Audit::record(Some(&who), Some(space), Subject::Job(JobId(0)), Kind::JobProposed)?;
            Err(DispatchError::Other("asked for").with_weight(Weight::from_parts(500, 5)))
        }
    }
}

impl recorder::Config for Test {
    type Audit = Audit;
}

/// The recorder's calls.
pub struct Recording;

impl Contains<RuntimeCall> for Recording {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(call, RuntimeCall::Recorder(_))
    }
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = frame_system::mocking::MockBlockU32<Test>;
}

impl pallet_audit::Config for Test {
    type RuntimeCall = RuntimeCall;
    type Recording = Recording;
    type Membership = Members;
    type Spaces = OneSpace;
    type NoticePeriod = ConstU32<NOTICE>;
    type WeightInfo = ();
}

/// Blocks that callers have to notice a change of readers.
pub const NOTICE: u32 = 20;

/// Organisations 0 to 19 speak through the accounts of the same number; 100 is an operator of organisation 0.
/// Organisation 8 is suspended, organisation 9 has no keys.
pub struct Members;

pub const SUSPENDED: OrgId = OrgId(8);
pub const WITHOUT_KEYS: OrgId = OrgId(9);
pub const OPERATOR: u8 = 100;

std::thread_local! {
    /// What has become of some members since.
    static CHANGED: RefCell<BTreeMap<OrgId, (OrgStatus, [u8; 32])>> = const { RefCell::new(BTreeMap::new()) };
}

impl Members {
    /// From now on the organisation has this status and this encryption key.
    pub fn change(org: OrgId, status: OrgStatus, key: [u8; 32]) {
        CHANGED.with_borrow_mut(|changed| changed.insert(org, (status, key)));
    }
}

impl Membership for Members {
    fn owner(account: &AccountId) -> Option<OrgId> {
        let bytes: &[u8; 32] = account.as_ref();
        let org = OrgId(u32::from(bytes[0]));
        (Self::is_active(org) && *account == self::account(bytes[0])).then_some(org)
    }
    fn member(account: &AccountId) -> Option<OrgId> {
        Self::owner(account).or_else(|| (*account == self::account(OPERATOR)).then_some(OrgId(0)))
    }
    fn organisation(org: OrgId) -> Option<Organisation> {
        (org.0 < 20).then(|| Organisation {
            name: b"org".to_vec().try_into().expect("short"),
            account: account(org.0 as u8),
            status: match CHANGED.with_borrow(|changed| changed.get(&org).map(|(status, _)| *status)) {
                Some(status) => status,
                None if org == SUSPENDED => OrgStatus::Suspended,
                None => OrgStatus::Active,
            },
            keys: (org != WITHOUT_KEYS).then_some(OrgKeys {
                tls_fingerprint: [1; 32],
                signing: [2; 32],
                encryption: CHANGED.with_borrow(|changed| changed.get(&org).map_or([3; 32], |(_, key)| *key)),
            }),
        })
    }
    fn is_active(org: OrgId) -> bool {
        Self::organisation(org).is_some_and(|o| o.status == OrgStatus::Active)
    }
}

/// Space 0, created by organisation 0, with organisations 0 and 1 in it.
pub struct OneSpace;

impl Spaces for OneSpace {
    fn creator(space: SpaceId) -> Option<OrgId> {
        (space == SpaceId(0)).then_some(OrgId(0))
    }
    fn is_member(space: SpaceId, org: OrgId) -> bool {
        space == SpaceId(0) && org.0 < 2
    }
}

pub fn account(n: u8) -> AccountId {
    AccountId::new([n; 32])
}

pub fn signed(n: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(n))
}

/// Runs the test in block 1 of a fresh chain and checks the pallet's invariants when it is done.
pub fn execute_and_check(test: impl FnOnce()) {
    CHANGED.with_borrow_mut(BTreeMap::clear);
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("genesis builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(1);
        test();
        Audit::do_try_state().expect("the invariants hold");
    });
}
