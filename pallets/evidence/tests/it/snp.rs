//! Reports, certificates and revocation lists of AMD's.

use crate::vector;
use codec::{Decode, Encode, MaxEncodedLen};
use secureflow_evidence::{
    snp::{
        verify_chain, verify_report, Envelope, Holder, Intermediate, Policy, Product, RevocationList, SigningKey,
        TcbVersion, VerifiedKey, MAX_CERTIFICATE, MAX_ENVELOPE, REPORT_BYTES,
    },
    Error, Item, Mismatch, Rule, Tcb, Tee, Verdict,
};

pub const REPORT: &[u8] = vector!("snp/milan-report.bin");
pub const VCEK: &[u8] = vector!("snp/milan-vcek.der");
const TURIN_VCEK: &[u8] = vector!("snp/turin-vcek.der");
const DEBUG_REPORT: &[u8] = vector!("snp/milan-debug-report.bin");
const DEBUG_VCEK: &[u8] = vector!("snp/milan-debug-vcek.der");
const MILAN_CRL: &[u8] = vector!("snp/milan-crl.der");
const GENOA_CRL: &[u8] = vector!("snp/genoa-crl.der");

/// 1 September 2026: both certificates and both revocation lists are valid.
pub const NOW: u64 = 1_788_220_800;
/// 3 April 2030, 19:23:43: the end of the Milan VCEK's certificate.
const VCEK_END: u64 = 1_901_474_623;
/// 4 October 2026: the revocation lists ask for their successors.
const CRL_END: u64 = 1_791_072_000;

pub fn envelope() -> Envelope {
    Envelope {
        kind: SigningKey::Vcek,
        report: REPORT.try_into().unwrap(),
        certificate: VCEK.to_vec(),
        intermediate: None,
    }
}

fn verify(change: impl FnOnce(&mut Envelope)) -> Result<Verdict, Error> {
    let mut envelope = envelope();
    change(&mut envelope);
    envelope.verify(&Policy::default(), None, NOW)
}

fn root(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/roots/{path}.der", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_genuine_report_is_accepted_and_says_what_it_says() {
    let verdict = verify(|_| {}).unwrap();
    assert_eq!(verdict.kind, Tee::SevSnp);
    assert_eq!(
        hex::encode(verdict.measurement),
        "7a1e5c266c0108dbc9bb94fa926951320940915d0aafb42464bd88b579ea158d3e1a0dc39b2c60bd95b9c480cd81841f"
    );
    assert_eq!(verdict.report_data, REPORT[0x50..0x90]);
    assert_eq!(
        verdict.tcb,
        Tcb::SevSnp {
            product: Product::Milan,
            version: TcbVersion::milan_genoa(3, 0, 8, 0x73),
        }
    );
    assert_eq!(verdict.valid_until, VCEK_END);
}

#[test]
fn a_stored_key_verifies_the_next_report_without_its_chain() {
    let key = envelope().verify_chain(None, NOW).unwrap();
    let stored = VerifiedKey::decode(&mut &key.encode()[..]).unwrap();
    assert_eq!(stored, key);
    assert!(key.encode().len() <= VerifiedKey::max_encoded_len());
    let again = verify_report(REPORT, &stored, &Policy::default(), None, NOW);
    assert_eq!(again, verify(|_| {}));
    assert_eq!(
        verify_report(REPORT, &stored, &Policy::default(), None, VCEK_END + 1),
        Err(Error::Expired {
            item: Item::Certificate,
            until: VCEK_END
        })
    );
}

#[test]
fn turins_certificate_is_read_in_its_own_layout() {
    let key = verify_chain(TURIN_VCEK, None, None, NOW).unwrap();
    assert_eq!(key.product, Product::Turin);
    assert_eq!(key.tcb, TcbVersion::turin(0, 0, 0, 0, 9));
    let Holder::Chip(id) = key.holder else {
        panic!("a VCEK belongs to a chip")
    };
    assert_eq!(hex::encode(&id[..9]), "1e550a8ee5cf9f4d00");
}

