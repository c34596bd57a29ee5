//! Contracts as nobody should write them, in bare Wasm.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, EntityType, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Instruction, MemoryType, Module, TypeSection, ValType::I32,
};

/// What a contract does when it is called; its constructor does nothing.
pub enum Conduct {
    /// Gives this answer; with `revert`, marked as one that is to be undone.
    Answer { bytes: Vec<u8>, revert: bool },
    /// Stops in the middle.
    Trap,
    /// Never ends.
    Loop,
    /// Writes into its storage, emits an event and gives its money away, then gives this answer.
    Meddle(Vec<u8>),
    /// Removes itself from the chain.
    Terminate,
}

/// The key under which [`Conduct::Meddle`] writes, and to whom it gives its money.
pub const KEY: [u8; 32] = [7; 32];
/// Where the key stands in memory, behind the answer, with the amount of one point behind it.
const KEY_AT: i32 = 4_096;
const ONE_AT: i32 = KEY_AT + KEY.len() as i32;

const IMPORTS: [(&str, &str, usize, bool); 5] = [
    ("seal0", "seal_return", 3, false),
    ("seal2", "set_storage", 4, true),
    ("seal0", "transfer", 4, true),
    ("seal0", "deposit_event", 4, false),
    ("seal1", "terminate", 1, false),
];
const RETURN: u32 = 0;
const SET_STORAGE: u32 = 1;
const TRANSFER: u32 = 2;
const DEPOSIT_EVENT: u32 = 3;
const TERMINATE: u32 = 4;

impl Conduct {
    fn answer(&self) -> &[u8] {
        match self {
            Self::Answer { bytes, .. } | Self::Meddle(bytes) => bytes,
            _ => &[],
        }
    }

    fn body(&self) -> Vec<Instruction<'static>> {
        let call = |function, arguments: &[i32]| {
            let arguments = arguments.iter().map(|argument| Instruction::I32Const(*argument));
            arguments.chain([Instruction::Call(function)]).collect::<Vec<_>>()
        };
        let give = |flags| call(RETURN, &[flags, 0, self.answer().len() as i32]);
        match self {
            Self::Answer { revert, .. } => give(i32::from(*revert)),
            Self::Trap => vec![Instruction::Unreachable],
            Self::Loop => vec![
                Instruction::Loop(BlockType::Empty),
                Instruction::Br(0),
                Instruction::End,
            ],
            Self::Meddle(_) => [
                call(SET_STORAGE, &[KEY_AT, 32, ONE_AT, 16]),
                vec![Instruction::Drop],
                call(TRANSFER, &[KEY_AT, 32, ONE_AT, 16]),
                vec![Instruction::Drop],
                call(DEPOSIT_EVENT, &[0, 0, KEY_AT, 32]),
                give(0),
            ]
            .concat(),
            Self::Terminate => call(TERMINATE, &[KEY_AT]),
        }
    }

    /// The module.
    pub fn code(&self) -> Vec<u8> {
        let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
        types.ty().function([], []);
        for (index, (module, name, parameters, returns)) in IMPORTS.into_iter().enumerate() {
            types
                .ty()
                .function(vec![I32; parameters], vec![I32; usize::from(returns)]);
            imports.import(module, name, EntityType::Function(index as u32 + 1));
        }
        let memory = MemoryType {
            minimum: 1,
            maximum: Some(16),
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        imports.import("env", "memory", memory);
        let (mut functions, mut exports, mut code) = (FunctionSection::new(), ExportSection::new(), CodeSection::new());
        for (index, (name, body)) in [("deploy", vec![]), ("call", self.body())].into_iter().enumerate() {
            functions.function(0);
            exports.export(name, ExportKind::Func, (IMPORTS.len() + index) as u32);
            let mut function = Function::new([]);
            for instruction in body.iter().chain([&Instruction::End]) {
                function.instruction(instruction);
            }
            code.function(&function);
        }
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0), self.answer().iter().copied());
        data.active(0, &ConstExpr::i32_const(KEY_AT), KEY);
        data.active(0, &ConstExpr::i32_const(ONE_AT), 1u128.to_le_bytes());
        let mut module = Module::new();
        module
            .section(&types)
            .section(&imports)
            .section(&functions)
            .section(&exports)
            .section(&code)
            .section(&data);
        module.finish()
    }
}
