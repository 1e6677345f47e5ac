//! Mappers as a manifest declares them: code over the raw rows of one unit, whose outputs SQL reads as a table.
//!
//! What bounds a mapper's outputs is declared here, before it runs: so whatever it gives, a unit's part in a release
//! is within the declared bounds.

use crate::Decimal;
use crate::dataset::{Bounds, MAX_STRING_BYTES};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most mappers of a job.
pub const MAX_MAPPERS: usize = 16;
/// The most blocks.
pub const MAX_BLOCKS: u32 = 4_096;
/// The most outputs of a mapper.
pub const MAX_OUTPUTS: usize = 64;
/// The most keys of a category.
pub const MAX_KEYS: usize = 1_000;
/// The most rows of one unit that a mapper sees.
pub const MAX_ROWS: u32 = 65_536;
/// The most digits after the point of a number: those of a double beside the largest bounds.
pub const MAX_OUTPUT_SCALE: u8 = 9;
/// The longest input query, bytes.
pub const MAX_INPUT_BYTES: usize = 16 << 10;
/// Bounds as counts of the resolution: doubles are exact up to here.
const MAX_COUNT: i128 = 1 << 53;

/// The most fuel of one call: seconds, at the slowest that fuel may be used up. A call must end before the sandbox's
/// wall-clock backstop, which would fail the whole for one person's rows: at the slowest it takes ten seconds.
pub const MAX_FUEL: u64 = 500_000_000;
/// Names that the engine makes begin so.
pub const RESERVED: &str = "__irongate_";
/// What a call may use where the manifest does not say: a pass over a few hundred rows.
const DEFAULT_FUEL: u64 = 100_000;

/// Four pages: rows, and what a pass over them allocates.
const DEFAULT_MEMORY_KIB: u32 = 256;
/// The most linear memory of a call, KiB: what the sandbox sets aside.
pub const MAX_MEMORY_KIB: u32 = 16 << 10;

fn default_memory() -> u32 {
    DEFAULT_MEMORY_KIB
}

fn default_fuel() -> u64 {
    DEFAULT_FUEL
}

/// A mapper: `[mappers.NAME]`, where `NAME` is the table that SQL reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapper {
    /// The component's path in the package.
    pub component: String,
    /// What it sees of a unit: a query that gives rows of one unit, as SQL below a release.
    pub input: String,
    /// The most rows it sees, of a unit or of a block; of more, these are chosen by keyed hash.
    pub max_rows: u32,
    /// If it sees many units at once: into how many blocks the units are divided. Each unit is in one of them, and the
    /// table has a row for each block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u32>,
    /// The most fuel of a call. All calls may use as much: a job's deadline is held against that.
    #[serde(default = "default_fuel")]
    pub fuel: u64,
    /// The most linear memory of a call, KiB. What is beyond 64 is slower to set back, and planned for.
    #[serde(default = "default_memory")]
    pub memory_kib: u32,
    /// What it gives for each unit or block, in the order of the numbers it returns.
    pub outputs: Vec<MapperOutput>,
}

/// One number that a mapper gives, as a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct MapperOutput {
    /// The column's name.
    pub name: String,
    /// What it holds.
    pub value: OutputValue,
}

/// What the column of an output holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputValue {
    /// The number: clamped to the bounds, rounded to the resolution.
    Number {
        /// Public bounds.
        bounds: Bounds,
        /// Digits after the point.
        scale: u8,
        /// What stands for a mapper that gave no number, at that scale.
        default: Decimal,
    },
    /// The key of which the number is the index, from 0. Of any other number the unit has no row.
    Category {
        /// The keys.
        keys: Vec<String>,
        /// The key that stands for a mapper that gave no number; without one, the unit has no row.
        default: Option<String>,
    },
}

/// An output as the manifest writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bounds: Option<[Decimal; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resolution: Option<Decimal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

/// An output that is neither a number nor a category, or not a whole one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("output `{name}`: {problem}")]
pub struct OutputError {
    name: String,
    problem: &'static str,
}

impl TryFrom<Written> for MapperOutput {
    type Error = OutputError;

    fn try_from(written: Written) -> Result<Self, OutputError> {
        let name = written.name;
        let wrong = |problem| OutputError {
            name: name.clone(),
            problem,
        };
        let value = match (
            written.bounds,
            written.resolution,
            written.keys,
            written.default,
        ) {
            (Some([lo, hi]), Some(resolution), None, Some(default)) => {
                let bounds = Bounds { lo, hi };
                let scale = resolution
                    .power_of_ten_scale()
                    .filter(|scale| *scale <= MAX_OUTPUT_SCALE)
                    .ok_or_else(|| {
                        wrong("`resolution` must be 1, 0.1, 0.01 or so on, of at most nine digits after the point")
                    })?;
                let default = default
                    .parse()
                    .map_err(|_| wrong("`default` must be a number in quotes"))?;
                OutputValue::Number {
                    bounds,
                    scale,
                    default,
                }
            }
            (None, None, Some(keys), default) => OutputValue::Category { keys, default },
            _ => {
                return Err(wrong(
                    "give `bounds`, `resolution` and `default` of a number, or `keys` of a category",
                ));
            }
        };
        Ok(Self { name, value })
    }
}

