//! `job new`: a project that builds, tests and passes `job check` untouched.

use super::{BUNDLE, Bundle, DeveloperError, MANIFEST, io};
use include_dir::{Dir, DirEntry, include_dir};
use irongate_policy::dataset::{Column, ColumnType, DatasetSpec, DomainValue};
use irongate_policy::{Currency, JobId};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The SDK's source: a scaffolded project needs no checkout of this one.
static SDK: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../guest-sdk");

/// The example's lock file: the versions the SDK is tested with. With it, the same source gives the same
/// bytes on every machine, and a build needs no network where cargo has these versions already.
static LOCK: &str = include_str!("../../../../examples/visits-by-education/Cargo.lock");
/// What the example is called in it.
const LOCKED_AS: &str = "visits-by-education";

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NewReport {
    /// The project's folder.
    pub(crate) project: PathBuf,
    /// The dataset its first question counts.
    pub(crate) dataset: String,
    /// Whether that dataset is a placeholder, for want of a bundle.
    pub(crate) placeholder: bool,
}

/// The first question: a count by one key.
struct Sample {
    scenario: String,
    dataset: String,
    key: String,
    kind: &'static str,
    rust: &'static str,
    /// The key's declared values, as the fixture writes them.
    domain: Vec<String>,
    /// Groups one unit contributes to: no more than it has rows, nor than there are groups.
    groups: u64,
    currency: &'static str,
    option: &'static str,
}

/// Makes the project `parent/name`. With a bundle, its first job counts the scenario's first
/// dataset by a key of declared domain; without one, it counts a placeholder that the README names.
///
/// # Errors
/// [`DeveloperError`]: the name, the folder, or the bundle. On an error nothing is left behind
/// but what the file system could not take back.
pub(crate) fn new(
    name: &str,
    parent: &Path,
    bundle: Option<&Path>,
) -> Result<NewReport, DeveloperError> {
    if !is_crate_name(name) {
        return Err(DeveloperError::Name(name.to_owned()));
    }
    let read = bundle.map(|path| Ok((Bundle::read(path)?, std::fs::read(path).map_err(io(path))?)));
    let read: Option<(Bundle, Vec<u8>)> = read.transpose()?;
    let sample = match &read {
        Some((bundle, _)) => {
            let (spec, key) = bundle.countable().ok_or(DeveloperError::NothingToCount)?;
            Sample::of(bundle.scenario().as_str(), spec, key)
        }
        None => Sample::placeholder(),
    };
    let project = parent.join(name);
    if project.exists() {
        return Err(DeveloperError::Exists(project));
    }
    // Made beside its place and moved there whole: a failure leaves no half project.
    let staging = tempfile::Builder::new()
        .prefix(".irongate-new-")
        .tempdir_in(parent)
        .map_err(io(parent))?;
    let root = staging.path().join(name);
    for (file, text) in sample.files(name) {
        write(&root.join(file), text.as_bytes())?;
    }
    if let Some((_, bytes)) = &read {
        write(&root.join(BUNDLE), bytes)?;
    }
    vendor(&SDK, &root.join("vendor").join("irongate-guest"))?;
    std::fs::rename(&root, &project).map_err(io(&project))?;
    Ok(NewReport {
        project,
        dataset: sample.dataset,
        placeholder: read.is_none(),
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), DeveloperError> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(io(parent))?;
    }
    std::fs::write(path, bytes).map_err(io(path))
}

fn vendor(dir: &Dir<'_>, to: &Path) -> Result<(), DeveloperError> {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => vendor(dir, to)?,
            DirEntry::File(file) => write(&to.join(file.path()), file.contents())?,
        }
    }
    Ok(())
}

/// Words that cargo or the compiler refuse as the name of a library.
const REFUSED: [&str; 44] = [
    "as",
    "async",
    "await",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "type",
    "unsafe",
    "use",
    "where",
    "while",
    "core",
    "std",
    "alloc",
    "proc-macro",
    "irongate-guest",
];

/// Whether `name` cannot name a library or a struct's field.
pub(super) fn is_refused(name: &str) -> bool {
    REFUSED.contains(&name)
}

fn is_crate_name(name: &str) -> bool {
    JobId::new(name).is_ok()
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !is_refused(name)
}

