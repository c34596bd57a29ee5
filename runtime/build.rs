//! Compiles the runtime to Wasm, so that the node can put it into a genesis.

fn main() {
    #[cfg(feature = "std")]
    build_wasm();
}

/// The dev profile would leave the runtime unoptimised and several times larger, and it is what every block runs in.
/// `WASM_BUILD_TYPE` from outside wins.
#[cfg(feature = "std")]
fn build_wasm() {
    println!("cargo:rerun-if-env-changed=WASM_BUILD_TYPE");
    if std::env::var_os("WASM_BUILD_TYPE").is_none() {
        std::env::set_var("WASM_BUILD_TYPE", "release");
    }
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
