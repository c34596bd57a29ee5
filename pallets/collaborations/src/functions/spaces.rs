//! Spaces: who works together.

use crate::{Config, Error, Event, NextSpace, Pallet, Spaces};
use frame_support::ensure;
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::{is_text, Name, PerParty, MAX_PARTIES},
    job::Space,
    traits::{self, AuditLog, Membership},
    AccountId, OrgId, SpaceId,
};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_create_space(who: AccountId, name: Name) -> DispatchResult {
        let creator = Self::owner(&who)?;
        ensure!(is_text(&name), Error::<T>::NameInvalid);
        let space = NextSpace::<T>::get();
        NextSpace::<T>::put(space.next().ok_or(Error::<T>::IdsExhausted)?);
        let members = PerParty::truncate_from([creator].into());
        Spaces::<T>::insert(
            space,
            Space {
                name,
                creator,
                members,
                invited: PerParty::default(),
            },
        );
        Self::deposit_event(Event::SpaceCreated { space, creator });
        T::Audit::record(Some(&who), Some(space), Subject::Space(space), Kind::SpaceCreated)
    }

    pub(crate) fn do_invite(who: AccountId, id: SpaceId, org: OrgId) -> DispatchResult {
        let inviter = Self::owner(&who)?;
        let mut space = Spaces::<T>::get(id).ok_or(Error::<T>::UnknownSpace)?;
        ensure!(Self::speaker(&space) == inviter, Error::<T>::NotSpaceCreator);
        ensure!(T::Membership::is_active(org), Error::<T>::UnknownOrganisation);
        ensure!(!space.members.contains(&org), Error::<T>::AlreadyMember);
        ensure!(!space.invited.contains(&org), Error::<T>::AlreadyInvited);
        // An invitation holds a place, so that it can always be accepted.
        ensure!(
            space.members.len() + space.invited.len() < MAX_PARTIES as usize,
            Error::<T>::SpaceFull
        );
        space.invited.try_push(org).map_err(|_| Error::<T>::SpaceFull)?;
        Spaces::<T>::insert(id, space);
        Self::deposit_event(Event::Invited { space: id, org });
        T::Audit::record(Some(&who), Some(id), Subject::Space(id), Kind::Invited)
    }

    pub(crate) fn do_accept(who: AccountId, id: SpaceId) -> DispatchResult {
        let org = Self::owner(&who)?;
        let mut space = Spaces::<T>::get(id).ok_or(Error::<T>::UnknownSpace)?;
        ensure!(!space.members.contains(&org), Error::<T>::AlreadyMember);
        ensure!(space.invited.contains(&org), Error::<T>::NotInvited);
        space.invited.retain(|invited| *invited != org);
        space.members.try_push(org).map_err(|_| Error::<T>::SpaceFull)?;
        Spaces::<T>::insert(id, space);
        Self::deposit_event(Event::InvitationAccepted { space: id, org });
        T::Audit::record(Some(&who), Some(id), Subject::Space(id), Kind::InvitationAccepted)
    }

    /// Who decides for a space: its creator, or the member that joined first of those that are left. A space whose creator
    /// was removed from the consortium could otherwise never agree on a reward, and what was paid in would lie there.
    pub(crate) fn speaker(space: &Space) -> OrgId {
        let left = |org: &&OrgId| !T::Membership::is_removed(**org);
        space.members.iter().find(left).copied().unwrap_or(space.creator)
    }
}

impl<T: Config> traits::Spaces for Pallet<T> {
    fn creator(space: SpaceId) -> Option<OrgId> {
        Spaces::<T>::get(space).map(|space| Self::speaker(&space))
    }

    fn is_member(space: SpaceId, org: OrgId) -> bool {
        Spaces::<T>::get(space).is_some_and(|space| space.members.contains(&org))
    }
}
