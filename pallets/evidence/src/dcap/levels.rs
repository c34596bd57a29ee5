//! Intel's TCB levels in compact form, and how a platform is judged by them: as Intel's quote verification library does
//! it, which `dcap-qvl` follows; a test compares the outcomes of the two.

use super::status::{AcceptedStatuses, Component, Shortfall, TcbStatus};
use crate::{Error, Item, Mismatch};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::cmp::Reverse;
use dcap_qvl::{
    quote::{EnclaveReport, TDReport10},
    QeIdentity, TcbInfo, TcbLevel,
};
use scale_info::TypeInfo;

/// Most levels read, of platform, TDX module or quoting enclave. Intel publishes at most 22.
pub(super) const MAX_LEVELS: usize = 64;
/// Most TDX modules read. Intel publishes two.
pub(super) const MAX_MODULES: usize = 8;

/// The versions of a platform that has a status.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(super) struct Level {
    sgx: [u8; 16],
    pce: u16,
    tdx: [u8; 16],
    status: TcbStatus,
}

/// The least version of one component that has a status.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub(super) struct Step {
    version: u16,
    status: TcbStatus,
}

fn met(steps: &[Step], have: u16) -> Option<TcbStatus> {
    steps.iter().find(|step| step.version <= have).map(|step| step.status)
}

fn short(component: Component, have: u16, needs: u16) -> Option<Shortfall> {
    (have < needs).then_some(Shortfall { component, have, needs })
}

fn short_of(component: Component, steps: &[Step], have: u16, accepted: AcceptedStatuses) -> Option<Shortfall> {
    let step = steps.iter().find(|step| accepted.contains(step.status))?;
    short(component, have, step.version)
}

impl Level {
    fn read(level: &TcbLevel, tdx: bool) -> Option<Self> {
        let svns = |components: &[dcap_qvl::TcbComponents]| {
            let mut svns = [0; 16];
            let complete = components.len() == svns.len();
            svns.iter_mut()
                .zip(components)
                .for_each(|(svn, component)| *svn = component.svn);
            complete.then_some(svns)
        };
        let tcb = &level.tcb;
        Some(Self {
            sgx: svns(&tcb.sgx_components)?,
            pce: tcb.pce_svn,
            tdx: if tdx { svns(&tcb.tdx_components)? } else { [0; 16] },
            status: level.tcb_status.into(),
        })
    }

    /// What the platform falls short of. A TDX module that names its version (byte 1) is judged by its own levels:
    /// bytes 0 and 1 are then left to [`Module`].
    fn shortfalls<'a>(&'a self, have: &'a Versions) -> impl Iterator<Item = Shortfall> + 'a {
        let skipped = if have.tdx[1] > 0 { 2 } else { 0 };
        let of = |component: fn(u8) -> Component| {
            move |(index, (have, needs)): (u8, (&u8, &u8))| short(component(index), (*have).into(), (*needs).into())
        };
        let sgx = (0..).zip(have.sgx.iter().zip(&self.sgx)).filter_map(of(Component::Sgx));
        let tdx = (0..)
            .zip(have.tdx.iter().zip(&self.tdx))
            .skip(skipped)
            .filter_map(of(Component::Tdx));
        sgx.chain(short(Component::Pce, have.pce, self.pce)).chain(tdx)
    }
}

/// The versions of one platform. `tdx` is zero on SGX, as the levels then are.
pub(super) struct Versions {
    pub(super) sgx: [u8; 16],
    pub(super) pce: u16,
    pub(super) tdx: [u8; 16],
}

/// A TDX module: who signs it, its attributes, and its levels.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub(super) struct Module {
    version: u8,
    signer: [u8; 48],
    attributes: [u8; 8],
    mask: [u8; 8],
    steps: Vec<Step>,
}

impl Module {
    fn read(signer: &str, attributes: &str, mask: &str) -> Option<Self> {
        Some(Self {
            version: 0,
            signer: from_hex(signer)?,
            attributes: from_hex(attributes)?,
            mask: from_hex(mask)?,
            steps: Vec::new(),
        })
    }

