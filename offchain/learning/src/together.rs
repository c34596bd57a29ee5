//! All training rounds of a job in one process: what the parties compute together, without what keeps them apart.

use crate::{error::Result, local::contribute};
use rand::{CryptoRng, RngCore};
use secureflow_data::Examples;
use secureflow_plan::{train, Encoding, Model, Plan, ServerState};

/// Trains round by round as a job does, with every party in every round and the sums in the clear: where nothing is drawn by
/// chance the model is the job's, to the bit. `rng` draws what is sampled; each party's vector passes through `noise` before it
/// is added, where with a privacy section a job's parties call `train::add_noise`.
pub fn train_together<R: CryptoRng + RngCore>(
    plan: &Plan,
    encoding: &Encoding,
    parties: &[Examples],
    rng: &mut R,
    mut noise: impl FnMut(&Model, &mut [u64], &mut R) -> Result<()>,
) -> Result<Model> {
    let mut model = Model::initial(plan, encoding)?;
    let mut server = ServerState::new(model.shape());
    for round in 0..plan.rounds() {
        let mut sum = vec![0u64; train::length(plan, model.shape())];
        for examples in parties {
            let mut vector = contribute(plan, &model, examples, round, rng)?.vector;
            noise(&model, &mut vector, rng)?;
            for (total, value) in sum.iter_mut().zip(vector) {
                *total = total.wrapping_add(value);
            }
        }
        let mean = train::decode(plan, &model, &sum)?;
        model = server.apply(plan, &model, &mean)?;
    }
    Ok(model)
}
