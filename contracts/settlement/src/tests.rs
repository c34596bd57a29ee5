//! The contract against a chain that is only its extension.

use crate::{Invalid, Tier, Tiered, MAX_TIERS};
use ink::{
    env::test::{register_chain_extension, ChainExtension},
    scale::{Decode, Encode},
};
use settlement_interface::{Contribution, Payouts, Refusal, Settlement as _};

/// A chain with one completed job.
struct OneJob(Vec<Contribution>);

const JOB: u32 = 7;

impl ChainExtension for OneJob {
    fn ext_id(&self) -> u16 {
        0x5EF0
    }

    fn call(&mut self, function: u16, input: &[u8], output: &mut Vec<u8>) -> u32 {
        assert_eq!(function, 1);
        // The off-chain environment passes the input with its length in front.
        let input = Vec::<u8>::decode(&mut &*input).expect("bytes");
        if u32::decode(&mut input.as_slice()) != Ok(JOB) {
            return 1;
        }
        self.0.encode_to(output);
        0
    }
}

fn put_in(party: u32, rows: u64, steps: u32) -> Contribution {
    Contribution {
        party,
        rows,
        compute_ms: 1,
        utility: 1,
        steps,
    }
}

fn tier(rows: u64, weight: u32) -> Tier {
    Tier { rows, weight }
}

fn payouts(tiers: &[Tier], beyond: u32, contributions: &[Contribution], amount: u128) -> Result<Payouts, Refusal> {
    register_chain_extension(OneJob(contributions.to_vec()));
    Tiered::new(tiers.to_vec(), beyond)
        .expect("valid terms")
        .payouts(JOB, amount)
}

#[ink::test]
fn rows_weigh_by_tier() {
    let tiers = [tier(1_000, 4), tier(9_000, 2)];
    let contributions = [put_in(0, 500, 3), put_in(1, 10_000, 3), put_in(2, 20_000, 3)];
    // 500·4 = 2,000; 1,000·4 + 9,000·2 = 22,000; 22,000 + 10,000·1 = 32,000; 56,000 in all.
    let paid = payouts(&tiers, 1, &contributions, 56_000);
    assert_eq!(paid, Ok(vec![(0, 2_000), (1, 22_000), (2, 32_000)]));
    let paid = payouts(&tiers, 1, &contributions, 900);
    // 32.14, 353.57, 514.29.
    assert_eq!(paid, Ok(vec![(0, 32), (1, 354), (2, 514)]));
}

#[ink::test]
fn without_tiers_rows_weigh_the_same() {
    let contributions = [put_in(0, 1, 1), put_in(1, 2, 1)];
    assert_eq!(payouts(&[], 5, &contributions, 90), Ok(vec![(0, 30), (1, 60)]));
}

#[ink::test]
fn a_reward_without_rows_is_shared_by_those_who_took_part() {
    let contributions = [put_in(0, 0, 2), put_in(1, 0, 0), put_in(2, 0, 1)];
    assert_eq!(payouts(&[], 1, &contributions, 9), Ok(vec![(0, 5), (1, 0), (2, 4)]));
    let nobody = [put_in(0, 0, 0)];
    assert_eq!(payouts(&[], 1, &nobody, 9), Err(Refusal::NobodyToPay));
    assert_eq!(payouts(&[], 1, &[], 9), Err(Refusal::NobodyToPay));
}

#[ink::test]
fn the_largest_figures_do_not_overflow() {
    let contributions: Vec<_> = (0..32).map(|party| put_in(party, u64::MAX, u32::MAX)).collect();
    let tiers = [tier(u64::MAX, u32::MAX)];
    let paid = payouts(&tiers, u32::MAX, &contributions, u128::MAX).expect("payouts");
    let sum = paid.iter().try_fold(0u128, |sum, (_, amount)| sum.checked_add(*amount));
    assert_eq!(sum, Some(u128::MAX));
}

#[ink::test]
fn an_unknown_job_is_refused() {
    register_chain_extension(OneJob(vec![put_in(0, 1, 1)]));
    let contract = Tiered::new(vec![], 1).expect("valid terms");
    assert_eq!(contract.payouts(JOB + 1, 9), Err(Refusal::UnknownJob));
}

#[ink::test]
fn terms_must_make_sense() {
    let refused = |tiers: &[Tier], beyond| Tiered::new(tiers.to_vec(), beyond).err();
    assert_eq!(
        refused(&vec![tier(1, 1); MAX_TIERS + 1], 1),
        Some(Invalid::TooManyTiers)
    );
    assert_eq!(refused(&[tier(1, 1), tier(0, 1)], 1), Some(Invalid::EmptyTier));
    assert_eq!(refused(&[tier(1, 0)], 0), Some(Invalid::Weightless));
    assert_eq!(refused(&[], 0), Some(Invalid::Weightless));
    let contract = Tiered::new(vec![tier(1, 0), tier(2, 3)], 0).expect("valid terms");
    assert_eq!(contract.terms(), (vec![tier(1, 0), tier(2, 3)], 0));
}
