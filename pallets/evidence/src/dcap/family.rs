//! Which collateral a quote needs.

use super::{
    contents, parse,
    pki::{first, Certificate},
    VerifiedCollateral,
};
use crate::{x509::common_name, Error, Item, Tee};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use dcap_qvl::intel::parse_pck_extension;
use scale_info::TypeInfo;
use x509_cert::name::Name;

/// Which of Intel's two authorities certifies a platform's key. Each has its own list of revoked certificates, so that
/// platforms of one FMSPC may need different collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Authority {
    /// "Intel SGX PCK Processor CA": platforms that registered one processor.
    Processor,
    /// "Intel SGX PCK Platform CA": platforms that registered as a whole.
    Platform,
}

impl Authority {
    /// `UnknownIssuer` of [`Item::IntelCertificates`] for any other name.
    pub(super) fn of(name: &Name) -> Result<Self, Error> {
        match common_name(name) {
            Some("Intel SGX PCK Processor CA") => Ok(Self::Processor),
            Some("Intel SGX PCK Platform CA") => Ok(Self::Platform),
            _ => Err(Error::UnknownIssuer(Item::IntelCertificates)),
        }
    }
}

/// The quotes that one piece of collateral judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Family {
    /// SGX or TDX.
    pub tee: Tee,
    /// Intel's FMSPC: the family of platforms.
    pub fmspc: [u8; 6],
    /// Intel's PCE-ID: the provisioning certification enclave.
    pub pce: [u8; 2],
    /// Who certifies the platforms' keys.
    pub authority: Authority,
}

impl Family {
    /// What a quote says of itself. Nothing is verified: collateral of another family would be refused.
    ///
    /// Errors: `TooLarge`, `UnsupportedVersion`, `Malformed` and `TrailingBytes` of [`Item::Quote`]; `Malformed`
    /// and `UnknownIssuer` of [`Item::IntelCertificates`].
    pub fn of_quote(quote: &[u8]) -> Result<Self, Error> {
        let parsed = parse(quote)?;
        let tee = match parsed.report.is_sgx() {
            true => Tee::Sgx,
            false => Tee::Tdx,
        };
        let leaf = first(&parsed.auth_data.into_v3().certification_data.body.data)?;
        let malformed = Error::Malformed(Item::IntelCertificates);
        let pck = parse_pck_extension(&leaf).map_err(|_| malformed)?;
        Ok(Self {
            tee,
            fmspc: pck.fmspc,
            pce: pck.pce_id.try_into().map_err(|_| malformed)?,
            authority: Authority::of(Certificate::parse(&leaf)?.issuer())?,
        })
    }
}

/// The measurement that a quote states, as a verdict gives it. Nothing is verified.
///
/// Errors: those of [`Family::of_quote`] about the quote.
pub fn measurement(quote: &[u8]) -> Result<[u8; 48], Error> {
    Ok(contents(&parse(quote)?.report).1)
}

impl VerifiedCollateral {
    /// The quotes that it judges.
    pub fn family(&self) -> Family {
        Family {
            tee: self.tee,
            fmspc: self.fmspc,
            pce: self.pce,
            authority: self.authority,
        }
    }
}
