//! `secureflow audit proof`

use crate::{
    context::Context,
    error::{Failure, Result},
    names,
    out::Answer,
};
use serde_json::json;
use std::{fs, path::Path};

pub async fn run(context: &Context, index: u64, out: &Path) -> Result<Answer> {
    let network = context.network().await?;
    let state = network.state().await?;
    let bundle = state.audit_bundle(index).await?.ok_or_else(|| {
        Failure::new("no_entry", format!("the log has no entry {index}"))
            .hint("`secureflow audit list --last 20` shows the newest ones.")
    })?;
    let mut text = serde_json::to_string_pretty(&bundle).map_err(|error| Failure::new("json", error.to_string()))?;
    text.push('\n');
    fs::write(out, text).map_err(|error| Failure::file(out, &error))?;
    let hash = names::hash(&state.block().hash);
    let said = format!(
        "The proof of entry {index} at block {} is in {}. Anyone checks it without a network:\n  \
         python3 scripts/audit-proof.py {} {hash}\n",
        state.block().number,
        out.display(),
        out.display(),
    );
    let value = json!({
        "index": index, "block": state.block().number, "block_hash": hash, "file": out.display().to_string(),
        "genesis": names::hash(&bundle.genesis),
    });
    Ok(Answer::new(value, said))
}
