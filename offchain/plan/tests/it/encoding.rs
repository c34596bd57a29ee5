use crate::plan;
use secureflow_plan::{encoding, moments, survey, Encoding, EncodingColumn, Plan, PlanError};

/// The survey and moments of one party's rows, as an agent would compute them.
fn sums(plan: &Plan, rows: &[(Option<f64>, Option<&str>, bool)]) -> (Vec<u64>, Vec<u64>) {
    let layout = survey::Layout::new(plan);
    let mut counts = vec![0; layout.length()];
    for (income, job, positive) in rows {
        counts[survey::ROWS] += 1;
        counts[if *positive {
            survey::POSITIVES
        } else {
            survey::NEGATIVES
        }] += 1;
        match income {
            None => counts[layout.missing(0)] += 1,
            Some(value) => counts[layout.counts(0).start + survey::exponent_slot(*value)] += 1,
        }
        match job {
            None => counts[layout.missing(1)] += 1,
            Some(value) => counts[layout.counts(1).start + survey::bucket("job", value)] += 1,
        }
    }
    let exponent = moments::exponents(plan, &counts).unwrap()[0];
    let mut sums = moments::Sums::default();
    if let Some(exponent) = exponent {
        rows.iter()
            .filter_map(|(income, ..)| *income)
            .for_each(|value| sums.add(value, exponent));
    }
    let layout = moments::Layout::new(plan);
    let mut vector = vec![0; layout.length()];
    vector[layout.rows()] = rows.len() as u64;
    vector[layout.start(0)..].copy_from_slice(&sums.slots());
    (counts, vector)
}

fn derive(rows: &[(Option<f64>, Option<&str>, bool)]) -> Result<Encoding, PlanError> {
    let plan = plan();
    let (counts, vector) = sums(&plan, rows);
    Encoding::derive(&plan, &counts, &vector)
}

