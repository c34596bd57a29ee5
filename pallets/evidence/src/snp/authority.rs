//! AMD's own certificates and revocation lists: what stands between a root and a chip's key.

use super::{product::Product, report::SigningKey, roots};
use crate::{
    pss::RSA_BYTES,
    x509::{check_time, common_name, extensions, is_authority, rsa_modulus, seconds, Serial, Signed},
    Error, Item, Mismatch,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use const_oid::db::rfc5280::{ID_CE_BASIC_CONSTRAINTS, ID_CE_CRL_NUMBER, ID_CE_KEY_USAGE};
use der::{asn1::UintRef, Decode as _};
use scale_info::TypeInfo;
use x509_cert::{certificate::Version, crl::TbsCertList, TbsCertificate};

/// Longest certificate read, bytes. AMD's are shorter than 1,700.
pub const MAX_CERTIFICATE: usize = 4096;
/// Longest revocation list read, bytes. AMD's are shorter than 1,000.
pub const MAX_REVOCATION_LIST: usize = 8192;
/// Most entries of a revocation list. AMD's have at most one.
pub const MAX_REVOKED: usize = 64;

/// The key of an ASK or ASVK that descends from a pinned root: a caller may store it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Intermediate {
    /// The generation whose keys it certifies.
    pub product: Product,
    /// VCEKs (it is an ASK) or VLEKs (an ASVK).
    pub issues: SigningKey,
    /// What a revocation list would name.
    pub serial: Serial,
    /// Unix seconds.
    pub valid_from: u64,
    /// Unix seconds.
    pub valid_until: u64,
    pub(crate) modulus: [u8; RSA_BYTES],
}

impl Intermediate {
    /// The one that this crate pins. No signature is checked: the bytes are the crate's own.
    pub fn pinned(product: Product, issues: SigningKey) -> Result<Self, Error> {
        Self::read(roots::intermediate(product, issues)).map(|(_, this)| this)
    }

    /// One that AMD published after this release: checked against the pinned root of its generation, at `now` (unix s).
    ///
    /// Errors, all about [`Item::Intermediate`]: `TooLarge`, `TrailingBytes`, `Malformed`, `UnknownIssuer`,
    /// `Signature`, `NotYetValid`, `Expired`.
    pub fn verify(certificate: &[u8], now: u64) -> Result<Self, Error> {
        let (signed, this) = Self::read(certificate)?;
        check_time(Item::Intermediate, this.valid_from, this.valid_until, now)?;
        signed.verify_rsa(&root_modulus(this.product)?)?;
        Ok(this)
    }

    fn read(certificate: &[u8]) -> Result<(Signed<'_>, Self), Error> {
        let item = Item::Intermediate;
        let malformed = Error::Malformed(item);
        let signed = Signed::parse(certificate, MAX_CERTIFICATE, item)?;
        let body: TbsCertificate = signed.decode(|body: &TbsCertificate| &body.signature)?;
        let (product, issues) = common_name(&body.subject)
            .and_then(issuer_of)
            .ok_or(Error::UnknownIssuer(item))?;
        let root = common_name(&body.issuer).and_then(|name| name.strip_prefix("ARK-"));
        if root != Some(product.name()) {
            return Err(Error::UnknownIssuer(item));
        }
        let extensions = extensions(&body.extensions, &[ID_CE_BASIC_CONSTRAINTS, ID_CE_KEY_USAGE]).ok_or(malformed)?;
        if body.version != Version::V3 || is_authority(extensions) != Some(true) {
            return Err(malformed);
        }
        let this = Self {
            product,
            issues,
            serial: Serial::new(&body.serial_number).ok_or(malformed)?,
            valid_from: seconds(body.validity.not_before),
            valid_until: seconds(body.validity.not_after),
            modulus: rsa_modulus(&body.subject_public_key_info).ok_or(malformed)?,
        };
        Ok((signed, this))
    }
}

