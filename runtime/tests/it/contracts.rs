//! Settlement by contracts: the project's own, and ones that lie, trap, never end, or do what they must not.

mod modules;

use crate::{
    blocks::{run_to, send, vote},
    council,
    job::{approve, complete, propose, register_worker, space},
    simulated,
};
use codec::Encode;
use frame_support::{
    assert_noop, assert_ok,
    dispatch::{DispatchResultWithPostInfo, GetDispatchInfo},
    weights::Weight,
};
use modules::{Conduct, KEY};
use pallet_contracts::{CollectEvents, DebugInfo, Determinism};
use secureflow_primitives::{
    bounds::MAX_PARTIES,
    hash::blake2_256,
    job::{Contribution, Receipt},
    revenue::{
        contract::{self, Answer, Refusal},
        Agreement, Dispute, Figures, Formula, Ruling,
    },
    AccountId, Balance, JobId, OrgId, Round, SpaceId,
};
use secureflow_runtime::{constants::CONTRACT_GAS, Contracts, Hash, Runtime, RuntimeCall, RuntimeEvent, System};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::{traits::Dispatchable, DispatchError};

type ContractsError = pallet_contracts::Error<Runtime>;
type RevenueError = pallet_revenue::Error<Runtime>;

const REWARD: Balance = 60;
/// Enough for a constructor.
const GAS: Weight = Weight::from_parts(20_000_000_000, 200_000);

/// The contract that this project ships, as its build leaves it.
fn settlement_code() -> Vec<u8> {
    let test = std::env::current_exe().expect("a test has a program");
    // The profile's folder, which is the one with fingerprints, lies in the target folder.
    let profile = test.ancestors().find(|folder| folder.join(".fingerprint").exists());
    let target = profile
        .and_then(std::path::Path::parent)
        .expect("cargo's target folder");
    let file = target.join("contracts/settlement.wasm");
    std::fs::read(&file).unwrap_or_else(|error| {
        let missing = file.display();
        panic!("{missing}: {error}. `cargo xtask contract build` makes it, and `scripts/build` runs that")
    })
}

fn upload(code: Vec<u8>) -> pallet_contracts::Call<Runtime> {
    pallet_contracts::Call::upload_code {
        code,
        storage_deposit_limit: None,
        determinism: Determinism::Enforced,
    }
}

fn instantiate(code_hash: Hash, data: Vec<u8>, salt: &[u8]) -> pallet_contracts::Call<Runtime> {
    pallet_contracts::Call::instantiate {
        value: 0,
        gas_limit: GAS,
        storage_deposit_limit: None,
        code_hash,
        data,
        salt: salt.to_vec(),
    }
}

/// Lets the members bring a contract, and returns where it is.
fn deploy(code: Vec<u8>, data: Vec<u8>) -> AccountId {
    let code_hash = blake2_256(&code);
    assert_ok!(vote(upload(code)));
    assert_ok!(vote(instantiate(code_hash, data.clone(), b"")));
    contract::address(code_hash, &data, b"")
}

/// The project's own contract with its terms.
pub fn settlement(tiers: &[(u64, u32)], beyond: u32) -> AccountId {
    deploy(settlement_code(), (contract::NEW, tiers, beyond).encode())
}

fn agree(space: SpaceId, formula: Formula) -> DispatchResultWithPostInfo {
    let agreement = Agreement {
        formula,
        reward: REWARD,
        dispute_window: 0,
    };
    send(Alice, pallet_revenue::Call::set_agreement { space, agreement })
}

fn settle(job: JobId) -> DispatchResultWithPostInfo {
    send(Bob, pallet_revenue::Call::settle { job })
}

fn escrow(space: SpaceId) -> Balance {
    pallet_revenue::Escrow::<Runtime>::get(space)
}

fn payouts(job: JobId) -> Vec<(u32, Balance)> {
    let settlement = pallet_revenue::Settlements::<Runtime>::get(job).expect("it is settled");
    settlement
        .payouts
        .iter()
        .map(|(org, amount)| (org.0, *amount))
        .collect()
}

/// A space of Alice and Bob with a completed job, to which both gave ten rows, and a reward in escrow.
fn with_job(test: impl FnOnce(SpaceId, JobId)) {
    simulated().execute_with(|| {
        run_to(2);
        let space = space(&[(OrgId(0), Alice), (OrgId(1), Bob)]);
        register_worker(Charlie, Dave);
        let job = propose(Alice, space, [Alice, Bob]);
        approve(job, [Alice, Bob]);
        complete(job, Dave, [OrgId(0), OrgId(1)]);
        let amount = REWARD;
        assert_ok!(send(Alice, pallet_revenue::Call::fund { space, amount }));
        test(space, job);
    });
}

