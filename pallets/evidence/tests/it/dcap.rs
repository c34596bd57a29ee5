//! Quotes and collateral of Intel's.

use crate::vector;
use codec::{DecodeAll, Encode, MaxEncodedLen};
use secureflow_evidence::{
    dcap::{
        tdx_measurement, verify_by_reference, verify_quote, AcceptedStatuses, Authority, Collateral, Component, Family,
        Policy, Shortfall, TcbStatus, VerifiedCollateral, MAX_COLLATERAL, MAX_QUOTE,
    },
    Error, Item, Mismatch, Tcb, Tee, Verdict,
};

pub struct Vector {
    pub quote: &'static [u8],
    pub collateral: &'static [u8],
    /// A time at which both are valid, unix s.
    pub now: u64,
}

pub const SGX: Vector = Vector {
    quote: vector!("dcap/sgx-quote.bin"),
    collateral: vector!("dcap/sgx-quote-collateral.json"),
    now: 1_750_330_631,
};
pub const TDX_V4: Vector = Vector {
    quote: vector!("dcap/tdx-quote.bin"),
    collateral: vector!("dcap/tdx-quote-collateral.json"),
    now: 1_750_329_207,
};
pub const TDX_V5: Vector = Vector {
    quote: vector!("dcap/tdx-quote-td15ex.bin"),
    collateral: vector!("dcap/tdx-quote-td15ex-collateral.json"),
    now: 1_791_418_246,
};
const OUTDATED: Vector = Vector {
    quote: vector!("dcap/tdx-quote-outdated.bin"),
    collateral: vector!("dcap/tdx-quote-outdated-collateral.json"),
    now: 1_773_000_000,
};

pub fn lenient() -> Policy {
    let accepted = AcceptedStatuses::default()
        .and(TcbStatus::SWHardeningNeeded)
        .and(TcbStatus::ConfigurationNeeded)
        .and(TcbStatus::ConfigurationAndSWHardeningNeeded);
    Policy {
        accepted,
        ..Policy::default()
    }
}

impl Vector {
    pub fn collateral(&self) -> Collateral {
        Collateral::from_json(self.collateral).unwrap()
    }

    pub fn verify(&self, policy: &Policy) -> Result<Verdict, Error> {
        self.verify_quote(self.quote, policy)
    }

    pub fn verify_quote(&self, quote: &[u8], policy: &Policy) -> Result<Verdict, Error> {
        verify_quote(quote, &self.collateral().verify(self.now)?, policy, self.now)
    }

    /// With a field of the collateral changed.
    fn with(&self, name: &str, change: impl FnOnce(&mut String)) -> Result<Verdict, Error> {
        let mut json: serde_json::Value = serde_json::from_slice(self.collateral).unwrap();
        let mut text = json[name].as_str().unwrap().to_owned();
        change(&mut text);
        json[name] = text.into();
        let collateral = Collateral::from_json(json.to_string().as_bytes())?;
        verify_quote(self.quote, &collateral.verify(self.now)?, &lenient(), self.now)
    }
}

#[test]
fn genuine_quotes_are_accepted_and_say_what_they_say() {
    for (vector, kind, status, evaluation, measurement, data) in [
        (
            &SGX,
            Tee::Sgx,
            TcbStatus::ConfigurationAndSWHardeningNeeded,
            17,
            "33d8736db756ed4997e04ba358d27833188f1932ff7b1d156904d3f560452fbb00000000000000000000000000000000",
            "48656c6c6f2c20776f726c6421",
        ),
        (&TDX_V4, Tee::Tdx, TcbStatus::UpToDate, 17, "", ""),
        (&TDX_V5, Tee::Tdx, TcbStatus::UpToDate, 20, "", "2945321c"),
    ] {
        let verdict = vector.verify(&lenient()).unwrap();
        assert_eq!((verdict.kind, verdict.tcb), (kind, Tcb::Intel { status, evaluation }));
        assert!(hex::encode(verdict.measurement).starts_with(measurement));
        assert!(hex::encode(verdict.report_data).starts_with(data));
        assert_eq!(
            verify_by_reference(vector.quote, &vector.collateral(), &lenient(), vector.now),
            Ok(verdict)
        );
    }
}

