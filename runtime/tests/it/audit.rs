//! No call that touches data goes without its entry, and none in a space with auditors without its details.

use crate::{
    blocks::{dispatch, run_to, send, sent_by, vote},
    job::{approve, complete, job, propose, receipts, register_worker, space},
    network, simulated,
    transactions::signed,
};
use codec::Encode;
use frame_support::{assert_ok, traits::GetCallMetadata};
use secureflow_primitives::{
    audit::{Entry, Kind, Subject},
    consortium::OrgKeys,
    hash::blake2_256,
    job::{FailReason, JobPhase, Receipt},
    merkle,
    revenue::{Agreement, Figures, Formula, Ruling},
    DatasetId, Epoch, JobId, OrgId, SpaceId,
};
use secureflow_runtime::{Audit, Executive, Hash, Runtime, RuntimeCall, System};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_runtime::StateVersion;
use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

/// What a call that touches data leaves in the log.
struct Row {
    call: (&'static str, &'static str),
    kind: Kind,
    about: About,
    /// Whether the entry names the version of a policy.
    policy: bool,
    /// Whether a space with auditors takes it with details only.
    told: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum About {
    Dataset,
    Job,
    Space,
}

const fn row(pallet: &'static str, call: &'static str, kind: Kind, about: About, policy: bool, told: bool) -> Row {
    Row {
        call: (pallet, call),
        kind,
        about,
        policy,
        told,
    }
}

/// The calls that touch data, or figures made from data.
const DATA: &[Row] = &[
    row(
        "Policies",
        "register_dataset",
        Kind::DatasetRegistered,
        About::Dataset,
        false,
        false,
    ),
    row("Policies", "set_policy", Kind::PolicySet, About::Dataset, true, false),
    row("Policies", "retire", Kind::DatasetRetired, About::Dataset, false, false),
    row("Policies", "revoke", Kind::PolicyRevoked, About::Dataset, true, false),
    row(
        "Collaborations",
        "propose_job",
        Kind::JobProposed,
        About::Job,
        false,
        true,
    ),
    row(
        "Collaborations",
        "approve_job",
        Kind::JobApproved,
        About::Job,
        true,
        true,
    ),
    row(
        "Collaborations",
        "assign_job",
        Kind::JobAssigned,
        About::Job,
        false,
        true,
    ),
    row(
        "Collaborations",
        "submit_round",
        Kind::RoundCommitted,
        About::Job,
        false,
        true,
    ),
    row(
        "Collaborations",
        "complete_job",
        Kind::JobCompleted,
        About::Job,
        false,
        true,
    ),
    row("Collaborations", "fail_job", Kind::JobFailed, About::Job, false, false),
    row("Collaborations", "cancel", Kind::JobCancelled, About::Job, false, false),
    row(
        "Revenue",
        "set_agreement",
        Kind::AgreementSet,
        About::Space,
        false,
        false,
    ),
    row("Revenue", "fund", Kind::EscrowFunded, About::Space, false, false),
    row("Revenue", "dispute", Kind::ReceiptDisputed, About::Job, false, true),
    row("Revenue", "claim", Kind::PayoutClaimed, About::Job, false, true),
    row("Revenue", "settle", Kind::Settled, About::Job, false, true),
];

/// The calls that touch none: membership, invitations, evidence, and the log itself.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "Consortium",
        &[
            "admit",
            "suspend",
            "set_keys",
            "add_operator",
            "remove_operator",
            "reinstate",
            "remove",
            "name_validators",
            "authorize_upgrade",
            "name_nodes",
        ],
    ),
    ("Policies", &[]),
    ("Collaborations", &["create_space", "invite", "accept"]),
    (
        "Attestations",
        &[
            "register_worker",
            "remove_expired",
            "revoke",
            "accept_measurement",
            "drop_measurement",
            "submit_collateral",
            "submit_revocations",
            "set_evidence_policy",
            "remove_collateral",
        ],
    ),
    // What the members decide by vote.
    ("Revenue", &["resolve", "mint", "set_transferable", "release"]),
    (
        "Audit",
        &["append", "grant_auditor", "revoke_auditor", "rotate_epoch", "detailed"],
    ),
];

