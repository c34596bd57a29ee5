//! What columns may be used for.

use super::{Operation, Operations};
use crate::bounds::{Name, MAX_PURPOSES};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

chain_type! {
    /// What a column is used for.
    #[derive(Copy)]
    pub enum ColumnRole { Feature, Label, JoinKey, AggregateOnly, Hidden }
}

chain_type! {
    /// A column of a job, with the role that it is wanted in.
    pub struct Column { pub name: Name, pub role: ColumnRole }
}

chain_type! {
    /// What a column may be used for, and when. A column may have several rules: it may be used in each role that one of them
    /// gives it, and not at all where one of them hides it.
    pub struct ColumnRule {
        pub name: Name,
        pub role: ColumnRole,
        /// The operations that the rule is about; none for all.
        pub for_operations: Operations,
        /// The purposes that the rule is about, by their places in the policy's list; none for all.
        pub for_purposes: BoundedVec<u8, ConstU32<MAX_PURPOSES>>,
        /// The fewest parties that a sum over the column may be over. The policy's own minimum holds as well.
        pub min_parties: u32,
        /// The fewest rows that a published category or group of the column may rest on. The policy's own minimum holds as
        /// well.
        pub min_group_size: u32,
    }
}

impl ColumnRule {
    /// A role for every operation and purpose, under the policy's own minimums.
    pub fn new(name: Name, role: ColumnRole) -> Self {
        Self {
            name,
            role,
            for_operations: Operations::default(),
            for_purposes: BoundedVec::default(),
            min_parties: 0,
            min_group_size: 0,
        }
    }

    pub fn covers_operation(&self, operation: Operation) -> bool {
        self.for_operations.is_empty() || self.for_operations.contains(&operation)
    }

    /// Whether the rule is about the purpose at this place in the policy's list.
    pub fn covers_purpose(&self, place: usize) -> bool {
        self.for_purposes.is_empty() || self.for_purposes.iter().any(|listed| usize::from(*listed) == place)
    }

    /// What makes two rules the same one: everything but the minimums, in whatever order.
    pub fn subject(&self) -> (&[u8], u8, u8, u16) {
        let operations = self
            .for_operations
            .iter()
            .fold(0, |set, operation| set | (1u8 << *operation as u8));
        let purposes = self
            .for_purposes
            .iter()
            .fold(0, |set, place| set | 1u16.checked_shl(u32::from(*place)).unwrap_or(0));
        (self.name.as_slice(), self.role as u8, operations, purposes)
    }
}

impl From<Column> for ColumnRule {
    fn from(column: Column) -> Self {
        Self::new(column.name, column.role)
    }
}