#[test]
fn a_trust_domain_is_measured_by_all_its_registers() {
    // MRTD is at 184 of a quote of version 4, the run-time registers from 376 on, report data behind them.
    let register = |at: usize| <[u8; 48]>::try_from(&TDX_V4.quote[at..at + 48]).unwrap();
    let rtmrs = [376, 424, 472, 520].map(register);
    let verdict = TDX_V4.verify(&Policy::default()).unwrap();
    assert_eq!(verdict.measurement, tdx_measurement(&register(184), &rtmrs));
    assert_eq!(verdict.report_data, TDX_V4.quote[568..632]);
    for changed in 0..4 {
        let mut other = rtmrs;
        other[changed][0] ^= 1;
        assert_ne!(verdict.measurement, tdx_measurement(&register(184), &other));
    }
}

#[test]
fn an_outdated_platform_is_refused_and_told_what_is_short() {
    let refusal = OUTDATED.verify(&Policy::default()).unwrap_err();
    let short = Shortfall {
        component: Component::Sgx(7),
        have: 3,
        needs: 5,
    };
    assert_eq!(
        refusal,
        Error::TcbStatus {
            status: TcbStatus::OutOfDate,
            short: Some(short)
        }
    );
    assert_eq!(
        refusal.to_string(),
        "the platform's TCB status is OutOfDate: SGX TCB component 7 is 3 and must be 5"
    );
    let reference = verify_by_reference(OUTDATED.quote, &OUTDATED.collateral(), &Policy::default(), OUTDATED.now);
    assert_eq!(
        reference,
        Err(Error::TcbStatus {
            status: TcbStatus::OutOfDate,
            short: None
        })
    );
}

#[test]
fn a_status_is_accepted_only_where_the_policy_names_it() {
    let status = TcbStatus::ConfigurationAndSWHardeningNeeded;
    let refused = Err(Error::TcbStatus { status, short: None });
    assert_eq!(SGX.verify(&Policy::default()), refused);
    let other = AcceptedStatuses::default().and(TcbStatus::SWHardeningNeeded);
    assert!(matches!(
        SGX.verify(&Policy {
            accepted: other,
            ..Policy::default()
        }),
        Err(Error::TcbStatus { .. })
    ));
    assert!(SGX
        .verify(&Policy {
            accepted: other.and(status),
            ..Policy::default()
        })
        .is_ok());
    assert!(!AcceptedStatuses::default()
        .and(TcbStatus::Revoked)
        .contains(TcbStatus::Revoked));
}

#[test]
fn collateral_of_an_older_recovery_is_refused() {
    let asks = |minimum_evaluation| {
        TDX_V5.verify(&Policy {
            minimum_evaluation,
            ..Policy::default()
        })
    };
    assert!(asks(20).is_ok());
    assert_eq!(asks(21), Err(Error::CollateralTooOld { have: 20, needs: 21 }));
}

#[test]
fn time_is_enforced_for_every_part() {
    let verify = |now| TDX_V4.collateral().verify(now);
    let good = verify(TDX_V4.now).unwrap();
    let item = Item::TcbInfo;
    // 19 June 2025, 10:16:03.
    assert_eq!(
        verify(1_750_328_162),
        Err(Error::NotYetValid {
            item,
            from: 1_750_328_163
        })
    );
    assert!(matches!(
        verify(good.valid_until + 40 * 86_400),
        Err(Error::Expired { .. })
    ));
    let late = verify_quote(TDX_V4.quote, &good, &lenient(), good.valid_until + 1);
    assert_eq!(
        late,
        Err(Error::Expired {
            item: Item::Collateral,
            until: good.valid_until
        })
    );
    assert!(verify_quote(TDX_V4.quote, &good, &lenient(), good.valid_until).is_ok());
    // Of the SGX collateral the lists end first.
    assert!(matches!(
        SGX.collateral().verify(1_752_919_279),
        Err(Error::Expired {
            item: Item::IntelRevocationLists,
            ..
        } | Error::Expired {
            item: Item::QeIdentity,
            ..
        })
    ));
}

#[test]
fn quotes_and_collateral_of_different_kinds_do_not_mix() {
    let judge = |quote: &[u8], vector: &Vector, now| {
        let collateral = vector.collateral().verify(vector.now).unwrap();
        verify_quote(quote, &collateral, &lenient(), now)
    };
    let kind = Err(Error::Mismatch(Mismatch::CollateralKind));
    assert_eq!(judge(SGX.quote, &TDX_V4, TDX_V4.now), kind);
    assert_eq!(judge(TDX_V4.quote, &SGX, SGX.now), kind);
    let family = Err(Error::Mismatch(Mismatch::Family));
    assert_eq!(judge(TDX_V4.quote, &OUTDATED, OUTDATED.now), family);
}

