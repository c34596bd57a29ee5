//! What a runtime asks the node for, through the memory that both see.

mod p384;
mod rsa;

use secureflow_evidence::host::HostFunctions;
use sp_runtime_interface::sp_wasm_interface::{
    self, Function, FunctionContext, HostFunctions as _, Pointer, Value, ValueType, WordSize,
};

/// A runtime's memory. The functions only read it.
struct Memory(Vec<u8>);

impl FunctionContext for Memory {
    fn read_memory_into(&mut self, address: Pointer<u8>, dest: &mut [u8]) -> sp_wasm_interface::Result<()> {
        let from = u32::from(address) as usize;
        let bytes = self
            .0
            .get(from..from + dest.len())
            .ok_or("this is outside the memory")?;
        dest.copy_from_slice(bytes);
        Ok(())
    }

    fn write_memory(&mut self, _: Pointer<u8>, _: &[u8]) -> sp_wasm_interface::Result<()> {
        Err("it writes".into())
    }

    fn allocate_memory(&mut self, _: WordSize) -> sp_wasm_interface::Result<Pointer<u8>> {
        Err("it allocates".into())
    }

    fn deallocate_memory(&mut self, _: Pointer<u8>) -> sp_wasm_interface::Result<()> {
        Err("it frees".into())
    }

    fn register_panic_error_message(&mut self, _: &str) {}
}

/// Where the arguments lie in it.
const AT: u32 = 16;

fn function(name: &str) -> &'static dyn Function {
    let mut functions = HostFunctions::host_functions().into_iter();
    functions
        .find(|function| function.name() == name)
        .expect("the node offers it")
}

/// The types of what it takes; what it gives is a truth value.
fn form(name: &str) -> Vec<ValueType> {
    let signature = function(name).signature();
    assert_eq!(signature.return_value, Some(ValueType::I32));
    signature.args.to_vec()
}

/// Its answer where this is in memory, from an address that `arguments` is told.
fn ask<const N: usize>(name: &str, bytes: &[u8], arguments: impl Fn(u32) -> [Value; N]) -> bool {
    let mut memory = Memory([&[0xA5; AT as usize], bytes].concat());
    match function(name).execute(&mut memory, &mut arguments(AT).into_iter()) {
        Ok(Some(Value::I32(answer @ (0 | 1)))) => answer == 1,
        other => panic!("no truth value: {other:?}"),
    }
}

#[test]
fn the_node_offers_nothing_else() {
    assert_eq!(HostFunctions::host_functions().len(), 2);
}
