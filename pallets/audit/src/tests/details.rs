//! Calls that carry details.

use super::*;
use crate::{weights::WeightInfo, Carried, Config};
use codec::Encode;
use frame_support::{
    dispatch::{DispatchClass, DispatchResultWithPostInfo, GetDispatchInfo},
    weights::Weight,
};
use secureflow_primitives::{audit::Details, hash::blake2_256};
use sp_runtime::traits::Dispatchable;

fn act(space: Option<SpaceId>, kinds: &[Kind]) -> RuntimeCall {
    let kinds = kinds.to_vec();
    RuntimeCall::Recorder(recorder::Call::act { space, kinds })
}

fn detailed(space: SpaceId, epoch: u32, sealed: &[u8], call: RuntimeCall) -> RuntimeCall {
    RuntimeCall::Audit(crate::Call::detailed {
        space,
        epoch: Epoch(epoch),
        ciphertext: text(sealed),
        call: Box::new(call),
    })
}

fn send(call: RuntimeCall) -> DispatchResultWithPostInfo {
    call.dispatch(signed(1))
}

fn refused(call: RuntimeCall, error: Error<Test>) {
    let before = Count::<Test>::get();
    assert_eq!(send(call).map_err(|failed| failed.error), Err(error.into()));
    assert_eq!(Count::<Test>::get(), before);
    assert!(!Carried::<Test>::exists());
}

fn audited() {
    assert_ok!(Audit::grant_auditor(signed(0), SPACE, AUDITOR));
}

#[test]
fn every_entry_of_the_call_carries_its_details_and_its_hash() {
    execute_and_check(|| {
        audited();
        let call = act(Some(SPACE), &[Kind::JobApproved, Kind::JobAssigned]);
        let hash = blake2_256(&call.encode());
        assert_ok!(send(detailed(SPACE, 1, b"sealed", call)));
        let details = Details {
            space: SPACE,
            epoch: Epoch(1),
            call: Some(hash),
            ciphertext: text(b"sealed"),
        };
        for (index, kind) in [(1, Kind::JobApproved), (2, Kind::JobAssigned)] {
            let entry = Entries::<Test>::get(index).expect("written");
            assert_eq!((entry.kind, entry.actor), (kind, Some(account(1))));
            assert_eq!(entry.policy, Some(PolicyVersion(3)));
            assert_eq!(entry.details.as_ref(), Some(&details));
        }
        // What the chain adds by itself is not the caller's to describe.
        assert_eq!((last().kind, last().details), (Kind::JobExpired, None));
        // The next call carries nothing.
        assert_ok!(send(act(None, &[Kind::PolicySet])));
        assert_eq!(Entries::<Test>::get(4).and_then(|entry| entry.details), None);
    });
}

#[test]
fn a_space_with_auditors_takes_no_data_without_details() {
    execute_and_check(|| {
        let touching = [
            Kind::JobProposed,
            Kind::JobApproved,
            Kind::JobAssigned,
            Kind::RoundCommitted,
            Kind::JobCompleted,
            Kind::Settled,
            Kind::PayoutClaimed,
            Kind::ReceiptDisputed,
        ];
        for kind in touching {
            assert_ok!(send(act(Some(SPACE), &[kind])));
        }
        audited();
        for kind in touching {
            refused(act(Some(SPACE), &[kind]), Error::DetailsMissing);
            assert_ok!(send(detailed(SPACE, 1, b"sealed", act(Some(SPACE), &[kind]))));
            // Another space has no auditors, and a dataset belongs to none.
            assert_ok!(send(act(Some(SpaceId(3)), &[kind])));
            assert_ok!(send(act(None, &[kind])));
        }
        // A job must be able to end.
        assert_ok!(send(act(Some(SPACE), &[Kind::JobFailed, Kind::JobCancelled])));
        // Without auditors nobody needs to be told.
        assert_ok!(Audit::revoke_auditor(signed(0), SPACE, AUDITOR));
        assert_ok!(send(act(Some(SPACE), &touching)));
    });
}

#[test]
fn details_that_the_auditors_could_not_use_are_refused() {
    execute_and_check(|| {
        let call = || act(Some(SPACE), &[Kind::JobProposed]);
        refused(detailed(SPACE, 1, b"x", call()), Error::NoAuditors);
        audited();
        refused(detailed(SPACE, 0, b"x", call()), Error::StaleEpoch);
        refused(detailed(SPACE, 2, b"x", call()), Error::StaleEpoch);
        refused(detailed(SPACE, 1, b"", call()), Error::EmptyCiphertext);
        refused(detailed(SpaceId(3), 1, b"x", call()), Error::NoAuditors);
        refused(
            detailed(SPACE, 1, b"x", act(Some(SpaceId(3)), &[Kind::JobProposed])),
            Error::DetailsForAnotherSpace,
        );
        // Nothing newer for one who was dismissed.
        assert_ok!(Audit::grant_auditor(signed(0), SPACE, OrgId(6)));
        assert_ok!(Audit::revoke_auditor(signed(0), SPACE, AUDITOR));
        refused(detailed(SPACE, 2, b"x", call()), Error::StaleEpoch);
        assert_ok!(send(detailed(SPACE, 3, b"x", call())));
    });
}

#[test]
fn only_calls_that_record_carry_details() {
    execute_and_check(|| {
        audited();
        let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
        refused(detailed(SPACE, 1, b"x", remark), Error::NotDetailed);
        let nested = detailed(SPACE, 1, b"x", act(Some(SPACE), &[Kind::JobProposed]));
        refused(detailed(SPACE, 1, b"x", nested), Error::NotDetailed);
        let idle = RuntimeCall::Recorder(recorder::Call::idle {});
        refused(detailed(SPACE, 1, b"x", idle), Error::NothingRecorded);
    });
}

#[test]
fn a_failed_call_fails_as_itself_and_leaves_nothing() {
    execute_and_check(|| {
        audited();
        let call = RuntimeCall::Recorder(recorder::Call::fail { space: SPACE });
        let length = call.encoded_size() as u32;
        let failed = send(detailed(SPACE, 1, b"sealed", call)).expect_err("it fails");
        assert_eq!(failed.error, sp_runtime::DispatchError::Other("asked for"));
        let own = <Test as Config>::WeightInfo::detailed(6, length);
        assert_eq!(failed.post_info.actual_weight, Some(own + Weight::from_parts(500, 5)));
        assert_eq!(Count::<Test>::get(), 1);
        assert!(!Carried::<Test>::exists());
    });
}

#[test]
fn the_weight_is_its_own_and_the_call_s() {
    execute_and_check(|| {
        audited();
        let idle = RuntimeCall::Recorder(recorder::Call::idle {});
        let info = detailed(SPACE, 1, b"x", idle).get_dispatch_info();
        assert_eq!(info.class, DispatchClass::Operational);
        let call = act(Some(SPACE), &[Kind::JobProposed]);
        let own = <Test as Config>::WeightInfo::detailed(6, call.encoded_size() as u32);
        let call = detailed(SPACE, 1, b"sealed", call);
        assert_eq!(
            call.get_dispatch_info().call_weight,
            own + Weight::from_parts(1_000, 10)
        );
        let done = send(call).expect("it succeeds");
        assert_eq!(done.actual_weight, Some(own + Weight::from_parts(500, 5)));
    });
}
