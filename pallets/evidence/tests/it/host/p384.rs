//! Reports' signatures, against the crate `p384` itself.

use super::{ask, form};
use crate::{
    snp::{envelope, NOW, REPORT},
    vector,
};
use codec::Encode;
use p384::ecdsa::{signature::hazmat::PrehashVerifier, Signature, VerifyingKey};
use secureflow_evidence::snp::verify_chain;
use sha2::{Digest, Sha384};
use sp_runtime_interface::{
    pack_ptr_and_len,
    sp_wasm_interface::{Value, ValueType},
};

const NAME: &str = "ext_evidence_crypto_p384_verify_version_1";

/// The order of the group, big-endian (FIPS 186-4, D.1.2.4).
const ORDER: [u8; 48] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xC7, 0x63, 0x4D, 0x81, 0xF4, 0x37, 0x2D, 0xDF, 0x58, 0x1A, 0x0D, 0xB2, 0x48, 0xB0,
    0xA7, 0x7A, 0xEC, 0xEC, 0x19, 0x6A, 0xCC, 0xC5, 0x29, 0x73,
];

/// What is signed: key, digest, r and s.
#[derive(Clone)]
struct Case {
    key: Vec<u8>,
    digest: [u8; 48],
    r: [u8; 48],
    s: [u8; 48],
}

fn by_node(case: &Case) -> bool {
    ask(
        NAME,
        &[&case.key[..], &case.digest, &case.r, &case.s].concat(),
        |memory| {
            let key = case.key.len() as u32;
            [
                Value::I64(pack_ptr_and_len(memory, key) as i64),
                Value::I32((memory + key) as i32),
                Value::I32((memory + key + 48) as i32),
            ]
        },
    )
}

fn by_crate(case: &Case) -> bool {
    let Ok(signature) = Signature::from_scalars(case.r, case.s) else {
        return false;
    };
    VerifyingKey::from_sec1_bytes(&case.key).is_ok_and(|key| key.verify_prehash(&case.digest, &signature).is_ok())
}

/// The answer, which both give.
fn holds(case: &Case) -> bool {
    let answer = by_node(case);
    assert_eq!(
        answer,
        by_crate(case),
        "{:02x?} {:02x?} {:02x?}",
        case.key,
        case.r,
        case.s
    );
    answer
}

/// A published report and the certificate of the key that signed it.
fn case(report: &[u8], certificate: &[u8]) -> Case {
    let key = verify_chain(certificate, None, None, NOW).unwrap().encode();
    let scalar = |at: usize| {
        let mut bytes: [u8; 48] = report[at..at + 48].try_into().unwrap();
        bytes.reverse();
        bytes
    };
    Case {
        // The point is the last that a key holds.
        key: key[key.len() - 97..].to_vec(),
        digest: Sha384::digest(&report[..0x2A0]).into(),
        r: scalar(0x2A0),
        s: scalar(0x2E8),
    }
}

fn published() -> [Case; 2] {
    [
        case(REPORT, &envelope().certificate),
        case(
            vector!("snp/milan-debug-report.bin"),
            vector!("snp/milan-debug-vcek.der"),
        ),
    ]
}

/// The order less a scalar.
fn negated(scalar: &[u8; 48]) -> [u8; 48] {
    let (mut difference, mut borrow) = ([0; 48], 0);
    for at in (0..48).rev() {
        let digit = i16::from(ORDER[at]) - i16::from(scalar[at]) - borrow;
        borrow = i16::from(digit < 0);
        difference[at] = (digit + 256 * borrow) as u8;
    }
    difference
}

#[test]
fn its_form_is_what_runtimes_are_built_for() {
    assert_eq!(form(NAME), [ValueType::I64, ValueType::I32, ValueType::I32]);
}

#[test]
fn published_signatures_hold_in_both_their_forms() {
    for case in published() {
        assert!(holds(&case));
        let other = Case {
            s: negated(&case.s),
            ..case.clone()
        };
        assert!(holds(&other));
    }
}

#[test]
fn no_changed_byte_is_accepted() {
    let fields: [fn(&mut Case) -> &mut [u8; 48]; 3] = [|case| &mut case.digest, |case| &mut case.r, |case| &mut case.s];
    for case in published() {
        for change in [0x01, 0x80] {
            for at in 0..case.key.len() {
                let mut changed = case.clone();
                changed.key[at] ^= change;
                assert!(!holds(&changed), "byte {at} of the key");
            }
            for at in 0..48 {
                for field in fields {
                    let mut changed = case.clone();
                    field(&mut changed)[at] ^= change;
                    assert!(!holds(&changed), "byte {at}");
                }
            }
        }
    }
}

#[test]
fn scalars_at_the_edges_of_their_range_are_refused() {
    let [case, _] = published();
    let (zero, mut one) = ([0; 48], [0; 48]);
    one[47] = 1;
    let mut beyond = ORDER;
    beyond[47] += 1;
    for edge in [zero, one, negated(&one), ORDER, beyond, [0xFF; 48]] {
        for (r, s) in [(edge, case.s), (case.r, edge), (edge, edge)] {
            assert!(!holds(&Case { r, s, ..case.clone() }));
        }
    }
    let swapped = Case {
        r: case.s,
        s: case.r,
        ..case.clone()
    };
    assert!(!holds(&swapped));
}

#[test]
fn keys_are_read_as_the_crate_reads_them() {
    let [case, _] = published();
    let point = &case.key;
    let with = |tag: u8, rest: &[u8]| [&[tag][..], rest].concat();
    let (x, both) = (&point[1..49], &point[1..]);
    let parity = point[96] & 1;
    let compressed = Case {
        key: with(2 + parity, x),
        ..case.clone()
    };
    assert!(holds(&compressed));
    for key in [
        with(3 - parity, x),
        with(4, &[0; 96]),
        with(4, &[0xFF; 96]),
        with(4, x),
        with(6 + parity, both),
        both.to_vec(),
        with(0, &[]),
        Vec::new(),
        [point.as_slice(), &[0]].concat(),
    ] {
        let length = key.len();
        let other = Case { key, ..case.clone() };
        assert!(!holds(&other), "a key of {length} bytes");
    }
    // The form without a sign stands for one of two points; which one, both take from the crate.
    holds(&Case {
        key: with(5, x),
        ..case.clone()
    });
}
