//! Takes from a linked module what a chain does not want: all exports but the two entry points, custom sections, memory
//! without end, and zeros that fresh memory holds anyway.

use anyhow::{bail, ensure, Context, Result};
use wasm_encoder::{
    ConstExpr, DataSection, EntityType, ExportKind, ExportSection, ImportSection, MemoryType, Module, RawSection,
};
use wasmparser::{
    DataKind, DataSectionReader, ExportSectionReader, ExternalKind, ImportSectionReader, Operator, Parser, Payload,
    TypeRef, Validator, WasmFeatures,
};

/// What a contract is entered by.
const ENTRY_POINTS: [&str; 2] = ["call", "deploy"];
/// The most memory that the chain gives a contract, in pages of 64 KiB.
const MAX_PAGES: u64 = 16;
/// What the chain's interpreter takes: the first version of Wasm without floating point, whose results may differ between
/// machines, with sign extension.
const FEATURES: WasmFeatures = WasmFeatures::GC_TYPES.union(WasmFeatures::SIGN_EXTENSION);

/// The module as it is uploaded. Fails for what the chain would refuse.
pub fn trim(module: &[u8]) -> Result<Vec<u8>> {
    let mut trimmed = Module::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match payload {
            Payload::CustomSection(_) => {}
            Payload::ImportSection(imports) => {
                trimmed.section(&limit_memory(imports)?);
            }
            Payload::ExportSection(exports) => {
                trimmed.section(&entry_points(exports)?);
            }
            Payload::DataSection(data) => {
                trimmed.section(&without_zeros(data)?);
            }
            Payload::DataCountSection { .. } => {
                bail!("the module copies memory in bulk, which the chain does not know")
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    let data = module.get(range).context("a section ends beyond the module")?;
                    trimmed.section(&RawSection { id, data });
                }
            }
        }
    }
    let trimmed = trimmed.finish();
    Validator::new_with_features(FEATURES)
        .validate_all(&trimmed)
        .context("the chain's interpreter would refuse the module")?;
    Ok(trimmed)
}

fn limit_memory(imports: ImportSectionReader) -> Result<ImportSection> {
    let mut section = ImportSection::new();
    let mut memories = 0;
    for import in imports {
        let import = import?;
        let ty = match import.ty {
            TypeRef::Func(index) => EntityType::Function(index),
            TypeRef::Memory(memory) => {
                ensure!(
                    memory.initial <= MAX_PAGES,
                    "the module begins with {} pages of memory; the chain gives {MAX_PAGES}",
                    memory.initial
                );
                memories += 1;
                EntityType::Memory(MemoryType {
                    minimum: memory.initial,
                    maximum: Some(memory.maximum.map_or(MAX_PAGES, |maximum| maximum.min(MAX_PAGES))),
                    memory64: false,
                    shared: false,
                    page_size_log2: None,
                })
            }
            other => bail!(
                "{}.{} is {other:?}: the chain gives functions and memory only",
                import.module,
                import.name
            ),
        };
        section.import(import.module, import.name, ty);
    }
    ensure!(
        memories == 1,
        "the module must import its memory: link it with --import-memory"
    );
    Ok(section)
}

fn entry_points(exports: ExportSectionReader) -> Result<ExportSection> {
    let mut section = ExportSection::new();
    for export in exports {
        let export = export?;
        if export.kind == ExternalKind::Func && ENTRY_POINTS.contains(&export.name) {
            section.export(export.name, ExportKind::Func, export.index);
        }
    }
    ensure!(
        section.len() == 2,
        "the module exports {} of the two functions `call` and `deploy`",
        section.len()
    );
    Ok(section)
}