/// A call that is in neither list fails here: whoever adds one decides whether it touches data.
#[test]
fn every_call_is_in_one_list() {
    let mut listed: BTreeSet<(&str, &str)> = DATA.iter().map(|row| row.call).collect();
    assert_eq!(listed.len(), DATA.len(), "a call stands there twice");
    for (pallet, calls) in OTHERS {
        for call in *calls {
            assert!(listed.insert((pallet, call)), "{pallet}.{call} stands there twice");
        }
    }
    let ours = OTHERS.iter().map(|(pallet, _)| *pallet);
    let real: BTreeSet<(&str, &str)> = ours
        .flat_map(|pallet| {
            RuntimeCall::get_call_names(pallet)
                .iter()
                .map(move |call| (pallet, *call))
        })
        .collect();
    assert_eq!(listed, real);
    // Nor can a whole pallet be forgotten: the rest are the SDK's.
    let sdk = [
        "System",
        "Timestamp",
        "Session",
        "Grandpa",
        "Balances",
        "Assets",
        "Council",
        "Contracts",
    ];
    let pallets: BTreeSet<&str> = RuntimeCall::get_module_names().iter().copied().collect();
    let known: BTreeSet<&str> = OTHERS.iter().map(|(pallet, _)| *pallet).chain(sdk).collect();
    assert_eq!(pallets, known);
}

fn name_of(call: &RuntimeCall) -> (&'static str, &'static str) {
    let metadata = call.get_call_metadata();
    (metadata.pallet_name, metadata.function_name)
}

fn log_length() -> u64 {
    pallet_audit::Count::<Runtime>::get()
}

fn state() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

fn detailed(space: SpaceId, call: RuntimeCall) -> RuntimeCall {
    let epoch = Audit::audience(space).expect("the space has auditors").0;
    let ciphertext = b"sealed".to_vec().try_into().expect("short");
    let call = Box::new(call);
    RuntimeCall::Audit(pallet_audit::Call::detailed {
        space,
        epoch,
        ciphertext,
        call,
    })
}

/// The entry that a call has just left, and whether its skeleton is right.
fn check_entry(by: Sr25519Keyring, row: &Row, before: u64) -> Entry {
    let entry = pallet_audit::Entries::<Runtime>::get(before).unwrap_or_else(|| panic!("{:?} left no entry", row.call));
    assert_eq!(entry.block, System::block_number(), "{:?}", row.call);
    assert_eq!(entry.actor, Some(by.to_account_id()), "{:?}", row.call);
    assert_eq!(entry.kind, row.kind, "{:?}", row.call);
    assert_eq!(entry.policy.is_some(), row.policy, "{:?}", row.call);
    assert!(entry.policy.is_none_or(|version| version.0 > 0), "{:?}", row.call);
    let about = match entry.subject {
        Subject::Dataset(_) => About::Dataset,
        Subject::Job(_) => About::Job,
        Subject::Space(_) => About::Space,
        ref other => panic!("{:?} is about {other:?}", row.call),
    };
    assert!(about == row.about, "{:?}", row.call);
    assert_eq!(entry.space.is_some(), about != About::Dataset, "{:?}", row.call);
    entry
}

/// Which calls a scenario made.
type Made = Rc<RefCell<BTreeSet<(&'static str, &'static str)>>>;

