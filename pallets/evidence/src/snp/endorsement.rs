//! The certificate of the key that signs reports: VCEK or VLEK (AMD 57230, "VCEK certificate", "VLEK certificate").

use super::{
    authority::{issuer_of, Intermediate, RevocationList, MAX_CERTIFICATE},
    product::{Product, TcbVersion},
    report::SigningKey,
};
use crate::{
    x509::{check_time, common_name, ec_point, extensions, seconds, Serial, Signed},
    Error, Item, Mismatch,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use const_oid::{db::rfc5912::SECP_384_R_1, ObjectIdentifier};
use der::{asn1::Ia5StringRef, asn1::OctetStringRef, Decode as _};
use p384::ecdsa::VerifyingKey;
use scale_info::TypeInfo;
use x509_cert::{certificate::Version, ext::Extension, spki::SubjectPublicKeyInfoOwned, TbsCertificate};

/// Bytes of an uncompressed P-384 point in SEC1 form.
const POINT: usize = 97;
/// Longest name of a cloud provider kept, bytes.
const PROVIDER: usize = 128;

/// AMD's extensions, `1.3.6.1.4.1.3704.1`.
const PRODUCT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.2");
const TCB: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.3");
const HARDWARE_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.4");
const PROVIDER_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.3704.1.5");

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Holder {
    /// A chip, by its id; zero behind the 8 bytes that Turin's ids have. The key is a VCEK.
    Chip([u8; 64]),
    /// A cloud provider, by the name under which AMD knows it (ASCII, zero-padded). The key is a VLEK.
    Provider([u8; PROVIDER]),
}

/// The key of a VCEK or VLEK that descends from a pinned root. A caller may store it, so that the next report of the
/// same key costs no RSA; it must then not take one from anywhere else.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct VerifiedKey {
    /// The generation.
    pub product: Product,
    /// Chip or provider.
    pub holder: Holder,
    /// The TCB that the key was derived or given for.
    pub tcb: TcbVersion,
    /// The serial number of the ASK or ASVK that issued it.
    pub issuer: Serial,
    /// Unix seconds: the later start of certificate and intermediate.
    pub valid_from: u64,
    /// Unix seconds: the sooner end of certificate and intermediate.
    pub valid_until: u64,
    pub(crate) point: [u8; POINT],
}

impl VerifiedKey {
    /// VCEK or VLEK.
    pub fn kind(&self) -> SigningKey {
        match self.holder {
            Holder::Chip(_) => SigningKey::Vcek,
            Holder::Provider(_) => SigningKey::Vlek,
        }
    }

    /// Whether the key may still be relied on at `now` (unix s): for stored keys, which [`verify_chain`] checked once.
    ///
    /// Errors: `NotYetValid` and `Expired` for certificate and list, `Revoked`, [`Mismatch::Product`].
    pub fn check(&self, revocations: Option<&RevocationList>, now: u64) -> Result<(), Error> {
        check_time(Item::Certificate, self.valid_from, self.valid_until, now)?;
        revocations.map_or(Ok(()), |list| {
            list.check_time(now)?;
            list.check(self.product, self.issuer)
        })
    }
}

