//! Evidence from the hardware that this process runs in. The devices stand behind [`Device`]: what speaks to them cannot run
//! without the hardware, everything else is tested with reports that vendors published.

use crate::{AttestError, Attester};
use codec::Encode;
use secureflow_evidence::{dcap, snp};
use secureflow_primitives::attestation::{Evidence, Measurement, TeeKind};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// What the hardware gives for 64 bytes.
#[derive(Clone, Debug)]
pub enum Raw {
    /// A report of AMD's firmware, with the certificate that the host provides for its key, if it does (DER).
    SevSnp {
        report: Vec<u8>,
        certificate: Option<Vec<u8>>,
    },
    /// A quote of an Intel trust domain.
    Tdx { quote: Vec<u8> },
}

/// A source of reports.
pub trait Device: Send + Sync {
    fn report(&self, report_data: [u8; 64]) -> Result<Raw, AttestError>;
}

/// Makes evidence of a device's reports.
pub struct HardwareAttester {
    device: Box<dyn Device>,
    /// The VCEK's or VLEK's certificate, where the host provides none (DER).
    certificate: Option<Vec<u8>>,
    kind: TeeKind,
    measurement: Measurement,
}

impl HardwareAttester {
    /// Asks the device once, to learn what it measured.
    pub fn new(device: Box<dyn Device>, certificate: Option<Vec<u8>>) -> Result<Self, AttestError> {
        let (kind, measurement) = match device.report([0; 64])? {
            Raw::SevSnp { report, .. } => {
                let report = snp::Report::parse(&report).map_err(refused)?;
                (TeeKind::SevSnp, Measurement(*report.measurement()))
            }
            Raw::Tdx { quote } => (TeeKind::Tdx, Measurement(dcap::measurement(&quote).map_err(refused)?)),
        };
        Ok(Self {
            device,
            certificate,
            kind,
            measurement,
        })
    }

    pub fn kind(&self) -> TeeKind {
        self.kind
    }

    /// What the members must have accepted.
    pub fn measurement(&self) -> Measurement {
        self.measurement
    }
}

impl Attester for HardwareAttester {
    fn evidence(&self, report_data: [u8; 64]) -> Result<Evidence, AttestError> {
        let too_long = |_| AttestError("the evidence is longer than the chain takes".into());
        match self.device.report(report_data)? {
            Raw::SevSnp { report, certificate } => {
                let kind = snp::Report::parse(&report)
                    .and_then(|report| report.signing_key())
                    .map_err(refused)?;
                let report = report
                    .try_into()
                    .map_err(|_| AttestError("the report is too short".into()))?;
                let certificate = certificate.or_else(|| self.certificate.clone()).ok_or_else(|| {
                    let text = "the host provides no certificate for the chip's key: fetch the VCEK's from AMD's key \
                                distribution service and name its file in worker.toml, `[evidence] certificate`";
                    AttestError(text.into())
                })?;
                let envelope = snp::Envelope {
                    kind,
                    report,
                    certificate,
                    intermediate: None,
                };
                Ok(Evidence::SevSnp(envelope.encode().try_into().map_err(too_long)?))
            }
            Raw::Tdx { quote } => Ok(Evidence::Tdx(quote.try_into().map_err(too_long)?)),
        }
    }
}

fn refused(error: secureflow_evidence::Error) -> AttestError {
    AttestError(error.to_string())
}

/// Whether this process runs in a guest that can ask for SEV-SNP reports or TDX quotes.
pub fn detect() -> Option<Box<dyn Device>> {
    if Path::new(SevGuest::PATH).exists() {
        return Some(Box::new(SevGuest));
    }
    let reports = Path::new(TsmReports::PATH);
    reports
        .is_dir()
        .then(|| Box::new(TsmReports::new(reports)) as Box<dyn Device>)
}

/// The guest device of SEV-SNP, through the `sev` crate. Not run by this project's tests: it needs the hardware.
pub struct SevGuest;

impl SevGuest {
    const PATH: &'static str = "/dev/sev-guest";
}

impl Device for SevGuest {
    fn report(&self, report_data: [u8; 64]) -> Result<Raw, AttestError> {
        use sev::firmware::{guest::Firmware, host::CertType};
        let failed = |error: &dyn std::fmt::Display| AttestError(format!("{}: {error}", Self::PATH));
        let mut firmware = Firmware::open().map_err(|error| failed(&error))?;
        // VMPL 0 where the guest may ask for it; a guest under a paravisor asks at the level that it has.
        let answer = firmware.get_ext_report(None, Some(report_data), None);
        let (report, certificates) = answer.map_err(|error| failed(&error))?;
        let certificate = certificates
            .into_iter()
            .flatten()
            .find(|entry| matches!(entry.cert_type, CertType::VCEK | CertType::VLEK))
            .map(|entry| entry.data);
        Ok(Raw::SevSnp { report, certificate })
    }
}

