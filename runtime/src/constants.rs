//! Time and size of this chain.

use crate::{Balance, BlockNumber};
use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight};
use sp_runtime::Perbill;

/// Milliseconds between blocks. It cannot change after genesis: Aura derives slot numbers from it.
pub const SLOT_MS: u64 = 1_000;
/// Blocks per minute.
pub const MINUTES: BlockNumber = 60_000 / (SLOT_MS as BlockNumber);
/// Blocks per hour.
pub const HOURS: BlockNumber = 60 * MINUTES;
/// Blocks per day.
pub const DAYS: BlockNumber = 24 * HOURS;

/// Blocks in a session; validators change at its end.
pub const SESSION: BlockNumber = 100;
/// Validators that one organisation may name: one, and one more for the time in which a machine is replaced. Votes on
/// finality are counted by validator, so that more would let one organisation outweigh others.
pub const VALIDATORS_PER_ORGANISATION: u32 = 2;
/// Transactions that a block takes of one organisation: about a sixth of the small ones that fit. What is over waits.
pub const QUOTA: u32 = 250;
/// Of what a block can hold of ordinary transactions, what those of one organisation may weigh. A heavier one goes in alone,
/// and counts in the next blocks too.
pub const QUOTA_SHARE: Perbill = Perbill::from_percent(25);
/// Sessions for which the chain can still tell whose a key was: a validator's contradicting votes can be reported for about
/// a day.
pub const REPORT_SESSIONS: u32 = DAYS / SESSION;
/// The least that an account can hold, of points as of the currency.
pub const EXISTENTIAL_DEPOSIT: Balance = 1;

/// How long a motion of the Council stays open.
pub const MOTION: BlockNumber = 7 * DAYS;
/// How long the members have for a dispute over a settlement; as long as for a motion.
pub const DISPUTE: BlockNumber = MOTION;
/// How long a space may let its settlements be disputed.
pub const MAX_DISPUTE_WINDOW: BlockNumber = 90 * DAYS;
/// How long evidence of a worker counts before it has to be renewed.
pub const VERDICT: BlockNumber = DAYS;
/// How long before that end the chain says so: workers renew earlier (`renew_before_blocks`), so that it is said only of
/// those that could not.
pub const EXPIRY_NOTICE: BlockNumber = 100;
/// How long workers with an old measurement go on once its successor is accepted.
pub const REPLACEMENT: BlockNumber = 7 * DAYS;
/// How old the block may be that evidence is anchored to. Less than `BLOCK_HASHES`.
pub const ANCHOR_AGE: BlockNumber = 10 * MINUTES;
/// How many past block hashes the chain can still look up, which also bounds a transaction's mortality.
pub const BLOCK_HASHES: BlockNumber = 2_400;
/// How long callers have to notice that a space's auditors or their keys have changed.
pub const READERS_NOTICE: BlockNumber = MINUTES;
/// Jobs whose deadline is handled in one block; the rest follow in the next ones.
pub const EXPIRIES_PER_BLOCK: u32 = 32;
/// What a settlement contract may use to answer: a fifteenth of what a block holds of ordinary transactions. The project's
/// own takes 0.54 ms of it for 32 parties.
pub const CONTRACT_GAS: Weight = Weight::from_parts(25 * WEIGHT_REF_TIME_PER_MILLIS, 256 * 1024);
/// Contracts that the members may ever instantiate, given at genesis as existential deposits.
pub const CONTRACTS: u32 = 1_000_000;
