//! Learning through its public face, on small made-up rows and on the sample.

mod credit;
mod dpsgd;
mod ghost;
mod gradients;
mod local;
mod membership;
mod rounds;
mod simulation;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use secureflow_data::Examples;
use secureflow_plan::{Encoding, EncodingColumn, Model, ModelKind, Plan, PrivacyTemplate, Template};

pub fn plan(kind: ModelKind, privacy: Option<f64>) -> Plan {
    let text = r#"
        name = "n"
        purpose = "p"
        label = { column = "y", positive = 1 }
        model = { kind = "logistic", hidden = 4 }
        training = { rounds = 5, learning_rate = 0.2 }
        feature = [{ name = "a", kind = "numeric" }, { name = "b", kind = "numeric" }]
    "#;
    let mut template = Template::parse(text).unwrap();
    template.model.kind = kind;
    template.privacy = privacy.map(|clip| PrivacyTemplate {
        epsilon: 8.0,
        delta: 1e-5,
        clip,
        clip_quantile: None,
        sampling: None,
        unit: None,
    });
    template.plan(Some(1.0)).unwrap()
}

pub fn encoding() -> Encoding {
    let column = |name: &str| EncodingColumn::Numeric {
        deviation: 1 << 30,
        exponent: 1,
        mean: 0,
        missing: false,
        name: name.into(),
    };
    Encoding {
        columns: vec![column("a"), column("b")],
        moments: [0; 32],
        positives: 20,
        rows: 50,
        version: 1,
    }
}

/// Rows whose label is an exclusive or: a logistic model cannot learn it, a perceptron can.
pub fn examples(rows: usize) -> Examples {
    let value = |i: usize, k: usize| ((i * k) % 101) as f32 / 50.0 - 1.0;
    let inputs: Vec<f32> = (0..rows).flat_map(|i| [value(i, 37), value(i, 59)]).collect();
    let labels = inputs.chunks(2).map(|row| (row[0] > 0.0) != (row[1] > 0.0)).collect();
    Examples::new(inputs, labels, 2)
}

pub fn model(plan: &Plan) -> Model {
    Model::initial(plan, &encoding()).unwrap()
}

pub fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(1)
}

pub const KINDS: [ModelKind; 2] = [ModelKind::Logistic, ModelKind::Perceptron];