/// Reports through Linux's configfs: `/sys/kernel/config/tsm/report`, since 6.7 for SEV-SNP and TDX alike.
///
/// Source: Documentation/ABI/testing/configfs-tsm-report.
pub struct TsmReports {
    folder: PathBuf,
}

impl TsmReports {
    const PATH: &'static str = "/sys/kernel/config/tsm/report";

    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.into() }
    }

    fn read(&self, entry: &Path, report_data: &[u8; 64]) -> std::io::Result<Raw> {
        let generation = || fs::read_to_string(entry.join("generation"));
        fs::OpenOptions::new()
            .write(true)
            .open(entry.join("inblob"))?
            .write_all(report_data)?;
        let before = generation()?;
        let provider = fs::read_to_string(entry.join("provider"))?;
        let report = fs::read(entry.join("outblob"))?;
        // Another writer between the two would have changed what was asked.
        if generation()? != before {
            return Err(std::io::Error::other("somebody else wrote to this report"));
        }
        match provider.trim() {
            "tdx_guest" => Ok(Raw::Tdx { quote: report }),
            "sev_guest" => Ok(Raw::SevSnp {
                report,
                certificate: None,
            }),
            other => Err(std::io::Error::other(format!(
                "the provider {other:?} is not supported"
            ))),
        }
    }
}

impl Device for TsmReports {
    fn report(&self, report_data: [u8; 64]) -> Result<Raw, AttestError> {
        let entry = self.folder.join(format!("secureflow-{}", std::process::id()));
        let failed = |error: std::io::Error| AttestError(format!("{}: {error}", entry.display()));
        match fs::create_dir(&entry) {
            // One left behind by a process of the same number is as good.
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        let raw = self.read(&entry, &report_data).map_err(failed);
        // The kernel keeps an entry until it is removed.
        let _ = fs::remove_dir(&entry);
        raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &[u8] = include_bytes!("../../../pallets/evidence/tests/vectors/snp/milan-report.bin");
    const VCEK: &[u8] = include_bytes!("../../../pallets/evidence/tests/vectors/snp/milan-vcek.der");
    const QUOTE: &[u8] = include_bytes!("../../../pallets/evidence/tests/vectors/dcap/tdx-quote.bin");

    /// Gives what was published, whatever it is asked for.
    struct Published(Raw);

    impl Device for Published {
        fn report(&self, _: [u8; 64]) -> Result<Raw, AttestError> {
            Ok(self.0.clone())
        }
    }

    fn snp(certificate: Option<&[u8]>) -> Box<Published> {
        Box::new(Published(Raw::SevSnp {
            report: REPORT.to_vec(),
            certificate: certificate.map(<[u8]>::to_vec),
        }))
    }

    #[test]
    fn a_report_becomes_evidence_that_verifies() {
        let attester = HardwareAttester::new(snp(Some(VCEK)), None).unwrap();
        assert_eq!(attester.kind(), TeeKind::SevSnp);
        let Evidence::SevSnp(bytes) = attester.evidence([7; 64]).unwrap() else {
            panic!("another kind");
        };
        let envelope = snp::Envelope::parse(&bytes).unwrap();
        let verdict = envelope.verify(&snp::Policy::default(), None, 1_788_220_800).unwrap();
        assert_eq!(Measurement(verdict.measurement), attester.measurement());
    }

    #[test]
    fn a_host_without_certificates_needs_a_file() {
        let attester = HardwareAttester::new(snp(None), None).unwrap();
        let error = attester.evidence([7; 64]).unwrap_err();
        assert!(error.to_string().contains("`[evidence] certificate`"), "{error}");
        let attester = HardwareAttester::new(snp(None), Some(VCEK.to_vec())).unwrap();
        assert!(attester.evidence([7; 64]).is_ok());
    }

    #[test]
    fn a_quote_becomes_evidence() {
        let quote = Raw::Tdx { quote: QUOTE.to_vec() };
        let attester = HardwareAttester::new(Box::new(Published(quote)), None).unwrap();
        assert_eq!(attester.kind(), TeeKind::Tdx);
        assert!(matches!(attester.evidence([7; 64]), Ok(Evidence::Tdx(bytes)) if bytes.as_slice() == QUOTE));
        let nonsense = Raw::Tdx { quote: vec![1, 2, 3] };
        assert!(HardwareAttester::new(Box::new(Published(nonsense)), None).is_err());
    }

    /// A plain folder is no configfs: nothing appears in it by itself.
    #[test]
    fn a_folder_without_a_provider_is_an_error_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let error = TsmReports::new(folder.path()).report([7; 64]).unwrap_err();
        assert!(error.to_string().contains("secureflow-"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
