//! What the calls do once their origin is known.

use crate::{
    verify::Found, ChipKeys, Config, Error, Event, Measurements, Pallet, Platforms, SessionKeys, TlsFingerprints,
    Workers,
};
use alloc::vec::Vec;
use frame_support::{ensure, traits::Get};
use secureflow_primitives::{
    attestation::{Anchor, Evidence, Measurement, Worker, WorkerRegistration},
    audit::{Kind, Subject},
    bounds::MAX_WORKERS,
    traits::{AuditLog, Membership, WorkerRegistry},
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
        ensure!(
            Measurements::<T>::contains_key(verdict.measurement),
            Error::<T>::MeasurementNotAccepted
        );

        if let Some(worker) = &previous {
            Self::free_keys(worker);
        }
        SessionKeys::<T>::insert(registration.session_key, &account);
        TlsFingerprints::<T>::insert(registration.tls_fingerprint, &account);
        let blocks_left = platform
            .as_ref()
            .map_or(BlockNumber::MAX, |platform| Self::blocks_until(platform.valid_until));
        let expires_at = now.saturating_add(T::VerdictPeriod::get().min(blocks_left));
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

    /// How many blocks there will be until then (unix s), if none is late.
    fn blocks_until(seconds: u64) -> BlockNumber {
        let millis = seconds.saturating_sub(Self::seconds()).saturating_mul(1_000);
        (millis / T::BlockMillis::get().max(1)).saturated_into()
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

    fn mark_revoked(actor: Option<&AccountId>, account: AccountId, worker: Worker) -> DispatchResult {
        Workers::<T>::insert(
            &account,
            Worker {
                revoked: true,
                ..worker
            },
        );
        Self::deposit_event(Event::WorkerRevoked {
            worker: account.clone(),
        });
        T::Audit::record(actor, None, Subject::Worker(account), Kind::WorkerRevoked)
    }

    pub(crate) fn do_accept_measurement(measurement: Measurement) -> DispatchResult {
        ensure!(
            !Measurements::<T>::contains_key(measurement),
            Error::<T>::MeasurementKnown
        );
        Measurements::<T>::insert(measurement, ());
        Self::deposit_event(Event::MeasurementAccepted { measurement });
        T::Audit::record(None, None, Subject::Measurement(measurement), Kind::MeasurementAccepted)
    }

    pub(crate) fn do_drop_measurement(measurement: Measurement) -> DispatchResult {
        ensure!(
            Measurements::<T>::contains_key(measurement),
            Error::<T>::MeasurementUnknown
        );
        Measurements::<T>::remove(measurement);
        Self::deposit_event(Event::MeasurementDropped { measurement });
        T::Audit::record(None, None, Subject::Measurement(measurement), Kind::MeasurementDropped)?;
        // Collected first, since a map may not change while it is walked; no more than `MAX_WORKERS`.
        let affected: Vec<_> = Workers::<T>::iter()
            .filter(|(_, worker)| !worker.revoked && worker.measurement == measurement)
            .collect();
        for (account, worker) in affected {
            Self::mark_revoked(None, account, worker)?;
        }
        Ok(())
    }

    pub(crate) fn do_remove_expired(account: AccountId) -> DispatchResult {
        let worker = Workers::<T>::get(&account).ok_or(Error::<T>::UnknownWorker)?;
        ensure!(Self::now() >= worker.expires_at, Error::<T>::NotExpired);
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

    /// What must hold between any two calls.
    #[cfg(any(feature = "try-runtime", test))]
    pub(crate) fn do_try_state() -> Result<(), sp_runtime::TryRuntimeError> {
        let workers: Vec<_> = Workers::<T>::iter().collect();
        ensure!(
            workers.len() as u32 == Workers::<T>::count(),
            "the counter of workers is off"
        );
        ensure!(
            workers.len() as u32 <= MAX_WORKERS,
            "there are more workers than there may be"
        );
        for (account, worker) in &workers {
            let registration = &worker.registration;
            ensure!(
                SessionKeys::<T>::get(registration.session_key).as_ref() == Some(account),
                "a session key is not its worker's"
            );
            ensure!(
                TlsFingerprints::<T>::get(registration.tls_fingerprint).as_ref() == Some(account),
                "a certificate is not its worker's"
            );
            ensure!(
                worker.revoked || Measurements::<T>::contains_key(worker.measurement),
                "a worker stands with a dropped measurement"
            );
            ensure!(
                worker.registered_at <= worker.expires_at,
                "a verdict ended before it began"
            );
        }
        let strays = Platforms::<T>::iter_keys()
            .chain(ChipKeys::<T>::iter_keys())
            .any(|account| !Workers::<T>::contains_key(account));
        ensure!(!strays, "a platform has no worker");
        ensure!(
            SessionKeys::<T>::iter().count() == workers.len(),
            "a session key has no worker"
        );
        ensure!(
            TlsFingerprints::<T>::iter().count() == workers.len(),
            "a certificate has no worker"
        );
        Ok(())
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

impl<T: Config> WorkerRegistry for Pallet<T> {
    /// A worker whose operator is suspended, whom the operator has let go, or whose platform is short of what is asked,
    /// counts as revoked until that changes.
    fn worker(account: &AccountId) -> Option<Worker> {
        let mut worker = Workers::<T>::get(account)?;
        worker.revoked |=
            T::Membership::member(account) != Some(worker.operator) || Self::is_stale(account, Self::now());
        Some(worker)
    }

    fn active(now: BlockNumber) -> Vec<AccountId> {
        let mut accounts: Vec<AccountId> = Workers::<T>::iter()
            .filter(|(account, worker)| {
                worker.is_active(now)
                    && T::Membership::member(account) == Some(worker.operator)
                    && !Self::is_stale(account, now)
            })
            .map(|(account, _)| account)
            .collect();
        accounts.sort_unstable();
        accounts
    }
}
