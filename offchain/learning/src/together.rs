//! All training rounds of a job in one process: what the parties compute together, without what keeps them apart.

use crate::{error::Result, local::contribute};
use secureflow_data::Examples;
use secureflow_plan::{train, Encoding, Model, Plan, ServerState};

/// Trains round by round as a job does, with every party in every round and the sums in the clear: the model is the job's,
/// to the bit. Each party's contribution passes through `noise` before it is added; with a privacy section a job's parties
/// add noise of `train::noise_deviation` there.
pub fn train_together(
    plan: &Plan,
    encoding: &Encoding,
    parties: &[Examples],
    mut noise: impl FnMut(&mut [u64]),
) -> Result<Model> {
    let mut model = Model::initial(plan, encoding)?;
    let mut server = ServerState::new(model.shape());
    for round in 0..plan.rounds() {
        let mut sum = vec![0u64; train::length(model.shape())];
        for examples in parties {
            let mut vector = contribute(plan, &model, examples, round)?.vector;
            // The last element counts rows.
            if let Some((_, contribution)) = vector.split_last_mut() {
                noise(contribution);
            }
            for (total, value) in sum.iter_mut().zip(vector) {
                *total = total.wrapping_add(value);
            }
        }
        let mean = train::decode(plan, model.shape(), &sum)?;
        model = server.apply(plan, &model, &mean.update)?;
    }
    Ok(model)
}
