//! Admission: what is known of a component's bytes before anything compiles them.

use ring::digest;
use wasmparser::component_types::{ComponentEntityType, ComponentFuncTypeId};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, CanonicalOption, Encoding, FunctionBody, Operator, Parser, Payload, TypeRef,
    Validator, WasmFeatures,
};

use crate::contract;

/// The world a component is admitted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// Asks questions and writes outputs; sees released tables only.
    Analyst,
    /// A function of one privacy unit's rows; imports nothing.
    Mapper,
}

impl World {
    /// The one export of its components.
    fn export(self) -> &'static str {
        match self {
            Self::Analyst => contract::RUN,
            Self::Mapper => contract::MAP,
        }
    }

    fn export_fits(self, types: TypesRef<'_>, func: ComponentFuncTypeId) -> bool {
        match self {
            Self::Analyst => contract::run_fits(types, func),
            Self::Mapper => contract::map_fits(types, func),
        }
    }

    /// What its components may import.
    fn imports(self) -> &'static [&'static str] {
        match self {
            Self::Analyst => &[contract::GATE, contract::TABLES],
            Self::Mapper => &[],
        }
    }
}

/// Bounds on a component's bytes. Each bounds work or memory of the compiler or the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdmissionLimits {
    /// Bytes of the whole component.
    pub component_bytes: usize,
    /// Core modules in it. A job, a shim and a fixup are three.
    pub modules: u64,
    /// Entries of every section that is a list: types, imports, aliases, instances, exports…
    pub entries: u64,
    /// Functions, over all modules.
    pub functions: u64,
    /// Bytes of one function's body: the compiler's work may be superlinear in it.
    pub body_bytes: usize,
    /// Locals of one function.
    pub locals: u64,
    /// Depth of nested blocks.
    pub nesting: u32,
    /// Data segments.
    pub data_segments: u64,
    /// Element segments, and entries over all of them by bytes they take.
    pub element_segments: u64,
    /// Initial linear memory, bytes, over all modules.
    pub memory_bytes: u64,
    /// Tables, and initial elements over all modules.
    pub tables: u64,
    /// Initial table elements, over all modules.
    pub table_elements: u64,
    /// Globals, over all modules.
    pub globals: u64,
}

impl Default for AdmissionLimits {
    fn default() -> Self {
        Self {
            component_bytes: 8 << 20,
            modules: 4,
            entries: 20_000,
            functions: 20_000,
            body_bytes: 256 << 10,
            locals: 4_096,
            nesting: 256,
            data_segments: 1_000,
            element_segments: 1_000,
            memory_bytes: 64 << 20,
            tables: 4,
            table_elements: 10_000,
            globals: 1_000,
        }
    }
}

/// Why bytes were not admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// A compiled artifact or another ELF file.
    #[error("this is a compiled artifact; submit the component itself")]
    Artifact,
    /// A core module.
    #[error("this is a core module; make it a component with `irongate job build`")]
    CoreModule,
    /// Not valid WebAssembly of the features that are on.
    #[error("not a valid component: {0}")]
    Invalid(String),
    /// A limit is exceeded.
    #[error("too much: {what} is limited to {limit}")]
    TooMuch {
        /// What is limited.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Something a job has no use for.
    #[error("{0} is not allowed in a job")]
    Forbidden(&'static str),
    /// An import that the world does not offer, by name and version.
    #[error("import `{0}` is not offered; a job may import {GATE} and {TABLES}, a mapper nothing", GATE = contract::GATE, TABLES = contract::TABLES)]
    Import(String),
    /// An import of another type than the world's.
    #[error("import `{0}` has another type than in the world; build with a matching SDK")]
    ImportType(String),
    /// The exports are not exactly the world's one.
    #[error(
        "a job exports exactly `run: func() -> result<_, string>`, a mapper `map: func(rows: list<u8>) -> list<f64>`"
    )]
    Exports,
}

impl AdmissionError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Artifact => "artifact",
            Self::CoreModule => "core-module",
            Self::Invalid(_) => "invalid",
            Self::TooMuch { .. } => "too-much",
            Self::Forbidden(_) => "forbidden",
            Self::Import(_) => "import",
            Self::ImportType(_) => "import-type",
            Self::Exports => "exports",
        }
    }
}

/// Bytes that passed admission. The only thing the compiler takes.
#[derive(Clone)]
pub struct Admitted {
    bytes: Vec<u8>,
    digest: [u8; 32],
    imports: Vec<String>,
}

