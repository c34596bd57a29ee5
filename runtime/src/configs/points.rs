//! Points: one asset, made and moved under the members' rules only.

use crate::{AccountId, Assets, Balance, Balances, Revenue, Runtime, RuntimeCall, RuntimeEvent};
use codec::Compact;
use frame_support::{
    parameter_types,
    traits::{fungible::ItemOf, AsEnsureOriginWithArg, ConstU128, ConstU32, Contains},
};
use secureflow_primitives::revenue::POINTS;

parameter_types! {
    pub const PointsId: u32 = POINTS;
}

/// The points, as the pallets see them.
pub type Points = ItemOf<Assets, PointsId, AccountId>;

/// No asset is made after genesis, and nobody is above the one there is: its owner is an account without a key.
#[cfg(not(feature = "runtime-benchmarks"))]
mod makers {
    pub type Creator = frame_system::EnsureNever<crate::AccountId>;
    pub type Superior = frame_system::EnsureNever<crate::AccountId>;
}

/// The SDK's benchmarks make assets of their own.
#[cfg(feature = "runtime-benchmarks")]
mod makers {
    pub type Creator = frame_system::EnsureSigned<crate::AccountId>;
    pub type Superior = frame_system::EnsureRoot<crate::AccountId>;
}

impl pallet_assets::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Balance = Balance;
    type RemoveItemsLimit = ConstU32<100>;
    type AssetId = u32;
    type AssetIdParameter = Compact<u32>;
    type ReserveData = ();
    type Currency = Balances;
    type CreateOrigin = AsEnsureOriginWithArg<makers::Creator>;
    type ForceOrigin = makers::Superior;
    type AssetDeposit = ConstU128<0>;
    type AssetAccountDeposit = ConstU128<0>;
    type MetadataDepositBase = ConstU128<0>;
    type MetadataDepositPerByte = ConstU128<0>;
    type ApprovalDeposit = ConstU128<0>;
    type StringLimit = ConstU32<32>;
    type Freezer = ();
    type Holder = ();
    type Extra = ();
    type CallbackHandle = ();
    type AssetIdAllocator = ();
    type WeightInfo = crate::weights::pallet_assets::WeightInfo<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
}

/// Of the calls that move points, members send the two plain transfers, and those while the members let points move. Approved
/// transfers would outlive that decision, and what is left administers assets.
pub struct PointsCalls;

impl Contains<RuntimeCall> for PointsCalls {
    fn contains(call: &RuntimeCall) -> bool {
        use pallet_assets::Call::{transfer, transfer_keep_alive};
        match call {
            RuntimeCall::Assets(transfer { .. } | transfer_keep_alive { .. }) => Revenue::transferable(),
            RuntimeCall::Assets(_) => false,
            _ => true,
        }
    }
}
