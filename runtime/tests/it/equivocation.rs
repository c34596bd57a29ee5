//! A validator signs two contradicting votes, and another one tells.

use crate::{
    blocks::{run_to, send, session_keys},
    externalities,
};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok, traits::KeyOwnerProofSystem};
use secureflow_primitives::{
    audit::{Kind, Subject},
    OrgId,
};
use secureflow_runtime::{
    constants::SESSION,
    genesis::{consortium, Party},
    BlockNumber, Executive, Grandpa, Hash, Header, Historical, Runtime, RuntimeCall, Session, UncheckedExtrinsic,
};
use sp_consensus_grandpa::{localized_payload, AuthorityId, EquivocationProof, Message, Precommit, Prevote, KEY_TYPE};
use sp_keyring::{
    Ed25519Keyring::{self, Bob, Charlie, Dave},
    Sr25519Keyring,
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity};
use sp_session::MembershipProof;

/// Four organisations, each with a validator: one of them may be disabled.
fn four_validators() -> sp_io::TestExternalities {
    use Sr25519Keyring as Account;
    let party = |(account, finality): (Account, Ed25519Keyring)| Party {
        name: account.to_string(),
        account: account.to_account_id(),
        points: 0,
        validator: Some(session_keys(account, finality)),
        nodes: Vec::new(),
    };
    let parties = [
        (Account::Alice, Ed25519Keyring::Alice),
        (Account::Bob, Bob),
        (Account::Charlie, Charlie),
        (Account::Dave, Dave),
    ];
    externalities(&consortium(&parties.map(party), None, &[]))
}

type Proof = EquivocationProof<Hash, BlockNumber>;

/// Votes of one round for two blocks, signed for the present set. The SDK offers no way to make one but its encoding.
fn two_votes(by: Ed25519Keyring, precommits: bool, targets: [u8; 2]) -> Proof {
    let (round, set) = (7u64, Grandpa::current_set_id());
    let vote = |target: u8| {
        let (target_hash, target_number) = (Hash::repeat_byte(target), 5);
        let message = match precommits {
            false => Message::<Header>::Prevote(Prevote::<Header> {
                target_hash,
                target_number,
            }),
            true => Message::<Header>::Precommit(Precommit::<Header> {
                target_hash,
                target_number,
            }),
        };
        let signature = by.sign(&localized_payload(round, set, &message));
        (target_hash, target_number, signature)
    };
    let identity = by.to_raw_public();
    let bytes = (set, u8::from(precommits), round, identity, targets.map(vote)).encode();
    Proof::decode(&mut &bytes[..]).expect("it has the encoding of a proof")
}

fn owner(key: Ed25519Keyring) -> MembershipProof {
    Historical::prove((KEY_TYPE, AuthorityId::from(key.public()))).expect("a validator's key")
}

fn report(proof: Proof, key_owner_proof: MembershipProof) -> RuntimeCall {
    RuntimeCall::Grandpa(pallet_grandpa::Call::report_equivocation_unsigned {
        equivocation_proof: Box::new(proof),
        key_owner_proof,
    })
}

fn validate(call: &RuntimeCall, source: TransactionSource) -> TransactionValidity {
    Executive::validate_transaction(source, UncheckedExtrinsic::new_bare(call.clone()), Hash::zero())
}

/// The organisations of which the log says that their validator has equivocated.
fn noted() -> Vec<OrgId> {
    let mut entries: Vec<_> = pallet_audit::Entries::<Runtime>::iter().collect();
    entries.sort_by_key(|(index, _)| *index);
    let subject = |(_, entry): (u64, secureflow_primitives::audit::Entry)| match entry.subject {
        Subject::Organisation(org) if entry.kind == Kind::ValidatorEquivocated => Some(org),
        _ => None,
    };
    entries.into_iter().filter_map(subject).collect()
}

