//! How each pallet is configured. The SDK's pallets are here, in [`offences`], [`contracts`] and [`points`], this project's own in
//! [`secureflow`].

mod contracts;
mod offences;
mod points;
mod secureflow;

pub use points::Points;
pub use secureflow::{AdmitOrigin, EscrowPalletId};

use crate::{
    constants::{
        BLOCK_HASHES, EXISTENTIAL_DEPOSIT, MOTION, QUOTA_SHARE, REPORT_SESSIONS, SESSION, SLOT_MS,
        VALIDATORS_PER_ORGANISATION,
    },
    weights, AccountId, Aura, Balance, Balances, Block, BlockNumber, Nonce, PalletInfo, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask, Session, SessionKeys, System,
    VERSION,
};
use frame_support::{
    derive_impl,
    dispatch::DispatchClass,
    parameter_types,
    traits::{ConstBool, ConstU128, ConstU32, ConstU64, Contains, InsideBoth, VariantCountOf},
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_SECOND},
        Weight,
    },
};
use frame_system::{
    limits::{BlockLength, BlockWeights},
    EnsureRoot,
};
use secureflow_primitives::bounds::{MAX_ORGANISATIONS, MAX_VALIDATORS};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::{
    traits::{ConvertInto, OpaqueKeys},
    Perbill,
};
use sp_version::RuntimeVersion;

/// Of a block's time and size, what ordinary transactions may use; the rest is for operational ones.
const NORMAL_SHARE: Perbill = Perbill::from_percent(75);
/// Of the one second between blocks, what their execution may take. The other half is for building and gossip.
const COMPUTE: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_SECOND / 2, u64::MAX);
/// Bytes of a block. A runtime upgrade has to fit.
const BLOCK_BYTES: u32 = 4 * 1024 * 1024;

parameter_types! {
    pub const Version: RuntimeVersion = VERSION;
    pub Weights: BlockWeights = BlockWeights::with_sensible_defaults(COMPUTE, NORMAL_SHARE);
    pub Length: BlockLength = BlockLength::builder()
        .max_length(BLOCK_BYTES)
        .modify_max_length_for_class(DispatchClass::Normal, |bytes| *bytes = NORMAL_SHARE * BLOCK_BYTES)
        .build();
    pub WeightQuota: Weight = QUOTA_SHARE * (NORMAL_SHARE * COMPUTE);
    /// A motion may not fill a block on its own.
    pub MaxProposalWeight: Weight = Perbill::from_percent(50) * COMPUTE;
}

/// Session keys are replaced, never dropped by themselves: they go with the operator or the organisation that leaves. A
/// chain whose validators had all dropped their keys would have nobody to author its next block.
pub struct NoKeysDropped;

impl Contains<RuntimeCall> for NoKeysDropped {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(call, RuntimeCall::Session(pallet_session::Call::purge_keys { .. }))
    }
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type BaseCallFilter = InsideBoth<NoKeysDropped, InsideBoth<contracts::NoCalls, points::PointsCalls>>;
    type Block = Block;
    type AccountId = AccountId;
    type Nonce = Nonce;
    type AccountData = pallet_balances::AccountData<Balance>;
    type BlockWeights = Weights;
    type BlockLength = Length;
    type BlockHashCount = ConstU32<BLOCK_HASHES>;
    type DbWeight = ParityDbWeight;
    type SystemWeightInfo = weights::frame_system::WeightInfo<Runtime>;
    type ExtensionsWeightInfo = weights::frame_system_extensions::WeightInfo<Runtime>;
    type Version = Version;
    type SS58Prefix = frame_support::traits::ConstU16<42>;
    type MaxConsumers = ConstU32<16>;
    type SingleBlockMigrations = crate::migrations::Migrations;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = u64;
    type OnTimestampSet = Aura;
    type MinimumPeriod = ConstU64<{ SLOT_MS / 2 }>;
    type WeightInfo = weights::pallet_timestamp::WeightInfo<Runtime>;
}

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type DisabledValidators = Session;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = ConstU64<SLOT_MS>;
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = pallet_session::PeriodicSessions<ConstU32<SESSION>, ConstU32<0>>;
    type NextSessionRotation = pallet_session::PeriodicSessions<ConstU32<SESSION>, ConstU32<0>>;
    type SessionManager = pallet_session::historical::NoteHistoricalRoot<Runtime, offences::Sessions>;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = pallet_session::disabling::UpToLimitDisablingStrategy;
    type Currency = Balances;
    type KeyDeposit = ConstU128<0>;
    type WeightInfo = weights::pallet_session::WeightInfo<Runtime>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type MaxNominators = ConstU32<0>;
    type MaxSetIdSessionEntries = ConstU64<{ REPORT_SESSIONS as u64 }>;
    type KeyOwnerProof = sp_session::MembershipProof;
    type EquivocationReportSystem = offences::EquivocationReports;
    type WeightInfo = weights::GrandpaWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type Balance = Balance;
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type DustRemoval = ();
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<0>;
    type MaxReserves = ConstU32<0>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
    type WeightInfo = weights::pallet_balances::WeightInfo<Runtime>;
}

/// Motions that may be open at a time.
pub(crate) const MAX_MOTIONS: u32 = 32;

/// The Council is the only collective.
pub type CouncilInstance = pallet_collective::Instance1;

impl pallet_collective::Config<CouncilInstance> for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type RuntimeEvent = RuntimeEvent;
    type Proposal = RuntimeCall;
    type MotionDuration = ConstU32<MOTION>;
    type MaxProposals = ConstU32<MAX_MOTIONS>;
    type MaxMembers = ConstU32<MAX_ORGANISATIONS>;
    // Who does not vote has not agreed.
    type DefaultVote = pallet_collective::PrimeDefaultVote;
    // Seats follow from membership: `Consortium` gives and takes them.
    type SetMembersOrigin = EnsureRoot<AccountId>;
    type MaxProposalWeight = MaxProposalWeight;
    type DisapproveOrigin = AdmitOrigin;
    type KillOrigin = EnsureRoot<AccountId>;
    type Consideration = ();
    type WeightInfo = weights::pallet_collective::WeightInfo<Runtime>;
}

const _: () = {
    // Evidence anchored to a block whose hash is gone could not be checked.
    assert!(crate::constants::ANCHOR_AGE < BLOCK_HASHES);
    // No organisation may take the places of another one's validators.
    assert!(VALIDATORS_PER_ORGANISATION * MAX_ORGANISATIONS <= MAX_VALIDATORS);
    assert!(SESSION > 0 && (BlockNumber::MAX - SESSION) > 0);
};