impl Sample {
    fn of(scenario: &str, spec: &DatasetSpec, key: &Column) -> Self {
        let (kind, rust) = match key.kind {
            ColumnType::Bool => ("bool", "bool"),
            ColumnType::Int64 => ("int64", "i64"),
            ColumnType::Decimal { .. } => ("decimal", "Decimal"),
            ColumnType::String => ("string", "String"),
            ColumnType::Date => ("date", "Date"),
            ColumnType::Timestamp => ("timestamp", "Timestamp"),
        };
        let domain: Vec<String> = key.domain.iter().flatten().map(shown).collect();
        let max_rows = spec
            .protected()
            .map_or(1, |protected| u64::from(protected.unit.max_rows));
        let (currency, option) = match spec.protected().map(|protected| protected.budget.currency) {
            Some(Currency::Epsilon) => ("epsilon", "epsilon"),
            _ => ("rho", "rho"),
        };
        Self {
            scenario: scenario.to_owned(),
            dataset: spec.name.to_string(),
            key: key.name.clone(),
            kind,
            rust,
            groups: max_rows.min(domain.len() as u64).max(1),
            domain,
            currency,
            option,
        }
    }

    fn placeholder() -> Self {
        Self {
            scenario: "my-scenario".into(),
            dataset: "my-dataset".into(),
            key: "year".into(),
            kind: "int64",
            rust: "i64",
            domain: vec!["2025".into(), "2026".into()],
            groups: 2,
            currency: "rho",
            option: "rho",
        }
    }

    /// The project's files but for the SDK and the bundle.
    fn files(&self, name: &str) -> Vec<(&'static str, String)> {
        let library = name.replace('-', "_");
        let rows = (self.domain.len() + 1).to_string();
        let groups = self.groups.to_string();
        let mut fixture = format!("{}:{},n:int64,n:half_width\n", self.key, self.kind);
        for (row, value) in self.domain.iter().enumerate() {
            let value = value.replace('"', "\"\"");
            fixture.push_str(&format!("\"{value}\",{},4.5\n", 100 + row));
        }
        let table = format!("\"{}\"", self.dataset);
        let fill = |template: &str| {
            [
                ("{{name}}", name),
                ("{{library}}", &library),
                ("{{scenario}}", &self.scenario),
                ("{{dataset}}", &self.dataset),
                ("{{table}}", &table),
                ("{{key}}", &self.key),
                ("{{kind}}", self.kind),
                ("{{rust}}", self.rust),
                ("{{rows}}", &rows),
                ("{{groups}}", &groups),
                ("{{currency}}", self.currency),
                ("{{option}}", self.option),
            ]
            .iter()
            .fold(template.to_owned(), |text, (from, to)| {
                text.replace(from, to)
            })
        };
        vec![
            ("Cargo.toml", fill(include_str!("template/Cargo.toml.txt"))),
            ("Cargo.lock", lock(name)),
            (MANIFEST, fill(include_str!("template/irongate.toml.txt"))),
            ("src/lib.rs", fill(include_str!("template/lib.rs.txt"))),
            (
                "tests/native.rs",
                fill(include_str!("template/native.rs.txt")),
            ),
            ("README.md", fill(include_str!("template/README.md.txt"))),
            (".gitignore", "target/\njob.wasm\n*.igj\n".to_owned()),
            ("fixtures/released.csv", fixture),
        ]
    }
}

/// The lock file with the project in the example's place, in cargo's order.
fn lock(name: &str) -> String {
    let renamed = LOCK.replace(
        &format!("name = \"{LOCKED_AS}\""),
        &format!("name = \"{name}\""),
    );
    let mut packages = renamed.trim_end().split("\n\n[[package]]\n");
    let head = packages.next().unwrap_or_default().to_owned();
    let mut packages: Vec<&str> = packages.collect();
    packages.sort_unstable_by_key(|package| package.lines().take(2).collect::<Vec<_>>());
    packages.iter().fold(head, |text, package| {
        format!("{text}\n\n[[package]]\n{package}")
    }) + "\n"
}

fn shown(value: &DomainValue) -> String {
    match value {
        DomainValue::Bool(value) => value.to_string(),
        DomainValue::Int(value) => value.to_string(),
        DomainValue::Text(value) => value.clone(),
    }
}
