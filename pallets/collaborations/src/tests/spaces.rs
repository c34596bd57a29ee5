use super::*;
use crate::{Event, NextSpace, Spaces};
use frame_support::assert_noop;
use secureflow_primitives::{
    audit::{Kind, Subject},
    bounds::MAX_PARTIES,
    traits::Spaces as _,
};

#[test]
fn a_space_grows_by_invitation() {
    chain(|| {
        make_space();
        let space = Spaces::<Test>::get(SPACE).unwrap();
        assert_eq!(space.members.to_vec(), [OrgId(0), OrgId(1), OrgId(2)]);
        assert!(space.invited.is_empty());
        System::assert_last_event(
            Event::InvitationAccepted {
                space: SPACE,
                org: OrgId(2),
            }
            .into(),
        );
        assert_eq!(Log::last(), Some((Subject::Space(SPACE), Kind::InvitationAccepted)));
        assert_eq!(Collaborations::creator(SPACE), Some(OrgId(0)));
        assert_eq!(Collaborations::creator(SpaceId(1)), None);
        assert!(Collaborations::is_member(SPACE, OrgId(2)) && !Collaborations::is_member(SPACE, OrgId(3)));
    });
}

#[test]
fn only_an_organisations_own_account_binds_it() {
    chain(|| {
        let name = || text("credit");
        assert_noop!(
            Collaborations::create_space(signed(100), name()),
            Error::<Test>::NotOwnAccount
        );
        assert_noop!(
            Collaborations::create_space(signed(77), name()),
            Error::<Test>::NotMember
        );
        Suspended::set(vec![OrgId(0)]);
        assert_noop!(
            Collaborations::create_space(signed(0), name()),
            Error::<Test>::NotMember
        );
    });
}

#[test]
fn a_space_has_a_name_for_people() {
    chain(|| {
        for name in ["", " credit", "credit\n", "\u{1b}[2J"] {
            assert_noop!(
                Collaborations::create_space(signed(0), text(name)),
                Error::<Test>::NameInvalid
            );
        }
        let bytes = vec![0xff].try_into().unwrap();
        assert_noop!(
            Collaborations::create_space(signed(0), bytes),
            Error::<Test>::NameInvalid
        );
        NextSpace::<Test>::put(SpaceId(u32::MAX));
        assert_noop!(
            Collaborations::create_space(signed(0), text("credit")),
            Error::<Test>::IdsExhausted
        );
    });
}

#[test]
fn invitations_are_checked() {
    chain(|| {
        make_space();
        let invite = |who, org| Collaborations::invite(signed(who), SPACE, OrgId(org));
        assert_noop!(
            Collaborations::invite(signed(0), SpaceId(9), OrgId(3)),
            Error::<Test>::UnknownSpace
        );
        assert_noop!(invite(1, 3), Error::<Test>::NotSpaceCreator);
        assert_noop!(invite(0, 10), Error::<Test>::UnknownOrganisation);
        assert_noop!(invite(0, 1), Error::<Test>::AlreadyMember);
        assert_ok!(invite(0, 3));
        assert_noop!(invite(0, 3), Error::<Test>::AlreadyInvited);
        assert_noop!(Collaborations::accept(signed(4), SPACE), Error::<Test>::NotInvited);
        assert_noop!(Collaborations::accept(signed(1), SPACE), Error::<Test>::AlreadyMember);
        assert_noop!(
            Collaborations::accept(signed(3), SpaceId(9)),
            Error::<Test>::UnknownSpace
        );
        assert_noop!(Collaborations::accept(signed(103), SPACE), Error::<Test>::NotOwnAccount);
    });
}

#[test]
fn an_invitation_holds_a_place() {
    chain(|| {
        make_space();
        Spaces::<Test>::mutate(SPACE, |space| {
            let space = space.as_mut().unwrap();
            let invited = (space.members.len() as u32..MAX_PARTIES)
                .map(|n| OrgId(1_000 + n))
                .collect::<Vec<_>>();
            space.invited = invited.try_into().unwrap();
        });
        assert_noop!(
            Collaborations::invite(signed(0), SPACE, OrgId(3)),
            Error::<Test>::SpaceFull
        );
    });
}
