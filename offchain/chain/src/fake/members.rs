//! Organisations in the fake: who leaves, who comes back, who validates.

use secureflow_primitives::{
    consortium::{NodeList, OrgStatus, Organisation},
    AccountId, OrgId,
};

use super::{calls::failed, Inner};
use crate::{storage, Call, ChainEvent, Result};

/// What a vote of the members would do; anyone may call it here. `None` for every other call.
pub(super) fn voted(inner: &mut Inner, call: &Call) -> Result<Option<ChainEvent>> {
    let event = match call {
        Call::Suspend { org } => {
            change(inner, *org, OrgStatus::Suspended)?;
            ChainEvent::OrganisationSuspended { org: *org }
        }
        Call::Reinstate { org } => {
            change(inner, *org, OrgStatus::Active)?;
            ChainEvent::OrganisationReinstated { org: *org }
        }
        Call::Remove { org } => {
            let organisation = change(inner, *org, OrgStatus::Removed)?;
            let key = storage::operators(*org);
            let mut leaving = inner.get(&key)?.unwrap_or_default().into_inner();
            inner.pending.remove(key.bytes());
            leaving.push(organisation.account);
            for account in &leaving {
                inner.pending.remove(storage::org_of(account).bytes());
            }
            let mut validators = inner.get(&storage::validators())?.unwrap_or_default();
            validators.retain(|account| !leaving.contains(account));
            inner.put(&storage::validators(), &validators);
            inner.pending.remove(storage::nodes_of(*org).bytes());
            ChainEvent::OrganisationRemoved { org: *org }
        }
        Call::AuthorizeUpgrade { code_hash } => {
            inner.put(&storage::authorized_upgrade(), &(*code_hash, true));
            ChainEvent::UpgradeAuthorized { code_hash: *code_hash }
        }
        _ => return Ok(None),
    };
    Ok(Some(event))
}

fn change(inner: &mut Inner, org: OrgId, to: OrgStatus) -> Result<Organisation> {
    let key = storage::organisation(org);
    let mut organisation = inner
        .get(&key)?
        .ok_or_else(|| failed("Consortium", "UnknownOrganisation"))?;
    match (organisation.status, to) {
        (OrgStatus::Removed, _) => return Err(failed("Consortium", "AlreadyRemoved")),
        (OrgStatus::Suspended, OrgStatus::Suspended) => return Err(failed("Consortium", "AlreadySuspended")),
        (OrgStatus::Active, OrgStatus::Active) => return Err(failed("Consortium", "NotSuspended")),
        _ => {}
    }
    organisation.status = to;
    if to == OrgStatus::Removed {
        organisation.keys = None;
    }
    inner.put(&key, &organisation);
    Ok(organisation)
}

/// The active organisation whose own account signs.
fn owner(inner: &Inner, signer: &AccountId) -> Result<OrgId> {
    let not_owner = || failed("Consortium", "NotOwner");
    let org = inner.get(&storage::org_of(signer))?.ok_or_else(not_owner)?;
    let known = inner.get(&storage::organisation(org))?.ok_or_else(not_owner)?;
    match known.account == *signer && known.status == OrgStatus::Active {
        true => Ok(org),
        false => Err(not_owner()),
    }
}

/// Names the nodes of the signer's organisation in place of those named before.
pub(super) fn name_nodes(inner: &mut Inner, signer: &AccountId, nodes: NodeList) -> Result<ChainEvent> {
    let org = owner(inner, signer)?;
    match nodes.is_empty() {
        true => drop(inner.pending.remove(storage::nodes_of(org).bytes())),
        false => inner.put(&storage::nodes_of(org), &nodes),
    }
    Ok(ChainEvent::NodesNamed { org, nodes })
}

/// Names the validators of the signer's organisation in place of those named before.
pub(super) fn name_validators(inner: &mut Inner, signer: &AccountId, chosen: &[AccountId]) -> Result<ChainEvent> {
    let org = owner(inner, signer)?;
    for account in chosen {
        if inner.get(&storage::org_of(account))? != Some(org) {
            return Err(failed("Consortium", "ForeignValidator"));
        }
    }
    let mut validators = Vec::new();
    for account in inner.get(&storage::validators())?.unwrap_or_default() {
        if inner.get(&storage::org_of(&account))? != Some(org) {
            validators.push(account);
        }
    }
    validators.extend_from_slice(chosen);
    let list = validators
        .try_into()
        .map_err(|_| failed("Consortium", "TooManyValidators"))?;
    inner.put(&storage::validators(), &list);
    Ok(ChainEvent::ValidatorsNamed {
        org,
        validators: chosen.to_vec(),
    })
}
