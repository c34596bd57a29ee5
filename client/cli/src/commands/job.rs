//! `secureflow job`

mod absence;
mod answers;
mod propose;
mod result;
mod settlement;
mod show;
mod watch;

pub use propose::{name_workers, resolve};
pub use show::{phase, phase_text};

use crate::{
    context::Context,
    error::{Failure, Result},
    names::Reference,
    network::reading,
    out::Answer,
};
use clap::Subcommand;
use secureflow_chain::{Call, ChainEvent};
use secureflow_primitives::JobId;
use serde_json::json;
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Subcommand)]
pub enum Job {
    /// Print a job to start from; without a name, list what there is
    #[command(after_help = TEMPLATE)]
    Template {
        /// credit-risk, statistics, or tabular with the columns of your own file
        name: Option<String>,
        /// For tabular: a CSV file that your agent can read
        #[arg(long, value_name = "CSV")]
        file: Option<PathBuf>,
        /// For tabular: a dataset of yours, instead of a file
        #[arg(long, conflicts_with = "file")]
        dataset: Option<Reference>,
        /// For tabular: the column to predict
        #[arg(long, value_name = "COLUMN")]
        label: Option<String>,
        /// For tabular: the label's value that counts as 1 [default: 1, yes, true or good, whichever occurs]
        #[arg(long, value_name = "VALUE")]
        positive: Option<String>,
        /// For tabular: the purpose, as the policies allow it
        #[arg(long, default_value = "credit-scoring")]
        purpose: String,
    },
    /// Propose a job in a space
    #[command(after_help = PROPOSE)]
    Propose {
        space: Reference,
        file: PathBuf,
        /// A dataset, by name or number, once per party; instead of those that the file names
        #[arg(long)]
        dataset: Vec<Reference>,
    },
    /// All jobs
    #[command(after_help = "Examples:\n  secureflow job list\n  secureflow job list --space credit-risk")]
    List {
        /// Only those of this space
        #[arg(long)]
        space: Option<Reference>,
    },
    /// One job: phase, parties, deadline, steps, payouts
    #[command(after_help = "Example:\n  secureflow job show 0")]
    Show { job: JobId },
    /// Approve a job over your data; the chain checks it against your policy
    #[command(after_help = "Example:\n  secureflow --home ~/bank job approve 0")]
    Approve { job: JobId },
    /// Cancel a job that your organisation proposed and that does not run yet
    #[command(after_help = "Example:\n  secureflow job cancel 0")]
    Cancel { job: JobId },
    /// Have an approved job assigned to a worker again, once there is one
    #[command(after_help = "Example:\n  secureflow job assign 0")]
    Assign { job: JobId },
    /// Follow a job until it ends: bars on a terminal, lines elsewhere
    #[command(after_help = WATCH)]
    Watch {
        job: JobId,
        /// Give up after so many seconds (exit code 75); the job goes on
        #[arg(long, value_name = "SECONDS")]
        timeout: Option<u64>,
        /// Where the worker tells its progress [default: what the home knows]
        #[arg(long, value_name = "URL")]
        worker_http: Option<String>,
    },
    /// What came out: metrics, contributions, payouts, and whom to trust for it
    #[command(after_help = "Example:\n  secureflow job result 0")]
    Result {
        job: JobId,
        /// Where the job's files lie [default: HOME/artefacts/job-ID]
        #[arg(long, value_name = "DIR")]
        artefacts: Option<PathBuf>,
    },
    /// Write down what the chain holds of a job, with a proof, for `verify`
    #[command(after_help = "Examples:\n  secureflow job export 0\n  secureflow job export 0 --out /tmp/job-0")]
    Export {
        job: JobId,
        /// Where to [default: HOME/artefacts/job-ID]; the job's files are copied there too
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Share the reward of a completed job by the space's agreement; it is paid by `job claim`
    #[command(after_help = settlement::SETTLE)]
    Settle { job: JobId },
    /// Pay a settled job to all its parties, once its dispute window is over
    #[command(after_help = settlement::CLAIM)]
    Claim {
        job: JobId,
        /// Wait so long for the dispute window to end
        #[arg(long, value_name = "SECONDS", default_value_t = 0)]
        wait: u64,
    },
    /// Contest what the worker says that your organisation put into a settled job
    #[command(after_help = settlement::DISPUTE)]
    Dispute {
        job: JobId,
        /// The step whose receipt is wrong, counted from zero; the job's receipts.json lists them
        #[arg(long)]
        step: u32,
        #[command(flatten)]
        figures: settlement::FigureArgs,
        /// What shows that you are right: its hash goes on chain, the members see the file itself
        #[arg(long, value_name = "FILE")]
        evidence: PathBuf,
        /// Where the job's files lie [default: HOME/artefacts/job-ID]
        #[arg(long, value_name = "DIR")]
        artefacts: Option<PathBuf>,
    },
    /// Ask the council to decide on a party's dispute
    #[command(after_help = settlement::RESOLVE)]
    Resolve {
        job: JobId,
        party: Reference,
        /// The worker's figures stand
        #[arg(long, conflicts_with = "accept")]
        reject: bool,
        /// The party put in what it claims; with figures, these instead
        #[arg(long)]
        accept: bool,
        #[command(flatten)]
        figures: settlement::FigureArgs,
    },
}

const TEMPLATE: &str = "\
Examples:
  secureflow job template
  secureflow job template credit-risk > job.toml
  secureflow job template tabular --file loans.csv --label default --positive yes > job.toml";

const PROPOSE: &str = "\
Examples:
  secureflow job propose credit-risk job.toml
  secureflow job propose 0 job.toml --dataset bank-loans --dataset insurer-loans

Every owner of a dataset in it then runs `secureflow job approve ID`.";

const WATCH: &str = "\
Examples:
  secureflow job watch 0
  secureflow job watch 0 --timeout 600

Exit code 0 when the job completed, 1 when it ended otherwise, 75 when the time was up.";

pub async fn run(context: &Context, command: Job) -> Result<Answer> {
    match command {
        Job::Template {
            name,
            file,
            dataset,
            label,
            positive,
            purpose,
        } => {
            let wanted = propose::Tabular {
                file,
                dataset,
                label,
                positive,
                purpose,
            };
            propose::template(context, name.as_deref(), wanted).await
        }
        Job::Propose { space, file, dataset } => propose::propose(context, &space, &file, &dataset).await,
        Job::List { space } => reading(context.out, show::list(context, space)).await,
        Job::Show { job } => reading(context.out, show::show(context, job)).await,
        Job::Approve { job } => approve(context, job).await,
        Job::Cancel { job } => {
            let network = context.network().await?;
            let done = context.submit(&network, Call::CancelJob { job }).await?;
            let text = format!("Job {job} is cancelled (block {}).", done.block.number);
            Ok(Answer::new(json!({ "job": job, "block": done.block.number }), text))
        }
        Job::Assign { job } => {
            let network = context.network().await?;
            let done = context.submit(&network, Call::AssignJob { job }).await?;
            let text = format!("Job {job} has a worker (block {}).", done.block.number);
            Ok(Answer::new(json!({ "job": job, "block": done.block.number }), text))
        }
        Job::Watch {
            job,
            timeout,
            worker_http,
        } => watch::watch(context, job, timeout, worker_http).await,
        Job::Result { job, artefacts } => result::result(context, job, artefacts).await,
        Job::Export { job, out } => result::export(context, job, out).await,
        Job::Settle { job } => settlement::settle(context, job).await,
        Job::Claim { job, wait } => settlement::claim(context, job, Duration::from_secs(wait)).await,
        Job::Dispute {
            job,
            step,
            figures,
            evidence,
            artefacts,
        } => settlement::dispute(context, job, step, &figures, &evidence, artefacts).await,
        Job::Resolve {
            job,
            party,
            reject,
            accept,
            figures,
        } => settlement::resolve(context, job, &party, (reject, accept), &figures).await,
    }
}

/// A job that does not exist.
fn unknown(job: JobId) -> Failure {
    let failure = crate::explain::dispatch("Collaborations", "UnknownJob", "");
    Failure {
        message: format!("there is no job {job}"),
        ..failure
    }
}

async fn approve(context: &Context, job: JobId) -> Result<Answer> {
    let network = context.network().await?;
    let done = context.submit(&network, Call::ApproveJob { job }).await?;
    let state = network.state().await?;
    let phase = state.job(job).await?.map(|job| job.phase);
    let worker = done.find(|event| match event {
        ChainEvent::JobAssigned { worker, .. } => Some(crate::names::account(worker)),
        _ => None,
    });
    let rest = match (&worker, &phase) {
        (Some(worker), _) => {
            format!("All have approved it; worker {worker} begins. Follow it: secureflow job watch {job}")
        }
        (None, Some(secureflow_primitives::job::JobPhase::Approved)) => {
            "All have approved it, and no worker is free. Once there is one: secureflow job assign ".to_string()
                + &job.to_string()
        }
        _ => format!("Others have to approve it too: secureflow job show {job}"),
    };
    let text = format!(
        "Your organisation has approved job {job} (block {}). {rest}",
        done.block.number
    );
    Ok(Answer::new(
        json!({ "job": job, "worker": worker, "block": done.block.number }),
        text,
    ))
}
