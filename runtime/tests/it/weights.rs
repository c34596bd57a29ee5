//! What calls weigh was measured, and fits into blocks.

use core::any::type_name;
use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    traits::GetCallMetadata,
    weights::Weight,
};
use frame_system::limits::BlockWeights;
use secureflow_primitives::{attestation::Measurement, JobId, OrgId};
use secureflow_runtime::{constants::EXPIRIES_PER_BLOCK, Runtime, RuntimeCall};

/// The files that `scripts/weights` has written, by the name of the pallet in the runtime.
const MEASURED: [(&str, &str); 14] = [
    ("System", include_str!("../../src/weights/frame_system.rs")),
    ("Timestamp", include_str!("../../src/weights/pallet_timestamp.rs")),
    ("Session", include_str!("../../src/weights/pallet_session.rs")),
    ("Grandpa", include_str!("../../src/weights/pallet_grandpa.rs")),
    ("Balances", include_str!("../../src/weights/pallet_balances.rs")),
    ("Council", include_str!("../../src/weights/pallet_collective.rs")),
    ("Assets", include_str!("../../src/weights/pallet_assets.rs")),
    ("Contracts", include_str!("../../src/weights/pallet_contracts.rs")),
    ("Consortium", include_str!("../../../pallets/consortium/src/weights.rs")),
    ("Policies", include_str!("../../../pallets/policies/src/weights.rs")),
    (
        "Collaborations",
        include_str!("../../../pallets/collaborations/src/weights.rs"),
    ),
    (
        "Attestations",
        include_str!("../../../pallets/attestations/src/weights.rs"),
    ),
    ("Revenue", include_str!("../../../pallets/revenue/src/weights.rs")),
    ("Audit", include_str!("../../../pallets/audit/src/weights.rs")),
];

/// What the runtime takes for the weights of each pallet with calls, and of the transaction extensions.
fn configured() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "System",
            type_name::<<Runtime as frame_system::Config>::SystemWeightInfo>(),
        ),
        (
            "System",
            type_name::<<Runtime as frame_system::Config>::ExtensionsWeightInfo>(),
        ),
        (
            "Timestamp",
            type_name::<<Runtime as pallet_timestamp::Config>::WeightInfo>(),
        ),
        (
            "Session",
            type_name::<<Runtime as pallet_session::Config>::WeightInfo>(),
        ),
        (
            "Grandpa",
            type_name::<<Runtime as pallet_grandpa::Config>::WeightInfo>(),
        ),
        (
            "Balances",
            type_name::<<Runtime as pallet_balances::Config>::WeightInfo>(),
        ),
        (
            "Council",
            type_name::<<Runtime as pallet_collective::Config<pallet_collective::Instance1>>::WeightInfo>(),
        ),
        ("Assets", type_name::<<Runtime as pallet_assets::Config>::WeightInfo>()),
        (
            "Contracts",
            type_name::<<Runtime as pallet_contracts::Config>::WeightInfo>(),
        ),
        (
            "Consortium",
            type_name::<<Runtime as pallet_consortium::Config>::WeightInfo>(),
        ),
        (
            "Policies",
            type_name::<<Runtime as pallet_policies::Config>::WeightInfo>(),
        ),
        (
            "Collaborations",
            type_name::<<Runtime as pallet_collaborations::Config>::WeightInfo>(),
        ),
        (
            "Attestations",
            type_name::<<Runtime as pallet_attestations::Config>::WeightInfo>(),
        ),
        (
            "Revenue",
            type_name::<<Runtime as pallet_revenue::Config>::WeightInfo>(),
        ),
        ("Audit", type_name::<<Runtime as pallet_audit::Config>::WeightInfo>()),
    ]
}

#[test]
fn no_call_has_a_default_weight() {
    let configured = configured();
    for pallet in RuntimeCall::get_module_names() {
        assert!(
            configured.iter().any(|(name, _)| name == pallet),
            "{pallet} is not in the list here"
        );
    }
    for (pallet, weights) in configured {
        // The weights `()` are those of the SDK's mocks.
        assert!(weights.contains("weights::"), "{pallet} takes {weights}");
        let (_, file) = MEASURED
            .iter()
            .find(|(name, _)| *name == pallet)
            .expect("its file stands above");
        let first = file.lines().next().unwrap_or_default();
        assert!(
            first.ends_with("Written by `./scripts/weights`; do not edit."),
            "{pallet}: {first}"
        );
        assert!(file.contains("//! Measured on 20"), "{pallet}");
    }
}

/// What a block takes of a class's transactions.
fn room(class: DispatchClass) -> Weight {
    let limits: BlockWeights = <Runtime as frame_system::Config>::BlockWeights::get();
    limits
        .get(class)
        .max_extrinsic
        .expect("every class but the mandatory one has a limit")
}

#[test]
fn the_heaviest_calls_fit_into_a_block() {
    let job = JobId(0);
    let measurement = Measurement::simulated(b"");
    let calls: [RuntimeCall; 6] = [
        pallet_collaborations::Call::approve_job { job }.into(),
        pallet_collaborations::Call::assign_job { job }.into(),
        pallet_revenue::Call::settle { job }.into(),
        pallet_revenue::Call::claim { job }.into(),
        pallet_attestations::Call::drop_measurement { measurement }.into(),
        pallet_consortium::Call::remove { org: OrgId(0) }.into(),
    ];
    for call in calls {
        let info = call.get_dispatch_info();
        let (weight, room) = (info.call_weight.ref_time(), room(info.class).ref_time());
        assert!(weight <= room / 2, "{call:?} takes {weight} of {room}");
    }
}

/// What the chain does by itself in a block, at most: it may not keep the members' transactions out.
#[test]
fn the_chain_leaves_room_for_transactions() {
    use pallet_attestations::WeightInfo as _;
    use pallet_collaborations::WeightInfo as _;
    use pallet_consortium::WeightInfo as _;
    type Jobs = <Runtime as pallet_collaborations::Config>::WeightInfo;
    let jobs = Jobs::expire_jobs(EXPIRIES_PER_BLOCK).max(Jobs::move_jobs(EXPIRIES_PER_BLOCK / 4));
    let all = jobs
        .saturating_add(<Runtime as pallet_attestations::Config>::WeightInfo::sweep())
        .saturating_add(<Runtime as pallet_consortium::Config>::WeightInfo::renew_quotas());
    let limits: BlockWeights = <Runtime as frame_system::Config>::BlockWeights::get();
    assert!(
        all.ref_time() <= limits.max_block.ref_time() / 2,
        "{all:?} of {:?}",
        limits.max_block
    );
}
