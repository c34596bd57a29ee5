//! Which collateral a quote needs.

use super::{contents, parse, pki::first, VerifiedCollateral};
use crate::{Error, Item, Tee};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use dcap_qvl::intel::parse_pck_extension;
use scale_info::TypeInfo;

/// The quotes that one piece of collateral judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Family {
    /// SGX or TDX.
    pub tee: Tee,
    /// Intel's FMSPC: the family of platforms.
    pub fmspc: [u8; 6],
    /// Intel's PCE-ID: the provisioning certification enclave.
    pub pce: [u8; 2],
}

impl Family {
    /// What a quote says of itself. Nothing is verified: collateral of another family would be refused.
    ///
    /// Errors: `TooLarge`, `UnsupportedVersion`, `Malformed` and `TrailingBytes` of [`Item::Quote`]; `Malformed` of
    /// [`Item::IntelCertificates`].
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
        }
    }
}
