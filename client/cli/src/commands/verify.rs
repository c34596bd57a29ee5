//! `secureflow verify`

use crate::{
    context::Context,
    error::{Failure, Result},
    out::Answer,
    verify::{self, Folder, Report},
};
use clap::Subcommand;
use secureflow_primitives::JobId;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Verify {
    /// Check a job's result from its files, without any connection
    #[command(after_help = JOB)]
    Job {
        job: JobId,
        /// The job's files, `state.scale` among them [default: HOME/artefacts/job-ID]
        #[arg(long, value_name = "DIR")]
        artefacts: Option<PathBuf>,
    },
}

const JOB: &str = "\
Examples:
  secureflow job export 0 && secureflow verify job 0
  secureflow verify job 0 --artefacts /media/usb/job-0

Exit code 1 when anything does not hold; the line names the file. What no file can show is listed at the end.";

pub fn run(context: &Context, command: Verify) -> Result<Answer> {
    let Verify::Job { job, artefacts } = command;
    let path = artefacts.unwrap_or_else(|| context.home.artefacts(job));
    let folder = Folder::new(&path);
    let bytes = std::fs::read(path.join(verify::STATE)).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Failure::new("no_export", format!("{} holds no {}", path.display(), verify::STATE)).hint(format!(
                "Write down what the chain holds of the job first: secureflow job export {job}"
            ))
        }
        _ => Failure::file(&path.join(verify::STATE), &error),
    })?;
    let (report, trust) = match verify::Facts::from_export(&bytes, job) {
        Ok(facts) => (verify::verify(&facts, &folder), Some(facts.trust())),
        Err(problem) => (verify::broken_export(problem), None),
    };
    Ok(answer(job, &folder, &report, trust))
}

fn answer(job: JobId, folder: &Folder, report: &Report, trust: Option<crate::trust::TrustLabel>) -> Answer {
    let mut text = format!("Job {job}, files in {}\n{}", folder.root().display(), report.text());
    if let Some(trust) = &trust {
        text.push_str(&trust.text());
    }
    let value = json!({
        "job": job, "verified": report.ok(), "checks": report.checks, "not_checked": report.not_checked,
        "notes": report.notes, "bad_artefacts": report.bad_artefacts(), "artefacts": folder.root().display().to_string(),
        "trust_label": trust.as_ref().map(crate::trust::TrustLabel::line), "trust": trust,
    });
    let mut answer = Answer::new(value, text);
    answer.ok = report.ok();
    answer
}
