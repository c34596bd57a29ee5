//! Intel's collateral, as it arrives and as it is kept.

use super::{
    family::Authority,
    levels::{self, from_hex, Platforms, QuotingEnclave},
    pki::{first, Certificate, Role, Subject, MAX_REVOKED},
};
use crate::{
    x509::{check_time, verify_p256, Serial},
    Error, Item, Mismatch, Tee,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use dcap_qvl::{config::EcdsaSigEncoder, signature::DerSigEncoder, QeIdentity, QuoteCollateralV3, TcbInfo};
use der::DateTime;
use scale_info::TypeInfo;

/// Longest collateral read, bytes, in SCALE or JSON. Intel's is between 14,000 and 25,000.
pub const MAX_COLLATERAL: usize = 64 * 1024;

/// What Intel publishes for a platform family, with signatures and the chains of the signers. Nothing in it is verified
/// before [`Self::verify`]: it may come from anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collateral {
    inner: QuoteCollateralV3,
    tcb_info: TcbInfo,
    qe_identity: QeIdentity,
}

impl Collateral {
    /// From JSON, as collateral services give it: the fields of Intel's `sgx_ql_qve_collateral_t`, binary ones in hex.
    ///
    /// Errors: `TooLarge`, `Malformed` (JSON tells trailing bytes from others badly).
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        bounded(json)?;
        let inner = serde_json::from_slice(json).map_err(|_| Error::Malformed(Item::Collateral))?;
        Self::new(inner)
    }

    /// From SCALE, the form for a chain. Errors: `TooLarge`, `Malformed`, also for trailing bytes.
    pub fn from_scale(bytes: &[u8]) -> Result<Self, Error> {
        bounded(bytes)?;
        let inner = QuoteCollateralV3::decode_all(&mut &*bytes).map_err(|_| Error::Malformed(Item::Collateral))?;
        Self::new(inner)
    }

    /// To SCALE.
    pub fn to_scale(&self) -> Vec<u8> {
        self.inner.encode()
    }

    fn new(mut inner: QuoteCollateralV3) -> Result<Self, Error> {
        // Collateral is shared by the platforms of a family: a platform's own certificates come with its quote.
        inner.pck_certificate_chain = None;
        Ok(Self {
            tcb_info: serde_json::from_str(&inner.tcb_info).map_err(|_| Error::Malformed(Item::TcbInfo))?,
            qe_identity: serde_json::from_str(&inner.qe_identity).map_err(|_| Error::Malformed(Item::QeIdentity))?,
            inner,
        })
    }

    pub(super) fn inner(&self) -> &QuoteCollateralV3 {
        &self.inner
    }

    /// What TCB info and QE identity say of themselves; the sooner end, unix s.
    pub(super) fn check_time(&self, now: u64) -> Result<u64, Error> {
        let (info, identity) = (&self.tcb_info, &self.qe_identity);
        let info = check_dates(Item::TcbInfo, &info.issue_date, &info.next_update, now)?;
        let identity = check_dates(Item::QeIdentity, &identity.issue_date, &identity.next_update, now)?;
        Ok(info.min(identity))
    }

    /// Verifies everything in it at `now` (unix s), once for all quotes that it will judge. Six P-256 verifications.
    ///
    /// Errors: `NotYetValid`, `Expired`, `Malformed`, `Signature`, `UnknownIssuer` and `Revoked` of
    /// [`Item::TcbInfo`], [`Item::QeIdentity`], [`Item::IntelCertificates`] and [`Item::IntelRevocationLists`];
    /// [`Mismatch::CollateralKind`] if TCB info and QE identity are not for one kind of quote.
    pub fn verify(&self, now: u64) -> Result<VerifiedCollateral, Error> {
        let (info, identity, inner) = (&self.tcb_info, &self.qe_identity, &self.inner);
        let statements_until = self.check_time(now)?;
        let tee = match (&*info.id, info.version, &*identity.id, identity.version) {
            ("SGX", 2.., "QE", 2) => Tee::Sgx,
            ("TDX", 3.., "TD_QE", 2 | 3) => Tee::Tdx,
            _ => return Err(Error::Mismatch(Mismatch::CollateralKind)),
        };

        let root = Subject::root()?;
        let (authorities, root_list_until) = root.revoked(&inner.root_ca_crl, now)?;
        if authorities.contains(&root.serial) {
            return Err(Error::Revoked(Item::IntelCertificates));
        }
        let verify = |chain: &str, role| {
            let der = first(chain.as_bytes())?;
            Certificate::parse(&der)?.verify(&root, &authorities, role, now)
        };
        let issuer = verify(&inner.pck_crl_issuer_chain, Role::Authority)?;
        let authority = Authority::of(Certificate::parse(&first(inner.pck_crl_issuer_chain.as_bytes())?)?.name())?;
        let (revoked, list_until) = issuer.revoked(&inner.pck_crl, now)?;
        let info_signer = verify(&inner.tcb_info_issuer_chain, Role::Signer)?;
        let identity_signer = match inner.qe_identity_issuer_chain == inner.tcb_info_issuer_chain {
            true => info_signer.clone(),
            false => verify(&inner.qe_identity_issuer_chain, Role::Signer)?,
        };
        check_statement(Item::TcbInfo, &info_signer, &inner.tcb_info, &inner.tcb_info_signature)?;
        check_statement(
            Item::QeIdentity,
            &identity_signer,
            &inner.qe_identity,
            &inner.qe_identity_signature,
        )?;

        let (platforms, quoting_enclave) = levels::read(info, identity, tee == Tee::Tdx)?;
        let family = from_hex(&info.fmspc).zip(from_hex(&info.pce_id));
        let (fmspc, pce) = family.ok_or(Error::Malformed(Item::TcbInfo))?;
        let statements = [statements_until, root_list_until, list_until];
        let certificates = [&root, &issuer, &info_signer, &identity_signer].map(|subject| subject.valid_until);
        let ends = statements.into_iter().chain(certificates);
        Ok(VerifiedCollateral {
            tee,
            fmspc,
            pce,
            authority,
            evaluation: info.tcb_evaluation_data_number.min(identity.tcb_evaluation_data_number),
            valid_until: ends.min().unwrap_or_default(),
            platforms,
            quoting_enclave,
            issuer,
            revoked,
        })
    }
}