fn set_contributions(job: JobId, contributions: Vec<Contribution>) {
    pallet_collaborations::Results::<Runtime>::mutate(job, |result| {
        let (result, _) = result.as_mut().expect("the job completed");
        result.contributions = contributions.try_into().expect("few parties");
    });
}

fn put_in(party: u32, rows: u64) -> Contribution {
    Contribution {
        party: OrgId(party),
        rows,
        compute_ms: 1,
        utility: 1,
        steps: 4,
    }
}

#[test]
fn a_space_settles_by_its_own_contract() {
    with_job(|space, job| {
        let address = settlement(&[(100, 3)], 1);
        assert_ok!(agree(space, Formula::Contract(address)));
        // 100·3 + 200 = 500, and 100·3 + 400 = 700.
        set_contributions(job, vec![put_in(0, 300), put_in(1, 500)]);
        assert_ok!(settle(job));
        assert_eq!(payouts(job), [(0, 25), (1, 35)]);
        assert_eq!(escrow(space), 0);
    });
}

/// What both sides say of the interface agrees: the real contract refuses by the reasons that the chain knows.
#[test]
fn a_refusal_names_its_reason() {
    with_job(|space, job| {
        let address = settlement(&[], 1);
        let ask = |job, amount| {
            let data = contract::question(job, amount);
            let (origin, to) = (contract::deployer(), address.clone());
            let (debug, events) = (DebugInfo::Skip, CollectEvents::Skip);
            let called = Contracts::bare_call(origin, to, 0, GAS, Some(0), data, debug, events, Determinism::Enforced);
            let returned = called.result.expect("it answers");
            codec::DecodeAll::decode_all(&mut returned.data.as_slice())
        };
        let unknown: Result<Answer, u8> = Ok(Err(Refusal::UnknownJob));
        assert_eq!(ask(JobId(99), 1), Ok(unknown));
        assert_ok!(agree(space, Formula::Contract(address.clone())));
        set_contributions(
            job,
            vec![Contribution {
                steps: 0,
                ..put_in(0, 0)
            }],
        );
        assert_noop!(settle(job), RevenueError::ContractRefused { reason: 2 });
        assert_eq!(escrow(space), REWARD);
    });
}

#[test]
fn the_largest_job_takes_a_part_of_the_gas() {
    with_job(|_, job| {
        let tiers: Vec<_> = (1..=16).map(|tier| (tier * 1_000, u32::MAX)).collect();
        let address = settlement(&tiers, 1);
        let parties = (0..MAX_PARTIES).map(|party| put_in(party, u64::MAX / 2 + u64::from(party)));
        set_contributions(job, parties.collect());
        let called = Contracts::bare_call(
            contract::deployer(),
            address,
            0,
            CONTRACT_GAS,
            Some(0),
            contract::question(job, Balance::MAX),
            DebugInfo::Skip,
            CollectEvents::Skip,
            Determinism::Enforced,
        );
        println!("{} of {CONTRACT_GAS} for {MAX_PARTIES} parties", called.gas_consumed);
        let returned = called.result.expect("it answers");
        let answer: Result<Answer, u8> = codec::DecodeAll::decode_all(&mut returned.data.as_slice()).expect("one");
        let payouts = answer.expect("understood").expect("payouts");
        let sum = payouts
            .iter()
            .try_fold(0u128, |sum, (_, amount)| sum.checked_add(*amount));
        assert_eq!((payouts.len(), sum), (MAX_PARTIES as usize, Some(Balance::MAX)));
        assert!(
            (called.gas_consumed * 5).all_lte(CONTRACT_GAS),
            "{}",
            called.gas_consumed
        );
    });
}

#[test]
fn terms_that_make_no_sense_are_refused() {
    with_job(|_, _| {
        let code = settlement_code();
        let code_hash = blake2_256(&code);
        assert_ok!(vote(upload(code)));
        let data = (contract::NEW, Vec::<(u64, u32)>::new(), 0u32).encode();
        let refused = vote(instantiate(code_hash, data, b"")).expect_err("nothing weighs anything");
        assert_eq!(refused.error, ContractsError::ContractReverted.into());
    });
}

/// An answer as ink! encodes it.
fn answer(payouts: &[(u32, Balance)]) -> Vec<u8> {
    Result::<Result<_, Refusal>, u8>::Ok(Ok(payouts.to_vec())).encode()
}

