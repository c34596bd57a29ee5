use crate::plan;
use secureflow_plan::{
    train, Encoding, EncodingColumn, Model, ModelKind, Plan, PlanError, ServerState, Shape, Template,
};

pub fn encoding() -> Encoding {
    let numeric = EncodingColumn::Numeric {
        deviation: 1 << 40,
        exponent: 1,
        mean: 0,
        missing: true,
        name: "income".into(),
    };
    let job = EncodingColumn::Categorical {
        buckets: vec![5, 900],
        missing: false,
        name: "job".into(),
        shares: vec![0; 2],
    };
    Encoding {
        columns: vec![numeric, job],
        moments: [0; 32],
        positives: 30,
        rows: 100,
        version: 1,
    }
}

pub fn perceptron() -> Plan {
    let text = crate::TEMPLATE.replace("kind = \"logistic\"", "kind = \"perceptron\"\nhidden = 3");
    Template::parse(&text).unwrap().plan(None).unwrap()
}

#[test]
fn models_survive_their_file_and_their_bytes_are_golden() {
    for (plan, parameters, golden) in [
        (
            plan(),
            5,
            "eec3af16cc34df71f969a7aec6183c47df311aee9fd723b064aabcba43b08009",
        ),
        (
            perceptron(),
            19,
            "4c8e3f70297dd941238a64cf487871db669a098bcd086f6c0ba89641b05efd24",
        ),
    ] {
        let model = Model::initial(&plan, &encoding()).unwrap();
        assert_eq!(model.parameters().len(), parameters);
        let bytes = model.to_safetensors();
        assert_eq!(Model::from_safetensors(*model.shape(), &bytes).unwrap(), model);
        let hash: String = model.hash().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, golden, "{:?}", plan.model.kind);
    }
}

#[test]
fn other_files_are_refused() {
    let plan = perceptron();
    let model = Model::initial(&plan, &encoding()).unwrap();
    let (shape, bytes) = (*model.shape(), model.to_safetensors());
    let logistic = Shape {
        kind: ModelKind::Logistic,
        width: 4,
        hidden: 0,
    };
    assert!(matches!(
        Model::from_safetensors(logistic, &bytes),
        Err(PlanError::Model(_))
    ));
    assert!(matches!(
        Model::from_safetensors(Shape { width: 5, ..shape }, &bytes),
        Err(PlanError::Model(_))
    ));
    let mut nan = bytes.clone();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    assert_eq!(Model::from_safetensors(shape, &nan), Err(PlanError::Diverged));
    for end in 0..bytes.len() {
        assert!(Model::from_safetensors(shape, &bytes[..end]).is_err());
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Model::from_safetensors(shape, &longer).is_err());
}

#[test]
fn updates_average_by_rows() {
    let plan = plan();
    let shape = Shape::new(&plan, &encoding()).unwrap();
    let a = train::encode_mean(&[1.0, -1.0, 0.5, 0.0, 2.0], 100).unwrap();
    let b = train::encode_mean(&[0.0, -1.0, -0.5, 0.25, -2.0], 300).unwrap();
    let sum: Vec<u64> = a.iter().zip(&b).map(|(a, b)| a.wrapping_add(*b)).collect();
    let model = Model::initial(&plan, &encoding()).unwrap();
    let mean = train::decode(&plan, &model, &sum).unwrap();
    assert_eq!((mean.rows, mean.clip), (400, None));
    assert_eq!(mean.update, [0.25, -1.0, -0.25, 0.1875, -1.0]);

    let mut state = ServerState::new(&shape);
    let next = state.apply(&plan, &model, &mean).unwrap();
    assert_eq!(next.parameters()[1], model.parameters()[1] - 1.0);
    let with = |update: &[f32]| train::MeanUpdate {
        update: update.to_vec(),
        ..mean.clone()
    };
    assert!(state.apply(&plan, &next, &with(&mean.update[1..])).is_err());
    let diverged = state.apply(&plan, &next, &with(&[f32::NAN; 5]));
    assert_eq!(diverged, Err(PlanError::Diverged));
}

#[test]
fn impossible_updates_are_refused() {
    let plan = plan();
    let model = Model::initial(&plan, &encoding()).unwrap();
    assert_eq!(train::encode_mean(&[f32::NAN], 1), Err(PlanError::OutOfRange));
    assert_eq!(train::encode_sum(&[f64::INFINITY], None, 1), Err(PlanError::OutOfRange));
    assert_eq!(train::encode_sum(&[1e30], None, 1), Err(PlanError::OutOfRange));
    assert!(train::encode_sum(&[], None, 0).is_err());
    let good = train::encode_mean(&[1.0; 5], 10).unwrap();
    assert!(train::decode(&plan, &model, &good).is_ok());
    assert!(matches!(
        train::decode(&plan, &model, &good[1..]),
        Err(PlanError::Length { .. })
    ));
    let beyond = train::encode_mean(&[11.0; 5], 10).unwrap();
    assert_eq!(train::decode(&plan, &model, &beyond), Err(PlanError::OutOfRange));
    let mut no_rows = good.clone();
    *no_rows.last_mut().unwrap() = 0;
    assert!(matches!(
        train::decode(&plan, &model, &no_rows),
        Err(PlanError::Inconsistent { .. })
    ));
    let masked: Vec<u64> = good.iter().map(|x| x.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
    assert!(train::decode(&plan, &model, &masked).is_err());
}
