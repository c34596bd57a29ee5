//! Certificates shaped like AMD's, under a key of our own: VLEKs, and what AMD's profile does not allow.

use crate::snp_rules::{chain, judge, made, of_turin, NOW};
use secureflow_evidence::{
    snp::{verify_chain, Holder, Policy},
    Error, Item, Mismatch, Rule,
};

#[test]
fn a_vlek_speaks_for_its_provider_on_any_chip() {
    let of_vlek = |r: &mut [u8]| {
        r[0x048] = 1 << 2;
        r[0x1A0..0x1E0].fill(0);
    };
    for certificate in ["vlek-milan", "vlek-bergamo"] {
        let Holder::Provider(name) = chain(certificate).unwrap().holder else {
            panic!("a VLEK is a provider's")
        };
        assert!(name.starts_with(b"CN=cc-us-east-2.amazonaws.com\0"));
        assert!(judge(certificate, &Policy::default(), of_vlek).is_ok(), "{certificate}");
    }
    let of_turin_vlek = |r: &mut [u8]| {
        of_turin(r);
        r[0x048] = 1 << 2;
    };
    assert!(judge("vlek-turin", &Policy::default(), of_turin_vlek).is_ok());

    let no_vlek = Policy {
        allow_vlek: false,
        ..Policy::default()
    };
    assert_eq!(judge("vlek-milan", &no_vlek, of_vlek), Err(Error::Rule(Rule::Vlek)));
    let kind = Err(Error::Mismatch(Mismatch::KeyKind));
    assert_eq!(judge("vlek-milan", &Policy::default(), |_| {}), kind);
    assert_eq!(judge("vcek-milan", &Policy::default(), of_vlek), kind);
}

#[test]
fn certificates_that_break_amds_profile_are_refused() {
    let malformed = Error::Malformed(Item::Certificate);
    for (name, expected) in [
        ("vcek-other-product", Error::Mismatch(Mismatch::Product)),
        ("vcek-unknown-product", malformed),
        ("vcek-without-microcode", malformed),
        ("vcek-level-too-high", malformed),
        ("vcek-level-outside", malformed),
        ("vcek-without-id", malformed),
        ("vcek-short-id", malformed),
        ("vcek-with-provider", malformed),
        ("vlek-without-provider", malformed),
        ("vlek-named-vcek", Error::Mismatch(Mismatch::KeyKind)),
        ("vcek-unknown-critical", malformed),
        ("vcek-p256", malformed),
        ("vcek-pkcs1", malformed),
        ("vcek-short-salt", Error::Signature(Item::Certificate)),
        ("vcek-sha256", Error::Signature(Item::Certificate)),
    ] {
        let found = chain(name).map(|_| ());
        let pkcs1 = name == "vcek-pkcs1" && found == Err(Error::Signature(Item::Certificate));
        assert!(pkcs1 || found == Err(expected), "{name}: {found:?}");
    }
    assert!(
        chain("vcek-unknown-extension").is_ok(),
        "an extension that is not critical may be new"
    );
    // None of them verifies where AMD's own intermediate is asked.
    for name in ["vcek-milan", "vlek-milan", "vcek-turin", "vlek-turin", "vlek-bergamo"] {
        let judged = verify_chain(&made(name), None, None, NOW);
        assert_eq!(judged, Err(Error::Signature(Item::Certificate)), "{name}");
    }
}
