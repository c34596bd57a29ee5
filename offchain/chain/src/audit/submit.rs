//! Sending calls with their details, where the space that they are about has auditors.

use std::time::Instant;

use secureflow_primitives::{bounds::MAX_AUDITORS, SpaceId};

use super::Description;
use crate::{call::About, keys::AccountKey, At, Call, Chain, ChainExt, Error, Result, Submitted, Wait};

/// How often a call is sealed because an epoch has begun meanwhile. The chain lets no more calls in a row be refused for it
/// than a space can have auditors, and two.
const ATTEMPTS: u32 = MAX_AUDITORS + 3;

/// Sends a call as [`Chain::submit`] does; where the space that it is about has auditors, with its details.
///
/// The roster is read at the newest block. Where a reader is cut off before the call is in a block, the chain refuses it, and
/// it is sealed and sent again.
pub(crate) async fn submit<C: Chain + ?Sized>(
    chain: &C,
    signer: &AccountKey,
    call: Call,
    wait: Wait,
) -> Result<Submitted> {
    let space = match call.about() {
        Some(About::Space(space)) => Some(space),
        // A job that is not known here is refused by the chain in its own words.
        Some(About::Job(job)) => chain.state(At::Best).await?.job(job).await?.map(|job| job.space),
        None => None,
    };
    match space {
        Some(space) => submit_to(chain, signer, space, call, None, wait).await,
        None => chain.submit(signer, call, wait).await,
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
        let audience = chain.state(At::Best).await?.audience(space).await?;
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
        let left = Wait {
            deadline: wait.deadline.saturating_sub(begun.elapsed()),
            ..wait
        };
        match chain.submit(signer, sealed, left).await {
            Err(error) if attempt < ATTEMPTS && begun.elapsed() < wait.deadline && readers_changed(&error) => {
                tracing::debug!(%error, attempt, "the space's auditors have changed, sealing again");
                attempt += 1;
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
