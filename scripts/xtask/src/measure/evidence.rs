//! How long the runtime takes to verify a worker's evidence, in Wasm, in the node's own executor: the registration is applied
//! to a genesis state in which the clock and the collateral are those of the evidence. Its report data bind another chain, so
//! that it is refused at the very end, which the answer must say.

use super::{progress::Progress, quantile, Figure};
use crate::{
    binaries::Binaries,
    checks,
    network::private_folder,
    process::Process,
    rpc::{bytes, hex, Rpc},
    shell::Shell,
};
use anyhow::{ensure, Context, Result};
use codec::{Compact, Decode, Encode};
use secureflow_chain::{keys::AccountKey, storage};
use secureflow_evidence::{
    dcap::{self, TcbStatus},
    registry::Policy,
    snp,
};
use secureflow_primitives::{
    attestation::{Anchor, Evidence, WorkerRegistration},
    hash::blake2_256,
    TRANSACTION_VERSION,
};
use serde_json::{json, Value};
use sp_crypto_hashing::blake2_128;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use subxt_metadata::Metadata;
use wasmparser::{Parser, Payload};

/// When the vectors' certificates and collateral hold, unix s.
const SNP_TIME: u64 = 1_788_220_800;
const TDX_TIME: u64 = 1_750_329_207;
const SGX_TIME: u64 = 1_750_330_631;
/// How often each is verified.
const TIMES: usize = 40;
/// Where a state has the runtime's code.
const CODE: &[u8] = b":code";
/// What a runtime of the feature `native-snp` calls.
const P384: &str = "ext_evidence_crypto_p384_verify_version_1";
/// What a genesis state has in the place of its own hash (`frame_system`).
const GENESIS: [u8; 32] = [69; 32];

/// A state, and a transaction that is applied to it.
struct Case {
    what: &'static str,
    /// Unix s.
    time: u64,
    entries: Vec<(Vec<u8>, Vec<u8>)>,
    evidence: Evidence,
}

pub(super) fn measure(folder: &Path, progress: &Progress) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (at, case) in cases()?.into_iter().enumerate() {
        progress.say(case.what);
        figures.extend(time(&folder.join(at.to_string()), &case)?);
    }
    Ok(figures)
}

