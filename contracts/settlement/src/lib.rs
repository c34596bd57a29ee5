#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// ink! writes the entry points, and reads what the pallet hands over.
#![allow(unsafe_code)]

#[cfg(test)]
mod tests;

pub use self::settlement::{Invalid, Tier, Tiered, TieredRef, MAX_TIERS};

#[ink::contract(env = settlement_interface::SecureflowEnvironment)]
mod settlement {
    use ink::prelude::vec::Vec;
    use settlement_interface::{divide, Payouts, Refusal, Settlement};

    /// More tiers than anyone needs, and few enough to be read in one go.
    pub const MAX_TIERS: usize = 16;

    /// Rows of a party that weigh the same.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub struct Tier {
        /// How many rows, after those of the tiers before.
        pub rows: u64,
        /// What each of them weighs.
        pub weight: u32,
    }

    /// Why terms are refused.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Invalid {
        /// There are more than [`MAX_TIERS`].
        TooManyTiers,
        /// A tier has no rows.
        EmptyTier,
        /// No row weighs anything.
        Weightless,
    }

    #[ink(storage)]
    pub struct Tiered {
        tiers: Vec<Tier>,
        beyond: u32,
    }

    impl Tiered {
        /// Rows weigh by tier, and those beyond the last one `beyond` each.
        ///
        /// Errors: `TooManyTiers`, `EmptyTier`, `Weightless`.
        #[ink(constructor, selector = 0x5EF00000)]
        pub fn new(tiers: Vec<Tier>, beyond: u32) -> Result<Self, Invalid> {
            if tiers.len() > MAX_TIERS {
                return Err(Invalid::TooManyTiers);
            }
            if tiers.iter().any(|tier| tier.rows == 0) {
                return Err(Invalid::EmptyTier);
            }
            if beyond == 0 && tiers.iter().all(|tier| tier.weight == 0) {
                return Err(Invalid::Weightless);
            }
            Ok(Self { tiers, beyond })
        }

        /// The tiers, and what rows beyond them weigh.
        #[ink(message)]
        pub fn terms(&self) -> (Vec<Tier>, u32) {
            (self.tiers.clone(), self.beyond)
        }

        /// What a party's rows weigh: below 2^64 · 2^32, so that nothing saturates.
        fn weigh(&self, rows: u64) -> u128 {
            let weigh = |rows: u64, weight: u32| u128::from(rows).saturating_mul(u128::from(weight));
            let (sum, left) = self.tiers.iter().fold((0u128, rows), |(sum, left), tier| {
                let here = left.min(tier.rows);
                (sum.saturating_add(weigh(here, tier.weight)), left.saturating_sub(here))
            });
            sum.saturating_add(weigh(left, self.beyond))
        }
    }

    impl Settlement for Tiered {
        #[ink(message, selector = 0x5EF00001)]
        fn payouts(&self, job: u32, amount: u128) -> Result<Payouts, Refusal> {
            let contributions = self.env().extension().contributions(job)?;
            let by_tier: Vec<_> = contributions.iter().map(|c| (c.party, self.weigh(c.rows))).collect();
            if by_tier.iter().any(|(_, weight)| *weight > 0) {
                return divide(amount, &by_tier);
            }
            let equal: Vec<_> = contributions
                .iter()
                .map(|c| (c.party, u128::from(c.steps > 0)))
                .collect();
            divide(amount, &equal)
        }
    }
}