impl From<MapperOutput> for Written {
    fn from(output: MapperOutput) -> Self {
        let name = output.name;
        match output.value {
            OutputValue::Number {
                bounds,
                scale,
                default,
            } => Self {
                name,
                bounds: Some([bounds.lo, bounds.hi]),
                resolution: Decimal::new(1, scale).ok(),
                keys: None,
                default: Some(default.to_string()),
            },
            OutputValue::Category { keys, default } => Self {
                name,
                bounds: None,
                resolution: None,
                keys: Some(keys),
                default,
            },
        }
    }
}

impl MapperOutput {
    /// The bounds and the default of a number, as counts of its resolution; `None` if a bound or the default is
    /// finer than that, the default is beyond the bounds, or it is a category.
    pub fn counts(&self) -> Option<(i64, i64, i64)> {
        let OutputValue::Number {
            bounds,
            scale,
            default,
        } = &self.value
        else {
            return None;
        };
        let count = |of: Decimal| {
            let count = of.at_scale(*scale)?;
            let fits = (-MAX_COUNT..=MAX_COUNT).contains(&count);
            fits.then_some(count)
                .and_then(|count| i64::try_from(count).ok())
        };
        let (lo, hi, default) = (count(bounds.lo)?, count(bounds.hi)?, count(*default)?);
        (lo <= default && default <= hi).then_some((lo, hi, default))
    }

    fn problem(&self) -> Option<&'static str> {
        match &self.value {
            OutputValue::Number { .. } => self.counts().is_none().then_some(
                "bounds and default must be multiples of the resolution, the default within the bounds, and no bound \
                 over 2^53 times the resolution",
            ),
            OutputValue::Category { keys, default } => {
                let each: BTreeSet<_> = keys.iter().collect();
                let are_keys = (1..=MAX_KEYS).contains(&keys.len())
                    && each.len() == keys.len()
                    && keys.iter().all(|key| key.len() <= MAX_STRING_BYTES);
                let has_default = default.as_ref().is_none_or(|key| each.contains(key));
                (!are_keys || !has_default).then_some(
                    "a category has 1 to 1000 keys, each once, of which the default is one",
                )
            }
        }
    }
}

/// Whether a name is one that only the engine may make.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.starts_with(RESERVED)
}

