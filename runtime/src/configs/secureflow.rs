//! How this project's pallets are configured: who answers which question of whom.

use super::{contracts, CouncilInstance, Points, WeightQuota};
use crate::{
    constants::{
        ANCHOR_AGE, DISPUTE, EXPIRIES_PER_BLOCK, EXPIRY_NOTICE, MAX_DISPUTE_WINDOW, QUOTA, READERS_NOTICE, REPLACEMENT,
        SLOT_MS, VALIDATORS_PER_ORGANISATION, VERDICT,
    },
    AccountId, Attestations, Audit, Collaborations, Consortium, Council, Policies, Revenue, Runtime, RuntimeCall,
    RuntimeOrigin, Session, Timestamp,
};
use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64, Contains, EitherOfDiverse},
    PalletId,
};
use frame_system::EnsureRoot;
use pallet_collective::EnsureProportionAtLeast;

/// Who speaks for the consortium as a whole: two thirds of the Council. Root has no holder on this chain; it stands here
/// for a vote that passes by another pallet later.
pub type AdmitOrigin =
    EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, CouncilInstance, 2, 3>>;

/// Who stops what others rely on at once, such as every worker with a measurement: three quarters of the Council.
pub type DropOrigin = EitherOfDiverse<EnsureRoot<AccountId>, EnsureProportionAtLeast<AccountId, CouncilInstance, 3, 4>>;

parameter_types! {
    pub const EscrowPalletId: PalletId = PalletId(*b"sf/escrw");
}

/// The keys that the session pallet keeps.
pub struct StoredKeys;

impl pallet_consortium::ValidatorKeys for StoredKeys {
    fn registered(account: &AccountId) -> bool {
        pallet_session::NextKeys::<Runtime>::contains_key(account)
    }

    fn forget(account: &AccountId) {
        // It is refused only for an account without keys. The call's filter keeps others from it, not the chain itself.
        let _ = Session::purge_keys(RuntimeOrigin::signed(account.clone()));
    }
}

impl pallet_consortium::Config for Runtime {
    type AdmitOrigin = AdmitOrigin;
    type Audit = Audit;
    type Council = Council;
    type Upgrades = pallet_consortium::SystemUpgrade<Runtime>;
    type SessionKeys = StoredKeys;
    type ValidatorsPerOrganisation = ConstU32<VALIDATORS_PER_ORGANISATION>;
    type Quota = ConstU32<QUOTA>;
    type WeightQuota = WeightQuota;
    type WeightInfo = pallet_consortium::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type Scenario = crate::scenario::Made;
}

impl pallet_policies::Config for Runtime {
    type Membership = Consortium;
    type Jobs = Collaborations;
    type Audit = Audit;
    type WeightInfo = pallet_policies::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type Scenario = crate::scenario::Made;
}

impl pallet_collaborations::Config for Runtime {
    type Membership = Consortium;
    type Policies = Policies;
    type Prices = Revenue;
    type Workers = Attestations;
    type Audit = Audit;
    type MaxExpiriesPerBlock = ConstU32<EXPIRIES_PER_BLOCK>;
    type WeightInfo = pallet_collaborations::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type Scenario = crate::scenario::Made;
}

impl pallet_attestations::Config for Runtime {
    type AdmitOrigin = AdmitOrigin;
    type DropOrigin = DropOrigin;
    type Membership = Consortium;
    type Jobs = Collaborations;
    type Time = Timestamp;
    type BlockMillis = ConstU64<SLOT_MS>;
    type Audit = Audit;
    type VerdictPeriod = ConstU32<VERDICT>;
    type AnchorAge = ConstU32<ANCHOR_AGE>;
    type ReplacementPeriod = ConstU32<REPLACEMENT>;
    type ExpiryNotice = ConstU32<EXPIRY_NOTICE>;
    type WeightInfo = pallet_attestations::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type Scenario = crate::scenario::Made;
}

impl pallet_revenue::Config for Runtime {
    type AdmitOrigin = AdmitOrigin;
    type Points = Points;
    type PalletId = EscrowPalletId;
    type MaxDisputeWindow = ConstU32<MAX_DISPUTE_WINDOW>;
    type DisputePeriod = ConstU32<DISPUTE>;
    type Membership = Consortium;
    type Spaces = Collaborations;
    type Jobs = Collaborations;
    type Engine = contracts::Engine;
    type Audit = Audit;
    type WeightInfo = pallet_revenue::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type Scenario = crate::scenario::Made;
}

/// Calls that leave entries in the audit log and make no other calls.
pub struct LeavesEntries;

impl Contains<RuntimeCall> for LeavesEntries {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(
            call,
            RuntimeCall::Policies(_)
                | RuntimeCall::Collaborations(_)
                | RuntimeCall::Attestations(_)
                | RuntimeCall::Revenue(_)
        )
    }
}

impl pallet_audit::Config for Runtime {
    type RuntimeCall = RuntimeCall;
    type Recording = LeavesEntries;
    type Membership = Consortium;
    type Spaces = Collaborations;
    type NoticePeriod = ConstU32<READERS_NOTICE>;
    type WeightInfo = pallet_audit::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type Scenario = crate::scenario::Made;
}
