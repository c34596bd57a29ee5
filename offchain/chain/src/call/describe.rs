//! A call's arguments as people read them: JSON, made from the types, the same for the same call wherever it is made.
//!
//! Names and purposes are text, keys and hashes are hex. What has no JSON of its own (a signature, a figure beyond 64
//! bits) is its SCALE encoding in hex.

use codec::Encode;
use serde::Serialize;
use serde_json::Value;

/// Byte strings that are text for people.
const TEXT: &[&str] = &["name", "purpose", "purposes", "endpoint"];
/// Other byte strings.
const BYTES: &[&str] = &[
    "tls_fingerprint",
    "signing",
    "encryption",
    "session_key",
    "plan",
    "ciphertext",
    "collateral",
    "measurements",
    "list",
    "code",
    "scale",
];

/// An argument with its name. Through [`BySerde`] where the type has a JSON form, else through [`ByScale`]: the compiler
/// tries a method on the value before one on a reference to it, so `(&field).describe()` takes the first that exists.
pub(super) struct Field<'a, T>(pub &'static str, pub &'a T);

pub(super) trait BySerde {
    fn describe(&self) -> Value;
}

impl<T: Serialize + Encode> BySerde for Field<'_, T> {
    fn describe(&self) -> Value {
        // Whether greater numbers are numbers of JSON depends on how `serde_json` was compiled, so they never are here.
        match serde_json::to_value(self.1) {
            Ok(value) if has_small_numbers(&value) => readable(self.0, value),
            _ => hex_of(&self.1.encode()),
        }
    }
}

pub(super) trait ByScale {
    fn describe(&self) -> Value;
}

impl<T: Encode> ByScale for &Field<'_, T> {
    fn describe(&self) -> Value {
        hex_of(&self.1.encode())
    }
}

fn has_small_numbers(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_u64() || number.is_i64(),
        Value::Array(items) => items.iter().all(has_small_numbers),
        Value::Object(fields) => fields.values().all(has_small_numbers),
        _ => true,
    }
}

fn hex_of(bytes: &[u8]) -> Value {
    format!("0x{}", hex::encode(bytes)).into()
}

/// Turns lists of bytes under the known names into text and hex.
fn readable(name: &str, value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| {
                let value = readable(&name, value);
                (name, value)
            })
            .collect(),
        Value::Array(items) => match bytes(&items) {
            Some(bytes) if TEXT.contains(&name) && !bytes.is_empty() => match String::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(error) => hex_of(error.as_bytes()),
            },
            Some(bytes) if BYTES.contains(&name) => hex_of(&bytes),
            _ => items.into_iter().map(|item| readable(name, item)).collect(),
        },
        other => other,
    }
}

fn bytes(items: &[Value]) -> Option<Vec<u8>> {
    items
        .iter()
        .map(|item| item.as_u64().and_then(|byte| u8::try_from(byte).ok()))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::Call;
    use secureflow_primitives::{
        attestation::Measurement,
        job::RoundCommitment,
        policy::{ColumnRole, ColumnRule, Operation, Policy, WorkerRequirement},
        revenue::{Agreement, Formula},
        DatasetId, JobId, OrgId, Round, SpaceId, H256,
    };
    use serde_json::json;

    fn name(text: &str) -> secureflow_primitives::bounds::Name {
        text.as_bytes().to_vec().try_into().unwrap()
    }

    #[test]
    fn people_can_read_it() {
        let policy = Policy {
            purposes: vec![name("credit risk")].try_into().unwrap(),
            operations: vec![Operation::HorizontalTraining].try_into().unwrap(),
            columns: vec![ColumnRule {
                for_purposes: vec![0].try_into().unwrap(),
                ..ColumnRule::new(name("age"), ColumnRole::Feature)
            }]
            .try_into()
            .unwrap(),
            min_parties: 2,
            min_group_size: 1,
            worker: WorkerRequirement {
                measurements: Some(vec![Measurement([7; 48])].try_into().unwrap()),
                ..WorkerRequirement::hardware()
            },
            budget: None,
            max_uses: Some(3),
            expires_at: None,
            counterparties: Some(vec![OrgId(97), OrgId(98)].try_into().unwrap()),
            price: 0,
        };
        let call = Call::SetPolicy {
            dataset: DatasetId(4),
            policy,
        };
        let said = call.arguments();
        assert_eq!(said["dataset"], 4);
        assert_eq!(said["policy"]["purposes"], json!(["credit risk"]));
        assert_eq!(said["policy"]["columns"][0]["name"], "age");
        // Places in the list of purposes are numbers, and measurements hex.
        assert_eq!(said["policy"]["columns"][0]["for_purposes"], json!([0]));
        let worker = &said["policy"]["worker"];
        assert_eq!(worker["kinds"], json!(["SevSnp", "Tdx", "Sgx"]));
        assert_eq!(worker["measurements"], json!([format!("0x{}", "07".repeat(48))]));
        assert_eq!(said["policy"]["max_uses"], 3);
        // Numbers of organisations stay numbers.
        assert_eq!(said["policy"]["counterparties"], json!([97, 98]));
    }

    #[test]
    fn what_has_no_json_is_hex() {
        let commitment = RoundCommitment {
            round: Round(2),
            output: H256::repeat_byte(5),
            participants: vec![OrgId(0)].try_into().unwrap(),
        };
        let call = Call::SubmitRound {
            job: JobId(1),
            commitment,
            signature: [9; 64],
        };
        let said = call.arguments();
        assert_eq!(said["signature"], format!("0x{}", "09".repeat(64)));
        assert_eq!(said["commitment"]["output"], format!("0x{}", "05".repeat(32)));
        let agreement = |reward| Call::SetAgreement {
            space: SpaceId(0),
            agreement: Agreement {
                formula: Formula::Equal,
                reward,
                dispute_window: 0,
            },
        };
        assert_eq!(agreement(7).arguments()["agreement"]["reward"], 7);
        let great = agreement(u128::MAX).arguments();
        assert!(great["agreement"].as_str().unwrap().starts_with("0x"));
        assert_ne!(great, agreement(u128::MAX - 1).arguments());
    }
}