#[test]
fn a_report_disables_the_validator() {
    for precommits in [false, true] {
        four_validators().execute_with(|| {
            run_to(10);
            let call = report(two_votes(Charlie, precommits, [1, 2]), owner(Charlie));
            // It is no member's transaction. Only what a validator's own node has seen enters its pool.
            let external = validate(&call, TransactionSource::External);
            assert_eq!(external, Err(InvalidTransaction::Call.into()));
            let valid = validate(&call, TransactionSource::Local).expect("it enters the pool");
            assert!(!valid.propagate);

            assert_ok!(Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(call.clone())).expect("valid"));
            assert_eq!(Session::disabled_validators(), [2]);
            assert_eq!(noted(), [OrgId(2)]);
            // Told once is enough.
            let again = validate(&call, TransactionSource::Local);
            assert_eq!(again, Err(InvalidTransaction::Stale.into()));
            let again = Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(call));
            assert_eq!(again, Err(InvalidTransaction::Stale.into()));
        });
    }
}

#[test]
fn no_more_than_a_third_is_disabled() {
    four_validators().execute_with(|| {
        run_to(10);
        for offender in [Dave, Bob] {
            let call = report(two_votes(offender, false, [1, 2]), owner(offender));
            assert_ok!(Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(call)).expect("valid"));
        }
        assert_eq!(Session::disabled_validators(), [3]);
        assert_eq!(noted(), [OrgId(3), OrgId(1)]);
    });
}

#[test]
fn a_report_must_prove_what_it_says() {
    four_validators().execute_with(|| {
        run_to(10);
        type Refused = pallet_grandpa::Error<Runtime>;
        let tell = |equivocation_proof: Proof, key_owner_proof: MembershipProof| {
            let equivocation_proof = Box::new(equivocation_proof);
            let call = pallet_grandpa::Call::report_equivocation {
                equivocation_proof,
                key_owner_proof,
            };
            send(Sr25519Keyring::Alice, RuntimeCall::Grandpa(call))
        };
        // The same vote twice is none too many.
        let once = two_votes(Bob, false, [1, 1]);
        assert_noop!(tell(once, owner(Bob)), Refused::InvalidEquivocationProof);
        // Votes of somebody who does not validate.
        let stranger = two_votes(Ed25519Keyring::Ferdie, false, [1, 2]);
        assert_noop!(tell(stranger, owner(Bob)), Refused::InvalidKeyOwnershipProof);
        // A signature over something else.
        let mut forged = two_votes(Bob, false, [1, 2]).encode();
        *forged.last_mut().expect("a signature") ^= 1;
        let forged = Proof::decode(&mut &forged[..]).expect("still a proof in form");
        assert_noop!(tell(forged, owner(Bob)), Refused::InvalidEquivocationProof);
        assert!(Session::disabled_validators().is_empty() && noted().is_empty());
        assert_ok!(tell(two_votes(Bob, false, [1, 2]), owner(Bob)));
        assert_eq!(Session::disabled_validators(), [1]);
    });
}

/// The set has not changed, so that the validator still is in it when the report comes.
#[test]
fn a_report_counts_after_its_session_too() {
    four_validators().execute_with(|| {
        run_to(2 * SESSION + SESSION / 2);
        let call = report(two_votes(Charlie, false, [1, 2]), owner(Charlie));
        run_to(3 * SESSION + 1);
        assert_ok!(validate(&call, TransactionSource::Local));
        assert_ok!(Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(call)).expect("valid"));
        assert_eq!(Session::disabled_validators(), [2]);
    });
}

#[test]
fn old_sessions_are_forgotten() {
    four_validators().execute_with(|| {
        use secureflow_runtime::constants::REPORT_SESSIONS;
        for _ in 0..REPORT_SESSIONS + 10 {
            Session::rotate_session();
        }
        let kept = pallet_session::historical::HistoricalSessions::<Runtime>::iter().count() as u32;
        assert!(kept > REPORT_SESSIONS && kept <= REPORT_SESSIONS + 3, "{kept} kept");
    });
}
