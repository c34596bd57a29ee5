//! `secureflow evidence`

mod policy;

use crate::{
    context::Context,
    error::{Failure, Result},
    evidence_policy::status,
    network::reading,
    out::{fields, Answer},
};
use clap::{Args, Subcommand};
use codec::Encode;
use rustls_pki_types::{pem::PemObject, CertificateDer};
use secureflow_chain::{Call, ChainEvent};
use secureflow_evidence::{
    dcap, snp,
    snp::{Envelope, Intermediate, RevocationList, SigningKey},
    Tcb, Tee, Verdict,
};
use secureflow_primitives::BlockNumber;
use serde_json::{json, Value};
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// Check hardware evidence from files, offline, with the code that the chain runs
    #[command(after_help = CHECK)]
    Check(Check),
    /// Bring Intel's collateral for a family of platforms to the chain
    #[command(after_help = "Example:\n  secureflow evidence submit-collateral collateral.json")]
    SubmitCollateral {
        /// Intel's collateral, JSON
        collateral: PathBuf,
    },
    /// Bring AMD's list of revoked certificates for a generation of processors to the chain
    #[command(after_help = "Example:\n  secureflow evidence submit-revocations milan-crl.der")]
    SubmitRevocations {
        /// AMD's list, DER
        list: PathBuf,
    },
    /// What the members ask of hardware evidence, in the form that `set-policy` reads
    #[command(after_help = "Example:\n  secureflow evidence policy > evidence-policy.toml")]
    Policy,
    /// Ask the council to change what is asked of hardware evidence
    #[command(after_help = SET_POLICY)]
    SetPolicy {
        /// The policy, TOML
        file: PathBuf,
        /// For how many blocks workers that fall short may go on
        #[arg(long, value_name = "BLOCKS")]
        grace: BlockNumber,
    },
}

const SET_POLICY: &str = "\
Examples:
  secureflow evidence policy > evidence-policy.toml
  secureflow evidence set-policy evidence-policy.toml --grace 604800

Says before the vote which workers will be short, and of what. A block takes a second, so that 604800 are a week. A worker
that was short before keeps the end that it had; with --grace 0 every worker that is short stops at once.";

const CHECK: &str = "\
Examples:
  secureflow evidence check --report report.bin --certificate vcek.der
  secureflow evidence check --report report.bin --certificate vlek.der --revocations crl.der
  secureflow evidence check --quote quote.bin --collateral collateral.json
  secureflow evidence check --quote quote.bin --collateral collateral.json --accept OutOfDate --at 1773000000

Exit code 0 where the evidence is genuine and keeps the rules, 1 where it is refused; the reason names what is short.";

#[derive(Debug, Args)]
pub struct Check {
    /// An SEV-SNP report as the firmware gives it, 1,184 bytes
    #[arg(
        long,
        value_name = "FILE",
        requires = "certificate",
        required_unless_present = "quote"
    )]
    report: Option<PathBuf>,
    /// The VCEK or VLEK certificate, DER or PEM
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// An ASK or ASVK certificate that AMD published after this release, DER or PEM
    #[arg(long, value_name = "FILE", requires = "report")]
    intermediate: Option<PathBuf>,
    /// AMD's list of revoked certificates, DER
    #[arg(long, value_name = "FILE", requires = "report")]
    revocations: Option<PathBuf>,
    /// Accept guests that may be migrated
    #[arg(long, requires = "report")]
    allow_migration: bool,
    /// Accept reports that were asked for at this privilege level of the guest, or a higher one
    #[arg(long, value_name = "0..3", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=3), requires = "report")]
    max_vmpl: u8,
    /// An SGX or TDX quote
    #[arg(long, value_name = "FILE", requires = "collateral", conflicts_with = "report")]
    quote: Option<PathBuf>,
    /// Intel's collateral, JSON
    #[arg(long, value_name = "FILE", requires = "quote")]
    collateral: Option<PathBuf>,
    /// Accept this TCB status of Intel's beside UpToDate; may be given several times
    #[arg(long, value_name = "STATUS", requires = "quote")]
    accept: Vec<String>,
    /// The time by which certificates and collateral must be valid, unix seconds [default: now]
    #[arg(long, value_name = "SECONDS")]
    at: Option<u64>,
}

