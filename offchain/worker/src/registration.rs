//! Keeps this worker registered on chain, with fresh evidence.

use crate::{
    follow::Chain as Sources,
    worker::{Standing, Worker},
};
use codec::Encode;
use secureflow_chain::{Call, ChainExt, Wait};
use secureflow_primitives::{
    attestation::{self, Anchor, Evidence, Measurement, TeeKind, WorkerRegistration, WorkerStatus},
    bounds::Endpoint,
    BlockNumber, H256,
};
use secureflow_service::backoff::Backoff;
use secureflow_tee::Attester;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often the registration is looked at once it stands.
const LOOK: Duration = Duration::from_secs(15);

/// What a registration says, apart from the anchor.
pub struct Identity {
    pub endpoint: Endpoint,
    pub tls_fingerprint: [u8; 32],
    pub session_key: [u8; 32],
    pub attester: Box<dyn Attester>,
    pub platform: Platform,
}

/// What the evidence will say.
#[derive(Clone, Debug)]
pub struct Platform {
    pub kind: TeeKind,
    pub measurement: Measurement,
    /// The root that a chain must name for this evidence to count, where there is one beside the vendors'.
    pub simulated_root: Option<[u8; 32]>,
}

/// Why the worker is not registered.
enum Obstacle {
    /// Somebody has to act; the text says who and how.
    Refused(String),
    Passing(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Obstacle {
    fn from(error: E) -> Self {
        Self::Passing(error.into())
    }
}

/// Registers and renews until the token is cancelled. What stands in the way is checked before anything is sent, and
/// asked again with growing pauses, so that no transaction is wasted.
pub async fn keep(worker: Arc<Worker>, identity: Identity, stop: CancellationToken) {
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
    let mut told = None;
    loop {
        let pause = match look(&worker, &identity).await {
            Ok(standing) => {
                worker.set_standing(standing);
                backoff.reset();
                told = None;
                LOOK
            }
            Err(Obstacle::Refused(problem)) => {
                if told.as_ref() != Some(&problem) {
                    warn!(problem, "this worker cannot register");
                    told = Some(problem.clone());
                }
                worker.set_standing(Standing {
                    problem: Some(problem),
                    ..Standing::default()
                });
                backoff.next_delay()
            }
            Err(Obstacle::Passing(error)) => {
                warn!(error = %Sources(error.as_ref()), "the registration could not be looked after");
                backoff.next_delay()
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn look(worker: &Worker, identity: &Identity) -> Result<Standing, Obstacle> {
    let state = worker.chain.finalized_state().await?;
    let now = state.block();
    let account = worker.account.account();
    if let Some(found) = state.standing(&account).await? {
        if stands(worker, identity, &found, now.number)? {
            return Ok(standing(&found.worker));
        }
        if found.status == WorkerStatus::Revoked {
            let text = "this worker was revoked: its operator or the consortium must say why, then start it with a new account";
            return Err(Obstacle::Refused(text.into()));
        }
    }
    preflight(worker, identity, &state).await?;

    let registration = WorkerRegistration {
        endpoint: identity.endpoint.clone(),
        tls_fingerprint: identity.tls_fingerprint,
        session_key: identity.session_key,
        anchor: Anchor {
            number: now.number,
            hash: now.hash,
        },
    };
    let evidence = identity
        .attester
        .evidence(registration.report_data(worker.chain.genesis(), &account))?;
    judge(&state, &evidence).await?;
    // Kept before it is sent: results refer to it by its hash.
    let name = evidence_file(&evidence.hash());
    worker
        .evidence_folder()?
        .write(&name, &(&registration, &evidence).encode())?;
    let call = Call::RegisterWorker { registration, evidence };
    let wait = Wait::finalized(worker.limits.transaction_timeout());
    worker.chain.submit(&worker.account, call, wait).await?;
    let state = worker.chain.finalized_state().await?;
    let Some(registered) = state.worker(&account).await? else {
        return Err(Obstacle::Passing(anyhow::anyhow!(
            "the registration is not on chain yet"
        )));
    };
    info!(expires_at = registered.expires_at, kind = ?registered.kind, "this worker is registered");
    Ok(standing(&registered))
}

/// Where evidence lies until the next registration: a folder holds few, so half of the hash tells them apart.
pub(crate) fn evidence_file(hash: &H256) -> String {
    format!("{}.scale", hex::encode(&hash.as_bytes()[..16]))
}

fn standing(registered: &attestation::Worker) -> Standing {
    Standing {
        registered: true,
        simulated: registered.is_simulated(),
        expires_at: registered.expires_at,
        problem: None,
    }
}

/// Whether what the chain holds is this process, is as the members ask, and lasts a while.
fn stands(
    worker: &Worker,
    identity: &Identity,
    found: &secureflow_chain::Standing,
    now: BlockNumber,
) -> Result<bool, std::io::Error> {
    let registered = &found.worker;
    let said = &registered.registration;
    let same = said.endpoint == identity.endpoint
        && said.tls_fingerprint == identity.tls_fingerprint
        && said.session_key == identity.session_key
        && registered.measurement == identity.platform.measurement;
    // Where verdicts are short, half of their life is early enough.
    let life = registered.expires_at.saturating_sub(registered.registered_at);
    let margin = worker.limits.renew_before_blocks.min(life / 2);
    // In grace a renewal is due as soon as the host is updated.
    let lasts = matches!(found.status, WorkerStatus::Active { until } if until.saturating_sub(now) > margin);
    let kept = worker.evidence_folder()?.has(&evidence_file(&registered.evidence_hash));
    Ok(same && lasts && kept)
}

/// What the chain would find wrong with hardware evidence, in the words of its verifier: nothing is sent that would be
/// refused.
async fn judge<C: secureflow_chain::Chain + ?Sized>(
    state: &secureflow_chain::State<'_, C>,
    evidence: &Evidence,
) -> Result<(), Obstacle> {
    let wrong = |error| Obstacle::Refused(format!("the chain would refuse this worker's evidence: {error}"));
    let collateral = match secureflow_tee::collateral_for(evidence).map_err(wrong)? {
        Some(family) => state.collateral(&family).await?,
        None => None,
    };
    let (policy, now) = (state.evidence_policy().await?, state.time().await? / 1_000);
    secureflow_tee::judge(evidence, &policy, collateral.as_ref(), now).map_err(wrong)
}

/// What the chain would refuse, found out without asking it.
async fn preflight<C: secureflow_chain::Chain + ?Sized>(
    worker: &Worker,
    identity: &Identity,
    state: &secureflow_chain::State<'_, C>,
) -> Result<(), Obstacle> {
    let account = worker.account.account();
    if state.org_of(&account).await?.is_none() {
        return Err(Obstacle::Refused(format!(
            "account {account} is no operator of any organisation: let its organisation run `secureflow org add-operator {account}`"
        )));
    }
    let measurement = identity.platform.measurement;
    let accepted = state.get(&secureflow_chain::storage::measurement(&measurement)).await?;
    let measured = || hex::encode(measurement.0);
    match accepted {
        None => {
            return Err(Obstacle::Refused(format!(
                "measurement 0x{} is not accepted: the members of the consortium must vote for it",
                measured()
            )))
        }
        Some(accepted) if !accepted.counts(state.block().number) => {
            return Err(Obstacle::Refused(format!(
                "measurement 0x{} was replaced, and its time is over: run the build that `secureflow measurement list` names",
                measured()
            )))
        }
        Some(_) => {}
    }
    if identity.platform.kind == TeeKind::Simulated {
        match (state.simulated_root().await?, identity.platform.simulated_root) {
            (None, _) => {
                let text = "this chain refuses simulated evidence: run the worker on hardware that the chain accepts";
                return Err(Obstacle::Refused(text.into()));
            }
            (Some(accepted), own) if Some(accepted) != own => {
                return Err(Obstacle::Refused(format!(
                    "the chain accepts simulated evidence of root 0x{} only: put that network's simulated-root.key in place",
                    hex::encode(accepted)
                )));
            }
            _ => {}
        }
    }
    Ok(())
}
