//! What a genuine report must say to be accepted.

use super::{
    product::{Product, TcbKind, TcbVersion},
    report::{Report, SigningKey},
};
use crate::{Error, Rule};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The lowest TCB accepted, per generation. Zero asks for nothing; AMD's security bulletins say what to ask for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct MinimumTcb {
    /// See [`TcbVersion::milan_genoa`].
    pub milan: TcbVersion,
    /// See [`TcbVersion::milan_genoa`].
    pub genoa: TcbVersion,
    /// See [`TcbVersion::turin`].
    pub turin: TcbVersion,
}

impl MinimumTcb {
    /// That of one generation.
    pub fn of(&self, product: Product) -> TcbVersion {
        match product {
            Product::Milan => self.milan,
            Product::Genoa => self.genoa,
            Product::Turin => self.turin,
        }
    }
}

/// What a genuine report must say. A guest that can be debugged is never accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Policy {
    /// The reported, committed and launch TCB must reach it in every component.
    pub minimum_tcb: MinimumTcb,
    /// The least privileged level that may have asked for the report: 0 to 3.
    pub max_vmpl: u8,
    /// Accept guests whose policy lets them run where SMT is on.
    pub allow_smt: bool,
    /// Accept guests whose policy lets a migration agent move them.
    pub allow_migration: bool,
    /// Accept guests whose policy lets CXL devices or memory be populated.
    pub allow_cxl: bool,
    /// Accept only guests whose policy binds them to a single socket.
    pub require_single_socket: bool,
    /// Accept reports signed by a VLEK, which a cloud provider holds, beside those signed by a chip's VCEK.
    pub allow_vlek: bool,
    /// Accept only guests whose identity block was signed by this author key: its SHA-384 digest.
    pub author_key: Option<[u8; 48]>,
}

impl Default for Policy {
    /// Any TCB; SMT and VLEKs accepted; VMPL 0 only; neither migration nor CXL.
    fn default() -> Self {
        Self {
            minimum_tcb: MinimumTcb::default(),
            max_vmpl: 0,
            allow_smt: true,
            allow_migration: false,
            allow_cxl: false,
            require_single_socket: false,
            allow_vlek: true,
            author_key: None,
        }
    }
}

/// Guest policy bits (AMD 56860, table 9).
const SMT: u64 = 1 << 16;
const RESERVED_ONE: u64 = 1 << 17;
const MIGRATE_MA: u64 = 1 << 18;
const DEBUG: u64 = 1 << 19;
const SINGLE_SOCKET: u64 = 1 << 20;
const CXL_ALLOW: u64 = 1 << 21;
/// Bits from here on must be zero. 22 to 25 only restrict the host: AES-256-XTS, RAPL, ciphertext hiding, page swap.
const FIRST_RESERVED: u32 = 26;

impl Policy {
    /// The rules in the order in which their breach is reported.
    pub(crate) fn check(&self, report: &Report<'_>, product: Product) -> Result<(), Error> {
        let guest = report.policy();
        let set = |bit: u64| guest & bit != 0;
        let author = report.author_key();
        let breaches = [
            (Rule::Debug, set(DEBUG)),
            (Rule::ReservedBits, !set(RESERVED_ONE) || guest >> FIRST_RESERVED != 0),
            (Rule::Migration, set(MIGRATE_MA) && !self.allow_migration),
            (Rule::Smt, set(SMT) && !self.allow_smt),
            (Rule::Cxl, set(CXL_ALLOW) && !self.allow_cxl),
            (Rule::SingleSocket, !set(SINGLE_SOCKET) && self.require_single_socket),
            (Rule::Vmpl, report.vmpl() > u32::from(self.max_vmpl.min(3))),
            (
                Rule::Vlek,
                report.signing_key()? == SigningKey::Vlek && !self.allow_vlek,
            ),
            (
                Rule::AuthorKey,
                self.author_key.is_some() && self.author_key.as_ref() != author,
            ),
        ];
        if let Some((rule, _)) = breaches.into_iter().find(|(_, broken)| *broken) {
            return Err(Error::Rule(rule));
        }
        let minimum = self.minimum_tcb.of(product);
        for version in [TcbKind::Reported, TcbKind::Committed, TcbKind::Launch] {
            if let Some((part, have, needs)) = report.tcb(version).short_of(minimum, product) {
                return Err(Error::TcbTooLow {
                    version,
                    part,
                    have,
                    needs,
                });
            }
        }
        Ok(())
    }
}
