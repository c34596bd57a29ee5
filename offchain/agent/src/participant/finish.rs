//! The end of a job: fetches its files and checks every one against the chain.

use super::{Participant, ParticipantError};
use codec::Decode;
use ed25519_dalek::{Signature, VerifyingKey};
use secureflow_chain::{
    storage::{SignedResult, SignedRound},
    ChainExt,
};
use secureflow_plan::{artefact, commitment::blake2_256, JobPlan, Step};
use secureflow_primitives::{
    attestation::{Evidence, WorkerRegistration},
    job::{result_payload, round_payload, Receipt},
    merkle, H256,
};
use secureflow_wire::Artefact;
use std::collections::BTreeSet;

impl Participant {
    /// Fetches and checks all files of the job. What the chain does not know is not kept.
    pub(super) async fn finish(&mut self, offered: &[Artefact]) -> Result<(), ParticipantError> {
        self.agent
            .change_view(self.part.id, |view| view.doing = "fetching".into());
        // A handle of its own: `self` changes while the state is held.
        let agent = self.agent.clone();
        let state = agent.chain.finalized_state().await?;
        let result = state
            .result(self.part.id)
            .await?
            .ok_or(ParticipantError::NotCommitted(self.part.spec.steps()))?;
        let rounds = state.rounds(self.part.id).await?;
        self.check_signatures(&state, &result, &rounds).await?;

        let offered: BTreeSet<&str> = offered.iter().map(|file| file.name.as_str()).collect();
        for name in artefact::all(self.part.plan.steps()) {
            if [artefact::REGISTRATION, artefact::EVIDENCE, artefact::ANSWERS].contains(&name.as_str()) {
                continue;
            }
            if !offered.contains(name.as_str()) && !self.folder.has(&name) {
                return Err(ParticipantError::Mismatch(name));
            }
            let known = self.known_hash(&name, &result, &rounds)?;
            let (plan, root) = (self.part.spec.plan.clone(), result.0.receipts_root);
            let fits = move |bytes: &[u8]| match known {
                Known::Hash(hash) => blake2_256(bytes) == hash,
                Known::Plan => bytes == plan.as_slice(),
                Known::Receipts => receipts_root(bytes) == Some(root),
                // Checked below, where both are there.
                Known::Moments => true,
            };
            self.obtain(&name, None, fits).await?;
        }
        self.derive(&rounds)?;
        self.fetch_evidence(&state).await?;
        self.write_trust_label(&result)?;
        self.done().await
    }

    fn known_hash(&self, name: &str, result: &SignedResult, rounds: &[SignedRound]) -> Result<Known, ParticipantError> {
        let committed = |step: u32| {
            let found = rounds
                .get(step as usize)
                .filter(|(commitment, _)| commitment.round.0 == step);
            found
                .map(|(commitment, _)| Known::Hash(commitment.output.0))
                .ok_or(ParticipantError::NotCommitted(step))
        };
        let total = self.part.plan.steps().training_rounds();
        match name {
            artefact::PLAN => Ok(Known::Plan),
            artefact::SURVEY | artefact::RELEASE => committed(0),
            artefact::MOMENTS => Ok(Known::Moments),
            artefact::ENCODING => Ok(Known::Hash(result.0.encoding.0)),
            artefact::MODEL => Ok(Known::Hash(result.0.model.0)),
            artefact::EVALUATION => Ok(Known::Hash(result.0.evaluation.0)),
            artefact::RECEIPTS => Ok(Known::Receipts),
            _ => match (1..=total).find(|round| artefact::model(*round) == name) {
                Some(round) => committed(Step::Train(round - 1).index(total)),
                None => Err(ParticipantError::Mismatch(name.into())),
            },
        }
    }

