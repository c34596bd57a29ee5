//! What the members decide in the demonstration: the points for the reward, and with `--contract` the contract that shares
//! it.

use super::*;
use crate::contract::Contract;

/// Terms of the contract: rows and what each weighs; every row beyond weighs one.
const TIERS: &str = "150:4,100:2";

/// Lets the bank propose and the others vote until two thirds have agreed; returns what the proposal said.
fn decide(network: &Network, proposal: &[&str]) -> Result<Value> {
    let motion = network.as_org("bank", proposal)?;
    let (hash, index) = (
        shell::text(&motion, "motion")?,
        shell::number(&motion, "index")?.to_string(),
    );
    for voter in network.organisations.iter().filter(|o| o.name != "bank") {
        let vote = network.as_org(&voter.name, &["org", "vote", &hash, &index, "--yes"])?;
        if shell::text(&vote, "outcome")? == "passed" {
            return Ok(motion);
        }
    }
    bail!("all have voted and the motion is still open: {motion}")
}

/// Lets the members make the points that the bank puts into escrow.
pub(super) fn mint(network: &Network) -> Result<()> {
    heading("The members decide by vote to make points, with which the bank pays for the job");
    decide(network, &["org", "mint", "bank", FUND])?;
    Ok(())
}

/// Lets the members bring the settlement contract on chain; returns the formula that names it.
pub(super) fn bring_contract(network: &Network) -> Result<String> {
    heading("The members bring a contract on chain, which will share the reward by tiers of rows");
    let code = path(&Contract::built("settlement")?.wasm);
    let uploaded = decide(network, &["contract", "upload", &code])?;
    let code = shell::text(&uploaded, "code_hash")?;
    let terms = ["contract", "instantiate", &code, "--tiers", TIERS, "--beyond", "1"];
    let address = shell::text(&decide(network, &terms)?, "address")?;
    Ok(format!("contract={address}"))
}
