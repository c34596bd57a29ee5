//! Intel's certificates: a pinned root; under it the signer of collateral and the issuers of platforms' certificates;
//! under an issuer one certificate per platform and TCB (the "PCK"). All are ECDSA on P-256.

use crate::{
    x509::{check_time, ec_point, extensions, is_authority, seconds, Serial, Signed},
    Error, Item,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use const_oid::db::{
    rfc5280::{ID_CE_BASIC_CONSTRAINTS, ID_CE_KEY_USAGE},
    rfc5912::SECP_256_R_1,
};
use der::Encode as _;
use scale_info::TypeInfo;
use sha2::{Digest, Sha256};
use x509_cert::{certificate::Version, crl::TbsCertList, name::Name, TbsCertificate};

/// "Intel SGX Root CA", from `https://certificates.trustedservices.intel.com`, as `dcap-qvl` 0.7.1 carries it.
pub(super) const ROOT: &[u8] = include_bytes!("../../roots/intel-root.der");
/// Longest certificate read, bytes.
const MAX_CERTIFICATE: usize = 4096;
/// Longest revocation list read, bytes. Intel's are shorter than 10,000.
const MAX_LIST: usize = 32 * 1024;
/// Most platforms on a revocation list. Intel's have fewer than 200.
pub(super) const MAX_REVOKED: usize = 800;

/// A verified certificate's subject and key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(super) struct Subject {
    /// SHA-256 of the distinguished name.
    name: [u8; 32],
    pub(super) point: [u8; 65],
    pub(super) serial: Serial,
    /// Unix seconds.
    pub(super) valid_from: u64,
    /// Unix seconds.
    pub(super) valid_until: u64,
}

impl Subject {
    /// The pinned root. Its own signature says nothing.
    pub(super) fn root() -> Result<Self, Error> {
        Certificate::parse(ROOT)?.subject()
    }

    /// A revocation list of this authority: the serial numbers in it and the end of its time (unix s).
    pub(super) fn revoked(&self, list: &[u8], now: u64) -> Result<(Vec<Serial>, u64), Error> {
        let item = Item::IntelRevocationLists;
        let malformed = Error::Malformed(item);
        let signed = Signed::parse(list, MAX_LIST, item)?;
        let body: TbsCertList = signed.decode(|body: &TbsCertList| &body.signature)?;
        if fingerprint(&body.issuer) != Some(self.name) {
            return Err(Error::UnknownIssuer(item));
        }
        signed.verify_p256(&self.point)?;
        extensions(&body.crl_extensions, &[]).ok_or(malformed)?;
        let until = seconds(body.next_update.ok_or(malformed)?);
        // A list that is newer than `now` only knows more.
        check_time(item, 0, until, now)?;
        Ok((Serial::revoked(&body, MAX_REVOKED).ok_or(malformed)?, until))
    }
}

/// What a certificate may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Issuing others.
    Authority,
    /// Signing collateral or a quoting enclave's report.
    Signer,
}

/// A certificate that is not verified yet.
pub(super) struct Certificate<'a> {
    signed: Signed<'a>,
    body: TbsCertificate,
}

impl<'a> Certificate<'a> {
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, Error> {
        let signed = Signed::parse(der, MAX_CERTIFICATE, Item::IntelCertificates)?;
        let body = signed.decode(|body: &TbsCertificate| &body.signature)?;
        Ok(Self { signed, body })
    }

    /// The name that it gives its issuer.
    pub(super) fn issuer(&self) -> &Name {
        &self.body.issuer
    }

    /// The name that it gives itself.
    pub(super) fn name(&self) -> &Name {
        &self.body.subject
    }

    fn subject(&self) -> Result<Subject, Error> {
        let read = || {
            Some(Subject {
                name: fingerprint(&self.body.subject)?,
                point: ec_point(&self.body.subject_public_key_info, SECP_256_R_1)?,
                serial: Serial::new(&self.body.serial_number)?,
                valid_from: seconds(self.body.validity.not_before),
                valid_until: seconds(self.body.validity.not_after),
            })
        };
        read().ok_or(Error::Malformed(Item::IntelCertificates))
    }

    /// Issued by `issuer`, in time, not revoked, and for this role.
    pub(super) fn verify(&self, issuer: &Subject, revoked: &[Serial], role: Role, now: u64) -> Result<Subject, Error> {
        let item = Item::IntelCertificates;
        if fingerprint(&self.body.issuer) != Some(issuer.name) {
            return Err(Error::UnknownIssuer(item));
        }
        let subject = self.subject()?;
        check_time(item, subject.valid_from, subject.valid_until, now)?;
        self.signed.verify_p256(&issuer.point)?;
        if revoked.contains(&subject.serial) {
            return Err(Error::Revoked(item));
        }
        let known = extensions(&self.body.extensions, &[ID_CE_BASIC_CONSTRAINTS, ID_CE_KEY_USAGE]);
        let authority = known.and_then(is_authority);
        match self.body.version == Version::V3 && authority == Some(role == Role::Authority) {
            true => Ok(subject),
            false => Err(Error::Malformed(item)),
        }
    }
}

fn fingerprint(name: &Name) -> Option<[u8; 32]> {
    Some(Sha256::digest(name.to_der().ok()?).into())
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// The first certificate of a chain in PEM, as DER. The others are not read: who issued it is known from elsewhere.
pub(super) fn first(chain: &[u8]) -> Result<Vec<u8>, Error> {
    let end = chain.windows(END.len()).position(|window| window == END);
    let block = end.and_then(|end| chain.get(..end + END.len()));
    block
        .filter(|block| block.starts_with(BEGIN))
        .and_then(|block| pem::parse(block).ok())
        .map(pem::Pem::into_contents)
        .ok_or(Error::Malformed(Item::IntelCertificates))
}
