//! Prints the contract's metadata for tools that call it, in the form that `cargo contract` gives them. The argument is the
//! built Wasm, whose hash ties the two together.

use ink::env::hash::{Blake2x256, CryptoHash};
use serde_json::{json, Value};
use std::{env, error::Error, fs};

// Links the contract, whose macro gives the function below.
extern crate settlement as _;

extern "Rust" {
    fn __ink_generate_metadata() -> ink::metadata::InkProject;
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: settlement-metadata FILE.wasm")?;
    let mut hash = [0; 32];
    Blake2x256::hash(&fs::read(path)?, &mut hash);
    // ink! gives the function no other name than its symbol's.
    #[allow(unsafe_code)]
    let project = unsafe { __ink_generate_metadata() };
    let mut metadata = json!({
        "source": { "hash": hex(&hash), "language": "ink! 5.1.1", "compiler": "rustc" },
        "contract": {
            "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION"), "authors": ["secureflow"],
            "license": env!("CARGO_PKG_LICENSE"), "description": env!("CARGO_PKG_DESCRIPTION"),
        },
        "image": null,
    });
    if let (Value::Object(all), Value::Object(project)) = (&mut metadata, serde_json::to_value(project)?) {
        all.extend(project);
    }
    println!("{}", serde_json::to_string_pretty(&metadata)?);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::from("0x"), |text, byte| format!("{text}{byte:02x}"))
}