fn numeric(encoding: &Encoding) -> (f64, f64, i32) {
    match &encoding.columns[0] {
        EncodingColumn::Numeric {
            deviation,
            exponent,
            mean,
            ..
        } => {
            let unit = 2f64.powi(*exponent - moments::FRACTION_BITS);
            (*mean as f64 * unit, *deviation as f64 * unit, *exponent)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn finds_mean_and_deviation_at_every_scale() {
    for scale in [1e-9, 1.0, 1e3, 1e12] {
        let rows: Vec<_> = (0..1000)
            .map(|i| (Some(f64::from(i % 100) * scale), Some("a"), i % 3 == 0))
            .collect();
        let (mean, deviation, _) = numeric(&derive(&rows).unwrap());
        assert!((mean / scale - 49.5).abs() < 1e-3, "{scale}: {mean}");
        assert!((deviation / scale - 28.866).abs() < 1e-3, "{scale}: {deviation}");
    }
}

#[test]
fn eight_large_parties_do_not_overflow() {
    let plan = plan();
    let rows: Vec<_> = (0..50_000)
        .map(|i| (Some(if i % 2 == 0 { 1e12 } else { -1e12 }), None, i % 2 == 0))
        .collect();
    let (counts, vector) = sums(&plan, &rows);
    let times = |vector: &[u64], n: u64| -> Vec<u64> { vector.iter().map(|x| x.wrapping_mul(n)).collect() };
    let eight = Encoding::derive(&plan, &times(&counts, 8), &times(&vector, 8)).unwrap();
    let (mean, deviation, exponent) = numeric(&eight);
    assert_eq!((mean, exponent), (0.0, 40));
    assert!((deviation / 1e12 - 1.0).abs() < 1e-9);
    // The most that a sum may stand for: all at the edge of the scale, of one sign.
    let edge: Vec<_> = (0..1024)
        .map(|i| (Some(if i % 2 == 0 { -7.999 } else { -7.9 }), None, i % 2 == 0))
        .collect();
    let (counts, vector) = sums(&plan, &edge);
    let times_4096 = Encoding::derive(&plan, &times(&counts, 4096), &times(&vector, 4096)).unwrap();
    assert!((numeric(&times_4096).0 + 7.9495).abs() < 1e-6);
    assert!(Encoding::derive(&plan, &times(&counts, 4097), &times(&vector, 4097)).is_err());
}

#[test]
fn columns_without_information_give_no_input() {
    let with = |income: fn(usize) -> Option<f64>, job: fn(usize) -> Option<&'static str>| {
        let rows: Vec<_> = (0..600).map(|i| (income(i), job(i), i % 2 == 0)).collect();
        derive(&rows).map(|encoding| (encoding.columns[0].width(), encoding.columns[1].width()))
    };
    let job = |i: usize| Some(["a", "b", "c"][i % 3]);
    assert_eq!(with(|_| Some(1e12), job).unwrap(), (0, 3));
    assert_eq!(with(|_| Some(0.1), job).unwrap(), (0, 3));
    assert_eq!(with(|_| Some(0.0), job).unwrap(), (0, 3));
    assert_eq!(with(|_| None, job).unwrap(), (0, 3));
    // A tenth is missing: an input of its own.
    assert_eq!(with(|i| (i % 10 > 0).then_some(i as f64), job).unwrap(), (2, 3));
    // Too few are missing to be told apart.
    assert_eq!(with(|i| (i % 100 > 0).then_some(i as f64), job).unwrap(), (1, 3));
    assert_eq!(with(|i| Some(i as f64), |_| Some("same")).unwrap(), (1, 0));
    assert!(matches!(with(|_| None, |_| None), Err(PlanError::TooFewRows(_))));
}

#[test]
fn one_absurd_value_sets_no_scale() {
    let rows: Vec<_> = (0..1000)
        .map(|i| {
            (
                Some(if i == 0 { 1e12 } else { f64::from(i % 100) }),
                Some("a"),
                i % 3 == 0,
            )
        })
        .collect();
    let (mean, _, exponent) = numeric(&derive(&rows).unwrap());
    assert_eq!(exponent, 7);
    assert!((mean - 49.5).abs() < 0.2, "{mean}");
    assert_eq!(encoding::standardise(1e12, exponent, 0, 1 << 20), 8.0);
}

#[test]
fn rare_categories_are_left_out_and_frequent_ones_come_first() {
    // Names that share no bucket.
    let mut taken = std::collections::BTreeSet::new();
    let names: Vec<String> = (0..)
        .map(|i| format!("c{i}"))
        .filter(|name| taken.insert(survey::bucket("job", name)))
        .take(60)
        .collect();
    let mut rows = Vec::new();
    for (i, name) in names.iter().enumerate() {
        rows.extend((0..i).map(|j| (Some(1.0), Some(name.as_str()), j % 2 == 0)));
    }
    let encoding = derive(&rows).unwrap();
    let EncodingColumn::Categorical { buckets, shares, .. } = &encoding.columns[1] else {
        panic!()
    };
    assert_eq!(
        (buckets.len(), shares.len()),
        (encoding::MAX_CATEGORIES, encoding::MAX_CATEGORIES)
    );
    assert_eq!(u64::from(shares[0]), 59_000_000 / encoding.rows);
    assert_eq!(usize::from(buckets[0]), survey::bucket("job", &names[59]));
    assert_eq!(usize::from(buckets[31]), survey::bucket("job", &names[28]));
}

#[test]
fn contradictory_sums_are_refused() {
    let plan = plan();
    let rows: Vec<_> = (0..100).map(|i| (Some(f64::from(i)), Some("a"), i % 2 == 0)).collect();
    let (counts, vector) = sums(&plan, &rows);
    let check = |change: &dyn Fn(&mut Vec<u64>, &mut Vec<u64>)| {
        let (mut counts, mut vector) = (counts.clone(), vector.clone());
        change(&mut counts, &mut vector);
        Encoding::derive(&plan, &counts, &vector).unwrap_err()
    };
    assert!(matches!(
        check(&|c, _| c[survey::ROWS] += 1),
        PlanError::Inconsistent { .. }
    ));
    assert!(matches!(
        check(&|c, _| c[survey::ROWS] = u64::MAX),
        PlanError::Inconsistent { .. }
    ));
    assert!(matches!(
        check(&|c, _| c[10] = c[10].wrapping_sub(1)),
        PlanError::Inconsistent { .. }
    ));
    assert!(matches!(check(&|_, v| v[2] = 1 << 62), PlanError::Inconsistent { .. }));
    assert!(matches!(check(&|_, v| v[3] = u64::MAX), PlanError::Inconsistent { .. }));
    assert!(matches!(check(&|_, v| v[0] = 0), PlanError::Inconsistent { .. }));
    assert!(matches!(check(&|c, _| c.truncate(9)), PlanError::Length { .. }));
    assert!(matches!(check(&|_, v| v.push(0)), PlanError::Length { .. }));
    let one_sided = |c: &mut Vec<u64>, _: &mut Vec<u64>| {
        c[survey::NEGATIVES] += c[survey::POSITIVES];
        c[survey::POSITIVES] = 0;
    };
    assert!(matches!(check(&one_sided), PlanError::TooFewRows(_)));
}

#[test]
fn bytes_are_canonical() {
    let rows: Vec<_> = (0..100).map(|i| (Some(f64::from(-i)), Some("a"), i % 2 == 0)).collect();
    let encoding = derive(&rows).unwrap();
    let bytes = encoding.to_bytes();
    assert_eq!(Encoding::from_bytes(&bytes).unwrap(), encoding);
    let mut spaced = bytes.clone();
    spaced.insert(1, b' ');
    assert_eq!(Encoding::from_bytes(&spaced), Err(PlanError::NotCanonical));
    for (column, bad) in [
        EncodingColumn::Categorical {
            buckets: vec![1024],
            missing: false,
            name: "job".into(),
            shares: vec![0],
        },
        EncodingColumn::Numeric {
            deviation: 1,
            exponent: i32::MIN,
            mean: 0,
            missing: true,
            name: "income".into(),
        },
    ]
    .into_iter()
    .map(|column| {
        (
            column.name().to_string(),
            Encoding {
                columns: vec![column],
                ..encoding.clone()
            },
        )
    }) {
        assert!(
            matches!(Encoding::from_bytes(&bad.to_bytes()), Err(PlanError::Invalid { .. })),
            "{column}"
        );
    }
}