/// The generation and kind of key that an intermediate of this name certifies.
pub(crate) fn issuer_of(name: &str) -> Option<(Product, SigningKey)> {
    let name = name.strip_prefix("SEV-")?;
    let (name, kind) = match name.strip_prefix("VLEK-") {
        Some(name) => (name, SigningKey::Vlek),
        None => (name, SigningKey::Vcek),
    };
    let product = Product::ALL.into_iter().find(|product| product.name() == name)?;
    Some((product, kind))
}

fn root_modulus(product: Product) -> Result<[u8; RSA_BYTES], Error> {
    let malformed = Error::Malformed(Item::Intermediate);
    let signed = Signed::parse(roots::root(product), MAX_CERTIFICATE, Item::Intermediate)?;
    let body: TbsCertificate = signed.decode(|body: &TbsCertificate| &body.signature)?;
    rsa_modulus(&body.subject_public_key_info).ok_or(malformed)
}

/// The intermediates that AMD has revoked, as the root of one generation signed them: a caller may store it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct RevocationList {
    /// The generation.
    pub product: Product,
    /// Grows with every list that AMD issues: a registry refuses a lower one.
    pub number: u64,
    /// Unix seconds.
    pub valid_from: u64,
    /// Unix seconds: AMD issues the next one before.
    pub valid_until: u64,
    revoked: Vec<Serial>,
}

impl MaxEncodedLen for RevocationList {
    fn max_encoded_len() -> usize {
        // The length of the list, at most 64, takes two bytes in compact form.
        let list = 2 + MAX_REVOKED * Serial::max_encoded_len();
        Product::max_encoded_len() + 3 * u64::max_encoded_len() + list
    }
}

impl RevocationList {
    /// Checks a list, in DER, against the pinned root that its issuer's name points to, at `now` (unix s).
    ///
    /// Errors, all about [`Item::RevocationList`]: `TooLarge`, `TrailingBytes`, `Malformed`, `UnknownIssuer`,
    /// `Signature`, `NotYetValid`, `Expired`.
    pub fn verify(list: &[u8], now: u64) -> Result<Self, Error> {
        let item = Item::RevocationList;
        let malformed = Error::Malformed(item);
        let signed = Signed::parse(list, MAX_REVOCATION_LIST, item)?;
        let body: TbsCertList = signed.decode(|body: &TbsCertList| &body.signature)?;
        let product = common_name(&body.issuer)
            .and_then(|name| name.strip_prefix("ARK-"))
            .and_then(|name| Product::ALL.into_iter().find(|product| product.name() == name))
            .ok_or(Error::UnknownIssuer(item))?;
        signed.verify_rsa(&root_modulus(product)?)?;

        let extensions = extensions(&body.crl_extensions, &[]).ok_or(malformed)?;
        let number = extensions
            .iter()
            .find(|one| one.extn_id == ID_CE_CRL_NUMBER)
            .and_then(|one| UintRef::from_der(one.extn_value.as_bytes()).ok())
            .and_then(|number| {
                number
                    .as_bytes()
                    .iter()
                    .try_fold(0u64, |sum, byte| sum.checked_mul(256)?.checked_add(u64::from(*byte)))
            })
            .ok_or(malformed)?;
        let this = Self {
            product,
            number,
            valid_from: seconds(body.this_update),
            valid_until: seconds(body.next_update.ok_or(malformed)?),
            revoked: Serial::revoked(&body, MAX_REVOKED).ok_or(malformed)?,
        };
        this.check_time(now)?;
        Ok(this)
    }

    /// `NotYetValid` or `Expired` outside the list's time.
    pub fn check_time(&self, now: u64) -> Result<(), Error> {
        check_time(Item::RevocationList, self.valid_from, self.valid_until, now)
    }

    /// `Revoked` if the list names the intermediate; [`Mismatch::Product`] if the list is another generation's.
    pub fn check(&self, product: Product, intermediate: Serial) -> Result<(), Error> {
        if product != self.product {
            return Err(Error::Mismatch(Mismatch::Product));
        }
        match self.revoked.contains(&intermediate) {
            true => Err(Error::Revoked(Item::Intermediate)),
            false => Ok(()),
        }
    }
}