fn says(bytes: Vec<u8>) -> Conduct {
    Conduct::Answer { bytes, revert: false }
}

/// Agrees on a contract although the engine would not; then settling fails by the error, and nothing has changed.
fn settling_fails(conduct: Conduct, error: impl Into<DispatchError>) {
    let error = error.into();
    with_job(|space, job| {
        let address = deploy(conduct.code(), vec![]);
        assert_ok!(agree(space, Formula::Equal));
        pallet_revenue::Agreements::<Runtime>::mutate(space, |agreement| {
            agreement.as_mut().expect("agreed").formula = Formula::Contract(address);
        });
        let call: RuntimeCall = pallet_revenue::Call::settle { job }.into();
        let most = call.get_dispatch_info().call_weight;
        assert!(most.all_gte(CONTRACT_GAS), "{most}");
        assert_noop!(settle(job), error);
        assert_eq!(escrow(space), REWARD);

        // The space agrees on something else, and the job is settled by that.
        assert_ok!(agree(space, Formula::Equal));
        assert_ok!(settle(job));
        assert_eq!(payouts(job), [(0, 30), (1, 30)]);
    });
}

#[test]
fn a_contract_that_lies_pays_nobody() {
    settling_fails(says(answer(&[(0, 30), (1, 29)])), RevenueError::PayoutsDoNotAddUp);
    settling_fails(says(answer(&[(0, 30), (1, 31)])), RevenueError::PayoutsDoNotAddUp);
    settling_fails(
        says(answer(&[(0, Balance::MAX), (1, 61)])),
        RevenueError::PayoutsDoNotAddUp,
    );
    settling_fails(says(answer(&[])), RevenueError::NobodyToPay);
    // Charlie exists and put nothing in; number 9 does not exist.
    settling_fails(says(answer(&[(0, 30), (2, 30)])), RevenueError::PayeeTookNoPart);
    settling_fails(says(answer(&[(0, 30), (9, 30)])), RevenueError::PayeeTookNoPart);
    settling_fails(says(answer(&[(0, 30), (0, 30)])), RevenueError::PayeeTookNoPart);
}

#[test]
fn an_answer_that_is_none_pays_nobody() {
    settling_fails(says(vec![]), RevenueError::ContractAnswerInvalid);
    settling_fails(says(b"junk".to_vec()), RevenueError::ContractAnswerInvalid);
    let trailing = [answer(&[(0, 30), (1, 30)]), vec![0]].concat();
    settling_fails(says(trailing), RevenueError::ContractAnswerInvalid);
    let crowd: Vec<_> = (0..=MAX_PARTIES).map(|party| (party, 0)).collect();
    settling_fails(says(answer(&crowd)), RevenueError::ContractAnswerInvalid);
    // A length of which there is nothing: it must not be allocated for.
    let endless = [vec![0, 0], codec::Compact(u32::MAX).encode()].concat();
    settling_fails(says(endless), RevenueError::ContractAnswerInvalid);
    // What ink! says to a message that a contract does not have.
    settling_fails(says(vec![1, 1]), RevenueError::ContractAnswerInvalid);
    let reverted = Conduct::Answer {
        bytes: answer(&[(0, 30), (1, 30)]),
        revert: true,
    };
    settling_fails(reverted, ContractsError::ContractReverted);
    let refusal = Result::<Answer, u8>::Ok(Err(Refusal::Other(5))).encode();
    settling_fails(says(refusal), RevenueError::ContractRefused { reason: 105 });
}

#[test]
fn a_contract_that_breaks_off_pays_nobody() {
    settling_fails(Conduct::Trap, ContractsError::ContractTrapped);
    settling_fails(Conduct::Loop, ContractsError::OutOfGas);
    settling_fails(Conduct::Terminate, RevenueError::ContractAnswerInvalid);
}

/// Its answer counts; what else it did is gone.
#[test]
fn a_contract_changes_nothing() {
    with_job(|space, job| {
        let address = deploy(Conduct::Meddle(answer(&[(0, 20), (1, 40)])).code(), vec![]);
        assert_ok!(agree(space, Formula::Contract(address.clone())));
        System::reset_events();
        assert_ok!(settle(job));
        assert_eq!(payouts(job), [(0, 20), (1, 40)]);
        assert_eq!(Contracts::get_storage(address.clone(), KEY.to_vec()), Ok(None));
        assert_eq!(System::account(AccountId::new(KEY)), Default::default());
        let by_contracts = |event: &RuntimeEvent| matches!(event, RuntimeEvent::Contracts(_));
        assert!(!System::events().iter().any(|record| by_contracts(&record.event)));
    });
    with_job(|space, job| {
        let address = deploy(Conduct::Terminate.code(), vec![]);
        assert_noop!(
            agree(space, Formula::Contract(address.clone())),
            RevenueError::ContractAnswerInvalid
        );
        assert!(Contracts::code_hash(&address).is_some(), "job {job:?} has lost it");
    });
}

