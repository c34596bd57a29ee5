//! Evidence that stands for no hardware, in the shape of evidence that does: a root signs a leaf, the leaf signs a report.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use secureflow_primitives::attestation::{
    leaf_payload, report_payload, Evidence, Measurement, SimulatedEvidence, SimulatedReport,
};

use crate::{AttestError, Attester, SIMULATED_TCB};

/// Signs reports with a leaf of its own, under the development root that a genesis names. Whoever holds the root can
/// claim anything, so such evidence proves nothing but that the parts fit together.
pub struct SimulatedAttester {
    leaf: SigningKey,
    leaf_signature: [u8; 64],
    measurement: Measurement,
}

impl SimulatedAttester {
    /// Makes a fresh leaf under the root. The root is not kept.
    pub fn new(root: &SigningKey, label: &[u8]) -> Self {
        let leaf = SigningKey::generate(&mut rand::rngs::OsRng);
        let leaf_signature = root
            .sign(leaf_payload(leaf.verifying_key().as_bytes()).as_bytes())
            .to_bytes();
        Self {
            leaf,
            leaf_signature,
            measurement: Measurement::simulated(label),
        }
    }

    /// What the reports say was measured: a hash of the label.
    pub fn measurement(&self) -> Measurement {
        self.measurement
    }
}

impl fmt::Debug for SimulatedAttester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedAttester")
            .field("measurement", &self.measurement)
            .finish_non_exhaustive()
    }
}

impl Attester for SimulatedAttester {
    fn evidence(&self, report_data: [u8; 64]) -> Result<Evidence, AttestError> {
        let report = SimulatedReport {
            measurement: self.measurement,
            report_data,
            tcb: SIMULATED_TCB,
            debug: false,
        };
        Ok(Evidence::Simulated(SimulatedEvidence {
            report_signature: self.leaf.sign(report_payload(&report).as_bytes()).to_bytes(),
            report,
            leaf: self.leaf.verifying_key().to_bytes(),
            leaf_signature: self.leaf_signature,
        }))
    }
}