#[test]
fn every_pinned_intermediate_descends_from_its_pinned_root() {
    for (product, name) in [
        (Product::Milan, "milan"),
        (Product::Genoa, "genoa"),
        (Product::Turin, "turin"),
    ] {
        for (kind, file) in [(SigningKey::Vcek, "ask"), (SigningKey::Vlek, "asvk")] {
            let verified = Intermediate::verify(&root(&format!("{name}-{file}")), NOW);
            assert_eq!(verified, Intermediate::pinned(product, kind));
            assert_eq!(verified.map(|this| (this.product, this.issues)), Ok((product, kind)));
        }
    }
}

#[test]
fn another_published_intermediate_may_be_sent_along() {
    let genuine = root("milan-ask");
    assert_eq!(verify(|e| e.intermediate = Some(genuine.clone())), verify(|_| {}));
    let item = Item::Intermediate;
    for (name, expected) in [
        ("genoa-ask", Error::UnknownIssuer(Item::Certificate)),
        ("milan-asvk", Error::UnknownIssuer(Item::Certificate)),
        ("milan-ark", Error::UnknownIssuer(item)),
    ] {
        assert_eq!(verify(|e| e.intermediate = Some(root(name))), Err(expected), "{name}");
    }
    assert_eq!(
        Intermediate::verify(VCEK, NOW),
        Err(Error::UnknownIssuer(item)),
        "a leaf certifies nothing"
    );
    assert_eq!(
        Intermediate::verify(&genuine, 0),
        Err(Error::NotYetValid {
            item,
            from: 1_603_391_060
        })
    );
    let until = 2_392_309_460;
    assert_eq!(
        Intermediate::verify(&genuine, until + 1),
        Err(Error::Expired { item, until })
    );
}

#[test]
fn a_genuine_report_of_a_debug_guest_is_refused_whatever_the_policy_allows() {
    let key = verify_chain(DEBUG_VCEK, None, None, NOW).unwrap();
    let lax = Policy {
        max_vmpl: 3,
        allow_migration: true,
        allow_cxl: true,
        ..Policy::default()
    };
    for policy in [Policy::default(), lax] {
        assert_eq!(
            verify_report(DEBUG_REPORT, &key, &policy, None, NOW),
            Err(Error::Rule(Rule::Debug))
        );
    }
}

#[test]
fn a_certificate_that_does_not_belong_to_the_report_is_refused() {
    assert_eq!(
        verify(|e| e.certificate = DEBUG_VCEK.to_vec()),
        Err(Error::Mismatch(Mismatch::Chip))
    );
    // A report of version 2 names no generation: the chip tells.
    assert_eq!(
        verify(|e| e.certificate = TURIN_VCEK.to_vec()),
        Err(Error::Mismatch(Mismatch::Chip))
    );
    assert_eq!(
        verify(|e| e.kind = SigningKey::Vlek),
        Err(Error::Mismatch(Mismatch::KeyKind))
    );
    for name in ["milan-ark", "milan-ask", "milan-asvk"] {
        assert_eq!(
            verify(|e| e.certificate = root(name)),
            Err(Error::UnknownIssuer(Item::Certificate)),
            "{name}"
        );
    }
}

#[test]
fn time_is_enforced_to_the_second() {
    let at = |now| envelope().verify(&Policy::default(), None, now);
    // 3 April 2023, 19:23:43.
    let start = 1_680_549_823;
    let item = Item::Certificate;
    assert_eq!(at(start - 1), Err(Error::NotYetValid { item, from: start }));
    assert!(at(start).is_ok());
    assert!(at(VCEK_END).is_ok());
    assert_eq!(at(VCEK_END + 1), Err(Error::Expired { item, until: VCEK_END }));
}

