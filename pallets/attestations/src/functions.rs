//! What the calls do once their origin is known.

use crate::{
    verify::Found, ChipKeys, Config, Error, Event, Measurements, Notice, Notices, Pallet, Platforms, SessionKeys,
    TlsFingerprints, Workers,
};
use frame_support::{ensure, traits::Get};
use secureflow_primitives::{
    attestation::{Anchor, Evidence, Worker, WorkerRegistration},
    audit::{Kind, Subject},
    bounds::MAX_WORKERS,
    traits::{AuditLog, Membership, WorkerJobs},
    AccountId, BlockNumber, OrgId, H256,
};
use sp_runtime::{traits::SaturatedConversion, DispatchResult};

impl<T: Config> Pallet<T> {
    pub(crate) fn now() -> BlockNumber {
        frame_system::Pallet::<T>::block_number().saturated_into()
    }

    fn block_hash(number: BlockNumber) -> H256 {
        frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::from(number))
    }

    pub(crate) fn do_register_worker(
        account: AccountId,
        operator: OrgId,
        registration: WorkerRegistration,
        evidence: Evidence,
    ) -> DispatchResult {
        let now = Self::now();
        let previous = Workers::<T>::get(&account);
        let evidence_hash = evidence.hash();
        match &previous {
            Some(worker) => {
                ensure!(!worker.revoked, Error::<T>::AlreadyRevoked);
                ensure!(worker.evidence_hash != evidence_hash, Error::<T>::EvidenceReplayed);
            }
            None => ensure!(Workers::<T>::count() < MAX_WORKERS, Error::<T>::TooManyWorkers),
        }
        ensure!(is_https_endpoint(&registration.endpoint), Error::<T>::EndpointInvalid);
        Self::check_anchor(registration.anchor, now)?;
        let mine = |owner: Option<AccountId>| owner.is_none_or(|owner| owner == account);
        ensure!(
            mine(SessionKeys::<T>::get(registration.session_key)),
            Error::<T>::SessionKeyTaken
        );
        ensure!(
            mine(TlsFingerprints::<T>::get(registration.tls_fingerprint)),
            Error::<T>::TlsFingerprintTaken
        );

        // The costly part comes last.
        let Found { verdict, platform, key } = Self::verify(&evidence, Some(&account)).map_err(Error::<T>::from)?;
        let same = Platforms::<T>::get(&account).zip(platform.as_ref());
        ensure!(
            same.is_none_or(|(known, found)| known.fingerprint != found.fingerprint),
            Error::<T>::EvidenceReplayed
        );
        let expected = registration.report_data(Self::block_hash(0), &account);
        ensure!(verdict.report_data == expected, Error::<T>::ReportDataMismatch);
        let accepted = Measurements::<T>::get(verdict.measurement).ok_or(Error::<T>::MeasurementNotAccepted)?;
        ensure!(accepted.counts(now), Error::<T>::MeasurementReplaced);

        if let Some(worker) = &previous {
            Self::free_keys(worker);
        }
        SessionKeys::<T>::insert(registration.session_key, &account);
        TlsFingerprints::<T>::insert(registration.tls_fingerprint, &account);
        let blocks = platform
            .as_ref()
            .map_or(BlockNumber::MAX, |platform| Self::blocks_through(platform.valid_until));
        let replaced = accepted.replaced.map_or(BlockNumber::MAX, |by| by.at);
        let expires_at = now.saturating_add(T::VerdictPeriod::get().min(blocks)).min(replaced);
        Notices::<T>::remove(&account);
        Platforms::<T>::set(&account, platform);
        ChipKeys::<T>::set(&account, key);
        let (kind, measurement) = (verdict.kind, verdict.measurement);
        Workers::<T>::insert(
            &account,
            Worker {
                operator,
                registration,
                kind,
                measurement,
                evidence_hash,
                registered_at: now,
                expires_at,
                revoked: false,
            },
        );
        Self::deposit_event(Event::WorkerRegistered {
            worker: account.clone(),
            measurement,
            kind,
            expires_at,
        });
        T::Audit::record(
            Some(&account),
            None,
            Subject::Worker(account.clone()),
            Kind::WorkerRegistered,
        )
    }

    /// How many blocks there will be through that second, this one included, if none is late.
    fn blocks_through(seconds: u64) -> BlockNumber {
        let millis = seconds.saturating_sub(Self::seconds()).saturating_mul(1_000);
        (millis / T::BlockMillis::get().max(1))
            .saturating_add(1)
            .saturated_into()
    }

    /// The anchor is a block below this one whose hash the chain still knows, and not too old: evidence made for it was
    /// made after it.
    fn check_anchor(anchor: Anchor, now: BlockNumber) -> DispatchResult {
        let age = now.checked_sub(anchor.number).ok_or(Error::<T>::AnchorUnknown)?;
        ensure!(age <= T::AnchorAge::get(), Error::<T>::AnchorTooOld);
        // The hash of a block that is unknown, or not yet made, reads as zero.
        ensure!(anchor.hash != H256::zero(), Error::<T>::AnchorUnknown);
        ensure!(
            Self::block_hash(anchor.number) == anchor.hash,
            Error::<T>::AnchorUnknown
        );
        Ok(())
    }

    /// `actor` is the account that asks, or none for a vote of the members.
    pub(crate) fn do_revoke(actor: Option<AccountId>, account: AccountId) -> DispatchResult {
        let worker = Workers::<T>::get(&account).ok_or(Error::<T>::UnknownWorker)?;
        if let Some(actor) = &actor {
            ensure!(
                T::Membership::owner(actor) == Some(worker.operator),
                Error::<T>::NotOperator
            );
        }
        ensure!(!worker.revoked, Error::<T>::AlreadyRevoked);
        Self::mark_revoked(actor.as_ref(), account, worker)
    }

    pub(crate) fn mark_revoked(actor: Option<&AccountId>, account: AccountId, worker: Worker) -> DispatchResult {
        Workers::<T>::insert(
            &account,
            Worker {
                revoked: true,
                ..worker
            },
        );
        Notices::<T>::insert(&account, Notice::Lost);
        T::Jobs::lost(&account);
        Self::deposit_event(Event::WorkerRevoked {
            worker: account.clone(),
        });
        T::Audit::record(actor, None, Subject::Worker(account), Kind::WorkerRevoked)
    }

    pub(crate) fn do_remove_expired(account: AccountId) -> DispatchResult {
        let worker = Workers::<T>::get(&account).ok_or(Error::<T>::UnknownWorker)?;
        ensure!(Self::now() >= worker.expires_at, Error::<T>::NotExpired);
        // The sweep may not have come by since its verdict expired.
        T::Jobs::lost(&account);
        Notices::<T>::remove(&account);
        Self::free_keys(&worker);
        Workers::<T>::remove(&account);
        Platforms::<T>::remove(&account);
        ChipKeys::<T>::remove(&account);
        Ok(())
    }

    fn free_keys(worker: &Worker) {
        SessionKeys::<T>::remove(worker.registration.session_key);
        TlsFingerprints::<T>::remove(worker.registration.tls_fingerprint);
    }
}

/// `https://host:port`, nothing behind the port.
fn is_https_endpoint(bytes: &[u8]) -> bool {
    let Some(authority) = core::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.strip_prefix("https://"))
    else {
        return false;
    };
    let Some((host, port)) = authority.rsplit_once(':') else {
        return false;
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    !host.is_empty()
        && host.chars().all(plain)
        && port.bytes().all(|b| b.is_ascii_digit())
        && port.parse::<u16>().is_ok()
}
