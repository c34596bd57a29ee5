//! Intel SGX and TDX: a quote, signed by the platform's quoting enclave, which Intel's provisioning certificates vouch
//! for, judged by collateral that Intel signs: TCB info, identity of the quoting enclave, lists of revoked
//! certificates.
//!
//! Collateral is verified once ([`Collateral::verify`]), quotes against what remains of it ([`verify_quote`]). The
//! crate `dcap-qvl` parses quotes and collateral and brings the cryptography; [`verify_by_reference`] leaves the whole
//! verification to it. A test holds the two against each other over every single-byte change of real evidence.
//!
//! Sources: Intel, "SGX ECDSA quote library API" (quotes of version 3), "TDX DCAP quote generation library" (versions 4
//! and 5), "TDX module ABI" 348551, the PCS API for collateral.

mod collateral;
mod family;
mod levels;
mod pki;
mod quote;
mod refusal;
mod status;

pub use collateral::{Collateral, VerifiedCollateral, MAX_COLLATERAL};
pub use family::{measurement, Authority, Family};
pub use quote::verify_quote;
pub use status::{AcceptedStatuses, Component, Shortfall, TcbStatus};

use crate::{Error, Item, Rule, Tcb, Tee, Verdict};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use dcap_qvl::{
    configs::RustCryptoConfig,
    quote::{AuthData, Quote, Report, TDAttributes, TDReport10},
    verify::QuoteVerifier,
    PckCertFlag, QuotePolicy,
};
use scale_info::TypeInfo;
use sha2::{Digest, Sha256, Sha384};

/// Longest quote read, bytes. With the certificates of its platform a quote has about 5,000.
pub const MAX_QUOTE: usize = 16 * 1024;

/// Certification data that holds the quoting enclave's report and the platform's certificates (TDX, quote format 4).
const QE_REPORT_CERTIFICATION: u16 = 6;

/// What a genuine quote must say. Debugging and profiling, migration, service TDs and reserved attributes are never
/// accepted, nor is a platform that Intel has revoked.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Policy {
    /// TCB statuses accepted beside `UpToDate`. None by default.
    pub accepted: AcceptedStatuses,
    /// The least `tcbEvaluationDataNumber` of the collateral: Intel keeps older numbers alive for a year, in which an
    /// out-of-date platform still looks up to date.
    pub minimum_evaluation: u32,
    /// Refuse platforms whose certificate says that SMT is on. Few certificates say either.
    pub refuse_smt: bool,
}

impl Policy {
    /// What a genuine quote must still satisfy. `short` finds the component that keeps it from an accepted status.
    fn check(
        &self,
        report: &Report,
        smt: bool,
        evaluation: u32,
        status: TcbStatus,
        short: impl FnOnce() -> Option<Shortfall>,
    ) -> Result<(), Error> {
        check_attributes(report)?;
        if self.refuse_smt && smt {
            return Err(Error::Rule(Rule::Smt));
        }
        if evaluation < self.minimum_evaluation {
            return Err(Error::CollateralTooOld {
                have: evaluation,
                needs: self.minimum_evaluation,
            });
        }
        match self.accepted.contains(status) {
            true => Ok(()),
            false => Err(Error::TcbStatus { status, short: short() }),
        }
    }
}

/// Verifies a quote and collateral at once, by `dcap-qvl` alone, at `now` (unix s): nine P-256 verifications. Errors
/// are those of [`Collateral::verify`] and [`verify_quote`], with less said of what is short.
pub fn verify_by_reference(quote: &[u8], collateral: &Collateral, policy: &Policy, now: u64) -> Result<Verdict, Error> {
    let parsed = parse(quote)?;
    collateral.check_time(now)?;
    let claims = QuoteVerifier::<RustCryptoConfig>::new_with_config(pki::ROOT.to_vec())
        .verify_with_policy(quote, collateral.inner(), now, &QuotePolicy::claims_only(now))
        .map_err(|refusal| refusal::name(&refusal))?;
    let smt = claims.platform.pck.smt_enabled == PckCertFlag::True;
    let (evaluation, status) = (claims.tcb.eval_data_number, claims.tcb.status.into());
    policy.check(&claims.report, smt, evaluation, status, || None)?;
    verdict(quote, &parsed, status, evaluation, claims.earliest_expiration_date)
}

fn verdict(raw: &[u8], quote: &Quote, status: TcbStatus, evaluation: u32, valid_until: u64) -> Result<Verdict, Error> {
    let (kind, measurement, report_data) = contents(&quote.report);
    Ok(Verdict {
        kind,
        measurement,
        report_data,
        tcb: Tcb::Intel { status, evaluation },
        valid_until,
        fingerprint: Sha256::digest(signed(raw, quote)?).into(),
    })
}