/// Runs the scenario while every call that touches data is made as the test wants it.
fn watched(audited: Option<SpaceId>, made: &Made, scenario: impl FnOnce()) {
    let made = made.clone();
    let sender = move |by: Sr25519Keyring, call: RuntimeCall| {
        let name = name_of(&call);
        let Some(row) = DATA.iter().find(|row| row.call == name) else {
            return dispatch(by, call);
        };
        made.borrow_mut().insert(name);
        let before = log_length();
        let Some(space) = audited else {
            let done = dispatch(by, call);
            assert_ok!(&done);
            assert_eq!(check_entry(by, row, before).details, None);
            return done;
        };
        if row.told {
            let untouched = state();
            let refused = dispatch(by, call.clone()).map_err(|failed| failed.error);
            assert_eq!(
                refused,
                Err(pallet_audit::Error::<Runtime>::DetailsMissing.into()),
                "{name:?}"
            );
            assert_eq!(state(), untouched, "{name:?} left something behind");
        }
        let hash = blake2_256(&call.encode());
        let done = dispatch(by, detailed(space, call));
        assert_ok!(&done);
        let details = check_entry(by, row, before).details;
        let details = details.unwrap_or_else(|| panic!("{name:?} left an entry without details"));
        assert_eq!((details.space, details.call), (space, Some(hash)), "{name:?}");
        done
    };
    sent_by(Box::new(sender), scenario);
}

/// Everything that can be done with data, from the dataset to the payout.
fn everything(space: SpaceId) {
    let owners = [Alice, Bob];
    let parties = [OrgId(0), OrgId(1)];
    let agreement = Agreement {
        formula: Formula::Equal,
        reward: 10,
        dispute_window: 2,
    };
    assert_ok!(send(Alice, pallet_revenue::Call::set_agreement { space, agreement }));
    assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount: 50 }));

    // No worker is there yet, so that the job has to be assigned later.
    let given_up = propose(Alice, space, owners);
    approve(given_up, owners);
    register_worker(Alice, Eve);
    assert_ok!(send(Bob, pallet_collaborations::Call::assign_job { job: given_up }));
    let (reason, party) = (FailReason::TooFewParties, None);
    let call = pallet_collaborations::Call::fail_job {
        job: given_up,
        reason,
        party,
    };
    assert_ok!(send(Eve, call));

    let paid = propose_again(Alice, space, given_up);
    approve(paid, owners);
    complete(paid, Eve, parties);
    assert_eq!(job(paid).phase, JobPhase::Completed);
    assert_ok!(send(Charlie, pallet_revenue::Call::settle { job: paid }));
    assert_ok!(send(Bob, dispute(paid, parties)));
    let (job, party, ruling) = (paid, OrgId(1), Ruling::Rejected);
    assert_ok!(vote(pallet_revenue::Call::resolve { job, party, ruling }));
    run_to(System::block_number() + 3);
    assert_ok!(send(Charlie, pallet_revenue::Call::claim { job: paid }));

    let cancelled = propose_again(Alice, space, given_up);
    assert_ok!(send(Alice, pallet_collaborations::Call::cancel { job: cancelled }));
    let [first, second] = datasets(given_up);
    assert_ok!(send(Alice, pallet_policies::Call::revoke { dataset: first }));
    assert_ok!(send(Bob, pallet_policies::Call::retire { dataset: second }));
}

/// The second party says that it put in more than its receipts.
fn dispute(job: JobId, parties: [OrgId; 2]) -> pallet_revenue::Call<Runtime> {
    let receipts = receipts(job, parties);
    let leaves: Vec<Hash> = receipts.iter().map(Receipt::hash).collect();
    let at = receipts.iter().position(|receipt| receipt.party == parties[1]);
    let at = at.expect("each party has receipts");
    pallet_revenue::Call::dispute {
        job,
        receipt: receipts[at],
        proof: merkle::proof(&leaves, at).expect("it is there"),
        claimed: Figures {
            rows: 20,
            compute_ms: 8,
            utility: 0,
        },
        evidence: Hash::repeat_byte(1),
    }
}

fn datasets(job: JobId) -> [DatasetId; 2] {
    let spec = pallet_collaborations::Specs::<Runtime>::get(job).expect("it was proposed");
    spec.datasets.to_vec().try_into().expect("two")
}

/// Proposes the same job over the same datasets.
fn propose_again(by: Sr25519Keyring, space: SpaceId, job: JobId) -> JobId {
    let spec = pallet_collaborations::Specs::<Runtime>::get(job).expect("it was proposed");
    let next = pallet_collaborations::NextJob::<Runtime>::get();
    assert_ok!(send(by, pallet_collaborations::Call::propose_job { space, spec }));
    next
}

