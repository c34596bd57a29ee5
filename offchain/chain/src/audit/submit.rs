//! Sending calls with their details, where the space that they are about has auditors.

use std::time::{Duration, Instant};

use futures::StreamExt;
use secureflow_primitives::{bounds::MAX_AUDITORS, JobId, SpaceId};

use super::Description;
use crate::{call::About, keys::AccountKey, Call, Chain, ChainExt, Error, Result, Submitted, Wait};

/// How often a call is sealed because an epoch has begun meanwhile. The chain lets no more calls in a row be refused for it
/// than a space can have auditors, and two.
const ATTEMPTS: u32 = MAX_AUDITORS + 3;

/// Sends a call as [`Chain::submit`] does; where the space that it is about has auditors, with its details.
///
/// The roster is that of the newest final block: a newer one may be made up, with a key in it that is no auditor's. Where a
/// reader was cut off since, the chain refuses the call, and it is sealed and sent again once that is final.
pub(crate) async fn submit<C: Chain + ?Sized>(
    chain: &C,
    signer: &AccountKey,
    call: Call,
    wait: Wait,
) -> Result<Submitted> {
    let begun = Instant::now();
    let space = match call.about() {
        Some(About::Space(space)) => Some(space),
        Some(About::Job(job)) => match space_of(chain, job).await? {
            Some(space) => Some(space),
            // It may have been proposed a moment ago; one that is not known then is refused by the chain in its own words.
            None => {
                catch_up(chain, wait.deadline).await?;
                space_of(chain, job).await?
            }
        },
        None => None,
    };
    let left = less(wait, begun);
    match space {
        Some(space) => submit_to(chain, signer, space, call, None, left).await,
        None => chain.submit(signer, call, left).await,
    }
}

async fn space_of<C: Chain + ?Sized>(chain: &C, job: JobId) -> Result<Option<SpaceId>> {
    let job = chain.finalized_state().await?.job(job).await?;
    Ok(job.map(|job| job.space))
}

/// Waits until what is the newest block now is final, or so long.
async fn catch_up<C: Chain + ?Sized>(chain: &C, patience: Duration) -> Result<()> {
    let newest = chain.best().await?.number;
    let mut finalized = chain.watch_finalized();
    let reached = async { while finalized.next().await.is_some_and(|block| block.number < newest) {} };
    if tokio::time::timeout(patience, reached).await.is_err() {
        tracing::debug!(newest, "the newest block does not become final");
    }
    Ok(())
}

/// What is left of the time to wait.
fn less(wait: Wait, begun: Instant) -> Wait {
    Wait {
        deadline: wait.deadline.saturating_sub(begun.elapsed()),
        ..wait
    }
}

/// Sends a call with details for this space's auditors, if it has any.
pub(crate) async fn submit_to<C: Chain + ?Sized>(
    chain: &C,
    signer: &AccountKey,
    space: SpaceId,
    call: Call,
    remark: Option<String>,
    wait: Wait,
) -> Result<Submitted> {
    let begun = Instant::now();
    let mut attempt = 1;
    loop {
        let audience = chain.finalized_state().await?.audience(space).await?;
        // A job must be able to end, however often the readers change.
        let gives_up = attempt == ATTEMPTS && matches!(call, Call::FailJob { .. } | Call::CancelJob { .. });
        let sealed = match &audience {
            Some((epoch, roster)) if !gives_up => {
                let hash = chain.call_hash(&call).await?;
                let sealing = |error| Error::Incompatible(format!("the details cannot be sealed: {error}"));
                let description = Description::new(&call, hash, remark.clone()).map_err(sealing)?;
                Call::Detailed {
                    space,
                    epoch: *epoch,
                    ciphertext: description.seal(roster).map_err(sealing)?,
                    call: Box::new(call.clone()),
                }
            }
            _ => call.clone(),
        };
        match chain.submit(signer, sealed, less(wait, begun)).await {
            Err(error) if attempt < ATTEMPTS && begun.elapsed() < wait.deadline && readers_changed(&error) => {
                tracing::debug!(%error, attempt, "the space's auditors have changed, sealing again");
                attempt += 1;
                // The block that refused it knows the new readers.
                catch_up(chain, less(wait, begun).deadline).await?;
            }
            other => return other,
        }
    }
}

/// Whether the chain refused a call since the space's auditors are others than they were when it was sealed.
fn readers_changed(error: &Error) -> bool {
    ["StaleEpoch", "NoAuditors", "DetailsMissing"]
        .iter()
        .any(|name| error.is_dispatch("Audit", name))
}