/// The bytes that the attestation key signs: header and report.
fn signed<'a>(raw: &'a [u8], quote: &Quote) -> Result<&'a [u8], Error> {
    raw.get(..quote.signed_length()).ok_or(Error::Malformed(Item::Quote))
}

fn parse(quote: &[u8]) -> Result<Quote, Error> {
    let item = Item::Quote;
    if quote.len() > MAX_QUOTE {
        return Err(Error::TooLarge {
            item,
            limit: MAX_QUOTE as u32,
        });
    }
    let version = quote
        .first_chunk()
        .copied()
        .map(u16::from_le_bytes)
        .ok_or(Error::Malformed(item))?;
    if !(3..=5).contains(&version) {
        return Err(Error::UnsupportedVersion {
            item,
            version: version.into(),
        });
    }
    let mut rest = quote;
    let parsed = Quote::decode(&mut rest).map_err(|_| Error::Malformed(item))?;
    // Hosts hand quotes over in a buffer with zeros at its end. Nothing else may follow.
    if rest.iter().any(|byte| *byte != 0) {
        return Err(Error::TrailingBytes(item));
    }
    // The lengths inside leave no gaps, and the outer certification data is of the kind that holds the inner.
    let outer_kind = match &parsed.auth_data {
        AuthData::V3(_) => QE_REPORT_CERTIFICATION,
        AuthData::V4(data) => data.certification_data.cert_type,
    };
    let dense = quote.strip_suffix(rest) == Some(&parsed.encode());
    match dense && outer_kind == QE_REPORT_CERTIFICATION {
        true => Ok(parsed),
        false => Err(Error::Malformed(item)),
    }
}

fn contents(report: &Report) -> (Tee, [u8; 48], [u8; 64]) {
    match report {
        Report::SgxEnclave(enclave) => {
            let mut measurement = [0; 48];
            measurement[..32].copy_from_slice(&enclave.mr_enclave);
            (Tee::Sgx, measurement, enclave.report_data)
        }
        Report::TD10(td) => (Tee::Tdx, measurement_of(td), td.report_data),
        Report::TD15(td) => (Tee::Tdx, measurement_of(&td.base), td.base.report_data),
        Report::TD15Ex(td) => (Tee::Tdx, measurement_of(&td.base.base), td.base.base.report_data),
    }
}

fn measurement_of(td: &TDReport10) -> [u8; 48] {
    tdx_measurement(&td.mr_td, &[td.rt_mr0, td.rt_mr1, td.rt_mr2, td.rt_mr3])
}

/// What stands for a trust domain on chain: SHA-384 over MRTD and the four run-time registers, in order. MRTD alone
/// would name the firmware and leave the kernel and the worker open.
pub fn tdx_measurement(mrtd: &[u8; 48], rtmrs: &[[u8; 48]; 4]) -> [u8; 48] {
    let hash = rtmrs.iter().fold(Sha384::new_with_prefix(mrtd), |hash, register| {
        hash.chain_update(register)
    });
    hash.finalize().into()
}

/// `ATTRIBUTES.DEBUG` of an SGX enclave: bit 1 of the first byte (Intel SDM, volume 3D, table 35-3).
const SGX_DEBUG: u8 = 1 << 1;

/// Attributes with the mask of the right architecture. `dcap-qvl` checks them too; a verifier that forgot would be
/// fatal.
fn check_attributes(report: &Report) -> Result<(), Error> {
    let td = match report {
        Report::SgxEnclave(enclave) => {
            return match enclave.attributes[0] & SGX_DEBUG {
                0 => Ok(()),
                _ => Err(Error::Rule(Rule::Debug)),
            }
        }
        Report::TD10(td) => td,
        Report::TD15(td) => &td.base,
        Report::TD15Ex(td) => &td.base.base,
    };
    let attributes = TDAttributes::parse(td.td_attributes).map_err(|_| Error::Malformed(Item::Quote))?;
    let service_td = report.as_td15().is_some_and(|td| td.mr_service_td != [0; 48]);
    let breaches = [
        (Rule::Debug, attributes.tud != 0),
        (Rule::Migration, attributes.sec.migratable),
        (Rule::ServiceTd, attributes.sec.servtd_ext || service_td),
        (Rule::ReservedBits, attributes.reserved != 0),
        (Rule::SeptVe, !attributes.sec.sept_ve_disable),
    ];
    match breaches.into_iter().find(|(_, broken)| *broken) {
        Some((rule, _)) => Err(Error::Rule(rule)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