fn vector(name: &str) -> Result<Vec<u8>> {
    let file = checks::root().join("pallets/evidence/tests/vectors").join(name);
    fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

fn cases() -> Result<Vec<Case>> {
    let report = snp::Envelope {
        kind: snp::SigningKey::Vcek,
        report: vector("snp/milan-report.bin")?.try_into().ok().context("a report")?,
        certificate: vector("snp/milan-vcek.der")?,
        intermediate: None,
    };
    // As the pallet keeps it after a first registration.
    let key = snp::verify_chain(&report.certificate, None, None, SNP_TIME)?;
    let chain = blake2_256(&(&report.certificate, &report.intermediate).encode());
    let cached = (concat("ChipKeys", &signer()?.account().encode()), (chain, key).encode());
    let report = Evidence::SevSnp(
        report
            .encode()
            .try_into()
            .ok()
            .context("evidence of that length fits")?,
    );
    let snp = |what, entries| Case {
        what,
        time: SNP_TIME,
        entries,
        evidence: report.clone(),
    };
    Ok(vec![
        snp("SEV-SNP, first time", Vec::new()),
        snp("SEV-SNP, with its VCEK stored", vec![cached]),
        quote("TDX, collateral on chain", "dcap/tdx-quote", TDX_TIME, Evidence::Tdx)?,
        quote("SGX, collateral on chain", "dcap/sgx-quote", SGX_TIME, Evidence::Sgx)?,
    ])
}

fn quote<B: TryFrom<Vec<u8>>>(what: &'static str, name: &str, time: u64, evidence: fn(B) -> Evidence) -> Result<Case> {
    let collateral = dcap::Collateral::from_json(&vector(&format!("{name}-collateral.json"))?)?.verify(time)?;
    let mut policy = Policy::default();
    let statuses = [
        TcbStatus::SWHardeningNeeded,
        TcbStatus::ConfigurationNeeded,
        TcbStatus::ConfigurationAndSWHardeningNeeded,
    ];
    for status in statuses {
        policy.dcap.accepted = policy.dcap.accepted.and(status);
    }
    let quote = vector(&format!("{name}.bin"))?
        .try_into()
        .ok()
        .context("a quote of that length fits")?;
    Ok(Case {
        what,
        time,
        entries: vec![
            (
                concat("Collaterals", &collateral.family().encode()),
                collateral.encode(),
            ),
            (storage::evidence_policy().into_bytes(), policy.encode()),
        ],
        evidence: evidence(quote),
    })
}

/// The key of an entry in a map of the pallet's.
fn concat(item: &str, key: &[u8]) -> Vec<u8> {
    [storage::item("Attestations", item).as_slice(), &blake2_128(key), key].concat()
}

fn signer() -> Result<AccountKey> {
    AccountKey::development("Alice").context("a development key")
}

/// The times of a case, without what any transaction takes. The fastest is what the computation takes; the median holds what
/// else the machine did.
fn time(folder: &Path, case: &Case) -> Result<[Figure; 2]> {
    private_folder(folder)?;
    let binaries = Binaries::find()?;
    let shell = Shell {
        show: false,
        folder: folder.to_owned(),
    };
    let mut spec: Value = serde_json::from_str(&shell.text(&binaries.node, &["build-spec", "--dev"])?)?;
    let top = spec["genesis"]["raw"]["top"].as_object_mut().context("a raw genesis")?;
    let code = bytes(top.get(&hex(CODE)).context("a runtime")?)?;
    let by_node = matches!(case.evidence, Evidence::SevSnp(_)) && asks_for(&code, P384)?;
    let millis = (case.time * 1_000).encode();
    for (key, value) in case
        .entries
        .iter()
        .cloned()
        .chain([(storage::time().into_bytes(), millis)])
    {
        top.insert(hex(&key), hex(&value).into());
    }
    let file = folder.join("chain-spec.json");
    fs::write(&file, spec.to_string())?;

    let arguments = [
        "--rpc-port=0",
        "--listen-addr=/ip4/127.0.0.1/tcp/0",
        "--no-mdns",
        "--no-prometheus",
        "--no-telemetry",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
    arguments.push(format!("--chain={}", file.display()));
    arguments.push(format!("--base-path={}", folder.join("node").display()));
    let (run, log) = (folder.join("node/run.json"), folder.join("log"));
    let mut node = Process::start("node", &binaries.node, arguments, run, log)?;
    let address = node.ready(Duration::from_secs(60))?.rpc.context("an address")?;
    let node = Rpc::new(&address);

    let metadata = Metadata::decode_from(&bytes(&node.call("state_getMetadata", json!([]))?)?)?;
    let version = node.spec_version()?;
    let registration = WorkerRegistration {
        endpoint: b"https://127.0.0.1:1".to_vec().try_into().ok().context("an endpoint")?,
        tls_fingerprint: [1; 32],
        session_key: [2; 32],
        anchor: Anchor {
            number: 0,
            hash: GENESIS.into(),
        },
    };
    let register = (registration, &case.evidence).encode();
    let register = transaction(&metadata, version, ("Attestations", "register_worker"), &register)?;
    let remark = transaction(&metadata, version, ("System", "remark"), &Vec::<u8>::new().encode())?;
    ensure!(apply(&node, &remark)?.0 == [0, 0], "a remark does not go through");
    let refusal = refusal(&metadata, &apply(&node, &register)?.0)?;
    ensure!(refusal == "ReportDataMismatch", "{}: {refusal}", case.what);

    let times = |transaction: &[u8]| -> Result<Vec<f64>> {
        let times: Result<Vec<f64>> = (0..TIMES).map(|_| Ok(apply(&node, transaction)?.1)).collect();
        let mut times = times?;
        times.sort_by(f64::total_cmp);
        Ok(times)
    };
    let (register, remark) = (times(&register)?, times(&remark)?);
    let figure = |name: &str, part: f64| {
        let value = quantile(&register, part) - quantile(&remark, part);
        let by_node = if by_node { ", signatures by the node" } else { "" };
        Figure::new(format!("{}{by_node}, {name} of {TIMES}", case.what), "ms", value)
    };
    Ok([figure("fastest", 0.0), figure("median", 0.5)])
}

/// Whether a runtime calls this function of its node.
fn asks_for(code: &[u8], function: &str) -> Result<bool> {
    let code = sp_maybe_compressed_blob::decompress(code, sp_maybe_compressed_blob::CODE_BLOB_BOMB_LIMIT)?;
    for payload in Parser::new(0).parse_all(&code) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports {
                if import?.name == function {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Applies a transaction to the genesis state and forgets what came out: the result in SCALE, and the milliseconds.
fn apply(node: &Rpc, transaction: &[u8]) -> Result<(Vec<u8>, f64)> {
    let begin = Instant::now();
    let result = node.call("state_call", json!(["BlockBuilder_apply_extrinsic", hex(transaction)]))?;
    let took = begin.elapsed().as_secs_f64() * 1e3;
    Ok((bytes(&result)?, took))
}

/// A signed transaction for a genesis state: immortal, the first of its account.
fn transaction(metadata: &Metadata, spec_version: u64, call: (&str, &str), arguments: &[u8]) -> Result<Vec<u8>> {
    let pallet = metadata.pallet_by_name(call.0).context("the pallet")?;
    let variant = pallet.call_variant_by_name(call.1).context("the call")?;
    let call = [&[pallet.call_index(), variant.index], arguments].concat();
    // The era and the nonce; then what only the signature covers.
    let explicit = (0u8, Compact(0u32)).encode();
    let implicit = (u32::try_from(spec_version)?, TRANSACTION_VERSION, GENESIS, GENESIS).encode();
    let payload = [call.as_slice(), &explicit, &implicit].concat();
    let key = signer()?;
    let signature = if payload.len() > 256 {
        key.sign(blake2_256(&payload).as_bytes())
    } else {
        key.sign(&payload)
    };
    let head = ([0x84u8, 0], key.account(), 1u8, signature).encode();
    Ok([head, explicit, call].concat().encode())
}

/// The name of the error with which the pallet has refused a transaction.
fn refusal(metadata: &Metadata, result: &[u8]) -> Result<String> {
    let Ok((0, 1, 3, pallet, error)) = <(u8, u8, u8, u8, u8)>::decode(&mut &result[..]) else {
        return Ok(format!("no pallet's error: {}", hex(result)));
    };
    let pallet = metadata.pallet_by_error_index(pallet).context("a pallet")?;
    Ok(pallet.error_variant_by_index(error).context("an error")?.name.clone())
}
