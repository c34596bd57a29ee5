//! Lets this crate's tests find PyTorch's libraries where the build found them. Binaries that use the crate need the
//! same line in a build script of their own: Cargo does not pass it on.

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    if let Ok(libtorch) = std::env::var("LIBTORCH") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{libtorch}/lib");
    }
}
