//! JSON lines: one object a line. A key that is not there is null. Numbers are read to the nearest
//! double unless they are integers of 64 bits, so a decimal of more than 15 digits is written as a
//! string.

use super::{Chunk, ChunkBuilder, MAX_RECORD_BYTES, Rows};
use crate::error::{IngestError, Problems};
use irongate_policy::dataset::DatasetSpec;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Undeclared keys that are remembered, so as to name each once.
const MAX_UNDECLARED: usize = 1000;

pub(super) struct JsonRows {
    file: BufReader<File>,
    line: u64,
    position: u64,
    spec: DatasetSpec,
    chunk: ChunkBuilder,
    undeclared: BTreeSet<String>,
}

pub(super) fn open(path: &Path, spec: &DatasetSpec) -> Result<JsonRows, IngestError> {
    let file = File::open(path).map_err(IngestError::io(format!("open `{}`", path.display())))?;
    Ok(JsonRows {
        file: BufReader::with_capacity(1 << 16, file),
        line: 0,
        position: 0,
        spec: spec.clone(),
        chunk: ChunkBuilder::new(spec),
        undeclared: BTreeSet::new(),
    })
}

impl Rows for JsonRows {
    fn next(&mut self, problems: &mut Problems) -> Result<Option<Chunk>, IngestError> {
        let mut bytes = Vec::new();
        while !self.chunk.is_full() {
            bytes.clear();
            let mut limited = (&mut self.file).take(MAX_RECORD_BYTES as u64);
            let read = limited
                .read_until(b'\n', &mut bytes)
                .map_err(IngestError::io("read the file"))?;
            if read == 0 {
                break;
            }
            self.line += 1;
            self.position += read as u64;
            if read == MAX_RECORD_BYTES && !bytes.ends_with(b"\n") {
                problems.note(
                    self.line,
                    None,
                    format!(
                        "a line of more than {MAX_RECORD_BYTES} bytes; write one object a line"
                    ),
                );
                self.position +=
                    self.file
                        .skip_until(b'\n')
                        .map_err(IngestError::io("read the file"))? as u64;
            } else if !bytes.trim_ascii().is_empty() {
                self.take_line(&bytes, problems);
            }
        }
        self.chunk.take()
    }

    fn position(&self) -> u64 {
        self.position
    }
}

impl JsonRows {
    fn take_line(&mut self, bytes: &[u8], problems: &mut Problems) {
        let bytes = if self.line == 1 {
            bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
        } else {
            bytes
        };
        let mut row = Row {
            spec: &self.spec,
            cells: vec![None; self.spec.columns.len()],
            faults: Vec::new(),
        };
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let parsed = json.deserialize_map(&mut row).and_then(|()| json.end());
        // The parser's own text may quote a value; its place does not.
        if let Err(error) = parsed {
            let text = format!(
                "no JSON object at character {}; write one object a line, in UTF-8",
                error.column()
            );
            problems.note(self.line, None, text);
            return;
        }
        let mut fits = true;
        for fault in row.faults {
            match fault {
                Fault::Undeclared(key) => {
                    if self.undeclared.len() < MAX_UNDECLARED && self.undeclared.insert(key) {
                        problems.note(self.line, None, "a key is not declared; declare it in the spec, or list it in `source.ignore`");
                    }
                }
                Fault::Twice(column) => problems.note(
                    self.line,
                    Some(&column),
                    "a key stands twice; leave one out",
                ),
                Fault::Nested(column) => {
                    problems.note(
                        self.line,
                        Some(&column),
                        "a list or object; write a single value",
                    );
                }
            }
            fits = false;
        }
        if fits {
            self.chunk.push(self.line, |i| row.cells.get(i)?.as_deref());
        }
    }
}

/// A fault of one line.
enum Fault {
    Undeclared(String),
    Twice(String),
    Nested(String),
}

/// One line as it is read.
struct Row<'a> {
    spec: &'a DatasetSpec,
    cells: Vec<Option<String>>,
    faults: Vec<Fault>,
}

impl<'de> Visitor<'de> for &mut Row<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let Some(i) = self
                .spec
                .columns
                .iter()
                .position(|column| column.name == key)
            else {
                map.next_value::<IgnoredAny>()?;
                if !self.spec.source.ignore.contains(&key) {
                    self.faults.push(Fault::Undeclared(key));
                }
                continue;
            };
            let value = map.next_value_seed(Text)?;
            if !seen.insert(i) {
                self.faults.push(Fault::Twice(key));
            } else if let Some(cell) = self.cells.get_mut(i) {
                match value {
                    Ok(text) => *cell = text,
                    Err(Composite) => self.faults.push(Fault::Nested(key)),
                }
            }
        }
        Ok(())
    }
}

/// A list or an object where a single value belongs.
struct Composite;

/// Reads any value as text; null as nothing.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Result<Option<String>, Composite>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Result<Option<String>, Composite>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Ok(Some(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Ok(Some(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Ok(Some(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Ok(Some(value.to_string())))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Ok(Some(value.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Ok(None))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Err(Composite))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Err(Composite))
    }
}