/// It sees what the members have corrected, as the built-in formulas do.
#[test]
fn a_contract_is_asked_again_after_a_correction() {
    with_job(|space, job| {
        assert_ok!(agree(space, Formula::Contract(settlement(&[], 1))));
        assert_ok!(settle(job));
        assert_eq!(payouts(job), [(0, 30), (1, 30)]);
        let party = OrgId(1);
        let receipt = Receipt {
            job,
            round: Round(0),
            party,
            rows: 10,
            compute_ms: 10,
            utility: 0,
            bytes: 1,
        };
        let dispute = Dispute {
            party,
            receipt,
            claimed: Figures::default(),
            evidence: Hash::zero(),
            falls_at: 1_000,
            ruling: None,
        };
        assert!(pallet_revenue::Disputes::<Runtime>::mutate(job, |disputes| disputes
            .try_push(dispute)
            .is_ok()));
        let figures = Figures {
            rows: 30,
            ..Figures::default()
        };
        let ruling = Ruling::Corrected(figures);
        assert_ok!(vote(pallet_revenue::Call::resolve { job, party, ruling }));
        // Ten rows against thirty.
        assert_eq!(payouts(job), [(0, 15), (1, 45)]);
    });
}

#[test]
fn an_agreement_names_a_contract_that_answers() {
    with_job(|space, _| {
        let nobody = Formula::Contract(Bob.to_account_id());
        assert_noop!(agree(space, nobody), RevenueError::UnknownContract);
        let traps = Formula::Contract(deploy(Conduct::Trap.code(), vec![]));
        assert_noop!(agree(space, traps), ContractsError::ContractTrapped);
        let junk = Formula::Contract(deploy(says(b"junk".to_vec()).code(), vec![]));
        assert_noop!(agree(space, junk), RevenueError::ContractAnswerInvalid);
        assert_ok!(agree(space, Formula::Contract(settlement(&[], 1))));
    });
}

/// Three organisations, of which two agree: the members deploy, no member alone.
#[test]
fn contracts_come_by_vote_and_nobody_calls_them() {
    with_job(|_, _| {
        let code = says(answer(&[])).code();
        let code_hash = blake2_256(&code);
        assert_noop!(send(Alice, upload(code.clone())), DispatchError::BadOrigin);
        for call in [upload(code), instantiate(code_hash, vec![], b"salt")] {
            let motion = council::propose(Alice, 2, call);
            council::approve(motion, Alice);
            council::approve(motion, Bob);
            assert_ok!(council::close(motion));
        }
        let address = contract::address(code_hash, &[], b"salt");
        assert_eq!(Contracts::code_hash(&address), Some(code_hash));
        assert_eq!(
            Contracts::contract_address(&contract::deployer(), &code_hash, &[], b"salt"),
            address
        );
        assert_noop!(
            send(Alice, instantiate(code_hash, vec![], b"other")),
            DispatchError::BadOrigin
        );

        let filtered = || frame_system::Error::<Runtime>::CallFiltered;
        let call = pallet_contracts::Call::call {
            dest: address.into(),
            value: 0,
            gas_limit: GAS,
            storage_deposit_limit: None,
            data: vec![],
        };
        assert_noop!(send(Alice, call), filtered());
        assert_noop!(
            send(Alice, pallet_contracts::Call::remove_code { code_hash }),
            filtered()
        );
        let migrate = pallet_contracts::Call::migrate { weight_limit: GAS };
        assert_noop!(send(Alice, migrate), filtered());
    });
}

/// Code that the chain must not run does not come on chain, whoever votes for it.
#[test]
fn unfit_code_is_refused() {
    with_job(|_, _| {
        let refused = |code: Vec<u8>| {
            let call: RuntimeCall = upload(code).into();
            call.dispatch(secureflow_runtime::RuntimeOrigin::root())
                .expect_err("refused")
                .error
        };
        assert_eq!(refused(b"\0asm".to_vec()), ContractsError::CodeRejected.into());
        assert_eq!(refused(vec![0; 64 * 1024 + 1]), ContractsError::CodeTooLarge.into());
    });
}
