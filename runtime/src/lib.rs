#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
// `#[frame_support::runtime]` nests deeply with this many pallets.
#![recursion_limit = "256"]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod api;
pub mod apis;
mod configs;
pub mod constants;
pub mod genesis;
mod migrations;
#[cfg(feature = "next")]
mod next;
#[cfg(feature = "runtime-benchmarks")]
mod scenario;
#[cfg(feature = "runtime-benchmarks")]
mod sessions;
mod views;
mod weights;

use alloc::{borrow::Cow, vec::Vec};
use pallet_session::historical as session_historical;
use sp_runtime::{generic, impl_opaque_keys, traits::BlakeTwo256, MultiAddress, MultiSignature, OpaqueExtrinsic};
#[cfg(not(feature = "next"))]
use sp_version::{runtime_version, RuntimeVersion};

pub use configs::{AdmitOrigin, Points};
#[cfg(feature = "next")]
pub use next::VERSION;
pub use secureflow_primitives::{AccountId, Balance, BlockNumber, H256 as Hash};

/// A transaction's signature.
pub type Signature = MultiSignature;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// How a transaction names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block as the runtime sees it.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block as the node sees it: it carries transactions without knowing their encoding, so that a runtime upgrade does
/// not need a new node.
pub type OpaqueBlock = generic::Block<Header, OpaqueExtrinsic>;
/// A transaction.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What a transaction's signature covers.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// What every transaction is checked for. The order is part of the encoding.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    pallet_consortium::FairNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_consortium::CheckMember<Runtime>,
);

/// Runs blocks and transactions.
pub type Executive =
    frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

impl_opaque_keys! {
    /// The keys with which a validator authors and finalises.
    pub struct SessionKeys {
        pub aura: Aura,
        pub grandpa: Grandpa,
    }
}

#[cfg(not(feature = "next"))]
#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("secureflow"),
    impl_name: Cow::Borrowed("secureflow-runtime"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    // `secureflow_primitives::TRANSACTION_VERSION`; the macro takes a literal only, and a test compares the two.
    transaction_version: 1,
    system_version: 1,
};

#[cfg(feature = "runtime-benchmarks")]
impl frame_system_benchmarking::Config for Runtime {}

#[cfg(feature = "runtime-benchmarks")]
frame_benchmarking::define_benchmarks!(
    [frame_system, frame_system_benchmarking::Pallet::<Runtime>]
    [frame_system_extensions, frame_system_benchmarking::extensions::Pallet::<Runtime>]
    [pallet_assets, Assets]
    [pallet_balances, Balances]
    [pallet_collective, Council]
    [pallet_contracts, Contracts]
    [pallet_grandpa, Grandpa]
    [pallet_session, crate::sessions::Pallet::<Runtime>]
    [pallet_timestamp, Timestamp]
    [pallet_consortium, Consortium]
    [pallet_attestations, Attestations]
    [pallet_audit, Audit]
    [pallet_collaborations, Collaborations]
    [pallet_policies, Policies]
    [pallet_revenue, Revenue]
);

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Aura = pallet_aura;
    #[runtime::pallet_index(3)]
    pub type Session = pallet_session;
    #[runtime::pallet_index(4)]
    pub type Grandpa = pallet_grandpa;
    #[runtime::pallet_index(5)]
    pub type Balances = pallet_balances;
    #[runtime::pallet_index(6)]
    pub type Council = pallet_collective<Instance1>;
    #[runtime::pallet_index(7)]
    pub type Authorship = pallet_authorship;
    #[runtime::pallet_index(8)]
    pub type Historical = session_historical;
    #[runtime::pallet_index(9)]
    pub type Offences = pallet_offences;

    #[runtime::pallet_index(10)]
    pub type Consortium = pallet_consortium;
    #[runtime::pallet_index(11)]
    pub type Policies = pallet_policies;
    #[runtime::pallet_index(12)]
    pub type Collaborations = pallet_collaborations;
    #[runtime::pallet_index(13)]
    pub type Attestations = pallet_attestations;
    #[runtime::pallet_index(14)]
    pub type Revenue = pallet_revenue;
    #[runtime::pallet_index(15)]
    pub type Audit = pallet_audit;
    #[runtime::pallet_index(16)]
    pub type Assets = pallet_assets;
    #[runtime::pallet_index(17)]
    pub type Contracts = pallet_contracts;
}
