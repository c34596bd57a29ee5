//! Following a job: the chain says what counts, the worker (where it can be reached) what goes on in between.

mod progress;
mod view;

use super::show::{phase, Details};
use crate::{
    context::Context,
    error::{Failure, Result, FAILED, TRY_AGAIN},
    network::Network,
    out::Answer,
};
use progress::{Progress, WorkerHttp};
use secureflow_primitives::{job::JobPhase, JobId};
use serde_json::json;
use std::time::{Duration, Instant};
use view::View;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(700);

/// What one look found.
pub struct Look {
    pub details: Details,
    pub progress: Option<Progress>,
}

pub async fn watch(context: &Context, id: JobId, timeout: Option<u64>, worker_http: Option<String>) -> Result<Answer> {
    let network = context.network().await?;
    let worker = WorkerHttp::find(context, worker_http);
    let begun = Instant::now();
    let mut view = View::new(context.out);
    loop {
        let look = look(&network, &worker, id).await;
        let late = timeout.is_some_and(|limit| begun.elapsed() >= Duration::from_secs(limit));
        match look {
            Ok(look) if look.details.job.phase.is_terminal() => {
                view.update(&look);
                view.finish();
                return ended(&look.details);
            }
            Ok(look) => {
                view.update(&look);
                if late {
                    view.finish();
                    return Err(too_late(id, timeout, Some(&look.details)));
                }
            }
            // An outage of the node is no end of the job.
            Err(failure) if failure.exit == TRY_AGAIN && !late => view.outage(&failure),
            Err(failure) if failure.exit == TRY_AGAIN => {
                view.finish();
                return Err(too_late(id, timeout, None));
            }
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look(network: &Network, worker: &WorkerHttp, id: JobId) -> Result<Look> {
    let progress = worker.ask(id).await;
    let details = Details::read(&network.state().await?, id).await?;
    Ok(Look { details, progress })
}

fn too_late(id: JobId, timeout: Option<u64>, details: Option<&Details>) -> Failure {
    let stands = details.map_or_else(
        || "the chain does not answer".into(),
        |details| {
            format!(
                "it is {} with {} of {} steps",
                phase(&details.job.phase),
                details.steps_done,
                details.spec.steps()
            )
        },
    );
    Failure::later(
        "timeout",
        format!(
            "job {id} did not end within {} s: {stands}",
            timeout.unwrap_or_default()
        ),
    )
    .hint(format!("The job goes on. Look again: secureflow job watch {id}"))
}

fn ended(details: &Details) -> Result<Answer> {
    let id = details.id;
    let trust = details.trust();
    let text = super::show::phase_text(&details.job.phase, &details.names);
    match &details.job.phase {
        JobPhase::Completed => {
            let text = format!(
                "Job {id} is completed: {}.\n{}\
                 See what came out: secureflow job result {id}\n",
                crate::proposal::extent(&details.spec),
                trust.text()
            );
            let value = json!({
                "job": id, "phase": "completed", "steps_done": details.steps_done, "trust_label": trust.line(),
            });
            Ok(Answer::new(value, text))
        }
        other => {
            let hint = match other {
                JobPhase::Expired { .. } => "Propose it again once everybody who was waited for is there.",
                JobPhase::Cancelled => "Its proposer called it off.",
                _ => "The agents' and the worker's logs say more; after that propose it again.",
            };
            Err(Failure {
                exit: FAILED,
                ..Failure::new(format!("job_{}", phase(other)), format!("job {id} {text}"))
            }
            .hint(hint))
        }
    }
}
