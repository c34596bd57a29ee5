//! What this version changes in the state that the version before it left: run once, at the start of its first block. A
//! migration that has run everywhere is removed.

/// In order. Each knows by its pallet's storage version whether it has run.
#[cfg(not(feature = "next"))]
pub type Migrations = ();

#[cfg(feature = "next")]
pub type Migrations = crate::next::Migrations;
