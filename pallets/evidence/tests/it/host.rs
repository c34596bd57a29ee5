//! P-384 as a runtime asks the node for it, through the memory that both see, against the crate `p384` itself.

use crate::{
    snp::{envelope, NOW, REPORT},
    vector,
};
use codec::Encode;
use p384::ecdsa::{signature::hazmat::PrehashVerifier, Signature, VerifyingKey};
use secureflow_evidence::{host::HostFunctions, snp::verify_chain};
use sha2::{Digest, Sha384};
use sp_runtime_interface::{
    pack_ptr_and_len,
    sp_wasm_interface::{self, Function, FunctionContext, HostFunctions as _, Pointer, Value, ValueType, WordSize},
};

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

/// A runtime's memory. The function only reads it.
struct Memory(Vec<u8>);

impl FunctionContext for Memory {
    fn read_memory_into(&mut self, address: Pointer<u8>, dest: &mut [u8]) -> sp_wasm_interface::Result<()> {
        let from = u32::from(address) as usize;
        let bytes = self
            .0
            .get(from..from + dest.len())
            .ok_or("this is outside the memory")?;
        dest.copy_from_slice(bytes);
        Ok(())
    }

    fn write_memory(&mut self, _: Pointer<u8>, _: &[u8]) -> sp_wasm_interface::Result<()> {
        Err("it writes".into())
    }

    fn allocate_memory(&mut self, _: WordSize) -> sp_wasm_interface::Result<Pointer<u8>> {
        Err("it allocates".into())
    }

    fn deallocate_memory(&mut self, _: Pointer<u8>) -> sp_wasm_interface::Result<()> {
        Err("it frees".into())
    }

    fn register_panic_error_message(&mut self, _: &str) {}
}

fn function() -> &'static dyn Function {
    let mut functions = HostFunctions::host_functions();
    assert_eq!(functions.len(), 1);
    functions.remove(0)
}

fn by_node(case: &Case) -> bool {
    let mut memory = Memory([&case.key[..], &case.digest, &case.r, &case.s].concat());
    let key = case.key.len() as u32;
    let arguments = [
        Value::I64(pack_ptr_and_len(0, key) as i64),
        Value::I32(key as i32),
        Value::I32(key as i32 + 48),
    ];
    match function().execute(&mut memory, &mut arguments.into_iter()) {
        Ok(Some(Value::I32(answer @ (0 | 1)))) => answer == 1,
        other => panic!("no truth value: {other:?}"),
    }
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
fn its_name_and_form_are_what_runtimes_are_built_for() {
    let function = function();
    assert_eq!(function.name(), "ext_evidence_crypto_p384_verify_version_1");
    let signature = function.signature();
    assert_eq!(*signature.args, [ValueType::I64, ValueType::I32, ValueType::I32]);
    assert_eq!(signature.return_value, Some(ValueType::I32));
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