    /// Bits under the mask are as stated, and the others are zero.
    fn is(&self, td: &TDReport10) -> bool {
        let mut bytes = self.attributes.iter().zip(&self.mask).zip(&td.seam_attributes);
        self.signer == td.mr_signer_seam && bytes.all(|((stated, mask), have)| stated & mask == *have)
    }
}

/// What Intel states of platforms of one family. Verified with its signature by the caller.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub(super) struct Platforms {
    /// Highest first.
    levels: Vec<Level>,
    /// The module that names no version first; empty for SGX.
    modules: Vec<Module>,
}

impl MaxEncodedLen for Platforms {
    fn max_encoded_len() -> usize {
        let module = 1 + 48 + 8 + 8 + 2 + MAX_LEVELS * Step::max_encoded_len();
        4 + MAX_LEVELS * Level::max_encoded_len() + (1 + MAX_MODULES) * module
    }
}

impl Platforms {
    pub(super) fn read(info: &TcbInfo, tdx: bool) -> Option<Self> {
        if info.tcb_levels.len() > MAX_LEVELS || info.tdx_module_identities.len() > MAX_MODULES {
            return None;
        }
        let mut levels = info
            .tcb_levels
            .iter()
            .map(|level| Level::read(level, tdx))
            .collect::<Option<Vec<_>>>()?;
        let relaunch = [
            TcbStatus::TDRelaunchAdvised,
            TcbStatus::TDRelaunchAdvisedConfigurationNeeded,
        ];
        if levels.iter().any(|level| relaunch.contains(&level.status)) {
            return None;
        }
        // Not the order in which they stand: Intel's library sorts, stably, by these.
        levels.sort_by_key(|level| Reverse((level.sgx, level.pce, level.tdx)));
        let mut modules = Vec::new();
        if tdx {
            let base = info.tdx_module.as_ref()?;
            modules.push(Module::read(&base.mrsigner, &base.attributes, &base.attributes_mask)?);
            for identity in &info.tdx_module_identities {
                let named = Module::read(&identity.mrsigner, &identity.attributes, &identity.attributes_mask)?;
                let [version] = from_hex(identity.id.strip_prefix("TDX_")?)?;
                let steps = identity.tcb_levels.iter().take(MAX_LEVELS + 1).map(|level| Step {
                    version: level.tcb.isvsvn.into(),
                    status: level.tcb_status.into(),
                });
                let steps: Vec<_> = steps.collect();
                let known = [TcbStatus::UpToDate, TcbStatus::OutOfDate, TcbStatus::Revoked];
                if version == 0 || steps.len() > MAX_LEVELS || steps.iter().any(|step| !known.contains(&step.status)) {
                    return None;
                }
                modules.push(Module {
                    version,
                    steps,
                    ..named
                });
            }
        }
        Some(Self { levels, modules })
    }

    fn module(&self, tdx: &[u8; 16]) -> Option<&Module> {
        self.modules.iter().find(|module| module.version == tdx[1])
    }

    /// [`Mismatch::TdxModule`] unless the trust domain runs under the module that these versions name.
    pub(super) fn check_module(&self, td: &TDReport10) -> Result<(), Error> {
        let known = self.module(&td.tee_tcb_svn).is_some_and(|module| module.is(td));
        known.then_some(()).ok_or(Error::Mismatch(Mismatch::TdxModule))
    }

    /// The status of platform and TDX module together. None if they are below every level.
    pub(super) fn status(&self, have: &Versions) -> Option<TcbStatus> {
        let level = self
            .levels
            .iter()
            .find(|level| level.shortfalls(have).next().is_none())?;
        match have.tdx[1] {
            0 => Some(level.status),
            _ => {
                let module = met(&self.module(&have.tdx)?.steps, have.tdx[0].into())?;
                Some(level.status.converge(module))
            }
        }
    }

