//! Contracts: a space's own settlement terms. They read contributions, compute and answer; whatever else a contract does is
//! undone.

use crate::{
    constants::CONTRACT_GAS, AccountId, Balance, Balances, BlockNumber, Contracts, Hash, Revenue, Runtime, RuntimeCall,
    RuntimeEvent, RuntimeHoldReason, Timestamp,
};
use alloc::vec::Vec;
use codec::{DecodeAll, Encode};
use frame_support::{
    ensure,
    storage::{with_transaction, TransactionOutcome},
    traits::{ConstBool, ConstU32, Contains, Randomness},
    weights::Weight,
};
use pallet_contracts::{
    chain_extension::{self, ChainExtension, Environment, Ext, InitState, RetVal},
    CollectEvents, DebugInfo, Determinism, Error as ContractsError, Limits, Schedule, WeightInfo,
};
use pallet_revenue::{BuiltInFormula, Error as RevenueError};
use secureflow_primitives::{
    bounds::MAX_PARTIES,
    revenue::{
        contract::{self, Answer, CONTRIBUTIONS, EXTENSION, UNKNOWN_JOB},
        Agreement, CompletedJob, Formula,
    },
    traits::{CompletedJobs, SettlementEngine},
    JobId, OrgId,
};
use sp_runtime::{DispatchError, DispatchResult};

#[cfg_attr(feature = "runtime-benchmarks", path = "contracts/benchmarked.rs")]
mod rules;

frame_support::parameter_types! {
    pub Deployer: AccountId = contract::deployer();
    pub ContractLimits: Schedule<Runtime> = Schedule {
        limits: Limits {
            memory_pages: 16,
            payload_len: 4 * 1024,
            ..Default::default()
        },
        ..Default::default()
    };
}

impl pallet_contracts::Config for Runtime {
    type Time = Timestamp;
    type Randomness = NoRandomness;
    type Currency = Balances;
    type DepositPerByte = rules::DepositPerByte;
    type DepositPerItem = rules::DepositPerItem;
    type DefaultDepositLimit = rules::DepositLimit;
    type CodeHashLockupDepositPercent = rules::Lockup;
    type WeightPrice = ();
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CallFilter = rules::Calls;
    type CallStack = rules::CallStack;
    type MaxDelegateDependencies = rules::Dependencies;
    type ChainExtension = Jobs;
    type Schedule = ContractLimits;
    type AddressGenerator = pallet_contracts::DefaultAddressGenerator;
    type MaxCodeLen = rules::CodeLen;
    type MaxStorageKeyLen = ConstU32<64>;
    type MaxTransientStorageSize = ConstU32<{ 64 * 1024 }>;
    type MaxDebugBufferLen = ConstU32<256>;
    type UnsafeUnstableInterface = ConstBool<false>;
    type UploadOrigin = rules::Origin;
    type InstantiateOrigin = rules::Origin;
    type Migrations = rules::Migrations;
    type WeightInfo = crate::weights::pallet_contracts::WeightInfo<Self>;
    type Debug = ();
    type Environment = ();
    type ApiVersion = ();
    type Xcm = ();
}

/// Code that asks for randomness cannot be uploaded; the SDK wants a source all the same.
pub struct NoRandomness;

impl Randomness<Hash, BlockNumber> for NoRandomness {
    fn random(_: &[u8]) -> (Hash, BlockNumber) {
        Default::default()
    }
}

/// Contracts come by vote and run when a job is settled. Members do not call them: a call names its own share of the
/// block, and without fees nothing would keep a member from taking all of it, at every block.
pub struct NoCalls;

impl Contains<RuntimeCall> for NoCalls {
    fn contains(call: &RuntimeCall) -> bool {
        use pallet_contracts::Call::{instantiate, instantiate_with_code, set_code, upload_code};
        match call {
            RuntimeCall::Contracts(call) => matches!(
                call,
                upload_code { .. } | instantiate { .. } | instantiate_with_code { .. } | set_code { .. }
            ),
            _ => true,
        }
    }
}

/// What contracts may ask about jobs.
#[derive(Default)]
pub struct Jobs;

