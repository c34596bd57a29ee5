//! The version that could come after this one, for a test that upgrades a running network: a higher version number, and a
//! migration that goes through a map which live chains have, writes another layout of it and counts the pallet's storage
//! version up. It is built with the feature `next` and in no other way.

use crate::{apis, Consortium, Runtime};
use alloc::borrow::Cow;
use frame_support::{
    migrations::VersionedMigration, storage_alias, traits::UncheckedOnRuntimeUpgrade, weights::Weight, Blake2_128Concat,
};
use secureflow_primitives::{bounds::Name, OrgId};
use sp_core::Get;
use sp_version::{runtime_version, RuntimeVersion};

#[runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: Cow::Borrowed("secureflow"),
    impl_name: Cow::Borrowed("secureflow-runtime"),
    authoring_version: 1,
    spec_version: 2,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

type DbWeight = <Runtime as frame_system::Config>::DbWeight;
pub type Migrations = VersionedMigration<1, 2, IndexNames, Consortium, DbWeight>;

/// Organisations by name, beside the map by id.
#[storage_alias(verbatim)]
type ByName = StorageMap<Consortium, Blake2_128Concat, Name, OrgId>;

/// Writes the index. No more than [`MAX_ADMISSIONS`](secureflow_primitives::bounds::MAX_ADMISSIONS) entries, so that one
/// block has room for it.
pub struct IndexNames;

impl UncheckedOnRuntimeUpgrade for IndexNames {
    fn on_runtime_upgrade() -> Weight {
        let mut count = 0;
        for (id, organisation) in pallet_consortium::Organisations::<Runtime>::iter() {
            ByName::insert(organisation.name, id);
            count += 1;
        }
        DbWeight::get().reads_writes(count, count)
    }
}
