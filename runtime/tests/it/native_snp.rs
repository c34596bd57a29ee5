//! A runtime that leaves the signatures in SEV-SNP evidence to the node comes to the verdicts that the code comes to by itself, and runs on no other node.

use crate::{simulated, transactions::signed, HostFunctions};
use codec::Encode;
use frame_support::storage::{with_transaction, TransactionOutcome};
use sc_executor::WasmExecutor;
use secureflow_evidence::snp;
use secureflow_primitives::attestation::{Anchor, Evidence, WorkerRegistration};
use secureflow_runtime::{Executive, Hash, Runtime, UncheckedExtrinsic, WASM_BINARY};
use sp_core::traits::{CallContext, CodeExecutor, Externalities, RuntimeCode, WrappedRuntimeCode};
use sp_keyring::Sr25519Keyring::Alice;
use sp_runtime::{ApplyExtrinsicResult, DispatchError};
use std::borrow::Cow;

const REPORT: &[u8] = include_bytes!("../../../pallets/evidence/tests/vectors/snp/milan-report.bin");
const VCEK: &[u8] = include_bytes!("../../../pallets/evidence/tests/vectors/snp/milan-vcek.der");
/// When the certificate holds, unix ms.
const NOW: u64 = 1_788_220_800_000;
/// Where the scalars of the signature stand, little-endian.
const SCALARS: [usize; 2] = [0x2A0, 0x2E8];

fn in_wasm<H: sc_executor::HostFunctions>(
    executor: &WasmExecutor<H>,
    state: &mut sp_io::TestExternalities,
    function: &str,
    arguments: &[u8],
) -> Result<Vec<u8>, String> {
    let wasm = WASM_BINARY.expect("the tests are built with the Wasm: unset SKIP_WASM_BUILD");
    let code = WrappedRuntimeCode(Cow::Borrowed(wasm));
    let code = RuntimeCode {
        code_fetcher: &code,
        heap_pages: None,
        hash: b"the one".to_vec(),
    };
    let mut state = state.ext();
    state.storage_start_transaction();
    let context = CallContext::Onchain { import: true };
    let (result, _) = executor.call(&mut state, &code, function, arguments, context);
    state.storage_rollback_transaction().expect("it was started");
    result.map_err(|error| error.to_string())
}

/// A registration with this report. What the report binds is another chain's, so that at best this is what it is refused
/// for.
fn registration(report: &[u8]) -> UncheckedExtrinsic {
    let envelope = snp::Envelope {
        kind: snp::SigningKey::Vcek,
        report: report.try_into().expect("its length is the same"),
        certificate: VCEK.to_vec(),
        intermediate: None,
    };
    let registration = WorkerRegistration {
        endpoint: b"https://127.0.0.1:1".to_vec().try_into().expect("short"),
        tls_fingerprint: [1; 32],
        session_key: [2; 32],
        anchor: Anchor {
            number: 0,
            hash: Hash::repeat_byte(69),
        },
    };
    let evidence = Evidence::SevSnp(envelope.encode().try_into().expect("it fits"));
    let call = pallet_attestations::Call::<Runtime>::register_worker { registration, evidence };
    signed(call, Alice, 0)
}

#[test]
fn verdicts_are_those_of_the_code_itself() {
    let mut state = simulated();
    state.execute_with(|| pallet_timestamp::Now::<Runtime>::put(NOW));
    state.commit_all().expect("the state is whole");
    let executor = WasmExecutor::<HostFunctions>::builder()
        .with_max_runtime_instances(1)
        .build();
    let mut verdict = |report: &[u8]| -> ApplyExtrinsicResult {
        let transaction = state.execute_with(|| registration(report));
        let native = state
            .execute_with(|| {
                with_transaction(|| {
                    let result = Executive::apply_extrinsic(transaction.clone());
                    TransactionOutcome::Rollback(Ok::<_, DispatchError>(result))
                })
            })
            .expect("it only asks");
        let wasm = in_wasm(
            &executor,
            &mut state,
            "BlockBuilder_apply_extrinsic",
            &transaction.encode(),
        );
        assert_eq!(wasm, Ok(native.encode()), "{native:?}");
        native
    };

    let genuine: ApplyExtrinsicResult = Ok(Err(pallet_attestations::Error::<Runtime>::ReportDataMismatch.into()));
    assert_eq!(verdict(REPORT), genuine);
    let changed = |at: usize, to: u8| {
        let mut report = REPORT.to_vec();
        report[at] = to;
        report
    };
    let signed_bytes = [0x050, 0x090, 0x1F8];
    let scalars = SCALARS.into_iter().flat_map(|at| [at, at + 1, at + 24, at + 47]);
    for at in scalars.chain(signed_bytes) {
        for bit in [0x01, 0x80] {
            assert_ne!(verdict(&changed(at, REPORT[at] ^ bit)), genuine, "byte {at}");
        }
    }
    for at in SCALARS {
        for scalar in [[0; 48], [0xFF; 48]] {
            let mut report = REPORT.to_vec();
            report[at..at + 48].copy_from_slice(&scalar);
            assert_ne!(verdict(&report), genuine, "the scalar at {at}");
        }
    }
}

#[test]
fn a_node_without_the_function_does_not_run_it() {
    let executor = WasmExecutor::<sp_io::SubstrateHostFunctions>::builder().build();
    let error = in_wasm(&executor, &mut simulated(), "Core_version", &[]).expect_err("a function is missing");
    assert!(error.contains("ext_evidence_crypto_p384_verify_version_1"), "{error}");
}