impl Jobs {
    /// A job, its result and its disputes are read, and at most [`MAX_PARTIES`] contributions of 32 bytes written.
    fn weight() -> Weight {
        <Runtime as frame_system::Config>::DbWeight::get()
            .reads(3)
            .saturating_add(Weight::from_parts(10_000_000, 8 * 1024))
            .saturating_add(Weight::from_parts(1_000, 0).saturating_mul(u64::from(MAX_PARTIES) * 32))
    }
}

impl ChainExtension<Runtime> for Jobs {
    fn call<E: Ext<T = Runtime>>(&mut self, env: Environment<E, InitState>) -> chain_extension::Result<RetVal> {
        let mut env = env.buf_in_buf_out();
        ensure!(
            (env.ext_id(), env.func_id()) == (EXTENSION, CONTRIBUTIONS),
            ContractsError::<Runtime>::NoChainExtension
        );
        env.charge_weight(Self::weight())?;
        let job: JobId = env.read_as()?;
        let Some(completed) = Revenue::completed(job) else {
            return Ok(RetVal::Converging(UNKNOWN_JOB));
        };
        env.write(&completed.contributions.encode(), false, None)?;
        Ok(RetVal::Converging(0))
    }
}

/// Settles by the built-in formulas, and by contracts where a space has agreed on one.
pub struct Engine;

impl SettlementEngine for Engine {
    fn check(formula: &Formula) -> DispatchResult {
        match formula {
            // Whether it is a settlement contract at all: any that is answers, be it with a refusal.
            Formula::Contract(address) => ask(address, JobId(u32::MAX), 0).map(|_| ()),
            built_in => BuiltInFormula::<Runtime>::check(built_in),
        }
    }

    fn payouts(
        agreement: &Agreement,
        job: &CompletedJob,
        amount: Balance,
    ) -> Result<Vec<(OrgId, Balance)>, DispatchError> {
        let Formula::Contract(address) = &agreement.formula else {
            return BuiltInFormula::<Runtime>::payouts(agreement, job, amount);
        };
        let payouts = ask(address, job.job, amount)?
            .map_err(|refusal| RevenueError::<Runtime>::ContractRefused { reason: refusal.code() })?;
        check_payees(&payouts, job)?;
        Ok(payouts.into_inner())
    }

    fn weight(formula: Option<&Formula>) -> Weight {
        match formula {
            Some(Formula::Contract(_)) | None => {
                <Runtime as pallet_contracts::Config>::WeightInfo::call().saturating_add(CONTRACT_GAS)
            }
            Some(built_in) => BuiltInFormula::<Runtime>::weight(Some(built_in)),
        }
    }
}

/// Asks a contract for its payouts, within [`CONTRACT_GAS`], and undoes whatever else it does: storage, events, transfers.
/// What comes back is the contract's word only.
fn ask(address: &AccountId, job: JobId, amount: Balance) -> Result<Answer, DispatchError> {
    ensure!(
        Contracts::code_hash(address).is_some(),
        RevenueError::<Runtime>::UnknownContract
    );
    let called = with_transaction(|| {
        let called = Contracts::bare_call(
            contract::deployer(),
            address.clone(),
            0,
            CONTRACT_GAS,
            Some(0),
            contract::question(job, amount),
            DebugInfo::Skip,
            CollectEvents::Skip,
            Determinism::Enforced,
        );
        TransactionOutcome::Rollback(Ok::<_, DispatchError>(called))
    })?;
    // Traps, too much gas and the like are errors of the contracts pallet.
    let returned = called.result?;
    // ink! wraps every answer once more, for messages that it could not make out.
    let answer = Result::<Answer, u8>::decode_all(&mut returned.data.as_slice())
        .ok()
        .and_then(Result::ok)
        .ok_or(RevenueError::<Runtime>::ContractAnswerInvalid)?;
    ensure!(
        answer.is_err() || !returned.did_revert(),
        ContractsError::<Runtime>::ContractReverted
    );
    Ok(answer)
}

/// Whoever is paid took part in the job, and is listed once. The sum is checked for all formulas alike.
fn check_payees(payouts: &[(OrgId, Balance)], job: &CompletedJob) -> DispatchResult {
    for (i, (org, _)) in payouts.iter().enumerate() {
        let took_part = job.contributions.iter().any(|contribution| contribution.party == *org);
        let twice = payouts.iter().take(i).any(|(other, _)| other == org);
        ensure!(took_part && !twice, RevenueError::<Runtime>::PayeeTookNoPart);
    }
    Ok(())
}
