#![doc = include_str!("../README.md")]

mod hardware;
mod simulated;
mod verify;

pub use hardware::{detect, Device, HardwareAttester, Raw, SevGuest, TsmReports};
pub use simulated::SimulatedAttester;
pub use verify::{collateral_for, judge, verify, VerifyError};

use secureflow_primitives::attestation::Evidence;

/// Shown wherever a result that was computed under simulated evidence is shown.
pub const SIMULATED_LABEL: &str = "SIMULATED: this worker ran without hardware protection";

/// The version of a simulated platform. Nothing depends on more than its not being zero.
pub const SIMULATED_TCB: u32 = 1;

/// Obtains evidence of what this process runs in.
pub trait Attester: Send + Sync {
    /// Evidence that carries these 64 bytes.
    fn evidence(&self, report_data: [u8; 64]) -> Result<Evidence, AttestError>;
}

/// Why there is no evidence.
#[derive(Debug, thiserror::Error)]
#[error("the platform gave no evidence: {0}")]
pub struct AttestError(pub String);
