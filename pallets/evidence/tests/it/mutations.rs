//! Every single-byte change of real evidence: refused, or shown to be irrelevant.
//!
//! A change is irrelevant where the verdict stays the same to the last bit. Only certificate chains in PEM have such
//! places, and each test states the exact ranges.

use crate::{
    dcap::{lenient, Vector, SGX, TDX_V4, TDX_V5},
    snp::{envelope, NOW, REPORT, VCEK},
    vector,
};
use codec::Encode;
use secureflow_evidence::{
    dcap::{self, Collateral},
    snp::{verify_report, Envelope, Intermediate, Policy, RevocationList},
    Error,
};
use std::{fmt::Debug, ops::Range};

/// Every change was refused.
const NONE: [Range<usize>; 0] = [];
/// What a byte is changed by, where a verification takes one or two milliseconds.
const CHANGES: &[u8] = &[0x01, 0x10, 0x80, 0xFF];
/// Where it takes three or more and there are many bytes.
const FEW_CHANGES: &[u8] = &[0x01, 0xFF];

/// The ranges in which some change of a byte is accepted. Panics where one is accepted with another outcome.
fn irrelevant<T: PartialEq + Debug + Sync>(
    bytes: &[u8],
    changes: &[u8],
    verify: impl Fn(&[u8]) -> Result<T, Error> + Sync,
) -> Vec<Range<usize>> {
    let genuine = verify(bytes).expect("the vector is genuine");
    let accepts = |at: usize| {
        let mut changed = bytes.to_vec();
        changes.iter().any(|change| {
            changed[at] = bytes[at] ^ change;
            match verify(&changed) {
                Ok(verdict) if verdict == genuine => true,
                Ok(verdict) => panic!("byte {at} ^ {change:#x} changes the verdict: {verdict:?}"),
                Err(_) => false,
            }
        })
    };
    let half = bytes.len() / 2;
    let scan = |part: Range<usize>| part.filter(|at| accepts(*at)).collect::<Vec<_>>();
    let mut places = std::thread::scope(|scope| {
        let second = scope.spawn(|| scan(half..bytes.len()));
        let mut places = scan(0..half);
        places.extend(second.join().expect("a verdict changed"));
        places
    });
    places.dedup();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for at in places {
        match ranges.last_mut() {
            Some(range) if range.end == at => range.end += 1,
            _ => ranges.push(at..at + 1),
        }
    }
    ranges
}

#[test]
fn no_byte_of_a_report_is_irrelevant() {
    let key = envelope().verify_chain(None, NOW).unwrap();
    assert_eq!(
        irrelevant(REPORT, CHANGES, |report| verify_report(
            report,
            &key,
            &Policy::default(),
            None,
            NOW
        )),
        NONE
    );
}

#[test]
fn no_byte_of_a_certificate_is_irrelevant() {
    let verify = |certificate: &[u8]| {
        let mut envelope = envelope();
        envelope.certificate = certificate.to_vec();
        envelope.verify_chain(None, NOW)
    };
    assert_eq!(irrelevant(VCEK, CHANGES, verify), NONE);
}

#[test]
fn no_byte_of_an_intermediate_is_irrelevant() {
    let ask = include_bytes!("../../roots/milan-ask.der");
    assert_eq!(irrelevant(ask, CHANGES, |ask| Intermediate::verify(ask, NOW)), NONE);
}

#[test]
fn no_byte_of_a_revocation_list_is_irrelevant() {
    let list = vector!("snp/genoa-crl.der");
    assert_eq!(
        irrelevant(list, CHANGES, |list| RevocationList::verify(list, NOW)),
        NONE
    );
}

#[test]
fn no_byte_of_an_envelopes_frame_is_irrelevant() {
    // Report and certificate are covered above; what frames them is left.
    let bytes = envelope().encode();
    let framed = [0..1, 1185..1187, bytes.len() - 1..bytes.len()];
    for at in framed.into_iter().flatten() {
        for change in 1..=u8::MAX {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let verdict = Envelope::parse(&changed).and_then(|e| e.verify(&Policy::default(), None, NOW));
            assert!(verdict.is_err(), "byte {at} ^ {change:#x}");
        }
    }
}

