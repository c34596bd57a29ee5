//! Reading a label: two words, one of which counts as 1.

use crate::error::{PlanError, Result};
use crate::LabelSpec;

const PAIRS: [(&str, &str); 6] = [
    ("0", "1"),
    ("no", "yes"),
    ("false", "true"),
    ("bad", "good"),
    ("n", "y"),
    ("f", "t"),
];

/// The two values of a label column, in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    positive: String,
    negative: String,
}

impl Label {
    pub fn new(spec: &LabelSpec) -> Result<Self> {
        let positive = normal_form(&spec.positive);
        let negative = match &spec.negative {
            Some(negative) => normal_form(negative),
            None => PAIRS
                .iter()
                .find_map(|(a, b)| match () {
                    () if *a == positive => Some(b.to_string()),
                    () if *b == positive => Some(a.to_string()),
                    () => None,
                })
                .ok_or_else(|| {
                    let problem = format!(
                        "is {:?}, which has no known opposite (known are 0/1, yes/no, true/false, good/bad): \
                         name the other value as label.negative",
                        spec.positive
                    );
                    PlanError::invalid("label.positive", problem)
                })?,
        };
        if positive.is_empty() || negative.is_empty() || positive == negative {
            return Err(PlanError::invalid(
                "label",
                "positive and negative must be two different, non-empty values",
            ));
        }
        Ok(Self { positive, negative })
    }

    /// `Some(true)` for the positive value, `Some(false)` for the negative one, `None` for anything else.
    pub fn read(&self, value: &str) -> Option<bool> {
        // Nearly every file writes the label in normal form already.
        let value = value.trim();
        if value == self.positive {
            return Some(true);
        }
        if value == self.negative {
            return Some(false);
        }
        let value = normal_form(value);
        match () {
            () if value == self.positive => Some(true),
            () if value == self.negative => Some(false),
            () => None,
        }
    }
}

/// Lower case without spaces around; `1.0` is `1`.
fn normal_form(value: &str) -> String {
    let value = value.trim().to_lowercase();
    match value.parse::<f64>() {
        Ok(0.0) => "0".into(),
        Ok(1.0) => "1".into(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(positive: &str, negative: Option<&str>) -> Result<Label> {
        let negative = negative.map(str::to_string);
        Label::new(&LabelSpec {
            column: "y".into(),
            negative,
            positive: positive.into(),
        })
    }

    #[test]
    fn reads_the_known_pairs() {
        let table = [
            ("1", "1.0", "0"),
            ("yes", "YES", "No "),
            ("true", "True", "FALSE"),
            ("bad", "bad", "good"),
        ];
        for (positive, one, zero) in table {
            let label = label(positive, None).unwrap();
            assert_eq!(label.read(one), Some(true), "{one}");
            assert_eq!(label.read(zero), Some(false), "{zero}");
            assert_eq!(label.read("maybe"), None);
            assert_eq!(label.read(""), None);
        }
    }

    #[test]
    fn unknown_words_need_their_opposite() {
        assert!(label("churned", None)
            .unwrap_err()
            .to_string()
            .contains("label.negative"));
        assert_eq!(label("churned", Some("stayed")).unwrap().read("Stayed"), Some(false));
        assert!(label("yes", Some("Yes")).is_err());
    }
}
