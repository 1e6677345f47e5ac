//! Bucket files: rows partitioned by the prefix of their pseudonym, so that each is sorted alone.

use crate::canonical::broken;
use crate::error::IngestError;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// The most buckets: each has a file and a buffer open.
const MAX_BUCKETS: u64 = 256;
/// Bytes of input that go into one bucket, about: its rows fit the sorter's memory.
const INPUT_BYTES_PER_BUCKET: u64 = 32 << 20;
/// Buffer of each file.
const BUFFER_BYTES: usize = 64 << 10;

/// Writes rows to a file, each after its length.
pub(crate) struct RowWriter {
    file: BufWriter<File>,
}

/// Reads rows back.
pub(crate) struct RowReader {
    file: BufReader<File>,
}

impl RowWriter {
    pub(crate) fn create(path: &Path) -> Result<Self, IngestError> {
        let file = File::create_new(path).map_err(IngestError::io("create a temporary file"))?;
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
        })
    }

    pub(crate) fn push(&mut self, row: &[u8]) -> Result<(), IngestError> {
        let length = u32::try_from(row.len()).map_err(|_| broken())?;
        let write = |file: &mut BufWriter<File>| {
            file.write_all(&length.to_le_bytes())?;
            file.write_all(row)
        };
        write(&mut self.file).map_err(IngestError::io("write a temporary file"))
    }

    pub(crate) fn finish(mut self) -> Result<(), IngestError> {
        self.file
            .flush()
            .map_err(IngestError::io("write a temporary file"))
    }
}

impl RowReader {
    pub(crate) fn open(path: &Path) -> Result<Self, IngestError> {
        let file = File::open(path).map_err(IngestError::io("open a temporary file"))?;
        Ok(Self {
            file: BufReader::with_capacity(BUFFER_BYTES, file),
        })
    }

    /// Reads the next row into `row`; false at the end.
    pub(crate) fn next(&mut self, row: &mut Vec<u8>) -> Result<bool, IngestError> {
        let failed = || IngestError::io("read a temporary file");
        let mut length = [0; 4];
        if self.file.read(&mut length[..1]).map_err(failed())? == 0 {
            return Ok(false);
        }
        let (_, rest) = length.split_at_mut(1);
        self.file.read_exact(rest).map_err(failed())?;
        row.resize(u32::from_le_bytes(length) as usize, 0);
        self.file.read_exact(row).map_err(failed())?;
        Ok(true)
    }
}

/// The buckets of one ingest, in order of their prefixes.
pub(crate) struct Buckets {
    folder: PathBuf,
    writers: Vec<RowWriter>,
    /// Bits of the pseudonym's first two bytes that are left out.
    shift: u32,
}

impl Buckets {
    /// Opens as many buckets as an input of this size needs. The number shapes nothing that is
    /// stored: rows come out in the same order whatever it is.
    pub(crate) fn create(folder: &Path, input_bytes: u64) -> Result<Self, IngestError> {
        let count = (input_bytes / INPUT_BYTES_PER_BUCKET + 1)
            .next_power_of_two()
            .min(MAX_BUCKETS);
        let writers = (0..count)
            .map(|bucket| RowWriter::create(&Self::path(folder, bucket)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            folder: folder.to_owned(),
            writers,
            shift: u16::BITS - count.trailing_zeros(),
        })
    }

    fn path(folder: &Path, bucket: u64) -> PathBuf {
        folder.join(format!("bucket-{bucket:05}"))
    }

    pub(crate) fn push(&mut self, row: &[u8]) -> Result<(), IngestError> {
        let prefix = u16::from_be_bytes(*row.first_chunk().ok_or_else(broken)?);
        let bucket = u32::from(prefix) >> self.shift;
        self.writers
            .get_mut(bucket as usize)
            .ok_or_else(broken)?
            .push(row)
    }

    /// Closes the buckets and gives their files, in order.
    pub(crate) fn finish(self) -> Result<Vec<PathBuf>, IngestError> {
        let count = self.writers.len() as u64;
        for writer in self.writers {
            writer.finish()?;
        }
        Ok((0..count)
            .map(|bucket| Self::path(&self.folder, bucket))
            .collect())
    }
}