/// The end of the first certificate of a chain in PEM that begins at `from`, and the ends of its lines before that.
fn pem(text: &[u8], from: usize) -> (usize, Vec<Range<usize>>) {
    let end = b"-----END CERTIFICATE-----";
    let length = text[from..]
        .windows(end.len())
        .position(|window| window == end)
        .expect("a certificate ends");
    let end = from + length + end.len();
    let lines = (from..end).filter(|at| text[*at] == b'\n').map(|at| at..at + 1);
    (end, lines.collect())
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> usize {
    from + bytes[from..]
        .windows(what.len())
        .position(|window| window == what)
        .expect("it is there")
}

/// A quote may change in the lines of the platform's certificate, where any white space does; and behind that
/// certificate, where the chain repeats the issuer and the root, which are known from the collateral and from this
/// crate. Padding behind the quote must stay zero. `dcap-qvl`, which reads the chain, agrees on all else.
fn check_quote(vector: &Vector) {
    let collateral = vector.collateral().verify(vector.now).unwrap();
    let judge = |quote: &[u8]| dcap::verify_quote(quote, &collateral, &lenient(), vector.now);
    let text = find(vector.quote, b"-----BEGIN", 0);
    let (end, mut expected) = pem(vector.quote, text);
    // The chain ends with a zero, and it ends the quote.
    let padding = vector.quote.iter().rev().take_while(|byte| **byte == 0).count() - 1;
    expected.push(end..vector.quote.len() - padding);
    assert_eq!(irrelevant(vector.quote, FEW_CHANGES, judge), expected);
}

#[test]
fn an_sgx_quote_may_change_only_where_certificates_are_spelt() {
    check_quote(&SGX);
}

#[test]
fn a_tdx_quote_of_version_4_may_change_only_where_certificates_are_spelt() {
    check_quote(&TDX_V4);
}

#[test]
fn a_tdx_quote_of_version_5_may_change_only_where_certificates_are_spelt() {
    check_quote(&TDX_V5);
}

/// Where `dcap-qvl` accepts a changed quote, so do we, with its verdict; where we accept one and it does not, the
/// change is in the part of the chain that only it reads.
#[test]
fn the_reference_agrees_on_every_change_of_a_quote() {
    let vector = &TDX_V5;
    let given = vector.collateral();
    let verified = given.verify(vector.now).unwrap();
    let (chain, _) = pem(vector.quote, find(vector.quote, b"-----BEGIN", 0));
    let scan = |part: Range<usize>| {
        for at in part {
            let mut quote = vector.quote.to_vec();
            quote[at] ^= 0x01;
            let ours = dcap::verify_quote(&quote, &verified, &lenient(), vector.now);
            let reference = dcap::verify_by_reference(&quote, &given, &lenient(), vector.now);
            match (&ours, &reference) {
                (Ok(ours), Ok(reference)) => assert_eq!(ours, reference, "byte {at}"),
                (Err(_), Err(_)) => {}
                (Ok(_), Err(_)) => assert!(at >= chain, "byte {at}: the reference refuses it: {reference:?}"),
                (Err(error), Ok(_)) => panic!("byte {at}: the reference accepts it, and we say {error}"),
            }
        }
    };
    let half = vector.quote.len() / 2;
    std::thread::scope(|scope| {
        scope.spawn(|| scan(0..half));
        scan(half..vector.quote.len());
    });
}

/// Collateral may change in the same places of its three chains, and nowhere else.
#[test]
fn collateral_may_change_only_where_certificates_are_spelt() {
    let scale = TDX_V4.collateral().to_scale();
    let verify = |bytes: &[u8]| {
        let verified = Collateral::from_scale(bytes)?.verify(TDX_V4.now)?;
        dcap::verify_quote(TDX_V4.quote, &verified, &lenient(), TDX_V4.now)
    };
    let mut expected = Vec::new();
    let mut from = 0;
    for _ in 0..3 {
        let text = find(&scale, b"-----BEGIN", from);
        let (end, lines) = pem(&scale, text);
        // Behind the signer stands the root, and then the next field.
        let root = find(&scale, b"-----END CERTIFICATE-----\n", end) + b"-----END CERTIFICATE-----\n".len();
        expected.extend(lines);
        expected.push(end..root);
        from = root;
    }
    assert_eq!(irrelevant(&scale, FEW_CHANGES, verify), expected);
}

/// Nothing that is cut short is accepted, and nothing makes a parser panic.
#[test]
fn no_prefix_of_anything_is_accepted() {
    let bytes = envelope().encode();
    for length in 0..bytes.len() {
        assert!(
            Envelope::parse(&bytes[..length]).is_err(),
            "{length} bytes of an envelope"
        );
    }
    let key = envelope().verify_chain(None, NOW).unwrap();
    for length in 0..REPORT.len() {
        assert!(verify_report(&REPORT[..length], &key, &Policy::default(), None, NOW).is_err());
    }
    for length in 0..VCEK.len() {
        assert!(secureflow_evidence::snp::verify_chain(&VCEK[..length], None, None, NOW).is_err());
    }
    for vector in [SGX, TDX_V4, TDX_V5] {
        let collateral = vector.collateral().verify(vector.now).unwrap();
        // What is missing may be padding; nothing else.
        let padding = vector.quote.iter().rev().take_while(|byte| **byte == 0).count() - 1;
        for length in 0..vector.quote.len() - padding {
            let judged = dcap::verify_quote(&vector.quote[..length], &collateral, &lenient(), vector.now);
            assert!(judged.is_err(), "{length} bytes of a quote");
        }
        let scale = vector.collateral().to_scale();
        assert!((0..scale.len()).all(|length| Collateral::from_scale(&scale[..length]).is_err()));
    }
}
