//! Real evidence, and what is made of it by changing it. Sources in `tests/vectors/README.md`.

mod dcap;
#[cfg(feature = "host")]
mod host;
mod mutations;
mod registry;
mod snp;
mod snp_certificates;
mod snp_hosts;
mod snp_rules;

macro_rules! vector {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/", $path)).as_slice()
    };
}
pub(crate) use vector;
