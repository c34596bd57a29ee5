//! Processor generations and what differs between them: roots, TCB layout, length of the chip's id.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// A processor generation, in AMD's terms a product line: one root each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Product {
    /// EPYC 7003.
    Milan,
    /// EPYC 9004, 97x4 (Bergamo) and 8004 (Siena).
    Genoa,
    /// EPYC 9005.
    Turin,
}

impl Product {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Milan, Self::Genoa, Self::Turin];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Milan => "Milan",
            Self::Genoa => "Genoa",
            Self::Turin => "Turin",
        }
    }

    /// From the product name in a certificate: the line, in most with a stepping behind a hyphen (`Milan-B0`).
    pub(crate) fn from_certificate(name: &str) -> Option<Self> {
        match name.split('-').next()? {
            "Milan" => Some(Self::Milan),
            // Bergamo and Siena share Genoa's root and keys (AMD 57230, table of products).
            "Genoa" | "Bergamo" | "Siena" => Some(Self::Genoa),
            "Turin" => Some(Self::Turin),
            _ => None,
        }
    }

    /// From the combined family and model of CPUID, which reports carry from version 3 on (AMD 56860, table 23).
    pub(crate) fn from_cpuid(family: u8, model: u8) -> Option<Self> {
        match (family, model) {
            (0x19, 0x00..=0x0F) => Some(Self::Milan),
            (0x19, 0x10..=0x1F | 0xA0..=0xAF) => Some(Self::Genoa),
            (0x1A, 0x00..=0x1F) => Some(Self::Turin),
            _ => None,
        }
    }

    /// Bytes of the chip's id that mean something; the rest of the report's 64 are zero.
    pub(crate) fn chip_id_bytes(self) -> usize {
        match self {
            Self::Milan | Self::Genoa => 64,
            Self::Turin => 8,
        }
    }

    /// For each byte of a TCB version the last arc of the certificate extension that holds it (AMD 57230, table of
    /// `1.3.6.1.4.1.3704.1.3`): 1 boot loader, 2 TEE, 3 SNP firmware, 4 to 7 reserved, 8 microcode, 9 FMC.
    pub(crate) fn tcb_arcs(self) -> [u32; 8] {
        match self {
            Self::Milan | Self::Genoa => [1, 2, 4, 5, 6, 7, 3, 8],
            Self::Turin => [9, 1, 2, 3, 5, 6, 7, 8],
        }
    }
}

/// A component of a TCB version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum TcbPart {
    /// Boot loader of the secure processor.
    BootLoader,
    /// Operating system of the secure processor.
    Tee,
    /// SNP firmware.
    Snp,
    /// Microcode of the cores.
    Microcode,
    /// Firmware of the management controller; Turin only.
    Fmc,
    /// A reserved byte.
    Reserved,
}

impl TcbPart {
    fn from_arc(arc: u32) -> Self {
        match arc {
            1 => Self::BootLoader,
            2 => Self::Tee,
            3 => Self::Snp,
            8 => Self::Microcode,
            9 => Self::Fmc,
            _ => Self::Reserved,
        }
    }
}

impl fmt::Display for TcbPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BootLoader => "the boot loader",
            Self::Tee => "the TEE",
            Self::Snp => "the SNP firmware",
            Self::Microcode => "the microcode",
            Self::Fmc => "the FMC",
            Self::Reserved => "a reserved part",
        })
    }
}

/// Which of a report's TCB versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum TcbKind {
    /// What the platform reports and its key is derived from.
    Reported,
    /// What the platform can no longer be rolled back from.
    Committed,
    /// What the guest was launched under.
    Launch,
}

impl fmt::Display for TcbKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reported => "reported",
            Self::Committed => "committed",
            Self::Launch => "launch",
        })
    }
}

/// `TCB_VERSION` as it stands in reports (AMD 56860, tables 3 and 4): eight security patch levels, whose meaning
/// depends on the generation. Versions of one generation compare byte by byte.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TcbVersion(pub [u8; 8]);

impl TcbVersion {
    /// Milan's and Genoa's layout.
    pub fn milan_genoa(boot_loader: u8, tee: u8, snp: u8, microcode: u8) -> Self {
        Self([boot_loader, tee, 0, 0, 0, 0, snp, microcode])
    }

    /// Turin's layout.
    pub fn turin(fmc: u8, boot_loader: u8, tee: u8, snp: u8, microcode: u8) -> Self {
        Self([fmc, boot_loader, tee, snp, 0, 0, 0, microcode])
    }

    /// The first component below `minimum`, with what it is and what it must be.
    pub fn short_of(self, minimum: Self, product: Product) -> Option<(TcbPart, u8, u8)> {
        let levels = self.0.into_iter().zip(minimum.0).zip(product.tcb_arcs());
        levels
            .map(|((have, needs), arc)| (TcbPart::from_arc(arc), have, needs))
            .find(|(_, have, needs)| have < needs)
    }

    /// The lower of each component.
    pub fn lowest(self, other: Self) -> Self {
        let mut levels = self.0;
        levels
            .iter_mut()
            .zip(other.0)
            .for_each(|(level, other)| *level = other.min(*level));
        Self(levels)
    }
}