    /// What keeps the platform, then the module, from an accepted status.
    pub(super) fn shortfall(&self, have: &Versions, accepted: AcceptedStatuses) -> Option<Shortfall> {
        let levels = self.levels.iter().filter(|level| accepted.contains(level.status));
        let nearest = levels.min_by_key(|level| level.shortfalls(have).count());
        let module = || {
            let steps = &self.module(&have.tdx)?.steps;
            short_of(Component::TdxModule, steps, have.tdx[0].into(), accepted)
        };
        nearest.and_then(|level| level.shortfalls(have).next()).or_else(module)
    }
}

/// What Intel states of a quoting enclave. Verified with its signature by the caller.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub(super) struct QuotingEnclave {
    signer: [u8; 32],
    product: u16,
    misc: [u8; 4],
    misc_mask: [u8; 4],
    attributes: [u8; 16],
    attributes_mask: [u8; 16],
    steps: Vec<Step>,
}

impl MaxEncodedLen for QuotingEnclave {
    fn max_encoded_len() -> usize {
        32 + 2 + 2 * 4 + 2 * 16 + 2 + MAX_LEVELS * Step::max_encoded_len()
    }
}

impl QuotingEnclave {
    pub(super) fn read(identity: &QeIdentity) -> Option<Self> {
        let steps = identity.tcb_levels.iter().take(MAX_LEVELS + 1).map(|level| Step {
            version: level.tcb.isvsvn,
            status: level.tcb_status.into(),
        });
        let steps: Vec<_> = steps.collect();
        let known = [
            TcbStatus::UpToDate,
            TcbStatus::OutOfDate,
            TcbStatus::ConfigurationNeeded,
            TcbStatus::OutOfDateConfigurationNeeded,
            TcbStatus::Revoked,
        ];
        let sound = steps.len() <= MAX_LEVELS && steps.iter().all(|step| known.contains(&step.status));
        sound.then_some(Self {
            signer: identity.mrsigner,
            product: identity.isvprodid,
            misc: identity.miscselect,
            misc_mask: identity.miscselect_mask,
            attributes: identity.attributes,
            attributes_mask: identity.attributes_mask,
            steps,
        })
    }

    /// [`Mismatch::QuotingEnclave`] unless it is the one described, and not one that can be debugged.
    pub(super) fn check(&self, report: &EnclaveReport) -> Result<(), Error> {
        let misc = report.misc_select.to_le_bytes();
        let same = report.attributes[0] & super::SGX_DEBUG == 0
            && report.mr_signer == self.signer
            && report.isv_prod_id == self.product
            && masked(&self.misc, &self.misc_mask).eq(masked(&misc, &self.misc_mask))
            && masked(&self.attributes, &self.attributes_mask).eq(masked(&report.attributes, &self.attributes_mask));
        same.then_some(()).ok_or(Error::Mismatch(Mismatch::QuotingEnclave))
    }

    /// None if it is below every level.
    pub(super) fn status(&self, report: &EnclaveReport) -> Option<TcbStatus> {
        met(&self.steps, report.isv_svn)
    }

    /// What keeps it from an accepted status.
    pub(super) fn shortfall(&self, report: &EnclaveReport, accepted: AcceptedStatuses) -> Option<Shortfall> {
        short_of(Component::QuotingEnclave, &self.steps, report.isv_svn, accepted)
    }
}

fn masked<'a>(bytes: &'a [u8], mask: &'a [u8]) -> impl Iterator<Item = u8> + 'a {
    bytes.iter().zip(mask).map(|(byte, mask)| byte & mask)
}

pub(super) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// [`Error::Malformed`] of the TCB info or the QE identity: what [`Platforms::read`] and [`QuotingEnclave::read`] lack.
pub(super) fn read(info: &TcbInfo, identity: &QeIdentity, tdx: bool) -> Result<(Platforms, QuotingEnclave), Error> {
    Ok((
        Platforms::read(info, tdx).ok_or(Error::Malformed(Item::TcbInfo))?,
        QuotingEnclave::read(identity).ok_or(Error::Malformed(Item::QeIdentity))?,
    ))
}
