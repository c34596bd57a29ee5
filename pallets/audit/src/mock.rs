//! A chain with this pallet alone; membership and spaces are fixed tables.

use crate as pallet_audit;
use frame_support::derive_impl;
use secureflow_primitives::{
    consortium::{OrgKeys, OrgStatus, Organisation},
    traits::{Membership, Spaces},
    AccountId, OrgId, SpaceId,
};
use sp_runtime::{traits::IdentityLookup, BuildStorage};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Audit: pallet_audit,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountId = AccountId;
    type Lookup = IdentityLookup<AccountId>;
    type Block = frame_system::mocking::MockBlockU32<Test>;
}

impl pallet_audit::Config for Test {
    type Membership = Members;
    type Spaces = OneSpace;
    type WeightInfo = ();
}

/// Organisations 0 to 19 speak through the accounts of the same number; 100 is an operator of organisation 0.
/// Organisation 8 is suspended, organisation 9 has no keys.
pub struct Members;

pub const SUSPENDED: OrgId = OrgId(8);
pub const WITHOUT_KEYS: OrgId = OrgId(9);
pub const OPERATOR: u8 = 100;

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
            status: if org == SUSPENDED {
                OrgStatus::Suspended
            } else {
                OrgStatus::Active
            },
            keys: (org != WITHOUT_KEYS).then_some(OrgKeys {
                tls_fingerprint: [1; 32],
                signing: [2; 32],
                encryption: [3; 32],
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
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("genesis builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        System::set_block_number(1);
        test();
        Audit::do_try_state().expect("the invariants hold");
    });
}
