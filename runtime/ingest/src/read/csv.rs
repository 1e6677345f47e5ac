//! CSV (RFC 4180): commas, quotes doubled within quotes, a header, UTF-8 with or without a byte order
//! mark. Blank lines are no records.

use super::{Chunk, ChunkBuilder, MAX_RECORD_BYTES, Rows, match_columns};
use crate::error::{IngestError, Problems};
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use irongate_policy::dataset::DatasetSpec;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{Error, Read};
use std::path::Path;
use std::rc::Rc;

/// Bytes the parser reads ahead.
const BUFFER_BYTES: usize = 64 << 10;

/// Where the bytes read so far end, in the parser's own terms: a quote opens a field only at its
/// start, and within quotes is itself only when doubled.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before a record; line ends here are blank lines.
    #[default]
    Record,
    Field,
    Plain,
    Quoted,
    /// After a quote within quotes: it closes them unless another follows.
    Quote,
}

/// What has been read, shared between the file and who parses it. The parser does not count blank
/// lines, so lines are counted here.
#[derive(Default)]
struct Meter {
    total: u64,
    /// Bytes since the last record ended.
    record: u64,
    place: Place,
    /// Line ends so far.
    lines: u64,
    /// The lines at which records start that are not parsed yet.
    starts: VecDeque<u64>,
}

impl Meter {
    fn take(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        self.record += bytes.len() as u64;
        for byte in bytes {
            if self.place == Place::Record && !matches!(byte, b'\n' | b'\r') {
                self.starts.push_back(self.lines + 1);
            }
            self.lines += u64::from(*byte == b'\n');
            self.place = match (self.place, byte) {
                (Place::Record | Place::Field, b'"') | (Place::Quote, b'"') => Place::Quoted,
                (Place::Quoted, b'"') => Place::Quote,
                (Place::Quoted, _) => Place::Quoted,
                (_, b',') => Place::Field,
                (_, b'\n' | b'\r') => Place::Record,
                (_, _) => Place::Plain,
            };
        }
    }
}

/// A file that fails where one record is longer than the limit.
struct Metered {
    file: File,
    meter: Rc<RefCell<Meter>>,
}

impl Read for Metered {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        let mut meter = self.meter.borrow_mut();
        meter.take(buffer.get(..read).unwrap_or_default());
        if meter.record > (MAX_RECORD_BYTES + BUFFER_BYTES) as u64 {
            return Err(Error::from(std::io::ErrorKind::FileTooLarge));
        }
        Ok(read)
    }
}

pub(super) struct CsvRows {
    reader: Reader<Metered>,
    meter: Rc<RefCell<Meter>>,
    /// The line at which the record starts.
    line: u64,
    /// Fields of the header.
    width: usize,
    /// For each declared column, which field it is.
    fields: Vec<Option<usize>>,
    chunk: ChunkBuilder,
    record: ByteRecord,
    ended: bool,
}

/// Opens a CSV file and reads its header; nothing if there is none to go on with.
pub(super) fn open(
    path: &Path,
    spec: &DatasetSpec,
    problems: &mut Problems,
) -> Result<Option<CsvRows>, IngestError> {
    let file = File::open(path).map_err(IngestError::io(format!("open `{}`", path.display())))?;
    let meter = Rc::new(RefCell::new(Meter::default()));
    let metered = Metered {
        file,
        meter: Rc::clone(&meter),
    };
    let reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(metered);
    let mut rows = CsvRows {
        reader,
        meter,
        line: 0,
        width: 0,
        fields: Vec::new(),
        chunk: ChunkBuilder::new(spec),
        record: ByteRecord::new(),
        ended: false,
    };
    if !rows.read(problems)? {
        if problems.is_empty() {
            problems.note(
                0,
                None,
                "empty; write a header with the column names, and rows below it",
            );
        }
        return Ok(None);
    }
    let header = rows.record.clone();
    let names: Option<Vec<&str>> = header
        .iter()
        .map(|name| std::str::from_utf8(name).ok())
        .collect();
    let Some(names) = names else {
        problems.note(1, None, "the header is not UTF-8; save the file as UTF-8");
        return Ok(None);
    };
    let matched = match_columns(&names, spec, 1, problems);
    rows.width = names.len();
    rows.fields = (0..spec.columns.len())
        .map(|i| matched.iter().position(|column| *column == Some(i)))
        .collect();
    Ok(Some(rows))
}

impl CsvRows {
    /// Reads the next record; false at the end, or where no more can be read.
    fn read(&mut self, problems: &mut Problems) -> Result<bool, IngestError> {
        self.meter.borrow_mut().record = 0;
        let parsed = self.reader.read_byte_record(&mut self.record);
        let mut meter = self.meter.borrow_mut();
        self.line = meter.starts.pop_front().unwrap_or(self.line);
        match parsed {
            Ok(true) => Ok(true),
            Ok(false) => {
                if meter.place == Place::Quoted {
                    problems.note(
                        self.line,
                        None,
                        "a quote is never closed; double every quote inside a quoted field",
                    );
                }
                self.ended = true;
                Ok(false)
            }
            Err(error) => match error.into_kind() {
                ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                    let text = format!(
                        "a record of more than {MAX_RECORD_BYTES} bytes; look for a quote that is never closed"
                    );
                    problems.note(self.line, None, text);
                    self.ended = true;
                    Ok(false)
                }
                ErrorKind::Io(source) => Err(IngestError::io("read the file")(source)),
                _ => Err(IngestError::Internal { step: "read CSV" }),
            },
        }
    }
}

impl Rows for CsvRows {
    fn next(&mut self, problems: &mut Problems) -> Result<Option<Chunk>, IngestError> {
        while !self.ended && !self.chunk.is_full() && self.read(problems)? {
            let line = self.line;
            if self.record.len() != self.width {
                let text = format!(
                    "{} fields where the header has {}; quote fields that hold commas",
                    self.record.len(),
                    self.width
                );
                problems.note(line, None, text);
            } else if let Some(field) = self
                .record
                .iter()
                .position(|field| std::str::from_utf8(field).is_err())
            {
                problems.note(
                    line,
                    None,
                    format!("field {} is not UTF-8; save the file as UTF-8", field + 1),
                );
            } else {
                let (record, fields) = (&self.record, &self.fields);
                let text = |i: usize| std::str::from_utf8(record.get((*fields.get(i)?)?)?).ok();
                self.chunk.push(line, text);
            }
        }
        self.chunk.take()
    }

    fn position(&self) -> u64 {
        self.meter.borrow().total
    }
}