    /// The encoding must follow from the two sums, not only be what was committed to. Answers are not the worker's to give:
    /// they follow from the sum, and are made here.
    fn derive(&self, rounds: &[SignedRound]) -> Result<(), ParticipantError> {
        let mismatch = |name: &str| ParticipantError::Mismatch(name.into());
        let sum = |name: &str| -> Result<Vec<u64>, ParticipantError> {
            artefact::sum_from_bytes(&self.folder.read(name)?).ok_or_else(|| mismatch(name))
        };
        match &self.part.plan {
            JobPlan::Training(plan) => {
                let (survey, moments) = (sum(artefact::SURVEY)?, sum(artefact::MOMENTS)?);
                let derived = secureflow_plan::Encoding::derive(plan, &survey, &moments);
                let derived = derived.map_err(|_| mismatch(artefact::MOMENTS))?;
                match derived.to_bytes() == self.folder.read(artefact::ENCODING)? {
                    true => Ok(()),
                    false => Err(mismatch(artefact::MOMENTS)),
                }
            }
            JobPlan::Statistics(plan) => {
                let (commitment, _) = rounds.first().ok_or(ParticipantError::NotCommitted(0))?;
                let parties = commitment.participants.len() as u32;
                let answers = plan.answers(&sum(artefact::RELEASE)?, parties);
                let answers = answers.map_err(|_| mismatch(artefact::RELEASE))?;
                Ok(self.folder.write(artefact::ANSWERS, &answers.to_bytes())?)
            }
        }
    }

    async fn check_signatures<C: secureflow_chain::Chain + ?Sized>(
        &self,
        state: &secureflow_chain::State<'_, C>,
        result: &SignedResult,
        rounds: &[SignedRound],
    ) -> Result<(), ParticipantError> {
        let worker = state
            .worker(&self.part.worker)
            .await?
            .ok_or(ParticipantError::NoWorker)?;
        let bad = |what: &str| ParticipantError::Worker(format!("its signature of {what} is not valid"));
        let key = VerifyingKey::from_bytes(&worker.registration.session_key).map_err(|_| bad("anything"))?;
        let verify = |payload: H256, signature: &[u8; 64]| {
            key.verify_strict(payload.as_bytes(), &Signature::from_bytes(signature))
        };
        let genesis = self.agent.chain.genesis();
        verify(result_payload(genesis, self.part.id, &result.0), &result.1).map_err(|_| bad("the result"))?;
        for (commitment, signature) in rounds {
            verify(round_payload(genesis, self.part.id, commitment), signature).map_err(|_| bad("a commitment"))?;
        }
        if result.0.spec_hash != self.part.spec.hash() {
            return Err(ParticipantError::Worker(
                "its result is for another specification".into(),
            ));
        }
        Ok(())
    }

    /// Evidence and registration are kept for those who verify later. Where the worker has renewed them since, the chain
    /// holds another hash, and they prove less: they are kept all the same and the verifier says so.
    async fn fetch_evidence<C: secureflow_chain::Chain + ?Sized>(
        &mut self,
        state: &secureflow_chain::State<'_, C>,
    ) -> Result<(), ParticipantError> {
        let registered = state
            .worker(&self.part.worker)
            .await?
            .ok_or(ParticipantError::NoWorker)?;
        let evidence = self
            .obtain(artefact::EVIDENCE, None, |bytes| {
                Evidence::decode(&mut &bytes[..]).is_ok()
            })
            .await?;
        self.obtain(artefact::REGISTRATION, None, |bytes| {
            WorkerRegistration::decode(&mut &bytes[..]).is_ok()
        })
        .await?;
        let same = Evidence::decode(&mut evidence.as_slice())
            .is_ok_and(|evidence| evidence.hash() == registered.evidence_hash);
        if !same {
            tracing::info!("the worker has renewed its evidence since the job");
        }
        Ok(())
    }

    /// Who must be honest and what leaks, beside the files that it is about.
    fn write_trust_label(&self, result: &SignedResult) -> Result<(), ParticipantError> {
        let noise = self.part.plan.noise();
        let epsilon = noise.zip(self.part.plan.cost()).map(|((_, delta_exponent), cost)| {
            let total = secureflow_privacy::repeat(&cost, self.part.plan.rounds());
            secureflow_privacy::epsilon_on_chain(&total, delta_exponent as u8) as f64 / 1e6
        });
        let parties: Vec<u32> = self.part.owners.iter().map(|org| org.0).collect();
        let label = artefact::trust_label(
            &self.part.plan,
            self.part.id.0,
            result.0.simulated,
            &parties,
            self.part.threshold(),
            epsilon,
        );
        Ok(self.folder.write(artefact::TRUST_LABEL, &label)?)
    }
}

/// How a file is checked.
enum Known {
    Hash([u8; 32]),
    Plan,
    Receipts,
    Moments,
}

fn receipts_root(bytes: &[u8]) -> Option<H256> {
    let receipts: Vec<Receipt> = serde_json::from_slice(bytes).ok()?;
    let leaves: Vec<H256> = receipts.iter().map(Receipt::hash).collect();
    Some(merkle::root(&leaves))
}
