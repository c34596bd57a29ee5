use secureflow_plan::{evaluate, metrics, Evaluation, PlanError};

/// A deterministic stream of numbers between 0 and 1.
fn stream() -> impl FnMut() -> f32 {
    let mut state = 1u64;
    move || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 24) as f32
    }
}

#[test]
fn exact_area_counts_ties_half() {
    let table: [(&[f32], &[bool], Option<f64>); 5] = [
        (&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true], Some(0.75)),
        (&[0.5, 0.5, 0.5], &[true, false, false], Some(0.5)),
        (&[0.1, 0.5, 0.5, 0.9], &[false, true, false, true], Some(0.875)),
        (&[0.1, 0.9], &[true, false], Some(0.0)),
        (&[0.1, 0.9], &[true, true], None),
    ];
    for (scores, labels, expected) in table {
        assert_eq!(metrics::auc(scores, labels), expected, "{scores:?}");
    }
}

#[test]
fn the_histogram_comes_close_to_the_exact_figures() {
    let mut next = stream();
    // Balanced and rare events; both kinds of model must be resolved.
    for offset in [0.0, -4.0] {
        let (mut scores, mut labels) = (Vec::new(), Vec::new());
        for _ in 0..20_000 {
            let score = (next() + next() + next() - 1.5) * 4.0 + offset;
            labels.push(next() < 1.0 / (1.0 + (-score).exp()));
            scores.push(score);
        }
        let evaluation = Evaluation::from_sum(&evaluate::vector(&scores, &labels)).unwrap();
        assert!((evaluation.auc - metrics::auc(&scores, &labels).unwrap()).abs() < 1e-3);
        let correct = scores
            .iter()
            .zip(&labels)
            .filter(|(score, label)| (**score >= 0.0) == **label)
            .count();
        assert!((evaluation.accuracy - correct as f64 / 20_000.0).abs() < 1e-6);
        assert!(evaluation.ece < 0.02 && evaluation.brier < 0.25 && evaluation.ks > 0.2);
        assert_eq!(evaluation.calibration.iter().map(|bin| bin.rows).sum::<u64>(), 20_000);
        assert_eq!(Evaluation::from_bytes(&evaluation.to_bytes()).unwrap(), evaluation);
    }
}

#[test]
fn a_changed_figure_is_found() {
    let evaluation = Evaluation::from_sum(&evaluate::vector(&[1.0, -1.0, 0.5], &[true, false, false])).unwrap();
    let text = String::from_utf8(evaluation.to_bytes()).unwrap();
    let changed = text.replace("\"auc\":1.0", "\"auc\":0.9");
    assert_ne!(text, changed);
    assert_eq!(Evaluation::from_bytes(changed.as_bytes()), Err(PlanError::NotCanonical));
}

#[test]
fn impossible_sums_are_refused() {
    let good = evaluate::vector(&[1.0, -1.0], &[true, false]);
    let mut more = good.clone();
    more[evaluate::ROWS] += 1;
    assert!(matches!(
        Evaluation::from_sum(&more),
        Err(PlanError::Inconsistent { .. })
    ));
    assert!(matches!(
        Evaluation::from_sum(&good[1..]),
        Err(PlanError::Length { .. })
    ));
    let one_label = evaluate::vector(&[1.0, -1.0], &[true, true]);
    assert!(matches!(
        Evaluation::from_sum(&one_label),
        Err(PlanError::TooFewRows(_))
    ));
}