impl Admitted {
    /// The component.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the component.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// What it imports, all of it within the world.
    pub fn imports(&self) -> &[String] {
        &self.imports
    }
}

/// What may be used. Off: threads, relaxed SIMD, GC, exceptions, 64-bit and multiple memories, tail
/// calls, component async, and whatever is not named.
fn features() -> WasmFeatures {
    WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SATURATING_FLOAT_TO_INT
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::REFERENCE_TYPES
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY
        | WasmFeatures::SIMD
        | WasmFeatures::FLOATS
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
}

/// Walks a component's bytes and says whether a job may be made of them. Compiles nothing.
///
/// # Errors
/// What stands against it; the first thing found.
pub fn admit(
    bytes: &[u8],
    world: World,
    limits: &AdmissionLimits,
) -> Result<Admitted, AdmissionError> {
    if bytes.starts_with(b"\x7fELF") {
        return Err(AdmissionError::Artifact);
    }
    at_most(
        "component bytes",
        bytes.len() as u64,
        limits.component_bytes as u64,
    )?;
    if Parser::is_core_wasm(bytes) {
        return Err(AdmissionError::CoreModule);
    }
    Walk::default().walk(bytes, limits)?;
    let types = Validator::new_with_features(features())
        .validate_all(bytes)
        .map_err(invalid)?;
    let types = types.as_ref();
    let (imports, exports) = names(bytes)?;
    for name in &imports {
        let ty = types.component_item_for_import(name).map(|item| item.ty);
        match ty {
            Some(ComponentEntityType::Instance(id)) if world.imports().contains(&name.as_str()) => {
                contract::import_fits(types, name, id).map_err(AdmissionError::ImportType)?;
            }
            _ => return Err(AdmissionError::Import(name.clone())),
        }
    }
    if exports != [world.export()] {
        return Err(AdmissionError::Exports);
    }
    match types
        .component_item_for_export(world.export())
        .map(|item| item.ty)
    {
        Some(ComponentEntityType::Func(id)) if world.export_fits(types, id) => {}
        _ => return Err(AdmissionError::Exports),
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    Ok(Admitted {
        bytes: bytes.to_vec(),
        digest,
        imports,
    })
}

pub(crate) fn invalid(error: wasmparser::BinaryReaderError) -> AdmissionError {
    AdmissionError::Invalid(format!("{} at byte {}", error.message(), error.offset()))
}

fn at_most(what: &'static str, value: u64, limit: u64) -> Result<(), AdmissionError> {
    if value > limit {
        Err(AdmissionError::TooMuch { what, limit })
    } else {
        Ok(())
    }
}

fn names(bytes: &[u8]) -> Result<(Vec<String>, Vec<String>), AdmissionError> {
    let (mut imports, mut exports, mut depth) = (Vec::new(), Vec::new(), 0u32);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(invalid)? {
            Payload::ModuleSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(s) if depth == 0 => {
                for import in s {
                    imports.push(import.map_err(invalid)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(s) if depth == 0 => {
                for export in s {
                    exports.push(export.map_err(invalid)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((imports, exports))
}

/// Running totals over all modules of a component.
#[derive(Default)]
struct Walk {
    modules: u64,
    entries: u64,
    functions: u64,
    data_segments: u64,
    element_segments: u64,
    memory_bytes: u64,
    memories: u64,
    tables: u64,
    table_elements: u64,
    globals: u64,
}

fn add(what: &'static str, total: &mut u64, more: u64, limit: u64) -> Result<(), AdmissionError> {
    *total = total.saturating_add(more);
    at_most(what, *total, limit)
}

impl Walk {
    fn walk(&mut self, bytes: &[u8], limits: &AdmissionLimits) -> Result<(), AdmissionError> {
        use AdmissionError::Forbidden;
        for payload in Parser::new(0).parse_all(bytes) {
            let entries = match payload.map_err(invalid)? {
                Payload::Version {
                    encoding: Encoding::Module | Encoding::Component,
                    ..
                } => 0,
                Payload::ModuleSection { .. } => {
                    add("core modules", &mut self.modules, 1, limits.modules)?;
                    0
                }
                Payload::ComponentSection { .. } => return Err(Forbidden("a nested component")),
                Payload::ComponentStartSection { .. } => {
                    return Err(Forbidden("a component start function"));
                }
                Payload::TagSection(_) => return Err(Forbidden("an exception tag")),
                Payload::UnknownSection { .. } => return Err(Forbidden("an unknown section")),
                Payload::FunctionSection(s) => {
                    add(
                        "functions",
                        &mut self.functions,
                        s.count().into(),
                        limits.functions,
                    )?;
                    0
                }
                Payload::MemorySection(s) => {
                    for memory in s {
                        let memory = memory.map_err(invalid)?;
                        add("memories", &mut self.memories, 1, 1)?;
                        let bytes = memory.initial.saturating_mul(65_536);
                        add(
                            "initial memory",
                            &mut self.memory_bytes,
                            bytes,
                            limits.memory_bytes,
                        )?;
                    }
                    0
                }
                Payload::TableSection(s) => {
                    for table in s {
                        let table = table.map_err(invalid)?;
                        add("tables", &mut self.tables, 1, limits.tables)?;
                        let n = table.ty.initial;
                        add(
                            "table elements",
                            &mut self.table_elements,
                            n,
                            limits.table_elements,
                        )?;
                    }
                    0
                }
                Payload::GlobalSection(s) => {
                    add(
                        "globals",
                        &mut self.globals,
                        s.count().into(),
                        limits.globals,
                    )?;
                    0
                }
                Payload::DataSection(s) => {
                    let n = s.count().into();
                    add(
                        "data segments",
                        &mut self.data_segments,
                        n,
                        limits.data_segments,
                    )?;
                    0
                }
                Payload::ElementSection(s) => {
                    let n = s.count().into();
                    add(
                        "element segments",
                        &mut self.element_segments,
                        n,
                        limits.element_segments,
                    )?;
                    0
                }
                Payload::CodeSectionEntry(body) => {
                    check_body(&body, limits)?;
                    0
                }
                Payload::ImportSection(s) => {
                    let count = s.count();
                    for import in s.into_imports() {
                        match import.map_err(invalid)?.ty {
                            TypeRef::Tag(_) => return Err(Forbidden("an exception tag")),
                            TypeRef::Func(_)
                            | TypeRef::FuncExact(_)
                            | TypeRef::Table(_)
                            | TypeRef::Memory(_)
                            | TypeRef::Global(_) => {}
                        }
                    }
                    count
                }
                Payload::ComponentCanonicalSection(s) => {
                    let count = s.count();
                    for canon in s {
                        check_canon(&canon.map_err(invalid)?)?;
                    }
                    count
                }
                Payload::TypeSection(s) => s.count(),
                Payload::ExportSection(s) => s.count(),
                Payload::InstanceSection(s) => s.count(),
                Payload::CoreTypeSection(s) => s.count(),
                Payload::ComponentInstanceSection(s) => s.count(),
                Payload::ComponentAliasSection(s) => s.count(),
                Payload::ComponentTypeSection(s) => s.count(),
                Payload::ComponentImportSection(s) => s.count(),
                Payload::ComponentExportSection(s) => s.count(),
                // A core start function runs under fuel like any other code.
                Payload::StartSection { .. }
                | Payload::DataCountSection { .. }
                | Payload::CodeSectionStart { .. }
                | Payload::CustomSection(_)
                | Payload::End(_) => 0,
                _ => return Err(Forbidden("an unknown section")),
            };
            add(
                "section entries",
                &mut self.entries,
                entries.into(),
                limits.entries,
            )?;
        }
        Ok(())
    }
}

/// Only plain lifting and lowering with UTF-8: other encodings would make the host allocate, and
/// every other built-in is for resources or concurrency.
fn check_canon(canon: &CanonicalFunction) -> Result<(), AdmissionError> {
    let (CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. }) =
        canon
    else {
        return Err(AdmissionError::Forbidden("a component built-in"));
    };
    for option in options {
        match option {
            CanonicalOption::UTF8
            | CanonicalOption::Memory(_)
            | CanonicalOption::Realloc(_)
            | CanonicalOption::PostReturn(_) => {}
            _ => return Err(AdmissionError::Forbidden("this canonical option")),
        }
    }
    Ok(())
}

fn check_body(body: &FunctionBody<'_>, limits: &AdmissionLimits) -> Result<(), AdmissionError> {
    at_most(
        "function bytes",
        body.range().len() as u64,
        limits.body_bytes as u64,
    )?;
    let mut locals = 0u64;
    for group in body.get_locals_reader().map_err(invalid)? {
        let (count, _) = group.map_err(invalid)?;
        add(
            "locals of a function",
            &mut locals,
            count.into(),
            limits.locals,
        )?;
    }
    let mut depth = 0u32;
    for operator in body.get_operators_reader().map_err(invalid)? {
        match operator.map_err(invalid)? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                depth = depth.saturating_add(1);
                at_most("nested blocks", depth.into(), limits.nesting.into())?;
            }
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}