/// Collateral whose signatures are verified, in compact form: a caller may store it, and must then not take one from
/// anywhere else.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct VerifiedCollateral {
    /// The kind of quote that it judges.
    pub tee: Tee,
    /// The family of platforms that it judges: Intel's FMSPC.
    pub fmspc: [u8; 6],
    /// The provisioning certification enclave that it is for: Intel's PCE-ID.
    pub pce: [u8; 2],
    /// Who certifies the keys of the platforms that it judges.
    pub authority: Authority,
    /// `tcbEvaluationDataNumber`, the lower of TCB info's and QE identity's: a registry refuses a lower one.
    pub evaluation: u32,
    /// Unix seconds: the first end of anything in it. It began before it was verified.
    pub valid_until: u64,
    pub(super) platforms: Platforms,
    pub(super) quoting_enclave: QuotingEnclave,
    pub(super) issuer: Subject,
    pub(super) revoked: Vec<Serial>,
}

impl MaxEncodedLen for VerifiedCollateral {
    fn max_encoded_len() -> usize {
        let head = Tee::max_encoded_len() + 6 + 2 + Authority::max_encoded_len() + 4 + 8;
        let judged = Platforms::max_encoded_len() + QuotingEnclave::max_encoded_len();
        head + judged + Subject::max_encoded_len() + 2 + MAX_REVOKED * Serial::max_encoded_len()
    }
}

fn check_statement(item: Item, signer: &Subject, text: &str, signature: &[u8]) -> Result<(), Error> {
    let wrong = Error::Signature(item);
    let signature = der_signature(signature).ok_or(wrong)?;
    verify_p256(&signer.point, text.as_bytes(), &signature).ok_or(wrong)
}

/// `r` and `s`, 32 bytes each, as `ECDSA-Sig-Value` (RFC 5480).
pub(super) fn der_signature(raw: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = raw.split_at_checked(32).filter(|(_, s)| s.len() == 32)?;
    DerSigEncoder::encode_ecdsa_sig(r, s).ok()
}

fn bounded(bytes: &[u8]) -> Result<(), Error> {
    match bytes.len() > MAX_COLLATERAL {
        true => Err(Error::TooLarge {
            item: Item::Collateral,
            limit: MAX_COLLATERAL as u32,
        }),
        false => Ok(()),
    }
}

/// The end of the span, unix seconds. Dates are as Intel writes them: `2025-06-19T09:29:57Z`.
fn check_dates(item: Item, from: &str, until: &str, now: u64) -> Result<u64, Error> {
    let seconds = |date: &str| {
        let date: DateTime = date.parse().map_err(|_| Error::Malformed(item))?;
        Ok(date.unix_duration().as_secs())
    };
    let until = seconds(until)?;
    check_time(item, seconds(from)?, until, now)?;
    Ok(until)
}
