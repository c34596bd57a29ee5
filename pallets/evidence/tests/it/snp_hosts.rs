//! Real reports of other generations and of providers' hosts.

use crate::{snp::NOW, vector};
use secureflow_evidence::{
    snp::{Envelope, Policy, Product, SigningKey, TcbVersion},
    Error, Mismatch, Rule, Tcb, Verdict,
};

struct Host {
    report: &'static [u8],
    certificate: &'static [u8],
    kind: SigningKey,
    /// The level that asked for the report.
    vmpl: u8,
    product: Product,
    /// Boot loader, TEE, SNP, microcode.
    tcb: [u8; 4],
}

/// Version 5, a chip of stepping B0, at Google.
const MILAN_B: Host = Host {
    report: vector!("snp/milan-b-report.bin"),
    certificate: vector!("snp/milan-b-vcek.der"),
    kind: SigningKey::Vcek,
    vmpl: 0,
    product: Product::Milan,
    tcb: [4, 0, 0x1B, 0xDE],
};

/// Version 5, signed by a provider's key, with the chip's identity masked and a policy bit that version 5 is the first to know,
/// at Amazon. The platform runs a newer firmware than it reports.
const MILAN_VLEK: Host = Host {
    report: vector!("snp/milan-vlek-report.bin"),
    certificate: vector!("snp/milan-vlek.der"),
    kind: SigningKey::Vlek,
    vmpl: 1,
    product: Product::Milan,
    tcb: [4, 0, 0x1B, 0xDE],
};

/// Version 3.
const GENOA: Host = Host {
    report: vector!("snp/genoa-report.bin"),
    certificate: vector!("snp/genoa-vcek.der"),
    kind: SigningKey::Vcek,
    vmpl: 1,
    product: Product::Genoa,
    tcb: [9, 0, 0x17, 0x48],
};

const HOSTS: [Host; 3] = [MILAN_B, MILAN_VLEK, GENOA];

fn verify(report: &[u8], host: &Host, max_vmpl: u8) -> Result<Verdict, Error> {
    let policy = Policy {
        max_vmpl,
        ..Policy::default()
    };
    let envelope = Envelope {
        kind: host.kind,
        report: report.try_into().unwrap(),
        certificate: host.certificate.to_vec(),
        intermediate: None,
    };
    envelope.verify(&policy, None, NOW)
}

#[test]
fn genuine_reports_of_other_hosts_are_accepted() {
    for host in &HOSTS {
        let verdict = verify(host.report, host, host.vmpl).unwrap();
        assert_eq!(verdict.measurement, host.report[0x90..0xC0]);
        assert_eq!(verdict.report_data, host.report[0x50..0x90]);
        let [loader, tee, snp, microcode] = host.tcb;
        let (product, version) = (host.product, TcbVersion::milan_genoa(loader, tee, snp, microcode));
        assert_eq!(verdict.tcb, Tcb::SevSnp { product, version });
        if let Some(below) = host.vmpl.checked_sub(1) {
            assert_eq!(verify(host.report, host, below), Err(Error::Rule(Rule::Vmpl)));
        }
    }
}

#[test]
fn no_hosts_certificate_speaks_for_another() {
    for (at, host) in HOSTS.iter().enumerate() {
        for (other, another) in HOSTS.iter().enumerate().filter(|(other, _)| *other != at) {
            let host = Host {
                kind: another.kind,
                certificate: another.certificate,
                ..HOSTS[at]
            };
            let found = verify(host.report, &host, 3);
            assert!(matches!(found, Err(Error::Mismatch(_))), "{at} by {other}: {found:?}");
        }
        let other_kind = Host {
            kind: match host.kind {
                SigningKey::Vcek => SigningKey::Vlek,
                SigningKey::Vlek => SigningKey::Vcek,
            },
            ..HOSTS[at]
        };
        let found = verify(host.report, &other_kind, 3);
        assert_eq!(found, Err(Error::Mismatch(Mismatch::KeyKind)));
    }
}

#[test]
fn every_signed_byte_counts() {
    for host in &HOSTS {
        for at in 0..host.report.len() {
            let mut changed = host.report.to_vec();
            changed[at] ^= 0x40;
            assert!(verify(&changed, host, 3).is_err(), "byte {at:#x}");
        }
    }
}