/// Verifies the chain root, intermediate, VCEK or VLEK. The intermediate is the pinned one unless another is given.
///
/// `certificate` is DER; `now` is unix seconds. Costs one RSA-4096 verification.
///
/// Errors, about [`Item::Certificate`] unless they say otherwise: `TooLarge`, `TrailingBytes`, `Malformed`,
/// `UnknownIssuer`, `Signature`, `NotYetValid`, `Expired`; `Revoked` (the intermediate); [`Mismatch::Product`],
/// [`Mismatch::KeyKind`].
pub fn verify_chain(
    certificate: &[u8],
    intermediate: Option<&Intermediate>,
    revocations: Option<&RevocationList>,
    now: u64,
) -> Result<VerifiedKey, Error> {
    let item = Item::Certificate;
    let malformed = Error::Malformed(item);
    let signed = Signed::parse(certificate, MAX_CERTIFICATE, item)?;
    let body: TbsCertificate = signed.decode(|body: &TbsCertificate| &body.signature)?;
    let (product, kind) = common_name(&body.issuer)
        .and_then(issuer_of)
        .ok_or(Error::UnknownIssuer(item))?;
    let pinned;
    let intermediate = match intermediate {
        Some(given) => given,
        None => {
            pinned = Intermediate::pinned(product, kind)?;
            &pinned
        }
    };
    if (intermediate.product, intermediate.issues) != (product, kind) {
        return Err(Error::UnknownIssuer(item));
    }
    check_time(
        Item::Intermediate,
        intermediate.valid_from,
        intermediate.valid_until,
        now,
    )?;
    signed.verify_rsa(&intermediate.modulus)?;

    // From here on AMD vouches for the contents.
    let subject = match kind {
        SigningKey::Vcek => "SEV-VCEK",
        SigningKey::Vlek => "SEV-VLEK",
    };
    if common_name(&body.subject) != Some(subject) {
        return Err(Error::Mismatch(Mismatch::KeyKind));
    }
    let extensions = Fields(extensions(&body.extensions, &[]).ok_or(malformed)?);
    if body.version != Version::V3 {
        return Err(malformed);
    }
    if extensions.product().ok_or(malformed)? != product {
        return Err(Error::Mismatch(Mismatch::Product));
    }
    let key = VerifiedKey {
        product,
        holder: extensions.holder(product, kind).ok_or(malformed)?,
        tcb: extensions.tcb(product).ok_or(malformed)?,
        issuer: intermediate.serial,
        valid_from: seconds(body.validity.not_before).max(intermediate.valid_from),
        valid_until: seconds(body.validity.not_after).min(intermediate.valid_until),
        point: point(&body.subject_public_key_info).ok_or(malformed)?,
    };
    key.check(revocations, now)?;
    Ok(key)
}

/// A P-384 key, on the curve, in uncompressed form.
fn point(key: &SubjectPublicKeyInfoOwned) -> Option<[u8; POINT]> {
    ec_point(key, SECP_384_R_1).filter(|point: &[u8; POINT]| VerifyingKey::from_sec1_bytes(point).is_ok())
}

/// AMD's extensions of one certificate.
struct Fields<'a>(&'a [Extension]);

impl<'a> Fields<'a> {
    fn value(&self, oid: ObjectIdentifier) -> Option<&'a [u8]> {
        self.0
            .iter()
            .find(|one| one.extn_id == oid)
            .map(|one| one.extn_value.as_bytes())
    }

    fn product(&self) -> Option<Product> {
        let name = Ia5StringRef::from_der(self.value(PRODUCT_NAME)?).ok()?;
        Product::from_certificate(name.as_str())
    }

    /// Every level of the layout must be there; a level outside it would say something that no report can.
    fn tcb(&self, product: Product) -> Option<TcbVersion> {
        let value = |arc| self.value(TCB.push_arc(arc).ok()?);
        let arcs = product.tcb_arcs();
        let mut outside = (1..=9).filter(|arc| !arcs.contains(arc)).filter_map(value);
        if outside.any(|level| u8::from_der(level) != Ok(0)) {
            return None;
        }
        let mut version = [0; 8];
        for (byte, arc) in version.iter_mut().zip(arcs) {
            *byte = u8::from_der(value(arc)?).ok()?;
        }
        Some(TcbVersion(version))
    }

    fn holder(&self, product: Product, kind: SigningKey) -> Option<Holder> {
        match (kind, self.value(HARDWARE_ID), self.value(PROVIDER_ID)) {
            (SigningKey::Vcek, Some(id), None) => {
                // AMD's extension holds the bare bytes; an octet string around them is what ASN.1 would ask for.
                let bytes = product.chip_id_bytes();
                let id = match id.len() == bytes {
                    true => id,
                    false => OctetStringRef::from_der(id).ok()?.as_bytes(),
                };
                (id.len() == bytes).then(|| Holder::Chip(padded(id)))
            }
            (SigningKey::Vlek, None, Some(name)) => {
                let name = Ia5StringRef::from_der(name).ok()?.as_bytes();
                (1..=PROVIDER)
                    .contains(&name.len())
                    .then(|| Holder::Provider(padded(name)))
            }
            _ => None,
        }
    }
}

fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut padded = [0; N];
    padded.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    padded
}
