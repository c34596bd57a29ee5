//! The same blocks in the Wasm: what a block's author computed natively, every other node computes there, and must come to
//! the same root.

use super::{genesis, history, settings, Tally};
use crate::{externalities, HostFunctions};
use codec::Encode;
use sc_executor::WasmExecutor;
use secureflow_runtime::{Block, WASM_BINARY};
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use std::borrow::Cow;

/// A chain that executes blocks in the Wasm.
struct Follower {
    executor: WasmExecutor<HostFunctions>,
    state: sp_io::TestExternalities,
}

impl Follower {
    fn new() -> Self {
        let mut state = externalities(&genesis());
        state.commit_all().expect("the genesis is whole");
        Self {
            executor: WasmExecutor::builder().with_max_runtime_instances(1).build(),
            state,
        }
    }

    /// Executes a block as its import does: the runtime itself compares the roots of state and transactions with the
    /// header's, and panics where they differ.
    fn import(&mut self, block: Block) {
        let wasm = WASM_BINARY.expect("the tests are built with the Wasm: unset SKIP_WASM_BUILD");
        let code = WrappedRuntimeCode(Cow::Borrowed(wasm));
        let code = RuntimeCode {
            code_fetcher: &code,
            heap_pages: None,
            hash: b"the one".to_vec(),
        };
        let number = block.header.number;
        let (result, _) = self.executor.call(
            &mut self.state.ext(),
            &code,
            "Core_execute_block",
            &block.encode(),
            CallContext::Onchain { import: true },
        );
        result.unwrap_or_else(|error| panic!("block {number} differs: {error}"));
        self.state.commit_all().expect("the state is whole");
    }
}

#[test]
fn random_blocks_in_the_wasm() {
    let (seeds, blocks) = settings(1, 120);
    let mut tally = Tally::default();
    for seed in seeds {
        let mut follower = Follower::new();
        history(seed, blocks, &mut tally, |block| follower.import(block));
    }
    assert!(tally.succeeded > blocks / 2, "{tally:?}");
}

/// The comparison compares: a block that claims another state is refused.
#[test]
#[should_panic(expected = "block 3 differs")]
fn a_block_with_another_root_is_noticed() {
    let mut follower = Follower::new();
    history(1, 3, &mut Tally::default(), |mut block| {
        if block.header.number == 3 {
            block.header.state_root.0[0] ^= 1;
        }
        follower.import(block);
    });
}
