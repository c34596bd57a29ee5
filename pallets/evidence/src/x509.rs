//! What X.509 objects have in common, and the two signatures that occur: AMD's RSASSA-PSS and Intel's ECDSA on P-256 with
//! SHA-256.

use crate::{
    pss::{self, PUBLIC_EXPONENT, RSA_BYTES},
    Error, Item,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use const_oid::{
    db::{
        rfc4519::CN,
        rfc5280::{ID_CE_BASIC_CONSTRAINTS, ID_CE_KEY_USAGE},
        rfc5912::{ECDSA_WITH_SHA_256, ID_EC_PUBLIC_KEY, ID_MGF_1, ID_RSASSA_PSS, ID_SHA_384},
    },
    ObjectIdentifier,
};
use dcap_qvl::{config::CryptoProvider, crypto::RustCryptoCrypto};
use der::{
    asn1::{BitStringRef, Ia5StringRef, PrintableStringRef, Utf8StringRef},
    Decode as DecodeDer, Reader, SliceReader,
};
use pkcs1::{RsaPssParams, RsaPublicKey, TrailerField};
use scale_info::TypeInfo;
use sha2::{Digest, Sha384};
use x509_cert::{
    crl::TbsCertList,
    ext::{
        pkix::{BasicConstraints, KeyUsage},
        Extension, Extensions,
    },
    name::Name,
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, AlgorithmIdentifierRef, SubjectPublicKeyInfoOwned},
    time::Time,
};

/// `SEQUENCE { body, algorithm, signature }`: the shape of certificates and of revocation lists.
pub(crate) struct Signed<'a> {
    /// The bytes that are signed, header included.
    pub(crate) body: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    item: Item,
}

impl<'a> Signed<'a> {
    /// Errors: `TooLarge` past `limit` bytes, `TrailingBytes`, `Malformed`.
    pub(crate) fn parse(bytes: &'a [u8], limit: usize, item: Item) -> Result<Self, Error> {
        if bytes.len() > limit {
            return Err(Error::TooLarge {
                item,
                limit: limit as u32,
            });
        }
        let mut reader = SliceReader::new(bytes).map_err(|_| Error::Malformed(item))?;
        let (body, algorithm, signature) = reader
            .sequence(|fields| Ok((fields.tlv_bytes()?, fields.tlv_bytes()?, BitStringRef::decode(fields)?)))
            .map_err(|_| Error::Malformed(item))?;
        reader.finish(()).map_err(|_| Error::TrailingBytes(item))?;
        let signature = signature.as_bytes().ok_or(Error::Malformed(item))?;
        Ok(Self {
            body,
            algorithm,
            signature,
            item,
        })
    }

    /// Decodes what is signed, and checks that the algorithm inside, which `inner` picks, is the one outside.
    pub(crate) fn decode<T: DecodeDer<'a>>(&self, inner: impl Fn(&T) -> &AlgorithmIdentifierOwned) -> Result<T, Error> {
        let malformed = |_| Error::Malformed(self.item);
        let body = T::from_der(self.body).map_err(malformed)?;
        let outer = AlgorithmIdentifierOwned::from_der(self.algorithm).map_err(malformed)?;
        match *inner(&body) == outer {
            true => Ok(body),
            false => Err(Error::Malformed(self.item)),
        }
    }

    /// Checks an RSASSA-PSS signature with the issuer's modulus.
    pub(crate) fn verify_rsa(&self, modulus: &[u8; RSA_BYTES]) -> Result<(), Error> {
        let digest = Sha384::digest(self.body).into();
        let holds = |signature| is_pss_sha384(self.algorithm) && pss::verify(modulus, &digest, signature);
        match self.signature.try_into().is_ok_and(holds) {
            true => Ok(()),
            false => Err(Error::Signature(self.item)),
        }
    }

    /// Checks an ECDSA signature with the issuer's point on P-256.
    pub(crate) fn verify_p256(&self, point: &[u8]) -> Result<(), Error> {
        let wrong = Error::Signature(self.item);
        let algorithm = AlgorithmIdentifierRef::from_der(self.algorithm).map_err(|_| wrong)?;
        if algorithm.oid != ECDSA_WITH_SHA_256 || algorithm.parameters.is_some() {
            return Err(wrong);
        }
        verify_p256(point, self.body, self.signature).ok_or(wrong)
    }
}

/// ECDSA on P-256 with SHA-256: `point` is uncompressed, `signature` in DER. The implementation is `p256`, as
/// `dcap-qvl` uses it.
pub(crate) fn verify_p256(point: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    RustCryptoCrypto::sig_algo()
        .verify_signature(point, message, signature)
        .ok()
}