impl Mapper {
    /// Everything wrong with it that needs no catalog to see.
    pub(crate) fn problems(&self, is_name: impl Fn(&str) -> bool) -> Vec<String> {
        let mut problems = Vec::new();
        let mut want = |ok: bool, text: String| {
            if !ok {
                problems.push(text);
            }
        };
        want(
            (1..=MAX_ROWS).contains(&self.max_rows),
            format!("`max_rows` must be 1 to {MAX_ROWS}"),
        );
        want(
            (1..=MAX_FUEL).contains(&self.fuel),
            format!("`fuel` must be 1 to {MAX_FUEL}"),
        );
        want(
            (64..=MAX_MEMORY_KIB).contains(&self.memory_kib),
            format!("`memory_kib` must be 64 to {MAX_MEMORY_KIB}"),
        );
        want(
            (1..=MAX_INPUT_BYTES).contains(&self.input.len()),
            format!("`input` must be a query of at most {MAX_INPUT_BYTES} bytes"),
        );
        want(
            (1..=MAX_OUTPUTS).contains(&self.outputs.len()),
            format!("there must be 1 to {MAX_OUTPUTS} outputs"),
        );
        want(
            self.blocks
                .is_none_or(|blocks| (2..=MAX_BLOCKS).contains(&blocks)),
            format!("`blocks` must be 2 to {MAX_BLOCKS}"),
        );
        let is_number = |output: &MapperOutput| matches!(output.value, OutputValue::Number { .. });
        want(
            self.blocks.is_none() || self.outputs.iter().all(is_number),
            "a block gives numbers alone: how many blocks have a category would be private".into(),
        );
        let mut names = BTreeSet::new();
        for output in &self.outputs {
            want(
                is_name(&output.name) && !is_reserved(&output.name) && names.insert(&output.name),
                format!("output `{}` has no fit name, or stands twice", output.name),
            );
            if let Some(problem) = output.problem() {
                want(false, format!("output `{}`: {problem}", output.name));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::JobManifest;
    use rstest::rstest;

    const MANIFEST: &str = r#"
format = 1
reads = [{ dataset = "clinic", columns = ["year", "visits"] }]
budget = { currency = "rho", cap = "0.1", delta = "0" }
limits = { fuel = 1_000_000_000, memory_mib = 64, queries = 4, returned_mib = 8 }
[job]
name = "visits"
version = "0.1.0"
kind = "analyst"
scenario = "care"
component = "job.wasm"
purpose = { zh = "统计", en = "statistics" }
deadline = "60s"
[mappers.risk]
component = "risk.wasm"
input = "SELECT year, visits FROM clinic"
max_rows = 20
outputs = [
  { name = "score", bounds = ["-1", "99.5"], resolution = "0.1", default = "0" },
  { name = "level", keys = ["low", "high"], default = "low" },
  { name = "kind", keys = ["a", "b"] },
]
[[outputs]]
name = "visits"
max_rows = 20
required = true
columns = [{ name = "year", type = "int64", null = false }]
"#;

    #[test]
    fn a_mapper_is_read_and_written_alike() {
        let manifest = JobManifest::parse(MANIFEST).unwrap();
        let mapper = &manifest.mappers["risk"];
        assert_eq!(mapper.fuel, super::DEFAULT_FUEL);
        assert_eq!(mapper.outputs[0].counts(), Some((-10, 995, 0)));
        assert_eq!(mapper.outputs[1].counts(), None);
        let json = serde_json::to_string(&manifest).unwrap();
        assert_eq!(
            serde_json::from_str::<JobManifest>(&json).unwrap(),
            manifest
        );
    }

    #[test]
    fn without_mappers_a_manifest_is_signed_as_it_was() {
        let mut manifest = JobManifest::parse(MANIFEST).unwrap();
        manifest.mappers.clear();
        assert!(
            !serde_json::to_string(&manifest)
                .unwrap()
                .contains("mappers")
        );
    }

    #[rstest]
    #[case::no_rows("max_rows = 20", "max_rows = 0", "`max_rows` must be")]
    #[case::many_rows("max_rows = 20", "max_rows = 65537", "`max_rows` must be")]
    #[case::no_fuel("max_rows = 20", "max_rows = 20\nfuel = 0", "`fuel` must be")]
    #[case::one_block("max_rows = 20", "max_rows = 20\nblocks = 1", "`blocks` must be")]
    #[case::block_of_keys("max_rows = 20", "max_rows = 20\nblocks = 9", "gives numbers alone")]
    #[case::much_fuel("max_rows = 20", "max_rows = 20\nfuel = 500000001", "`fuel` must be")]
    #[case::reserved_output(r#"name = "kind""#, r#"name = "__irongate_unit_1""#, "no fit name")]
    #[case::reserved_mapper("mappers.risk", "mappers.__irongate_x", "not a name for a table")]
    #[case::little_memory(
        "max_rows = 20",
        "max_rows = 20\nmemory_kib = 63",
        "`memory_kib` must be"
    )]
    #[case::much_memory(
        "max_rows = 20",
        "max_rows = 20\nmemory_kib = 16385",
        "`memory_kib` must be"
    )]
    #[case::no_input("SELECT year, visits FROM clinic", "", "`input` must be")]
    #[case::shared_component("risk.wasm", "job.wasm", "of no other component")]
    #[case::path("risk.wasm", "../risk.wasm", "relative path")]
    #[case::named_as_a_dataset("mappers.risk", "mappers.clinic", "is a dataset's")]
    #[case::no_name("mappers.risk", "mappers.Risk", "not a name for a table")]
    #[case::coarse_bound("99.5", "99.55", "multiples of the resolution")]
    #[case::default_beyond(r#"default = "0""#, r#"default = "100""#, "within the bounds")]
    #[case::wide("99.5", "999999999999999999", "no bound over 2^53")]
    #[case::empty_range(r#"["-1", "99.5"]"#, r#"["1", "-1"]"#, "within the bounds")]
    #[case::resolution(r#"resolution = "0.1""#, r#"resolution = "0.5""#, "must be 1, 0.1")]
    #[case::half(
        r#"resolution = "0.1", "#,
        "",
        "give `bounds`, `resolution` and `default`"
    )]
    #[case::both(
        r#"keys = ["a", "b"]"#,
        r#"keys = ["a"], bounds = ["0", "1"]"#,
        "give `bounds`"
    )]
    #[case::no_number(r#"default = "0""#, r#"default = "none""#, "must be a number")]
    #[case::strange_default(
        r#"default = "low""#,
        r#"default = "mid""#,
        "of which the default is one"
    )]
    #[case::twice(r#"["a", "b"]"#, r#"["a", "a"]"#, "each once")]
    #[case::no_keys(r#"["a", "b"]"#, "[]", "1 to 1000 keys")]
    #[case::same_name(r#"name = "kind""#, r#"name = "level""#, "stands twice")]
    #[case::unknown_field("max_rows = 20", "max_rows = 20\nmemory = 1", "unknown field")]
    fn what_does_not_bound_a_mapper_is_refused(
        #[case] from: &str,
        #[case] to: &str,
        #[case] said: &str,
    ) {
        let text = MANIFEST.replacen(from, to, 1);
        assert_ne!(text, MANIFEST, "nothing changed");
        let error = JobManifest::parse(&text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
