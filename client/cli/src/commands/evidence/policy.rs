//! What the members ask of hardware evidence.

use crate::{
    context::Context,
    council,
    error::{Failure, Result},
    evidence_policy::EvidencePolicyFile,
    names::account,
    out::Answer,
};
use secureflow_chain::Call;
use secureflow_primitives::BlockNumber;
use std::path::Path;

pub async fn show(context: &Context) -> Result<Answer> {
    let network = context.network().await?;
    let file = EvidencePolicyFile::from(&network.state().await?.evidence_policy().await?);
    let text = file.text()?;
    Ok(Answer::new(file, text))
}

/// Puts a policy to the vote, and says whom it will leave behind.
pub async fn set(context: &Context, file: &Path, grace: BlockNumber) -> Result<Answer> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::new("unreadable", format!("cannot read {}: {error}", file.display())))?;
    let policy = EvidencePolicyFile::parse(&text)?.policy()?;
    let network = context.network().await?;
    let state = network.state().await?;
    if state.evidence_policy().await? == policy {
        return Err(Failure::new("nothing_to_do", "the chain asks for exactly this already")
            .hint("`secureflow evidence policy` prints it."));
    }
    let mut short = Vec::new();
    for (id, found) in state.standings().await? {
        let platform = found.platform.filter(|_| found.status.is_active());
        short.extend(platform.and_then(|platform| Some((account(&id), platform.tcb.short_of(&policy)?))));
    }
    let call = Call::SetEvidencePolicy { policy, grace };
    let (outcome, _) = council::propose(context, &network, call).await?;
    let mut text = outcome.text(&format!("to ask for what {} says", file.display()));
    for (id, reason) in &short {
        text.push_str(&format!(
            "{id} will be short, and has {grace} blocks from the last vote: {reason}\n"
        ));
    }
    let mut json = outcome.json();
    json["short"] = short.iter().map(|(id, _)| id.as_str()).collect();
    Ok(Answer::new(json, text))
}
