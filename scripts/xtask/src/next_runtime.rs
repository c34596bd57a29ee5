//! The runtime that a network of this build could be upgraded to: the same sources with the feature `next`, compiled as
//! `substrate-wasm-builder` compiles the runtime, and beside it, so that only the runtime itself is compiled again.

use anyhow::{ensure, Context, Result};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// As `substrate-wasm-builder` 35 sets them: other flags would compile every dependency anew.
const FLAGS: &str =
    "-C link-arg=--export-table -C link-arg=--export=__heap_base -C link-arg=--import-memory --cfg substrate_runtime ";
/// What a decompressed runtime may hold, as the executor sees it.
const LIMIT: usize = sp_maybe_compressed_blob::CODE_BLOB_BOMB_LIMIT;

/// Builds it; `programs` is the folder with the project's binaries, where the runtime's build has left its parts.
pub fn build(programs: &Path) -> Result<PathBuf> {
    let present = programs.join("wbuild/secureflow-runtime");
    let next = programs.join("wbuild/secureflow-runtime-next");
    fs::create_dir_all(next.join("src"))?;
    for file in ["Cargo.lock", "src/lib.rs"] {
        fs::copy(present.join(file), next.join(file)).with_context(|| {
            format!(
                "{} is incomplete: run `cargo build --workspace` first",
                present.display()
            )
        })?;
    }
    let mut manifest: toml::Table = fs::read_to_string(present.join("Cargo.toml"))?.parse()?;
    *entry(&mut manifest, &["package", "name"])? = "secureflow-runtime-next-blob".into();
    *entry(&mut manifest, &["lib", "name"])? = "secureflow_runtime_next".into();
    *entry(&mut manifest, &["dependencies", "wasm-project", "features"])? = vec!["next"].into();
    fs::write(next.join("Cargo.toml"), toml::to_string(&manifest)?)?;

    let status = cargo()
        .args(["rustc", "--target=wasm32v1-none", "--profile=release", "--offline"])
        .arg(format!("--manifest-path={}", next.join("Cargo.toml").display()))
        .env("CARGO_TARGET_DIR", present.join("target"))
        .env("RUSTFLAGS", FLAGS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTC")
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "the next runtime does not compile");

    let built = present.join("target/wasm32v1-none/release/secureflow_runtime_next.wasm");
    let code = sp_maybe_compressed_blob::compress_strongly(&fs::read(&built)?, LIMIT).context("it is too large")?;
    let file = next.join("secureflow_runtime_next.compressed.wasm");
    fs::write(&file, code)?;
    Ok(file)
}

/// The cargo of the toolchain that the runtime is built with.
fn cargo() -> Command {
    match env::var("WASM_BUILD_TOOLCHAIN") {
        Ok(toolchain) => {
            let mut command = Command::new("rustup");
            command.args(["run", &toolchain, "cargo"]);
            command
        }
        Err(_) => Command::new(env::var("CARGO").unwrap_or_else(|_| "cargo".into())),
    }
}

fn entry<'a>(table: &'a mut toml::Table, path: &[&str]) -> Result<&'a mut toml::Value> {
    let (first, rest) = path.split_first().context("an empty path")?;
    let missing = || format!("the runtime's build has no {first} in its manifest");
    let mut value = table.get_mut(*first).with_context(missing)?;
    for key in rest {
        value = value.get_mut(*key).with_context(missing)?;
    }
    Ok(value)
}