/// RFC 4055, 3.1. AMD's certificates differ in whether they spell the default trailer field out.
fn is_pss_sha384(algorithm: &[u8]) -> bool {
    let Ok(algorithm) = AlgorithmIdentifierRef::from_der(algorithm) else {
        return false;
    };
    let Some(Ok(params)) = algorithm.parameters.map(|any| any.decode_as::<RsaPssParams>()) else {
        return false;
    };
    algorithm.oid == ID_RSASSA_PSS
        && params.hash.oid == ID_SHA_384
        && params.mask_gen.oid == ID_MGF_1
        && params.mask_gen.parameters.is_some_and(|hash| hash.oid == ID_SHA_384)
        && params.salt_len == 48
        && params.trailer_field == TrailerField::BC
}

/// The modulus of an RSA-4096 key with the usual exponent.
pub(crate) fn rsa_modulus(key: &SubjectPublicKeyInfoOwned) -> Option<[u8; RSA_BYTES]> {
    let key = RsaPublicKey::from_der(key.subject_public_key.as_bytes()?).ok()?;
    let modulus = key.modulus.as_bytes().try_into().ok()?;
    (key.public_exponent.as_bytes() == PUBLIC_EXPONENT).then_some(modulus)
}

/// The uncompressed point of a key on `curve`. Whether it lies on the curve, its use tells.
pub(crate) fn ec_point<const N: usize>(key: &SubjectPublicKeyInfoOwned, curve: ObjectIdentifier) -> Option<[u8; N]> {
    let named = key
        .algorithm
        .parameters
        .as_ref()?
        .decode_as::<ObjectIdentifier>()
        .ok()?;
    let point = key.subject_public_key.as_bytes()?.try_into().ok()?;
    (key.algorithm.oid == ID_EC_PUBLIC_KEY && named == curve).then_some(point)
}

/// The one common name in a distinguished name.
pub(crate) fn common_name(name: &Name) -> Option<&str> {
    let mut names = name
        .0
        .iter()
        .flat_map(|part| part.0.iter())
        .filter(|part| part.oid == CN);
    let value = &names.next()?.value;
    if names.next().is_some() {
        return None;
    }
    value
        .decode_as::<Utf8StringRef<'_>>()
        .map(|text| text.as_str())
        .or_else(|_| value.decode_as::<PrintableStringRef<'_>>().map(|text| text.as_str()))
        .or_else(|_| value.decode_as::<Ia5StringRef<'_>>().map(|text| text.as_str()))
        .ok()
}

/// The extensions, each once, and none critical but those in `understood`.
pub(crate) fn extensions<'a>(
    extensions: &'a Option<Extensions>,
    understood: &[ObjectIdentifier],
) -> Option<&'a [Extension]> {
    let all = extensions.as_deref().unwrap_or_default();
    let sound = all.iter().enumerate().all(|(i, one)| {
        let first = all.iter().take(i).all(|earlier| earlier.extn_id != one.extn_id);
        first && (!one.critical || understood.contains(&one.extn_id))
    });
    sound.then_some(all)
}

/// Whether basic constraints and key usage make it a certificate of an authority; none if they contradict each other.
pub(crate) fn is_authority(extensions: &[Extension]) -> Option<bool> {
    let value = |oid| {
        extensions
            .iter()
            .find(|one| one.extn_id == oid)
            .map(|one| one.extn_value.as_bytes())
    };
    let constraints = value(ID_CE_BASIC_CONSTRAINTS)
        .map(BasicConstraints::from_der)
        .transpose()
        .ok()?;
    let usage = value(ID_CE_KEY_USAGE).map(KeyUsage::from_der).transpose().ok()?;
    let authority = constraints.is_some_and(|constraints| constraints.ca);
    let signs = usage.is_some_and(|usage| usage.key_cert_sign());
    (authority == signs).then_some(authority)
}

/// A certificate's serial number: RFC 5280 allows 20 bytes. Big-endian, zero-padded in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Serial([u8; 20]);

impl Serial {
    /// The parser leaves at most 20 bytes; a longer one would be refused.
    pub(crate) fn new(serial: &SerialNumber) -> Option<Self> {
        let bytes = serial.as_bytes();
        let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
        let mut padded = [0; 20];
        padded[20usize.checked_sub(bytes.len())?..].copy_from_slice(bytes);
        Some(Self(padded))
    }

    /// The serial numbers of a revocation list, at most `limit`.
    pub(crate) fn revoked(list: &TbsCertList, limit: usize) -> Option<Vec<Self>> {
        let entries = list.revoked_certificates.as_deref().unwrap_or_default();
        let serials = entries
            .iter()
            .take(limit + 1)
            .map(|entry| Self::new(&entry.serial_number));
        serials
            .collect::<Option<Vec<_>>>()
            .filter(|serials| serials.len() <= limit)
    }
}

/// Unix seconds.
pub(crate) fn seconds(time: Time) -> u64 {
    time.to_unix_duration().as_secs()
}

/// `from` and `until` are both inside the span (RFC 5280, 4.1.2.5).
pub(crate) fn check_time(item: Item, from: u64, until: u64, now: u64) -> Result<(), Error> {
    match (now < from, now > until) {
        (true, _) => Err(Error::NotYetValid { item, from }),
        (_, true) => Err(Error::Expired { item, until }),
        _ => Ok(()),
    }
}
