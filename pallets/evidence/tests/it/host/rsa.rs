//! Certificates' and revocation lists' signatures, against another implementation: `ring`'s.

use super::{ask, form};
use crate::vector;
use der::{Decode, Encode};
use ring::signature::{RsaPublicKeyComponents, RSA_PSS_2048_8192_SHA384};
use sha2::{Digest, Sha384};
use sp_runtime_interface::sp_wasm_interface::{Value, ValueType};
use x509_cert::{crl::CertificateList, Certificate};

const NAME: &str = "ext_evidence_crypto_rsa4096_pss_verify_version_1";
const BYTES: usize = 512;

const MILAN_ARK: &[u8] = include_bytes!("../../../roots/milan-ark.der");
const MILAN_ASK: &[u8] = include_bytes!("../../../roots/milan-ask.der");
const TURIN_ASK: &[u8] = include_bytes!("../../../roots/turin-ask.der");

/// What is signed.
#[derive(Clone)]
struct Case {
    modulus: [u8; BYTES],
    message: Vec<u8>,
    signature: [u8; BYTES],
}

fn by_node(case: &Case) -> bool {
    let digest = Sha384::digest(&case.message);
    ask(
        NAME,
        &[&case.modulus[..], &digest, &case.signature].concat(),
        |memory| {
            let (digest, signature) = (memory + BYTES as u32, memory + BYTES as u32 + 48);
            [memory, digest, signature].map(|address| Value::I32(address as i32))
        },
    )
}

fn by_ring(case: &Case) -> bool {
    let key = RsaPublicKeyComponents {
        n: case.modulus.as_slice(),
        e: &[1, 0, 1],
    };
    key.verify(&RSA_PSS_2048_8192_SHA384, &case.message, &case.signature)
        .is_ok()
}

/// The answer, which both give.
fn holds(case: &Case) -> bool {
    let answer = by_node(case);
    assert_eq!(answer, by_ring(case), "{:02x?}", case.signature);
    answer
}

/// The modulus of a certificate's key.
fn modulus(certificate: &[u8]) -> [u8; BYTES] {
    let certificate = Certificate::from_der(certificate).unwrap();
    let key = certificate.tbs_certificate.subject_public_key_info.subject_public_key;
    let key = pkcs1::RsaPublicKey::from_der(key.as_bytes().unwrap()).unwrap();
    key.modulus.as_bytes().try_into().unwrap()
}

fn certificate(bytes: &[u8], issuer: &[u8]) -> Case {
    let certificate = Certificate::from_der(bytes).unwrap();
    Case {
        modulus: modulus(issuer),
        message: certificate.tbs_certificate.to_der().unwrap(),
        signature: certificate.signature.as_bytes().unwrap().try_into().unwrap(),
    }
}

fn published() -> [Case; 4] {
    let list = CertificateList::from_der(vector!("snp/milan-crl.der")).unwrap();
    [
        certificate(vector!("snp/milan-vcek.der"), MILAN_ASK),
        certificate(vector!("snp/turin-vcek.der"), TURIN_ASK),
        certificate(MILAN_ASK, MILAN_ARK),
        Case {
            modulus: modulus(MILAN_ARK),
            message: list.tbs_cert_list.to_der().unwrap(),
            signature: list.signature.as_bytes().unwrap().try_into().unwrap(),
        },
    ]
}

/// The sum of two numbers, big-endian, where it fits.
fn plus(a: &[u8; BYTES], b: &[u8; BYTES]) -> Option<[u8; BYTES]> {
    let (mut sum, mut carry) = ([0; BYTES], 0);
    for at in (0..BYTES).rev() {
        let digit = u16::from(a[at]) + u16::from(b[at]) + carry;
        (sum[at], carry) = (digit as u8, digit >> 8);
    }
    (carry == 0).then_some(sum)
}

#[test]
fn its_form_is_what_runtimes_are_built_for() {
    assert_eq!(form(NAME), [ValueType::I32; 3]);
}

#[test]
fn published_signatures_hold() {
    for case in published() {
        assert!(holds(&case));
    }
}

#[test]
fn no_changed_byte_is_accepted() {
    let [case, ..] = published();
    for at in 0..BYTES {
        for change in [0x01, 0x80] {
            let mut changed = case.clone();
            changed.signature[at] ^= change;
            assert!(!holds(&changed), "byte {at} of the signature");
            let mut changed = case.clone();
            changed.modulus[at] ^= change;
            assert!(!holds(&changed), "byte {at} of the modulus");
        }
    }
    for at in 0..case.message.len() {
        let mut changed = case.clone();
        changed.message[at] ^= 0x01;
        assert!(!holds(&changed), "byte {at} of the message");
    }
}

#[test]
fn numbers_at_the_edges_of_their_range_are_refused() {
    for case in published() {
        // The same number modulo the key's, where it has room.
        if let Some(signature) = plus(&case.signature, &case.modulus) {
            assert!(!holds(&Case {
                signature,
                ..case.clone()
            }));
        }
        for signature in [[0; BYTES], [0xFF; BYTES], case.modulus] {
            assert!(!holds(&Case {
                signature,
                ..case.clone()
            }));
        }
        for modulus in [[0; BYTES], [0xFF; BYTES], case.signature] {
            assert!(!holds(&Case {
                modulus,
                ..case.clone()
            }));
        }
    }
}
