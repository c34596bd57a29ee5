//! One quote against verified collateral.

use super::{
    collateral::der_signature,
    levels::Versions,
    parse,
    pki::{first, Certificate, Role},
    signed, verdict, Policy, TcbStatus, VerifiedCollateral,
};
use crate::{
    x509::{check_time, verify_p256},
    Error, Item, Mismatch, Tee, Verdict,
};
use codec::Decode;
use dcap_qvl::{
    intel::{parse_pck_extension, PckExtension},
    quote::{AuthDataV3, EnclaveReport, Quote},
    INTEL_QE_VENDOR_ID,
};
use sha2::{Digest, Sha256};

/// ECDSA on P-256 with SHA-256, the one kind of attestation key that quoting enclaves have.
const ATTESTATION_KEY: u16 = 2;
const TEE_SGX: u32 = 0;
const TEE_TDX: u32 = 0x81;
/// Certification data that is the platform's certificate chain in PEM.
const PCK_CHAIN: u16 = 5;

/// Verifies a quote against verified collateral at `now` (unix s). Three P-256 verifications.
///
/// Errors: for its form `TooLarge`, `Malformed`, `TrailingBytes`, `UnsupportedVersion`; `Expired` of
/// [`Item::Collateral`]; `NotYetValid`, `Expired`, `UnknownIssuer`, `Signature`, `Revoked` of
/// [`Item::IntelCertificates`]; `Signature` of [`Item::QeReport`] and of [`Item::Quote`]; `Mismatch`; then, for a
/// genuine quote, the rules, `CollateralTooOld` and `TcbStatus`, which names the component that is short.
pub fn verify_quote(
    quote: &[u8],
    collateral: &VerifiedCollateral,
    policy: &Policy,
    now: u64,
) -> Result<Verdict, Error> {
    let parsed = parse(quote)?;
    check_time(Item::Collateral, 0, collateral.valid_until, now)?;
    check_header(&parsed, collateral.tee)?;
    let auth = parsed.auth_data.clone().into_v3();

    // Intel's issuer vouches for the platform's key.
    if auth.certification_data.cert_type != PCK_CHAIN {
        return Err(Error::Malformed(Item::IntelCertificates));
    }
    let leaf = first(&auth.certification_data.body.data)?;
    let platform = Certificate::parse(&leaf)?.verify(&collateral.issuer, &collateral.revoked, Role::Signer, now)?;
    let pck = parse_pck_extension(&leaf).map_err(|_| Error::Malformed(Item::IntelCertificates))?;
    if pck.fmspc != collateral.fmspc || pck.pce_id != collateral.pce {
        return Err(Error::Mismatch(Mismatch::Family));
    }

    // The platform's key vouches for the quoting enclave, that for the attestation key, and that for the quote.
    let enclave = quoting_enclave(&auth, &platform.point)?;
    let wrong = Error::Signature(Item::Quote);
    let signature = der_signature(&auth.ecdsa_signature).ok_or(wrong)?;
    let mut key = [4; 65];
    key[1..].copy_from_slice(&auth.ecdsa_attestation_key);
    verify_p256(&key, signed(quote, &parsed)?, &signature).ok_or(wrong)?;

    collateral.quoting_enclave.check(&enclave)?;
    if let Some(td) = parsed.report.as_td10() {
        collateral.platforms.check_module(td)?;
    }
    let status = status(&parsed, &pck, &enclave, collateral);
    let short = || {
        let platform =
            all_versions(&parsed, &pck).find_map(|have| collateral.platforms.shortfall(&have, policy.accepted));
        platform.or_else(|| collateral.quoting_enclave.shortfall(&enclave, policy.accepted))
    };
    let smt = pck.smt_enabled == Some(true);
    policy.check(&parsed.report, smt, collateral.evaluation, status, short)?;
    verdict(
        quote,
        &parsed,
        status,
        collateral.evaluation,
        collateral.valid_until.min(platform.valid_until),
    )
}

fn check_header(quote: &Quote, tee: Tee) -> Result<(), Error> {
    let header = &quote.header;
    let found = match (header.version, header.tee_type, quote.report.is_sgx()) {
        (3, TEE_SGX, true) => Tee::Sgx,
        (4 | 5, TEE_TDX, false) => Tee::Tdx,
        // Enclaves have quotes of version 3, whatever the format would allow.
        (version, TEE_SGX, true) => {
            return Err(Error::UnsupportedVersion {
                item: Item::Quote,
                version: version.into(),
            })
        }
        _ => return Err(Error::Malformed(Item::Quote)),
    };
    if header.qe_vendor_id != INTEL_QE_VENDOR_ID {
        return Err(Error::UnknownIssuer(Item::Quote));
    }
    if header.attestation_key_type != ATTESTATION_KEY {
        return Err(Error::Malformed(Item::Quote));
    }
    match found == tee {
        true => Ok(()),
        false => Err(Error::Mismatch(Mismatch::CollateralKind)),
    }
}

/// The quoting enclave's report, signed by the platform, over the attestation key: its report data begins with SHA-256
/// of the key and of the authentication data.
fn quoting_enclave(auth: &AuthDataV3, platform: &[u8]) -> Result<EnclaveReport, Error> {
    let wrong = Error::Signature(Item::QeReport);
    let signature = der_signature(&auth.qe_report_signature).ok_or(wrong)?;
    verify_p256(platform, &auth.qe_report, &signature).ok_or(wrong)?;
    let report = EnclaveReport::decode(&mut &auth.qe_report[..]).map_err(|_| wrong)?;
    let bound = Sha256::new_with_prefix(auth.ecdsa_attestation_key)
        .chain_update(&auth.qe_auth_data.data)
        .finalize();
    match report.report_data.starts_with(&bound) {
        true => Ok(report),
        false => Err(wrong),
    }
}

/// The versions at launch, and for a trust domain of TDX 1.5 also the current ones.
fn all_versions<'a>(quote: &Quote, pck: &'a PckExtension) -> impl Iterator<Item = Versions> + 'a {
    let launch = quote.report.as_td10().map_or([0; 16], |td| td.tee_tcb_svn);
    let current = quote.report.as_td15().map(|td| td.tee_tcb_svn2);
    [launch].into_iter().chain(current).map(|tdx| Versions {
        sgx: pck.cpu_svn,
        pce: pck.pce_svn,
        tdx,
    })
}

/// Platform, module and quoting enclave together. What is below every level that Intel lists is out of date.
fn status(quote: &Quote, pck: &PckExtension, enclave: &EnclaveReport, collateral: &VerifiedCollateral) -> TcbStatus {
    let judge = |have| {
        Some(
            collateral
                .platforms
                .status(&have)?
                .converge(collateral.quoting_enclave.status(enclave)?),
        )
    };
    let mut judged = all_versions(quote, pck).map(judge);
    match (judged.next().flatten(), judged.next()) {
        (None, _) | (_, Some(None)) => TcbStatus::OutOfDate,
        (_, Some(Some(TcbStatus::Revoked))) => TcbStatus::Revoked,
        (Some(launch), Some(Some(current))) => launch.under(current),
        (Some(only), None) => only,
    }
}