/// Collateral is kept by what quotes ask for: kind, FMSPC, PCE-ID, and the authority of the platform's key.
#[test]
fn a_quote_names_the_family_of_its_collateral() {
    for (vector, authority) in [
        (&SGX, Authority::Processor),
        (&TDX_V4, Authority::Platform),
        (&TDX_V5, Authority::Platform),
        (&OUTDATED, Authority::Platform),
    ] {
        let family = Family::of_quote(vector.quote).unwrap();
        assert_eq!(family.authority, authority);
        assert_eq!(vector.collateral().verify(vector.now).unwrap().family(), family);
    }
}

#[test]
fn wrong_roots_signatures_and_statements_are_named() {
    let made = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let signature = |item| Err(Error::Signature(item));
    for (field, change, expected) in [
        (
            "tcb_info",
            (|s| *s = s.replacen("00", "01", 1)) as fn(&mut String),
            signature(Item::TcbInfo),
        ),
        (
            "qe_identity",
            |s| *s = s.replacen("00", "01", 1),
            signature(Item::QeIdentity),
        ),
        (
            "tcb_info_signature",
            |s| s.replace_range(..2, "00"),
            signature(Item::TcbInfo),
        ),
        (
            "qe_identity_signature",
            |s| s.truncate(126),
            signature(Item::QeIdentity),
        ),
        ("tcb_info", |s| s.truncate(9), Err(Error::Malformed(Item::TcbInfo))),
        ("qe_identity", |s| s.clear(), Err(Error::Malformed(Item::QeIdentity))),
        (
            "tcb_info_issuer_chain",
            |s| s.clear(),
            Err(Error::Malformed(Item::IntelCertificates)),
        ),
        (
            "root_ca_crl",
            |s| s.clear(),
            Err(Error::Malformed(Item::IntelRevocationLists)),
        ),
        (
            "pck_crl",
            |s| s.push_str("00"),
            Err(Error::TrailingBytes(Item::IntelRevocationLists)),
        ),
    ] {
        assert_eq!(TDX_V4.with(field, change), expected, "{field}");
    }
    let malformed = Err(Error::Malformed(Item::IntelCertificates));
    assert_eq!(TDX_V4.with("pck_crl_issuer_chain", |s| *s = made.into()), malformed);
    // A certificate of the right root in the wrong role: the issuer of platforms signs no collateral.
    let issuer = serde_json::from_slice::<serde_json::Value>(TDX_V4.collateral).unwrap()["pck_crl_issuer_chain"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(TDX_V4.with("tcb_info_issuer_chain", |s| *s = issuer), malformed);
}

#[test]
fn malformed_and_oversized_input_has_errors_of_its_own() {
    let verify = |quote: &[u8]| TDX_V5.verify_quote(quote, &lenient()).map(|_| ());
    let quote = TDX_V5.quote;
    let item = Item::Quote;
    let limit = MAX_QUOTE as u32;
    assert_eq!(verify(&vec![5; MAX_QUOTE + 1]), Err(Error::TooLarge { item, limit }));
    assert_eq!(verify(&[]), Err(Error::Malformed(item)));
    assert_eq!(verify(&quote[..quote.len() - 1]), Err(Error::Malformed(item)));
    assert_eq!(verify(&[quote, &[1]].concat()), Err(Error::TrailingBytes(item)));
    assert_eq!(verify(&[quote, &[0; 70]].concat()), Ok(()), "hosts pad quotes");
    let mut other = quote.to_vec();
    other[0] = 6;
    assert_eq!(verify(&other), Err(Error::UnsupportedVersion { item, version: 6 }));

    let item = Item::Collateral;
    let limit = MAX_COLLATERAL as u32;
    assert_eq!(
        Collateral::from_json(&vec![b' '; MAX_COLLATERAL + 1]),
        Err(Error::TooLarge { item, limit })
    );
    assert_eq!(Collateral::from_json(b"{}"), Err(Error::Malformed(item)));
    let scale = TDX_V5.collateral().to_scale();
    assert_eq!(Collateral::from_scale(&scale), Ok(TDX_V5.collateral()));
    assert_eq!(
        Collateral::from_scale(&[&scale[..], &[0]].concat()),
        Err(Error::Malformed(item))
    );
}

#[test]
fn stored_collateral_is_small_and_judges_alike() {
    for vector in [SGX, TDX_V4, TDX_V5] {
        let verified = vector.collateral().verify(vector.now).unwrap();
        let bytes = verified.encode();
        println!("{} of {} bytes", bytes.len(), vector.collateral.len());
        assert!(bytes.len() <= VerifiedCollateral::max_encoded_len());
        assert_eq!(VerifiedCollateral::decode_all(&mut &bytes[..]), Ok(verified));
    }
}
