//! The worker's evidence: its chain of signatures, what it binds, and whether the members accept what it measured.

use super::{require, Facts, Folder, Report, STATE};
use crate::names::source_text;
use codec::{DecodeAll, Encode};
use secureflow_plan::artefact;
use secureflow_primitives::attestation::{Evidence, TeeKind, Verdict, Worker, WorkerRegistration};
use secureflow_tee::VerifyError;

pub fn check(report: &mut Report, facts: &Facts, folder: &Folder) {
    let Some((account, worker)) = &facts.worker else { return };
    let assigned = facts.job.worker.as_ref() == Some(account);
    report.check(
        "worker",
        Some(STATE),
        require(
            assigned && !worker.revoked,
            "is the one that the job was assigned to",
            "is revoked, or not the job's",
        ),
    );
    let registration = registration(folder, worker);
    report.check(
        "registration",
        Some(artefact::REGISTRATION),
        registration
            .as_ref()
            .map(|_| "is the one on chain".into())
            .map_err(Clone::clone),
    );
    let evidence = evidence(folder, worker);
    report.check(
        "evidence hash",
        Some(artefact::EVIDENCE),
        evidence
            .as_ref()
            .map(|_| "is the one on chain".into())
            .map_err(Clone::clone),
    );
    if let Ok(evidence) = evidence {
        // The chain's copy of the registration, so that each file's fault is told once.
        let expected = worker.registration.report_data(facts.genesis, account);
        match secureflow_tee::verify(&evidence, facts.simulated_root.as_ref(), &expected, facts.now) {
            Ok(verdict) => {
                report.check(
                    "evidence chain",
                    Some(artefact::EVIDENCE),
                    Ok(chain_text(&evidence).into()),
                );
                let bound = "made for this chain, this worker, its keys and its anchor block";
                report.check("evidence binding", Some(artefact::EVIDENCE), Ok(bound.into()));
                report.check(
                    "evidence and result",
                    Some(artefact::EVIDENCE),
                    same(facts, worker, &verdict),
                );
            }
            Err(VerifyError::ReportData) => {
                let other = "made for another chain, worker, key or block";
                report.check("evidence binding", Some(artefact::EVIDENCE), Err(other.into()));
            }
            Err(error) => {
                report.check("evidence chain", Some(artefact::EVIDENCE), Err(error.to_string()));
            }
        }
    }
    report.check(
        "measurement",
        Some(STATE),
        match &facts.measurement {
            Some(accepted) => Ok(format!(
                "the members accept what the worker ran: {}",
                source_text(accepted)
            )),
            None => Err("the members do not accept what the worker runs".into()),
        },
    );
}

fn registration(folder: &Folder, worker: &Worker) -> Result<WorkerRegistration, String> {
    let bytes = folder.read(artefact::REGISTRATION)?;
    let read = WorkerRegistration::decode_all(&mut bytes.as_slice()).map_err(|error| error.to_string())?;
    if read == worker.registration && read.encode() == bytes {
        Ok(read)
    } else {
        Err("differs from the worker's registration on chain (has it renewed since? then export nearer to the job's end)".into())
    }
}

fn evidence(folder: &Folder, worker: &Worker) -> Result<Evidence, String> {
    let bytes = folder.read(artefact::EVIDENCE)?;
    let read = Evidence::decode_all(&mut bytes.as_slice()).map_err(|error| error.to_string())?;
    if read.hash() == worker.evidence_hash && read.encode() == bytes {
        Ok(read)
    } else {
        Err("differs from the evidence that the worker registered with (has it renewed since?)".into())
    }
}

fn chain_text(evidence: &Evidence) -> &'static str {
    match evidence.kind() {
        TeeKind::Simulated => "signed by the development root that the genesis names: SIMULATED, no hardware behind it",
        _ => "signed by the hardware's maker",
    }
}

fn same(facts: &Facts, worker: &Worker, verdict: &Verdict) -> Result<String, String> {
    let result = facts.result.as_ref().map(|(result, _)| result);
    let same = verdict.measurement == worker.measurement
        && verdict.kind == worker.kind
        && result.is_none_or(|result| result.measurement == verdict.measurement)
        && facts.job.simulated == (verdict.kind == TeeKind::Simulated);
    require(
        same,
        "name the same measurement and kind",
        "name different measurements or kinds",
    )
}
