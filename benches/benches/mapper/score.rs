//! What is measured: a score of a person from 20 rows of 4 columns, as the example `health-risk` writes it, in the
//! sandbox and natively; and persons to compute it for.

use arrow::array::{Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use irongate_benches::{Outcome, Stored};
use irongate_engine::{MapUnit, Mapped, Stopped};
use irongate_guest::testing::lay_out;
use irongate_guest::{Column, Table, Values, outputs};
use irongate_policy::NamespaceKey;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::mapper::Mapper as Declared;
use irongate_sandbox::{
    AdmissionLimits, ArtifactCache, Compiler, Mapper, MapperEngine, MapperLimits, World, admit,
};
use parquet::arrow::ArrowWriter;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The word that makes this executable the compile worker.
pub(crate) const WORKER: &str = "compile-worker";
/// Rows of a person.
const ROWS: i64 = 20;
/// Fuel of a call, as the example declares it.
const FUEL: u64 = 50_000;

/// The example's project.
fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/health-risk")
}

/// The component, which `irongate job build` makes.
pub(crate) fn component() -> Outcome<Vec<u8>> {
    let path = project().join("risk.wasm");
    std::fs::read(&path).map_err(|error| {
        let build = "irongate job build examples/health-risk";
        format!("{}: {error}; build it first: {build}", path.display()).into()
    })
}

/// What the example declares.
pub(crate) fn declared() -> Outcome<Declared> {
    let text = std::fs::read_to_string(project().join("irongate.toml"))?;
    let mut manifest = irongate_policy::manifest::JobManifest::parse(&text)?;
    let mut declared = manifest.mappers.remove("risk").ok_or("no mapper `risk`")?;
    declared.max_rows = u32::try_from(ROWS)?;
    declared.input = "SELECT year, age, docvis, hospvis FROM years".into();
    Ok(declared)
}

/// A sandbox for mappers, with an empty cache.
pub(crate) struct Sandbox {
    pub(crate) engine: MapperEngine,
    pub(crate) cache: ArtifactCache,
    pub(crate) compiler: Compiler,
    _folder: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new(at_once: NonZeroUsize) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        Ok(Self {
            engine: MapperEngine::new(at_once)?,
            cache: ArtifactCache::new(folder.path(), &[3; 32]),
            compiler: Compiler::new(std::env::current_exe()?, [WORKER.to_owned()]),
            _folder: folder,
        })
    }

    pub(crate) fn mapper(&self, component: &[u8]) -> Outcome<Mapper> {
        let admitted = admit(component, World::Mapper, &AdmissionLimits::default())?;
        let limits = MapperLimits {
            fuel: FUEL,
            ..MapperLimits::default()
        };
        Ok(self
            .engine
            .mapper(&self.cache, &self.compiler, &admitted, limits)?)
    }
}

/// The mapper as the engine calls it.
pub(crate) struct Sandboxed(pub(crate) Mapper);

impl MapUnit for Sandboxed {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        match self.0.map(rows, outputs) {
            Ok(irongate_sandbox::Mapped::Values) => Ok(Mapped::Numbers),
            Ok(irongate_sandbox::Mapped::Default(code)) => Err(Stopped(code.as_str().into())),
            Err(aborted) => Err(Stopped(aborted.to_string())),
        }
    }
}

/// The same function without a sandbox.
pub(crate) struct Native;

impl MapUnit for Native {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        let numbers = outputs::of(rows, risk::map);
        outputs.copy_from_slice(&numbers);
        Ok(Mapped::Numbers)
    }
}

/// The value of a column in one row of a person: spread, and the same in every run.
fn value(person: i64, row: i64, below: i64) -> i64 {
    let mixed = (person.wrapping_mul(31) + row).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64);
    (mixed >> 17).rem_euclid(below)
}

fn columns(persons: std::ops::Range<i64>) -> [(&'static str, Vec<i64>); 5] {
    let each = |of: &dyn Fn(i64, i64) -> i64| {
        let rows = persons.clone().flat_map(|p| (0..ROWS).map(move |r| (p, r)));
        rows.map(|(person, row)| of(person, row)).collect()
    };
    [
        ("id", each(&|person, _| person)),
        ("year", each(&|_, row| 1984 + row)),
        ("age", each(&|person, row| 20 + person % 50 + row)),
        ("docvis", each(&|person, row| value(person, row, 40))),
        ("hospvis", each(&|person, row| value(person, row + 77, 9))),
    ]
}

/// One person's rows as they are laid out.
pub(crate) fn rows(person: i64) -> Outcome<Vec<u8>> {
    let [_, columns @ ..] = columns(person..person + 1);
    let columns = columns.map(|(name, values)| Column::new(name, Values::Int64s(values)));
    Ok(lay_out::<risk::Year>(&Table::new(columns.into())?)?)
}

const SPEC: &str = r#"
format = 1
name = "years"
title = { zh = "年度记录（生成）", en = "years (generated)" }
provider = "health-bureau"
regulator = "health-commission"
source_element = "generated-years"
legal_basis = "generated"
update_frequency = "none"
grade = "General2"
[source]
format = "parquet"
[unit]
namespace = "patient"
columns = ["id"]
max_rows = 20
[budget]
currency = "rho"
cap = "1000.0"
delta = "1e-6"
[public]
units_at_most = 10000000
size_class = "large"
[columns]
id = { type = "int64", role = "unit" }
year = { type = "int64", role = "attribute", bounds = ["1984", "2003"], null = "drop" }
age = { type = "int64", role = "attribute", bounds = ["0", "120"] }
docvis = { type = "int64", role = "measure", bounds = ["0", "60"] }
hospvis = { type = "int64", role = "measure", bounds = ["0", "60"] }
"#;

/// So many persons, ingested into a folder.
pub(crate) fn stored(persons: i64, folder: &Path) -> Outcome<Stored> {
    let file = folder.join("years.parquet");
    let field = |name: &&str| Field::new(*name, DataType::Int64, false);
    let names = ["id", "year", "age", "docvis", "hospvis"];
    let schema = Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>()));
    let mut writer = ArrowWriter::try_new(File::create(&file)?, Arc::clone(&schema), None)?;
    for from in (0..persons).step_by(10_000) {
        let columns = columns(from..persons.min(from + 10_000));
        let columns = columns.map(|(_, values)| Arc::new(Int64Array::from(values)) as _);
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns.into())?)?;
    }
    writer.close()?;
    let spec = DatasetSpec::from_toml(SPEC).map_err(|problems| format!("{problems:?}"))?;
    let mut stored = Stored::new(NamespaceKey::new([7; 32]));
    stored.ingest(folder, &file, spec)?;
    std::fs::remove_file(&file)?;
    Ok(stored)
}
