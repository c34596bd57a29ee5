//! What is asked of hardware evidence, as people write it. Every rule stands in the file: what were left out would be
//! lowered without anybody saying so.

use crate::error::{Failure, Result};
use secureflow_evidence::{
    dcap::{self, AcceptedStatuses, TcbStatus},
    registry::Policy,
    snp::{self, MinimumTcb, TcbVersion},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidencePolicyFile {
    pub snp: SnpFile,
    pub dcap: DcapFile,
}

/// SEV-SNP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnpFile {
    pub max_vmpl: u8,
    pub allow_smt: bool,
    pub allow_migration: bool,
    pub allow_cxl: bool,
    pub require_single_socket: bool,
    pub allow_vlek: bool,
    /// SHA-384 of the key that must have signed the guests' identity blocks, hex; left out where any or none will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_key: Option<String>,
    pub minimum_tcb: MinimumTcbFile,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinimumTcbFile {
    pub milan: MilanGenoaFile,
    pub genoa: MilanGenoaFile,
    pub turin: TurinFile,
}

/// Security patch levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MilanGenoaFile {
    pub boot_loader: u8,
    pub tee: u8,
    pub snp: u8,
    pub microcode: u8,
}

/// Security patch levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TurinFile {
    pub fmc: u8,
    pub boot_loader: u8,
    pub tee: u8,
    pub snp: u8,
    pub microcode: u8,
}

/// SGX and TDX.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DcapFile {
    /// Intel's names of statuses, beside `UpToDate`.
    pub accepted: Vec<String>,
    pub minimum_evaluation: u32,
    pub refuse_smt: bool,
}

impl From<&MilanGenoaFile> for TcbVersion {
    fn from(file: &MilanGenoaFile) -> Self {
        Self::milan_genoa(file.boot_loader, file.tee, file.snp, file.microcode)
    }
}

impl From<TcbVersion> for MilanGenoaFile {
    fn from(TcbVersion([boot_loader, tee, _, _, _, _, snp, microcode]): TcbVersion) -> Self {
        Self {
            boot_loader,
            tee,
            snp,
            microcode,
        }
    }
}

impl From<&TurinFile> for TcbVersion {
    fn from(file: &TurinFile) -> Self {
        Self::turin(file.fmc, file.boot_loader, file.tee, file.snp, file.microcode)
    }
}

impl From<TcbVersion> for TurinFile {
    fn from(TcbVersion([fmc, boot_loader, tee, snp, _, _, _, microcode]): TcbVersion) -> Self {
        Self {
            fmc,
            boot_loader,
            tee,
            snp,
            microcode,
        }
    }
}

/// A TCB status by Intel's name of it.
pub fn status(name: &str) -> Result<TcbStatus> {
    let mut all = TcbStatus::ALL.into_iter();
    all.find(|status| status.to_string().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let known: Vec<String> = TcbStatus::ALL.iter().map(ToString::to_string).collect();
            Failure::usage(format!("{name:?} is no TCB status: Intel's are {}", known.join(", ")))
        })
}

impl EvidencePolicyFile {
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            Failure::new("evidence_policy", format!("the policy does not read: {error}")).hint(
                "Every rule has to stand in it: `secureflow evidence policy` prints what is asked now, in this form.",
            )
        })
    }

    /// For people and for [`Self::parse`].
    pub fn text(&self) -> Result<String> {
        toml::to_string(self).map_err(|error| Failure::new("evidence_policy", error.to_string()))
    }

    pub fn policy(&self) -> Result<Policy> {
        let Self { snp, dcap } = self;
        let bad = |problem: String| Failure::new("evidence_policy", problem);
        if snp.max_vmpl > 3 {
            return Err(bad(format!("max_vmpl is {}: the levels are 0 to 3", snp.max_vmpl)));
        }
        let author_key = match &snp.author_key {
            None => None,
            Some(digits) => Some(bytes48(digits).map_err(|problem| bad(format!("author_key {problem}")))?),
        };
        let mut accepted = AcceptedStatuses::default();
        for name in &dcap.accepted {
            match status(name)? {
                TcbStatus::Revoked => return Err(bad("a platform that Intel has revoked is never accepted".into())),
                status => accepted = accepted.and(status),
            }
        }
        Ok(Policy {
            snp: snp::Policy {
                minimum_tcb: MinimumTcb {
                    milan: (&snp.minimum_tcb.milan).into(),
                    genoa: (&snp.minimum_tcb.genoa).into(),
                    turin: (&snp.minimum_tcb.turin).into(),
                },
                max_vmpl: snp.max_vmpl,
                allow_smt: snp.allow_smt,
                allow_migration: snp.allow_migration,
                allow_cxl: snp.allow_cxl,
                require_single_socket: snp.require_single_socket,
                allow_vlek: snp.allow_vlek,
                author_key,
            },
            dcap: dcap::Policy {
                accepted,
                minimum_evaluation: dcap.minimum_evaluation,
                refuse_smt: dcap.refuse_smt,
            },
        })
    }
}

