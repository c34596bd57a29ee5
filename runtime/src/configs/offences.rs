//! Validators that sign contradicting votes: who proves it, and what follows. Members are known to each other, so nothing is
//! slashed; the validator is disabled, the audit log says so, and the members decide on the rest.

use crate::{
    constants::{REPORT_SESSIONS, SESSION},
    AccountId, Aura, Consortium, Historical, Offences, Runtime, RuntimeCall, RuntimeEvent, Session, UncheckedExtrinsic,
};
use alloc::vec::Vec;
use frame_support::{traits::ConstU64, weights::Weight};
use frame_system::offchain::{CreateBare, CreateTransactionBase};
use pallet_session::{historical, SessionManager};
use sp_runtime::{traits::Convert, Perbill};
use sp_staking::{
    offence::{OffenceDetails, OffenceSeverity, OnOffenceHandler},
    SessionIndex,
};

/// A validator and what else is known of it: nothing.
type Offender = historical::IdentificationTuple<Runtime>;

/// Nothing is at stake for a validator that would have to be remembered.
pub struct Nothing;

impl Convert<AccountId, Option<()>> for Nothing {
    fn convert(_: AccountId) -> Option<()> {
        Some(())
    }
}

impl historical::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type FullIdentification = ();
    type FullIdentificationOf = Nothing;
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Runtime, Aura>;
    type EventHandler = ();
}

impl pallet_offences::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type IdentificationTuple = Offender;
    type OnOffenceHandler = Disable;
}

/// How reports reach the chain: as unsigned transactions of the validators that saw both votes.
pub type EquivocationReports =
    pallet_grandpa::EquivocationReportSystem<Runtime, Offences, Historical, ConstU64<LONGEVITY>>;

/// Blocks for which a report may wait.
const LONGEVITY: u64 = REPORT_SESSIONS as u64 * SESSION as u64;

impl CreateTransactionBase<pallet_grandpa::Call<Runtime>> for Runtime {
    type Extrinsic = UncheckedExtrinsic;
    type RuntimeCall = RuntimeCall;
}

impl CreateBare<pallet_grandpa::Call<Runtime>> for Runtime {
    fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_bare(call)
    }
}

/// Disables who has offended, for as long as the session pallet's strategy lets it (no more than a third of the set, until
/// the set changes), and says so.
pub struct Disable;

impl OnOffenceHandler<AccountId, Offender, Weight> for Disable {
    fn on_offence(
        offenders: &[OffenceDetails<AccountId, Offender>],
        _fractions: &[Perbill],
        _session: SessionIndex,
    ) -> Weight {
        // A report of GRANDPA has one offender. Those of earlier reports of the same round stand before it; they were noted.
        if let Some(details) = offenders.last() {
            let (validator, ()) = &details.offender;
            Session::report_offence(validator.clone(), OffenceSeverity::max_severity());
            Consortium::note_equivocation(validator.clone());
        }
        Weight::zero()
    }
}

/// The validators as `Consortium` plans them, with the commitments that keys of past sessions are proven against.
pub struct Sessions;

impl SessionManager<AccountId> for Sessions {
    fn new_session(index: SessionIndex) -> Option<Vec<AccountId>> {
        <Consortium as SessionManager<AccountId>>::new_session(index).or_else(|| {
            // An unchanged set takes over the commitment of the session before, and genesis made none. So the first set is
            // named once more. At genesis itself there is no set yet, and the session pallet takes that of its own keys.
            let unknown = !historical::HistoricalSessions::<Runtime>::contains_key(index.saturating_sub(1));
            let validators = Session::validators();
            (unknown && !validators.is_empty()).then_some(validators)
        })
    }

    fn end_session(index: SessionIndex) {
        if let Some(forgotten) = index.checked_sub(REPORT_SESSIONS) {
            Historical::prune_up_to(forgotten);
        }
        <Consortium as SessionManager<AccountId>>::end_session(index);
    }

    fn start_session(index: SessionIndex) {
        <Consortium as SessionManager<AccountId>>::start_session(index);
    }
}

impl historical::SessionManager<AccountId, ()> for Sessions {
    fn new_session(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
        let validators = <Self as SessionManager<AccountId>>::new_session(index)?;
        Some(validators.into_iter().map(|validator| (validator, ())).collect())
    }

    fn end_session(index: SessionIndex) {
        <Self as SessionManager<AccountId>>::end_session(index);
    }

    fn start_session(index: SessionIndex) {
        <Self as SessionManager<AccountId>>::start_session(index);
    }
}