fn grant(space: SpaceId) {
    let keys = OrgKeys {
        tls_fingerprint: [7; 32],
        signing: [8; 32],
        encryption: [9; 32],
    };
    assert_ok!(dispatch(Charlie, pallet_consortium::Call::set_keys { keys }));
    let org = OrgId(2);
    assert_ok!(dispatch(Alice, pallet_audit::Call::grant_auditor { space, org }));
}

fn all() -> BTreeSet<(&'static str, &'static str)> {
    DATA.iter().map(|row| row.call).collect()
}

#[test]
fn no_call_that_touches_data_goes_without_its_entry() {
    simulated().execute_with(|| {
        run_to(2);
        let (space, made) = (space(&[(OrgId(0), Alice), (OrgId(1), Bob)]), Made::default());
        watched(None, &made, || everything(space));
        assert_eq!(*made.borrow(), all());
    });
}

#[test]
fn a_space_with_auditors_takes_none_without_details() {
    simulated().execute_with(|| {
        run_to(2);
        let (space, made) = (space(&[(OrgId(0), Alice), (OrgId(1), Bob)]), Made::default());
        grant(space);
        watched(Some(space), &made, || everything(space));
        assert_eq!(*made.borrow(), all());
    });
}

/// An auditor that leaves the consortium strands no job, and the creator can shut it out.
#[test]
fn a_removed_auditor_strands_nothing() {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        grant(space);
        let org = OrgId(2);
        assert_ok!(vote(pallet_consortium::Call::remove { org }));
        let agreement = Agreement {
            formula: Formula::Equal,
            reward: 10,
            dispute_window: 0,
        };
        let call = pallet_revenue::Call::set_agreement { space, agreement };
        assert_ok!(dispatch(Alice, detailed(space, call.clone().into())));
        assert_ok!(dispatch(Alice, pallet_audit::Call::rotate_epoch { space }));
        assert_eq!(Audit::audience(space), Some((Epoch(2), Default::default())));
        assert_ok!(dispatch(Alice, call));
    });
}

/// Membership, quota and weight are asked of a call with details as of any other.
#[test]
fn a_call_with_details_is_a_transaction_like_any_other() {
    network().execute_with(|| {
        run_to(1);
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        grant(space);
        let amount = 10;
        let inner: RuntimeCall = pallet_revenue::Call::fund { space, amount }.into();
        let call = detailed(space, inner.clone());
        let stranger = |call| Executive::apply_extrinsic(signed(call, Dave, 0));
        assert!(stranger(call.clone()).is_err());
        assert_eq!(stranger(call.clone()), stranger(inner.clone()));
        let sent = |org| pallet_consortium::Sent::<Runtime>::get(OrgId(org)).transactions;
        let before = (sent(0), System::block_weight().total());
        assert_eq!(Executive::apply_extrinsic(signed(call, Alice, 0)), Ok(Ok(())));
        let used = System::block_weight().total() - before.1;
        assert_eq!(sent(0), before.0 + 1);
        use frame_support::dispatch::GetDispatchInfo;
        assert!(used.all_gt(inner.get_dispatch_info().call_weight));
        // What makes other calls, or runs as another, carries no details.
        for hidden in [
            detailed(space, detailed(space, inner.clone())),
            detailed(
                space,
                RuntimeCall::System(frame_system::Call::remark { remark: vec![] }),
            ),
            detailed(
                space,
                RuntimeCall::Council(pallet_collective::Call::execute {
                    proposal: Box::new(inner.clone()),
                    length_bound: 100,
                }),
            ),
        ] {
            let refused = dispatch(Alice, hidden).map_err(|failed| failed.error);
            assert_eq!(refused, Err(pallet_audit::Error::<Runtime>::NotDetailed.into()));
        }
        // Nor does one account speak through another's details.
        let refused = dispatch(Ferdie, detailed(space, inner)).map_err(|failed| failed.error);
        assert_eq!(refused, Err(pallet_revenue::Error::<Runtime>::NotMember.into()));
    });
}
