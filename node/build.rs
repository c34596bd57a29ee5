//! Gives the binary its version: the crate's, and the commit's at which the node was last compiled. Compiling it again
//! for every commit would cost minutes each time.

use substrate_build_script_utils::generate_cargo_keys;

fn main() {
    generate_cargo_keys();
}