pub async fn run(context: &Context, command: Evidence) -> Result<Answer> {
    match command {
        Evidence::Check(check) => check.run(),
        Evidence::SubmitCollateral { collateral } => submit_collateral(context, &collateral).await,
        Evidence::SubmitRevocations { list } => submit_revocations(context, &list).await,
        Evidence::Policy => reading(context.out, policy::show(context)).await,
        Evidence::SetPolicy { file, grace } => policy::set(context, &file, grace).await,
    }
}

impl Check {
    fn run(&self) -> Result<Answer> {
        let now = match self.at {
            Some(seconds) => seconds,
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_secs()),
        };
        let verdict = match (&self.report, &self.certificate, &self.quote, &self.collateral) {
            (Some(report), Some(certificate), ..) => self.snp(report, certificate, now)?,
            (_, _, Some(quote), Some(collateral)) => self.dcap(quote, collateral, now)?,
            _ => {
                return Err(Failure::usage(
                    "give --report and --certificate, or --quote and --collateral",
                ))
            }
        };
        Ok(match verdict {
            Ok(verdict) => accepted(&verdict),
            Err(error) => refused(&error),
        })
    }

    fn snp(
        &self,
        report: &Path,
        certificate: &Path,
        now: u64,
    ) -> Result<std::result::Result<Verdict, secureflow_evidence::Error>> {
        let report = read(report)?;
        let length = report.len();
        let report: [u8; snp::REPORT_BYTES] = report.try_into().map_err(|_| {
            Failure::new(
                "evidence_report",
                format!("the report has {length} bytes instead of {}", snp::REPORT_BYTES),
            )
            .hint("Give the report as the firmware returns it, without a header and not in hex.")
        })?;
        let intermediate = self.intermediate.as_deref().map(certificate_bytes).transpose()?;
        let revocations = self.revocations.as_deref().map(read).transpose()?;
        let certificate = certificate_bytes(certificate)?;
        let policy = snp::Policy {
            allow_migration: self.allow_migration,
            max_vmpl: self.max_vmpl,
            ..snp::Policy::default()
        };
        let verify = move || {
            // The report says whose key signed it; a certificate of the other kind is refused.
            let kind = snp::Report::parse(&report).and_then(|report| report.signing_key());
            let envelope = Envelope {
                kind: kind.unwrap_or(SigningKey::Vcek),
                report,
                certificate,
                intermediate,
            };
            // The same way that the bytes take on chain.
            let envelope = Envelope::parse(&envelope.encode())?;
            if let Some(der) = &envelope.intermediate {
                Intermediate::verify(der, now)?;
            }
            let revocations = revocations.map(|list| RevocationList::verify(&list, now)).transpose()?;
            envelope.verify(&policy, revocations.as_ref(), now)
        };
        Ok(verify())
    }

    fn dcap(
        &self,
        quote: &Path,
        collateral: &Path,
        now: u64,
    ) -> Result<std::result::Result<Verdict, secureflow_evidence::Error>> {
        let (quote, collateral) = (read(quote)?, read(collateral)?);
        let mut policy = dcap::Policy::default();
        for name in &self.accept {
            policy.accepted = policy.accepted.and(status(name)?);
        }
        Ok(dcap::Collateral::from_json(&collateral)
            .and_then(|collateral| collateral.verify(now))
            .and_then(|collateral| dcap::verify_quote(&quote, &collateral, &policy, now)))
    }
}

fn kind(kind: Tee) -> &'static str {
    match kind {
        Tee::SevSnp => "sev-snp",
        Tee::Tdx => "tdx",
        Tee::Sgx => "sgx",
    }
}

