//! Why a call is refused.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// The signer acts for no active organisation.
        NotMember,
        /// Only the operator's own account or a vote of the members revokes a worker.
        NotOperator,
        /// No such worker is registered.
        UnknownWorker,
        /// The worker is revoked; it may register again once its old verdict has expired and was removed.
        AlreadyRevoked,
        /// The worker's verdict, or the collateral, still holds.
        NotExpired,
        /// As many workers are registered as there may be.
        TooManyWorkers,
        /// The endpoint is not `https://host:port` in UTF-8.
        EndpointInvalid,
        /// Another worker has this session key.
        SessionKeyTaken,
        /// Another worker has this TLS certificate.
        TlsFingerprintTaken,
        /// The anchor is no block of this chain that it still knows.
        AnchorUnknown,
        /// The anchor is older than the chain allows.
        AnchorTooOld,
        /// The worker is registered with this very evidence.
        EvidenceReplayed,
        /// This chain's genesis names no development root, so that simulated evidence counts for nothing.
        SimulatedEvidenceRefused,
        /// The root did not sign the leaf.
        LeafSignature,
        /// The leaf did not sign the report.
        ReportSignature,
        /// The guest can be debugged.
        DebugEnabled,
        /// The report's data are not those that bind this chain, worker, keys and anchor.
        ReportDataMismatch,
        /// The members have not accepted this measurement.
        MeasurementNotAccepted,
        /// The members have accepted this measurement already.
        MeasurementKnown,
        /// The members have not accepted this measurement, so it cannot be dropped.
        MeasurementUnknown,
        /// The quote is of another kind than the evidence says.
        EvidenceKindMismatch,
        /// There is no collateral for this family of platforms: submit it first.
        CollateralMissing,
        /// The chain holds what is as new or newer.
        CollateralNotNewer,
        /// Collateral is kept for as many families as there may be.
        TooManyFamilies,
        /// Longer than it may be. Here and below `item` is the index of `secureflow_evidence::Item`.
        EvidenceTooLarge { item: u8 },
        /// It cannot be decoded, or lacks what the standard asks for.
        EvidenceMalformed { item: u8 },
        /// Bytes follow it.
        EvidenceTrailingBytes { item: u8 },
        /// Its version is not known.
        EvidenceVersion { item: u8 },
        /// Its time has not come.
        EvidenceNotYetValid { item: u8 },
        /// Its time is over.
        EvidenceExpired { item: u8 },
        /// It does not descend from a vendor's root.
        EvidenceUnknownIssuer { item: u8 },
        /// The signature over it is wrong.
        EvidenceSignature { item: u8 },
        /// Its vendor has revoked it.
        EvidenceRevoked { item: u8 },
        /// Two things that must agree do not: the index of `secureflow_evidence::Mismatch`.
        EvidenceMismatch { what: u8 },
        /// Genuine, and against a rule: the index of `secureflow_evidence::Rule`.
        EvidenceRule { rule: u8 },
        /// A component of the platform is below the minimum: the index of `secureflow_evidence::snp::TcbPart`.
        TcbTooLow { part: u8, have: u8, needs: u8 },
        /// The platform's TCB status is not accepted: the index of `secureflow_evidence::dcap::TcbStatus`.
        TcbNotAccepted { status: u8 },
        /// Intel's collateral is older than the members ask.
        CollateralTooOld,
        /// The quote does not verify.
        QuoteRefused,
        /// The members have voted a successor to this measurement, and its time is over.
        MeasurementReplaced,
        /// There is no collateral for this family of platforms.
        UnknownFamily,
    }
}
