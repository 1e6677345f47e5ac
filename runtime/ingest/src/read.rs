//! Reading a provider's file in chunks of rows, whatever its format: every cell as text, so that one
//! set of rules cleans them all.

mod csv;
mod jsonl;
mod parquet;

use crate::error::{IngestError, Problems};
use irongate_policy::dataset::{DatasetSpec, Format};
use polars::prelude::{DataFrame, IntoColumn, StringChunkedBuilder};
use std::collections::BTreeSet;
use std::path::Path;

/// Rows of a chunk at most.
const CHUNK_ROWS: usize = 1 << 16;
/// Bytes of text of a chunk, about.
const CHUNK_BYTES: usize = 32 << 20;
/// The longest record: a quote that is never closed may not swallow the file.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// Some rows of a file: a text column for each declared column, in spec order.
pub(crate) struct Chunk {
    pub(crate) frame: DataFrame,
    /// The line of each row.
    pub(crate) lines: Vec<u64>,
}

/// A file being read.
pub(crate) trait Rows {
    /// The next rows; nothing at the end. Rows that do not fit are noted and left out.
    fn next(&mut self, problems: &mut Problems) -> Result<Option<Chunk>, IngestError>;
    /// Bytes of the file read so far, about.
    fn position(&self) -> u64;
}

/// Opens a file in the spec's format; columns that do not fit the spec are noted.
pub(crate) fn open(
    file: &Path,
    spec: &DatasetSpec,
    problems: &mut Problems,
) -> Result<Option<Box<dyn Rows>>, IngestError> {
    Ok(match spec.source.format {
        Format::Csv => csv::open(file, spec, problems)?.map(|rows| Box::new(rows) as Box<dyn Rows>),
        Format::Jsonl => Some(Box::new(jsonl::open(file, spec)?)),
        Format::Parquet => {
            parquet::open(file, spec, problems)?.map(|rows| Box::new(rows) as Box<dyn Rows>)
        }
    })
}

/// For each column of the file, which declared column it is. Columns that are undeclared, missing or
/// named twice are noted.
fn match_columns(
    names: &[&str],
    spec: &DatasetSpec,
    line: u64,
    problems: &mut Problems,
) -> Vec<Option<usize>> {
    let mut seen = BTreeSet::new();
    let mut matched = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        let declared = spec.columns.iter().position(|column| column.name == *name);
        let ignored = spec.source.ignore.iter().any(|ignored| ignored == name);
        let first = seen.insert(*name);
        if declared.is_none() && !ignored {
            problems.note(line, None, format!("column {} of the file is not declared; declare it in the spec, or list it in `source.ignore`", i + 1));
        } else if declared.is_some() && !first {
            problems.note(line, Some(name), "named twice in the file; leave one out");
        }
        matched.push(declared.filter(|_| first));
    }
    for column in spec
        .columns
        .iter()
        .filter(|column| !seen.contains(column.name.as_str()))
    {
        problems.note(
            line,
            Some(&column.name),
            "missing in the file; add it, or remove it from the spec",
        );
    }
    matched
}

/// Builds a chunk row by row.
struct ChunkBuilder {
    names: Vec<String>,
    columns: Vec<StringChunkedBuilder>,
    lines: Vec<u64>,
    bytes: usize,
}

impl ChunkBuilder {
    fn new(spec: &DatasetSpec) -> Self {
        let names: Vec<String> = spec
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let columns = names
            .iter()
            .map(|name| StringChunkedBuilder::new(name.into(), CHUNK_ROWS))
            .collect();
        Self {
            names,
            columns,
            lines: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a row; `cell` gives the text of each declared column.
    fn push<'c>(&mut self, line: u64, mut cell: impl FnMut(usize) -> Option<&'c str>) {
        for (i, column) in self.columns.iter_mut().enumerate() {
            let text = cell(i);
            self.bytes += text.map_or(0, str::len);
            column.append_option(text);
        }
        self.lines.push(line);
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= CHUNK_ROWS || self.bytes >= CHUNK_BYTES
    }

    /// The rows so far as a chunk; nothing if there are none.
    fn take(&mut self) -> Result<Option<Chunk>, IngestError> {
        if self.lines.is_empty() {
            return Ok(None);
        }
        let lines = std::mem::take(&mut self.lines);
        self.bytes = 0;
        let next = self
            .names
            .iter()
            .map(|name| StringChunkedBuilder::new(name.into(), CHUNK_ROWS))
            .collect();
        let columns = std::mem::replace(&mut self.columns, next);
        let columns = columns
            .into_iter()
            .map(|column| column.finish().into_column())
            .collect();
        let frame =
            DataFrame::new(lines.len(), columns).map_err(IngestError::internal("lay out rows"))?;
        Ok(Some(Chunk { frame, lines }))
    }
}