/// A platform's security version, for people and for programs.
pub fn platform(tcb: &Tcb) -> (String, Value) {
    match tcb {
        Tcb::SevSnp { product, version } => {
            let levels = version.encode();
            let shown: Vec<String> = levels.iter().map(u8::to_string).collect();
            (
                format!("{product:?}, TCB levels {}", shown.join(".")),
                json!({ "product": format!("{product:?}"), "levels": levels }),
            )
        }
        Tcb::Intel { status, evaluation } => (
            format!("{status:?}, evaluation number {evaluation}"),
            json!({ "status": format!("{status:?}"), "evaluation": evaluation }),
        ),
    }
}

fn accepted(verdict: &Verdict) -> Answer {
    let (text, tcb) = platform(&verdict.tcb);
    let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    let json = json!({
        "accepted": true, "kind": kind(verdict.kind), "measurement": hex(&verdict.measurement),
        "report_data": hex(&verdict.report_data), "tcb": tcb, "valid_until": verdict.valid_until,
        "fingerprint": hex(&verdict.fingerprint),
    });
    let text = format!(
        "GENUINE: its signatures lead to the maker's root, and it keeps the rules.\n{}",
        fields(&[
            ("kind", kind(verdict.kind).into()),
            ("measurement", hex(&verdict.measurement)),
            ("report data", hex(&verdict.report_data)),
            ("platform", text),
            ("valid until", format!("{} (unix s)", verdict.valid_until)),
        ])
    );
    Answer::new(json, text)
}

fn refused(error: &secureflow_evidence::Error) -> Answer {
    let debug = format!("{error:?}");
    let code = debug.split([' ', '(', '{']).next().unwrap_or_default();
    let json = json!({ "accepted": false, "error": { "code": code, "message": error.to_string(), "detail": debug } });
    Answer {
        ok: false,
        ..Answer::new(json, format!("REFUSED: {error}.\n"))
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Failure::new("unreadable", format!("cannot read {}: {error}", path.display())))
}

/// A certificate's DER, also out of PEM.
fn certificate_bytes(path: &Path) -> Result<Vec<u8>> {
    let bytes = read(path)?;
    if !bytes.starts_with(b"-----BEGIN") {
        return Ok(bytes);
    }
    let der = CertificateDer::from_pem_slice(&bytes).map_err(|error| {
        Failure::new("evidence_pem", format!("{}: {error}", path.display()))
            .hint("Give one certificate, in DER or PEM.")
    })?;
    Ok(der.to_vec())
}

async fn submit_collateral(context: &Context, collateral: &Path) -> Result<Answer> {
    let collateral = dcap::Collateral::from_json(&read(collateral)?).map_err(|error| {
        Failure::new("evidence_collateral", error.to_string())
            .hint("Give the JSON of a collateral service, with the fields of Intel's sgx_ql_qve_collateral_t.")
    })?;
    let call = Call::SubmitCollateral {
        collateral: collateral.to_scale(),
    };
    let network = context.network().await?;
    let done = context.submit(&network, call).await?;
    let kept = done.find(|event| match event {
        ChainEvent::CollateralUpdated {
            evaluation,
            valid_until,
            ..
        } => Some((*evaluation, *valid_until)),
        _ => None,
    });
    let (evaluation, until) = kept.unwrap_or_default();
    let text = format!(
        "The chain holds evaluation number {evaluation} for this family, until {until} (unix s) (block {}).",
        done.block.number
    );
    let json = json!({ "evaluation": evaluation, "valid_until": until, "block": done.block.number });
    Ok(Answer::new(json, text))
}

async fn submit_revocations(context: &Context, list: &Path) -> Result<Answer> {
    let network = context.network().await?;
    let done = context
        .submit(&network, Call::SubmitRevocations { list: read(list)? })
        .await?;
    let number = done.find(|event| match event {
        ChainEvent::RevocationsUpdated { number, .. } => Some(*number),
        _ => None,
    });
    let text = format!(
        "The chain holds AMD's list {} (block {}).",
        number.unwrap_or_default(),
        done.block.number
    );
    Ok(Answer::new(
        json!({ "number": number, "block": done.block.number }),
        text,
    ))
}
