//! What published evidence does not show: VLEKs, reports of versions 3 to 5, certificates and guests that break a rule.
//! Nobody but AMD can sign those under AMD's root, so keys of our own stand in: the certificates of
//! `tests/vectors/made`, under an intermediate that only a test can bring in, and reports signed here.

use crate::{snp::REPORT, vector};
use codec::{Decode, Encode};
use p384::ecdsa::{signature::hazmat::PrehashSigner, Signature, SigningKey as Signer};
use secureflow_evidence::{
    snp::{
        verify_chain, verify_report, Intermediate, MinimumTcb, Policy, Product, RevocationList, SigningKey, TcbKind,
        TcbPart, TcbVersion, VerifiedKey,
    },
    Error, Item, Mismatch, Rule, Tcb, Verdict,
};
use sha2::{Digest, Sha384};

/// January 2027: the made certificates are valid.
pub const NOW: u64 = 1_800_000_000;
const MILAN: [u8; 8] = [3, 0, 0, 0, 0, 0, 8, 209];
const TURIN: [u8; 8] = [1, 2, 3, 4, 0, 0, 0, 200];

pub fn made(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/vectors/made/{name}.der", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A pinned intermediate, with our modulus in place of AMD's.
fn intermediate(product: Product, issues: SigningKey) -> Intermediate {
    let mut bytes = Intermediate::pinned(product, issues).unwrap().encode();
    let modulus: &[u8] = vector!("made/issuer-modulus.bin");
    let at = bytes.len() - modulus.len();
    bytes[at..].copy_from_slice(modulus);
    Decode::decode(&mut &bytes[..]).unwrap()
}

pub fn chain(name: &str) -> Result<VerifiedKey, Error> {
    let product = match name {
        name if name.contains("turin") => Product::Turin,
        name if name.contains("bergamo") => Product::Genoa,
        _ => Product::Milan,
    };
    let kind = if name.starts_with("vlek") {
        SigningKey::Vlek
    } else {
        SigningKey::Vcek
    };
    verify_chain(&made(name), Some(&intermediate(product, kind)), None, NOW)
}

/// The published report, changed and signed anew.
fn signed(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut report = REPORT.to_vec();
    for at in [0x038, 0x180, 0x1E0, 0x1F0] {
        report[at..at + 8].copy_from_slice(&MILAN);
    }
    report[0x1A0..0x1E0].fill(0xa5);
    change(&mut report);
    let key = Signer::from_slice(vector!("made/leaf-key.bin")).unwrap();
    let signature: Signature = key.sign_prehash(&Sha384::digest(&report[..0x2A0])).unwrap();
    let (r, s) = signature.split_bytes();
    for (at, scalar) in [(0x2A0, r), (0x2E8, s)] {
        report[at..at + 48]
            .iter_mut()
            .zip(scalar.iter().rev())
            .for_each(|(to, from)| *to = *from);
    }
    report
}

pub fn judge(certificate: &str, policy: &Policy, change: impl FnOnce(&mut [u8])) -> Result<Verdict, Error> {
    verify_report(&signed(change), &chain(certificate)?, policy, None, NOW)
}

fn refused(policy: &Policy, change: impl FnOnce(&mut [u8]), rule: Rule) {
    assert_eq!(judge("vcek-milan", policy, change), Err(Error::Rule(rule)));
}

fn set_policy_bit(bit: usize) -> impl Fn(&mut [u8]) {
    move |report| report[8 + bit / 8] |= 1 << (bit % 8)
}

pub fn of_turin(report: &mut [u8]) {
    report[0] = 5;
    report[0x188..0x18B].copy_from_slice(&[0x1A, 0x02, 0x01]);
    for at in [0x038, 0x180, 0x1E0, 0x1F0] {
        report[at..at + 8].copy_from_slice(&TURIN);
    }
    report[0x1A0..0x1E0].fill(0);
    report[0x1A0..0x1A8].copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn reports_of_all_versions_and_generations_are_accepted() {
    let policy = Policy::default();
    assert!(judge("vcek-milan", &policy, |_| {}).is_ok());
    assert!(judge("vcek-milan-wrapped-id", &policy, |_| {}).is_ok());
    for version in 3..=5 {
        let milan = |r: &mut [u8]| {
            r[0] = version;
            r[0x188..0x18B].copy_from_slice(&[0x19, 0x01, 0x01]);
        };
        assert!(judge("vcek-milan", &policy, milan).is_ok(), "version {version}");
    }
    let verdict = judge("vcek-turin", &policy, of_turin).unwrap();
    let version = TcbVersion::turin(1, 2, 3, 4, 200);
    assert_eq!(
        verdict.tcb,
        Tcb::SevSnp {
            product: Product::Turin,
            version
        }
    );
}

#[test]
fn a_report_must_be_of_the_generation_and_tcb_of_its_certificate() {
    let policy = Policy::default();
    let mismatch = |what| Err(Error::Mismatch(what));
    for (family, model) in [(0x19, 0x11), (0x1A, 0x02), (0x19, 0x20), (0x17, 0x31)] {
        let other = |r: &mut [u8]| {
            r[0] = 3;
            r[0x188..0x18A].copy_from_slice(&[family, model]);
        };
        assert_eq!(
            judge("vcek-milan", &policy, other),
            mismatch(Mismatch::Product),
            "{family:x} {model:x}"
        );
    }
    for level in 0..8 {
        assert_eq!(
            judge("vcek-milan", &policy, |r| r[0x180 + level] ^= 1),
            mismatch(Mismatch::Tcb),
            "level {level}"
        );
    }
    assert_eq!(
        judge("vcek-milan", &policy, |r| r[0x1DF] ^= 1),
        mismatch(Mismatch::Chip)
    );
    assert_eq!(
        judge("vcek-turin", &policy, |r| {
            of_turin(r);
            r[0x1DF] = 1
        }),
        mismatch(Mismatch::Chip)
    );
    refused(&policy, |r| r[0x1A0..0x1E0].fill(0), Rule::MaskedChip);
}

#[test]
fn each_rule_refuses_and_is_lifted_by_its_setting() {
    let base = Policy {
        allow_smt: false,
        ..Policy::default()
    };
    let quiet = |r: &mut [u8]| r[0x00A] = 1 << 1; // Reserved one; SMT off.
    let guarded = |bit: usize| {
        move |r: &mut [u8]| {
            quiet(r);
            set_policy_bit(bit)(r);
        }
    };
    assert!(judge("vcek-milan", &base, quiet).is_ok());
    for (bit, rule, lifted) in [
        (
            16,
            Rule::Smt,
            Some(Policy {
                allow_smt: true,
                ..base
            }),
        ),
        (
            18,
            Rule::Migration,
            Some(Policy {
                allow_migration: true,
                ..base
            }),
        ),
        (19, Rule::Debug, None),
        (
            21,
            Rule::Cxl,
            Some(Policy {
                allow_cxl: true,
                ..base
            }),
        ),
        (26, Rule::ReservedBits, None),
        (63, Rule::ReservedBits, None),
    ] {
        refused(&base, guarded(bit), rule);
        if let Some(lifted) = lifted {
            assert!(judge("vcek-milan", &lifted, guarded(bit)).is_ok(), "bit {bit}");
        }
    }
    refused(&base, |r| r[0x00A] = 0, Rule::ReservedBits);
    for bit in 22..=25 {
        assert!(
            judge("vcek-milan", &base, guarded(bit)).is_ok(),
            "bit {bit} restricts the host"
        );
    }

    let single = Policy {
        require_single_socket: true,
        ..base
    };
    refused(&single, quiet, Rule::SingleSocket);
    assert!(judge("vcek-milan", &single, guarded(20)).is_ok());

    let vmpl = |level: u32| move |r: &mut [u8]| r[0x030..0x034].copy_from_slice(&level.to_le_bytes());
    let default = Policy::default();
    refused(&default, vmpl(1), Rule::Vmpl);
    let any = Policy {
        max_vmpl: u8::MAX,
        ..default
    };
    assert!(judge("vcek-milan", &any, vmpl(3)).is_ok());
    refused(&any, vmpl(4), Rule::Vmpl);
    refused(&any, vmpl(u32::MAX), Rule::Vmpl);

    let author = Policy {
        author_key: Some([7; 48]),
        ..default
    };
    let with_author = |enabled| {
        move |r: &mut [u8]| {
            r[0x048] |= enabled;
            r[0x110..0x140].fill(7);
        }
    };
    refused(&author, |_| {}, Rule::AuthorKey);
    refused(&author, with_author(0), Rule::AuthorKey);
    refused(&author, |r| r[0x048] = 1, Rule::AuthorKey);
    assert!(judge("vcek-milan", &author, with_author(1)).is_ok());
}

#[test]
fn unsigned_and_unknown_signatures_are_refused() {
    let policy = Policy::default();
    for (info, rule) in [
        (0b0_0010, Rule::MaskedKey),
        (0b0_0110, Rule::MaskedKey),
        (7 << 2, Rule::MaskedKey),
        (2 << 2, Rule::SignatureAlgorithm),
        (6 << 2, Rule::SignatureAlgorithm),
        (1 << 5, Rule::ReservedBits),
    ] {
        refused(&policy, |r| r[0x048] = info, rule);
    }
    refused(&policy, |r| r[0x034] = 0, Rule::SignatureAlgorithm);
    refused(&policy, |r| r[0x034] = 2, Rule::SignatureAlgorithm);

    let key = chain("vcek-milan").unwrap();
    let mut zero = signed(|_| {});
    zero[0x2A0..].fill(0);
    let judged = verify_report(&zero, &key, &policy, None, NOW);
    assert_eq!(judged, Err(Error::Signature(Item::Report)));
}

#[test]
fn the_minimum_tcb_holds_for_reported_committed_and_launch_and_names_what_is_short() {
    let minimum = |milan| Policy {
        minimum_tcb: MinimumTcb {
            milan,
            ..MinimumTcb::default()
        },
        ..Policy::default()
    };
    let short = |version, part, have, needs| {
        Err(Error::TcbTooLow {
            version,
            part,
            have,
            needs,
        })
    };
    assert!(judge("vcek-milan", &minimum(TcbVersion(MILAN)), |_| {}).is_ok());
    for (needed, expected) in [
        (TcbVersion::milan_genoa(4, 0, 0, 0), (TcbPart::BootLoader, 3, 4)),
        (TcbVersion::milan_genoa(0, 1, 0, 0), (TcbPart::Tee, 0, 1)),
        (TcbVersion::milan_genoa(0, 0, 9, 0), (TcbPart::Snp, 8, 9)),
        (TcbVersion::milan_genoa(0, 0, 0, 210), (TcbPart::Microcode, 209, 210)),
    ] {
        let (part, have, needs) = expected;
        let judged = judge("vcek-milan", &minimum(needed), |_| {});
        assert_eq!(judged, short(TcbKind::Reported, part, have, needs));
    }
    let held = minimum(TcbVersion(MILAN));
    let committed = judge("vcek-milan", &held, |r| r[0x1E6] = 7);
    assert_eq!(committed, short(TcbKind::Committed, TcbPart::Snp, 7, 8));
    let launch = judge("vcek-milan", &held, |r| r[0x1F7] = 208);
    assert_eq!(launch, short(TcbKind::Launch, TcbPart::Microcode, 208, 209));

    let turin = MinimumTcb {
        turin: TcbVersion::turin(2, 0, 0, 0, 0),
        ..MinimumTcb::default()
    };
    let judged = judge(
        "vcek-turin",
        &Policy {
            minimum_tcb: turin,
            ..Policy::default()
        },
        of_turin,
    );
    assert_eq!(judged, short(TcbKind::Reported, TcbPart::Fmc, 1, 2));
    assert_eq!(
        judged.unwrap_err().to_string(),
        "the FMC of the reported TCB is 1 and must be 2: update it"
    );

    // The verdict keeps the weakest of each, so that a later minimum can be held against it.
    let verdict = judge("vcek-milan", &Policy::default(), |r| {
        r[0x1E6] = 7;
        r[0x1F7] = 208;
    });
    let version = TcbVersion::milan_genoa(3, 0, 7, 208);
    assert_eq!(
        verdict.unwrap().tcb,
        Tcb::SevSnp {
            product: Product::Milan,
            version
        }
    );
}

#[test]
fn a_stored_key_dies_with_its_intermediate() {
    let key = chain("vcek-milan").unwrap();
    // A list as AMD would sign it if it revoked Milan's ASK; the store is the caller's.
    let list = (Product::Milan, 12u64, NOW - 1, NOW + 1, vec![key.issuer]).encode();
    let list = RevocationList::decode(&mut &list[..]).unwrap();
    let judged = verify_report(&signed(|_| {}), &key, &Policy::default(), Some(&list), NOW);
    assert_eq!(judged, Err(Error::Revoked(Item::Intermediate)));
}