/// The memory is imported, so the linker cannot know that it is zero; the pallet makes a fresh one for each call.
fn without_zeros(data: DataSectionReader) -> Result<DataSection> {
    let mut section = DataSection::new();
    for segment in data {
        let segment = segment?;
        let DataKind::Active {
            memory_index: 0,
            offset_expr,
        } = segment.kind
        else {
            bail!("a data segment is not put into memory at the start");
        };
        let Operator::I32Const { value: offset } = offset_expr.get_operators_reader().read()? else {
            bail!("a data segment's place is not a constant");
        };
        let Some(first) = segment.data.iter().position(|byte| *byte != 0) else {
            continue;
        };
        let last = segment.data.iter().rposition(|byte| *byte != 0).unwrap_or(first);
        let offset = offset
            .checked_add(i32::try_from(first)?)
            .context("a data segment lies beyond the memory")?;
        section.active(
            0,
            &ConstExpr::i32_const(offset),
            segment.data[first..=last].iter().copied(),
        );
    }
    Ok(section)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{CodeSection, CustomSection, Function, FunctionSection, Instruction, TypeSection, ValType};

    struct Sample {
        exports: Vec<&'static str>,
        maximum: Option<u64>,
        minimum: u64,
        data: Vec<(i32, Vec<u8>)>,
        body: Vec<Instruction<'static>>,
    }

    impl Default for Sample {
        fn default() -> Self {
            Self {
                exports: vec!["helper", "call", "deploy"],
                maximum: None,
                minimum: 2,
                data: vec![],
                body: vec![],
            }
        }
    }

    impl Sample {
        fn module(&self) -> Vec<u8> {
            let mut module = Module::new();
            let mut types = TypeSection::new();
            types.ty().function([], []);
            module.section(&types);
            let mut imports = ImportSection::new();
            let memory = MemoryType {
                minimum: self.minimum,
                maximum: self.maximum,
                memory64: false,
                shared: false,
                page_size_log2: None,
            };
            imports.import("env", "memory", memory);
            module.section(&imports);
            let mut functions = FunctionSection::new();
            functions.function(0);
            module.section(&functions);
            let mut exports = ExportSection::new();
            for name in &self.exports {
                exports.export(name, ExportKind::Func, 0);
            }
            exports.export("memory", ExportKind::Memory, 0);
            module.section(&exports);
            let mut code = CodeSection::new();
            let mut function = Function::new([(1, ValType::I32)]);
            for instruction in &self.body {
                function.instruction(instruction);
            }
            function.instruction(&Instruction::End);
            code.function(&function);
            module.section(&code);
            let mut data = DataSection::new();
            for (offset, bytes) in &self.data {
                data.active(0, &ConstExpr::i32_const(*offset), bytes.iter().copied());
            }
            module.section(&data);
            module.section(&CustomSection {
                name: "name".into(),
                data: (&[1, 2, 3]).into(),
            });
            module.finish()
        }

        fn refusal(&self) -> String {
            format!("{:#}", trim(&self.module()).expect_err("refused"))
        }
    }

    fn payloads(module: &[u8]) -> Vec<Payload<'_>> {
        Parser::new(0)
            .parse_all(module)
            .map(|payload| payload.expect("valid"))
            .collect()
    }

    #[test]
    fn entry_points_and_limited_memory_remain() {
        let trimmed = trim(&Sample::default().module()).expect("a contract");
        for payload in payloads(&trimmed) {
            match payload {
                Payload::ExportSection(exports) => {
                    let names: Vec<_> = exports.into_iter().map(|export| export.expect("valid").name).collect();
                    assert_eq!(names, ["call", "deploy"]);
                }
                Payload::ImportSection(imports) => {
                    let import = imports.into_iter().next().expect("one").expect("valid");
                    let TypeRef::Memory(memory) = import.ty else {
                        panic!("{import:?}")
                    };
                    assert_eq!((memory.initial, memory.maximum), (2, Some(MAX_PAGES)));
                }
                Payload::CustomSection(section) => panic!("{} is left", section.name()),
                _ => {}
            }
        }
        // Nothing is left to be done.
        assert_eq!(trim(&trimmed).expect("a contract"), trimmed);
    }

    #[test]
    fn zeros_at_the_ends_of_segments_go() {
        let sample = Sample {
            data: vec![(8, vec![0, 0, 5, 0, 6, 0]), (100, vec![0; 50]), (200, vec![1])],
            ..Sample::default()
        };
        let trimmed = trim(&sample.module()).expect("a contract");
        let segments: Vec<_> = payloads(&trimmed)
            .into_iter()
            .find_map(|payload| match payload {
                Payload::DataSection(data) => Some(data),
                _ => None,
            })
            .expect("data")
            .into_iter()
            .map(|segment| {
                let segment = segment.expect("valid");
                let DataKind::Active { offset_expr, .. } = segment.kind else {
                    panic!("passive")
                };
                let Ok(Operator::I32Const { value }) = offset_expr.get_operators_reader().read() else {
                    panic!("no constant")
                };
                (value, segment.data.to_vec())
            })
            .collect();
        assert_eq!(segments, [(10, vec![5, 0, 6]), (200, vec![1])]);
    }

    #[test]
    fn what_the_chain_would_refuse_is_refused_here() {
        let without_deploy = Sample {
            exports: vec!["call"],
            ..Sample::default()
        };
        assert!(
            without_deploy.refusal().contains("1 of the two"),
            "{}",
            without_deploy.refusal()
        );
        let large = Sample {
            minimum: MAX_PAGES + 1,
            ..Sample::default()
        };
        assert!(large.refusal().contains("17 pages"), "{}", large.refusal());
        let floating = Sample {
            body: vec![Instruction::F64Const(1.0.into()), Instruction::Drop],
            ..Sample::default()
        };
        assert!(floating.refusal().contains("floating"), "{}", floating.refusal());
        assert!(trim(b"junk").is_err());
    }
}
