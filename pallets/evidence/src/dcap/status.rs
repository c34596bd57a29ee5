//! Intel's verdict on a platform's TCB, and what would have to be newer.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use dcap_qvl::TcbStatus as QvlStatus;
use scale_info::TypeInfo;

/// `tcbStatus` of Intel's collateral, for platform, TDX module and quoting enclave together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum TcbStatus {
    /// Nothing is missing.
    UpToDate,
    /// Software inside the enclave must take measures of its own.
    SWHardeningNeeded,
    /// The platform's configuration must change.
    ConfigurationNeeded,
    /// Both.
    ConfigurationAndSWHardeningNeeded,
    /// The platform lacks security updates.
    OutOfDate,
    /// It lacks updates, and its configuration must change.
    OutOfDateConfigurationNeeded,
    /// The platform is up to date, and the trust domain was launched before it was.
    TDRelaunchAdvised,
    /// That, and the platform's configuration must change.
    TDRelaunchAdvisedConfigurationNeeded,
    /// The platform's keys are not to be trusted.
    Revoked,
}

impl From<QvlStatus> for TcbStatus {
    fn from(status: QvlStatus) -> Self {
        match status {
            QvlStatus::UpToDate => Self::UpToDate,
            QvlStatus::SWHardeningNeeded => Self::SWHardeningNeeded,
            QvlStatus::ConfigurationNeeded => Self::ConfigurationNeeded,
            QvlStatus::ConfigurationAndSWHardeningNeeded => Self::ConfigurationAndSWHardeningNeeded,
            QvlStatus::OutOfDate => Self::OutOfDate,
            QvlStatus::OutOfDateConfigurationNeeded => Self::OutOfDateConfigurationNeeded,
            QvlStatus::TDRelaunchAdvised => Self::TDRelaunchAdvised,
            QvlStatus::TDRelaunchAdvisedConfigurationNeeded => Self::TDRelaunchAdvisedConfigurationNeeded,
            QvlStatus::Revoked => Self::Revoked,
        }
    }
}

impl TcbStatus {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::UpToDate,
        Self::SWHardeningNeeded,
        Self::ConfigurationNeeded,
        Self::ConfigurationAndSWHardeningNeeded,
        Self::OutOfDate,
        Self::OutOfDateConfigurationNeeded,
        Self::TDRelaunchAdvised,
        Self::TDRelaunchAdvisedConfigurationNeeded,
        Self::Revoked,
    ];

    /// With a TDX module's or a quoting enclave's status: only `OutOfDate` and `Revoked` of those count.
    pub(super) fn converge(self, component: Self) -> Self {
        match (component, self) {
            (Self::Revoked, _) => Self::Revoked,
            (Self::OutOfDate, Self::UpToDate | Self::SWHardeningNeeded) => Self::OutOfDate,
            (Self::OutOfDate, Self::ConfigurationNeeded | Self::ConfigurationAndSWHardeningNeeded) => {
                Self::OutOfDateConfigurationNeeded
            }
            _ => self,
        }
    }

    /// The launch status of a trust domain under the current one of its platform: out of date at launch only means that
    /// it should be launched again.
    pub(super) fn under(self, current: Self) -> Self {
        let current_is_fine = matches!(
            current,
            Self::UpToDate
                | Self::SWHardeningNeeded
                | Self::ConfigurationNeeded
                | Self::ConfigurationAndSWHardeningNeeded
        );
        let configuration = [Self::ConfigurationNeeded, Self::ConfigurationAndSWHardeningNeeded].contains(&current);
        match self {
            Self::OutOfDate if current_is_fine && !configuration => Self::TDRelaunchAdvised,
            Self::OutOfDate | Self::OutOfDateConfigurationNeeded if current_is_fine => {
                Self::TDRelaunchAdvisedConfigurationNeeded
            }
            _ => self,
        }
    }
}

impl fmt::Display for TcbStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The names are Intel's.
        fmt::Debug::fmt(self, f)
    }
}

/// A set of TCB statuses. `UpToDate` is always in it, `Revoked` never.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct AcceptedStatuses(u16);

impl AcceptedStatuses {
    /// With one more.
    pub fn and(self, status: TcbStatus) -> Self {
        Self(self.0 | 1 << (status as u16))
    }

    /// Whether it is accepted.
    pub fn contains(self, status: TcbStatus) -> bool {
        match status {
            TcbStatus::UpToDate => true,
            TcbStatus::Revoked => false,
            other => self.0 & (1 << (other as u16)) != 0,
        }
    }
}

/// A component with a security version number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Component {
    /// One of the 16 of `sgxtcbcomponents`: microcode, BIOS, the CPU's own modules.
    Sgx(u8),
    /// One of the 16 of `tdxtcbcomponents`.
    Tdx(u8),
    /// The provisioning certification enclave.
    Pce,
    /// The TDX module.
    TdxModule,
    /// The quoting enclave.
    QuotingEnclave,
}

/// A component below what an accepted platform has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Shortfall {
    /// Which.
    pub component: Component,
    /// Its security version number.
    pub have: u16,
    /// The least that is accepted.
    pub needs: u16,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.component {
            Component::Sgx(index) => write!(f, "SGX TCB component {index}")?,
            Component::Tdx(index) => write!(f, "TDX TCB component {index}")?,
            Component::Pce => f.write_str("the PCE's version")?,
            Component::TdxModule => f.write_str("the TDX module's version")?,
            Component::QuotingEnclave => f.write_str("the quoting enclave's version")?,
        }
        write!(f, " is {} and must be {}", self.have, self.needs)
    }
}
