//! What clients are compiled against. A failure here means that `TRANSACTION_VERSION` has to change.

use frame_support::traits::PalletInfoAccess;
use secureflow_primitives::TRANSACTION_VERSION;
use secureflow_runtime::{
    Assets, Attestations, Audit, Aura, Authorship, Balances, Collaborations, Consortium, Contracts, Council, Grandpa,
    Historical, Offences, Policies, Revenue, RuntimeCall, Session, System, Timestamp, TxExtension, VERSION,
};
use sp_runtime::traits::TransactionExtension;

#[test]
fn pallets_have_their_indices_and_names() {
    fn at<P: PalletInfoAccess>() -> (usize, &'static str) {
        (P::index(), P::name())
    }
    assert_eq!(
        [
            at::<System>(),
            at::<Timestamp>(),
            at::<Aura>(),
            at::<Session>(),
            at::<Grandpa>(),
            at::<Balances>(),
            at::<Council>(),
            at::<Authorship>(),
            at::<Historical>(),
            at::<Offences>(),
            at::<Consortium>(),
            at::<Policies>(),
            at::<Collaborations>(),
            at::<Attestations>(),
            at::<Revenue>(),
            at::<Audit>(),
            at::<Assets>(),
            at::<Contracts>(),
        ],
        [
            (0, "System"),
            (1, "Timestamp"),
            (2, "Aura"),
            (3, "Session"),
            (4, "Grandpa"),
            (5, "Balances"),
            (6, "Council"),
            (7, "Authorship"),
            (8, "Historical"),
            (9, "Offences"),
            (10, "Consortium"),
            (11, "Policies"),
            (12, "Collaborations"),
            (13, "Attestations"),
            (14, "Revenue"),
            (15, "Audit"),
            (16, "Assets"),
            (17, "Contracts"),
        ]
    );
}

#[test]
fn extensions_have_their_order() {
    let names: Vec<_> = <TxExtension as TransactionExtension<RuntimeCall>>::metadata()
        .into_iter()
        .map(|extension| extension.identifier)
        .collect();
    assert_eq!(
        names,
        [
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "CheckMember",
        ]
    );
}

#[test]
fn the_transaction_version_is_the_shared_one() {
    assert_eq!(VERSION.transaction_version, TRANSACTION_VERSION);
}

#[test]
fn metadata_builds_in_every_version_that_clients_ask_for() {
    for version in secureflow_runtime::Runtime::metadata_versions() {
        assert!(
            secureflow_runtime::Runtime::metadata_at_version(version).is_some(),
            "version {version}"
        );
    }
    assert!(secureflow_runtime::Runtime::metadata_versions().contains(&15));
}
