//! The audit log and its readers.

use super::*;
use secureflow_primitives::{
    audit::{push_peak_with, Ciphertext, Details, Entry, Roster},
    Epoch,
};

/// Writes an entry by an account or by the chain, with what the call under way carries.
pub(super) fn record(
    inner: &mut Inner,
    actor: Option<&AccountId>,
    space: Option<SpaceId>,
    subject: Subject,
    kind: Kind,
) -> Result<ChainEvent> {
    let details = inner.carried.clone().filter(|_| actor.is_some());
    if let (Some(_), Some(space)) = (actor, space) {
        match &details {
            Some(details) if details.space != space => return Err(failed("Audit", "DetailsForAnotherSpace")),
            None if kind.touches_data() && !audience(inner, space)?.1.is_empty() => {
                return Err(failed("Audit", "DetailsMissing"))
            }
            _ => {}
        }
    }
    push(inner, actor, space, subject, kind, details)
}

fn push(
    inner: &mut Inner,
    actor: Option<&AccountId>,
    space: Option<SpaceId>,
    subject: Subject,
    kind: Kind,
    details: Option<Details>,
) -> Result<ChainEvent> {
    let entry = Entry {
        block: inner.now(),
        actor: actor.cloned(),
        space,
        subject: subject.clone(),
        kind,
        policy: None,
        details,
    };
    let index = inner.get(&storage::audit_count())?.unwrap_or_default();
    let mut peaks = inner.get(&storage::audit_peaks())?.unwrap_or_default().into_inner();
    let mut nodes = Vec::new();
    push_peak_with(&mut peaks, entry.hash(index), |height, hash| {
        nodes.push((storage::audit_node(height, index >> height), hash));
    });
    for (key, hash) in nodes {
        inner.put(&key, &hash);
    }
    inner.put(&storage::audit_peaks(), &bounded(peaks)?);
    inner.put(&storage::audit_count(), &(index + 1));
    inner.put(&storage::audit_entry(index), &entry);
    Ok(ChainEvent::Appended { index, subject, kind })
}

fn audience(inner: &Inner, space: SpaceId) -> Result<(Epoch, Roster)> {
    let Some(epoch) = inner.get(&storage::audit_epoch(space))? else {
        return Ok(Default::default());
    };
    Ok((
        epoch,
        inner.get(&storage::audit_roster(space, epoch))?.unwrap_or_default(),
    ))
}

fn ensure_readable(inner: &Inner, space: SpaceId, epoch: Epoch) -> Result<()> {
    let (current, roster) = audience(inner, space)?;
    match () {
        () if roster.is_empty() => Err(failed("Audit", "NoAuditors")),
        () if epoch != current => Err(failed("Audit", "StaleEpoch")),
        () => Ok(()),
    }
}

/// What the next call's entries are to carry.
pub(super) fn carry(
    inner: &mut Inner,
    space: SpaceId,
    epoch: Epoch,
    ciphertext: Ciphertext,
    call: &Call,
) -> Result<()> {
    ensure_readable(inner, space, epoch)?;
    let encoded = call.encode(&super::super::Indices)?;
    inner.carried = Some(Details {
        space,
        epoch,
        call: Some(H256(sp_crypto_hashing::blake2_256(&encoded))),
        ciphertext,
    });
    Ok(())
}

pub(super) fn append(
    inner: &mut Inner,
    signer: &AccountId,
    space: SpaceId,
    epoch: Epoch,
    subject: Subject,
    ciphertext: Ciphertext,
) -> Result<ChainEvent> {
    let org = member(inner, "Audit", signer)?;
    ensure_readable(inner, space, epoch)?;
    let members = super::space(inner, space)?.members;
    let details = Details {
        space,
        epoch,
        call: None,
        ciphertext,
    };
    let under = members.contains(&org).then_some(space);
    push(inner, Some(signer), under, subject, Kind::Note, Some(details))
}

fn key(inner: &Inner, org: OrgId) -> Result<[u8; 32]> {
    let organisation = inner.get(&storage::organisation(org))?;
    let keys = organisation.ok_or_else(|| failed("Audit", "InactiveAuditor"))?.keys;
    Ok(keys.ok_or_else(|| failed("Audit", "AuditorWithoutKeys"))?.encryption)
}

/// Begins an epoch, with what says why.
fn begin(
    inner: &mut Inner,
    signer: &AccountId,
    space: SpaceId,
    roster: &Roster,
    (told, subject, kind): (Option<ChainEvent>, Subject, Kind),
    events: &mut Vec<ChainEvent>,
) -> Result<()> {
    let epoch = Epoch(audience(inner, space)?.0 .0 + 1);
    inner.put(&storage::audit_epoch(space), &epoch);
    inner.put(&storage::audit_roster(space, epoch), roster);
    let auditors = roster.len() as u32;
    events.push(ChainEvent::EpochBegun { space, epoch, auditors });
    events.extend(told);
    events.push(record(inner, Some(signer), Some(space), subject, kind)?);
    Ok(())
}

pub(super) fn grant(
    inner: &mut Inner,
    signer: &AccountId,
    space: SpaceId,
    org: OrgId,
    events: &mut Vec<ChainEvent>,
) -> Result<()> {
    let (_, mut roster) = audience(inner, space)?;
    if roster.iter().any(|(auditor, _)| *auditor == org) {
        return Err(failed("Audit", "AlreadyAuditor"));
    }
    let auditor = (org, key(inner, org)?);
    roster
        .try_push(auditor)
        .map_err(|_| failed("Audit", "TooManyAuditors"))?;
    let told = Some(ChainEvent::AuditorGranted { space, org });
    let why = (told, Subject::Organisation(org), Kind::AuditorGranted);
    begin(inner, signer, space, &roster, why, events)
}

pub(super) fn revoke(
    inner: &mut Inner,
    signer: &AccountId,
    space: SpaceId,
    org: OrgId,
    events: &mut Vec<ChainEvent>,
) -> Result<()> {
    let (_, mut roster) = audience(inner, space)?;
    let before = roster.len();
    roster.retain(|(auditor, _)| *auditor != org);
    if roster.len() == before {
        return Err(failed("Audit", "NotAuditor"));
    }
    let told = Some(ChainEvent::AuditorRevoked { space, org });
    let why = (told, Subject::Organisation(org), Kind::AuditorRevoked);
    begin(inner, signer, space, &roster, why, events)
}

pub(super) fn rotate(
    inner: &mut Inner,
    signer: &AccountId,
    space: SpaceId,
    events: &mut Vec<ChainEvent>,
) -> Result<()> {
    let (_, mut roster) = audience(inner, space)?;
    if roster.is_empty() {
        return Err(failed("Audit", "NoAuditors"));
    }
    for (org, registered) in roster.iter_mut() {
        *registered = key(inner, *org)?;
    }
    let why = (None, Subject::Space(space), Kind::EpochRotated);
    begin(inner, signer, space, &roster, why, events)
}
