//! The attestation report, versions 2 to 5 (AMD 56860, table 23): 1184 bytes, of which the first 672 are signed.

use super::product::{Product, TcbKind, TcbVersion};
use crate::{
    ecdsa::{self, SCALAR},
    Error, Item, Mismatch, Rule,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sha2::{Digest, Sha384};

/// Bytes of a report.
pub const REPORT_BYTES: usize = 1184;

const SIGNED: usize = 0x2A0;
/// Bytes of the little-endian field that holds a scalar.
const SCALAR_FIELD: usize = 72;
/// ECDSA on P-384 with SHA-384 (table 115).
const ECDSA_P384_SHA384: u32 = 1;

/// The key that signed a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum SigningKey {
    /// Versioned chip endorsement key: derived in one chip, for one TCB.
    Vcek,
    /// Versioned loaded endorsement key: AMD gives it to a cloud provider, for one TCB.
    Vlek,
}

/// A report whose length and version are known. Nothing in it is verified yet.
#[derive(Clone, Copy)]
pub struct Report<'a>(&'a [u8; REPORT_BYTES]);

impl<'a> Report<'a> {
    /// Errors: `TooLarge`, `Malformed` if short, `UnsupportedVersion`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let item = Item::Report;
        if bytes.len() > REPORT_BYTES {
            return Err(Error::TooLarge {
                item,
                limit: REPORT_BYTES as u32,
            });
        }
        let report = Self(bytes.try_into().map_err(|_| Error::Malformed(item))?);
        match report.u32(0) {
            2..=5 => Ok(report),
            version => Err(Error::UnsupportedVersion { item, version }),
        }
    }

    fn field<const N: usize>(&self, at: usize) -> &'a [u8; N] {
        // Every offset is a constant of this file, and every field ends inside the report.
        self.0[at..].first_chunk().expect("a field lies inside the report")
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(*self.field(at))
    }

    /// The generation that the report states; version 2 states none.
    pub fn product(&self) -> Result<Option<Product>, Error> {
        if self.u32(0) == 2 {
            return Ok(None);
        }
        let [family, model] = *self.field(0x188);
        Product::from_cpuid(family, model)
            .map(Some)
            .ok_or(Error::Mismatch(Mismatch::Product))
    }

    /// The guest's policy.
    pub fn policy(&self) -> u64 {
        u64::from_le_bytes(*self.field(0x008))
    }

    /// The privilege level that asked for the report; all ones if the host did.
    pub fn vmpl(&self) -> u32 {
        self.u32(0x030)
    }

    /// What the guest put in.
    pub fn report_data(&self) -> &'a [u8; 64] {
        self.field(0x050)
    }

    /// The launch measurement.
    pub fn measurement(&self) -> &'a [u8; 48] {
        self.field(0x090)
    }

    /// The digest of the key that signed the identity block's key, if there is one.
    pub fn author_key(&self) -> Option<&'a [u8; 48]> {
        (self.key_info() & 1 == 1).then(|| self.field(0x110))
    }

    /// 64 bytes, zero if the host masks them.
    pub fn chip_id(&self) -> &'a [u8; 64] {
        self.field(0x1A0)
    }

    /// One of the TCB versions.
    pub fn tcb(&self, version: TcbKind) -> TcbVersion {
        TcbVersion(*self.field(match version {
            TcbKind::Reported => 0x180,
            TcbKind::Committed => 0x1E0,
            TcbKind::Launch => 0x1F0,
        }))
    }

    fn key_info(&self) -> u32 {
        self.u32(0x048)
    }

    /// Which key signed. Errors: [`Rule::MaskedKey`] if none did, [`Rule::SignatureAlgorithm`] or
    /// [`Rule::ReservedBits`] for what the specification leaves open.
    pub fn signing_key(&self) -> Result<SigningKey, Error> {
        let info = self.key_info();
        let masked = info & 0b10 != 0;
        match (info >> 2) & 0b111 {
            _ if masked => Err(Error::Rule(Rule::MaskedKey)),
            _ if info >> 5 != 0 => Err(Error::Rule(Rule::ReservedBits)),
            0 => Ok(SigningKey::Vcek),
            1 => Ok(SigningKey::Vlek),
            7 => Err(Error::Rule(Rule::MaskedKey)),
            _ => Err(Error::Rule(Rule::SignatureAlgorithm)),
        }
    }

    /// The bytes that hardware signs.
    pub fn signed(&self) -> &'a [u8] {
        &self.0[..SIGNED]
    }

    /// Checks the signature with an uncompressed SEC1 key.
    pub(crate) fn verify(&self, key: &[u8]) -> Result<(), Error> {
        if self.u32(0x034) != ECDSA_P384_SHA384 {
            return Err(Error::Rule(Rule::SignatureAlgorithm));
        }
        let wrong = Error::Signature(Item::Report);
        // What follows each scalar, and the signature, is zero: otherwise one report could be spelt in many ways.
        let rest = |from: usize, to: usize| self.0[from..to].iter().all(|byte| *byte == 0);
        let (r, s, end) = (SIGNED, SIGNED + SCALAR_FIELD, SIGNED + 2 * SCALAR_FIELD);
        if !(rest(r + SCALAR, s) && rest(s + SCALAR, end) && rest(end, REPORT_BYTES)) {
            return Err(wrong);
        }
        let mut signature = [0; 2 * SCALAR];
        for (to, at) in signature.chunks_exact_mut(SCALAR).zip([r, s]) {
            to.copy_from_slice(&self.0[at..at + SCALAR]);
            to.reverse();
        }
        let digest = Sha384::digest(self.signed()).into();
        match ecdsa::verify(key, &digest, &signature) {
            true => Ok(()),
            false => Err(wrong),
        }
    }
}