#[test]
fn malformed_and_oversized_input_has_errors_of_its_own() {
    let item = Item::Certificate;
    let limit = MAX_CERTIFICATE as u32;
    assert_eq!(
        verify(|e| e.certificate = vec![0x30; MAX_CERTIFICATE + 1]),
        Err(Error::TooLarge { item, limit })
    );
    assert_eq!(verify(|e| e.certificate.clear()), Err(Error::Malformed(item)));
    assert_eq!(verify(|e| e.certificate.push(0)), Err(Error::TrailingBytes(item)));
    assert_eq!(
        verify(|e| e.certificate.truncate(VCEK.len() - 1)),
        Err(Error::Malformed(item))
    );
    assert_eq!(
        verify(|e| e.report[0] = 6),
        Err(Error::UnsupportedVersion {
            item: Item::Report,
            version: 6
        })
    );
    assert_eq!(
        verify(|e| e.report[0] = 1),
        Err(Error::UnsupportedVersion {
            item: Item::Report,
            version: 1
        })
    );

    let key = verify_chain(VCEK, None, None, NOW).unwrap();
    let parse = |bytes: &[u8]| verify_report(bytes, &key, &Policy::default(), None, NOW).map(drop);
    assert_eq!(parse(&REPORT[1..]), Err(Error::Malformed(Item::Report)));
    let limit = REPORT_BYTES as u32;
    assert_eq!(
        parse(&[REPORT, &[0]].concat()),
        Err(Error::TooLarge {
            item: Item::Report,
            limit
        })
    );
}

#[test]
fn an_envelope_is_decoded_to_its_last_byte() {
    let bytes = envelope().encode();
    assert_eq!(Envelope::parse(&bytes), Ok(envelope()));
    let item = Item::Envelope;
    assert_eq!(
        Envelope::parse(&[&bytes[..], &[0]].concat()),
        Err(Error::TrailingBytes(item))
    );
    assert_eq!(Envelope::parse(&bytes[..bytes.len() - 1]), Err(Error::Malformed(item)));
    let limit = MAX_ENVELOPE as u32;
    assert_eq!(
        Envelope::parse(&vec![0; MAX_ENVELOPE + 1]),
        Err(Error::TooLarge { item, limit })
    );
    // A length that promises more than there is allocates nothing.
    let mut promise = vec![0; 1 + REPORT_BYTES];
    promise.extend([0xfe, 0xff, 0xff, 0xff]);
    assert_eq!(Envelope::parse(&promise), Err(Error::Malformed(item)));
}

#[test]
fn revocation_lists_are_verified_and_bound_the_verdict() {
    let milan = RevocationList::verify(MILAN_CRL, NOW).unwrap();
    assert_eq!(
        (milan.product, milan.number, milan.valid_until),
        (Product::Milan, 11, CRL_END)
    );
    assert!(milan.encode().len() <= RevocationList::max_encoded_len());
    let verdict = envelope().verify(&Policy::default(), Some(&milan), NOW).unwrap();
    assert_eq!(verdict.valid_until, CRL_END);

    let item = Item::RevocationList;
    assert_eq!(
        envelope().verify(&Policy::default(), Some(&milan), CRL_END + 1),
        Err(Error::Expired { item, until: CRL_END })
    );
    assert_eq!(
        RevocationList::verify(MILAN_CRL, CRL_END + 1),
        Err(Error::Expired { item, until: CRL_END })
    );
    assert!(matches!(
        RevocationList::verify(MILAN_CRL, 0),
        Err(Error::NotYetValid { .. })
    ));
    assert_eq!(RevocationList::verify(VCEK, NOW), Err(Error::Malformed(item)));
    assert_eq!(
        RevocationList::verify(&[MILAN_CRL, &[0]].concat(), NOW),
        Err(Error::TrailingBytes(item))
    );

    let genoa = RevocationList::verify(GENOA_CRL, NOW).unwrap();
    assert_eq!(
        envelope().verify(&Policy::default(), Some(&genoa), NOW),
        Err(Error::Mismatch(Mismatch::Product))
    );
}

#[test]
fn a_revoked_intermediate_is_refused() {
    // AMD revoked Genoa's first ASK, serial 02 00 01, and issued 02 00 02 in its place.
    let genoa = RevocationList::verify(GENOA_CRL, NOW).unwrap();
    let current = Intermediate::pinned(Product::Genoa, SigningKey::Vcek).unwrap();
    assert_eq!(genoa.check(Product::Genoa, current.serial), Ok(()));
    let mut serial = current.serial.encode();
    assert_eq!(serial.last(), Some(&2));
    *serial.last_mut().unwrap() = 1;
    let former = Decode::decode(&mut &serial[..]).unwrap();
    assert_eq!(
        genoa.check(Product::Genoa, former),
        Err(Error::Revoked(Item::Intermediate))
    );
}