impl From<&Policy> for EvidencePolicyFile {
    fn from(Policy { snp, dcap }: &Policy) -> Self {
        let beside = |status: &TcbStatus| *status != TcbStatus::UpToDate && dcap.accepted.contains(*status);
        Self {
            snp: SnpFile {
                max_vmpl: snp.max_vmpl,
                allow_smt: snp.allow_smt,
                allow_migration: snp.allow_migration,
                allow_cxl: snp.allow_cxl,
                require_single_socket: snp.require_single_socket,
                allow_vlek: snp.allow_vlek,
                author_key: snp.author_key.map(|key| format!("0x{}", hex::encode(key))),
                minimum_tcb: MinimumTcbFile {
                    milan: snp.minimum_tcb.milan.into(),
                    genoa: snp.minimum_tcb.genoa.into(),
                    turin: snp.minimum_tcb.turin.into(),
                },
            },
            dcap: DcapFile {
                accepted: TcbStatus::ALL
                    .into_iter()
                    .filter(beside)
                    .map(|status| status.to_string())
                    .collect(),
                minimum_evaluation: dcap.minimum_evaluation,
                refuse_smt: dcap.refuse_smt,
            },
        }
    }
}

/// 48 bytes from hex.
pub fn bytes48(digits: &str) -> std::result::Result<[u8; 48], String> {
    let mut bytes = [0; 48];
    match hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => Err("is not 48 bytes in hexadecimal digits".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../../docs/samples/evidence-policy.toml");

    #[test]
    fn the_sample_is_a_policy_and_what_is_printed_reads_back() {
        let file = EvidencePolicyFile::parse(SAMPLE).unwrap();
        let policy = file.policy().unwrap();
        assert!(policy.dcap.accepted.contains(TcbStatus::SWHardeningNeeded));
        assert_eq!(policy.snp.minimum_tcb.milan, TcbVersion::milan_genoa(4, 0, 24, 219));
        assert_eq!(policy.snp.minimum_tcb.turin, TcbVersion::turin(1, 1, 1, 4, 75));
        for policy in [policy, Policy::default()] {
            let text = EvidencePolicyFile::from(&policy).text().unwrap();
            let read = EvidencePolicyFile::parse(&text).unwrap();
            assert_eq!(read.policy().unwrap(), policy, "{text}");
        }
    }

    #[test]
    fn a_rule_that_is_left_out_or_unknown_is_refused() {
        let lines: Vec<&str> = SAMPLE.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ")) {
            let without = [&lines[..at], &lines[at + 1..]].concat().join("\n");
            let named = EvidencePolicyFile::parse(&without).map(|_| ()).unwrap_err().to_string();
            let name = line.split(' ').next().unwrap();
            assert!(named.contains(name), "{line}: {named}");
        }
        let unknown = SAMPLE.replace("allow_smt", "allow_smtt");
        assert!(EvidencePolicyFile::parse(&unknown).is_err());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (from, to) in [
            ("max_vmpl = 0", "max_vmpl = 4"),
            ("\"SWHardeningNeeded\"", "\"Fine\""),
            ("\"SWHardeningNeeded\"", "\"Revoked\""),
            ("allow_vlek = true", "allow_vlek = true\nauthor_key = \"0x12\""),
        ] {
            let file = EvidencePolicyFile::parse(&SAMPLE.replacen(from, to, 1)).unwrap();
            assert!(file.policy().is_err(), "{to}");
        }
    }
}
