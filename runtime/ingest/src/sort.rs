//! Sorting one bucket: in memory if it fits, else in runs on disk that are merged. So a bucket may
//! have any size, even when one unit fills it.

use crate::bucket::{RowReader, RowWriter};
use crate::canonical::broken;
use crate::error::IngestError;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

/// Bytes of rows that are sorted in memory.
pub(crate) const SORT_BYTES: usize = 96 << 20;

/// Rows held in memory: their bytes, and where each is.
#[derive(Default)]
struct Arena {
    bytes: Vec<u8>,
    rows: Vec<Place>,
}

/// Where a row is, with its first bytes: most comparisons end there.
#[derive(Clone, Copy)]
struct Place {
    prefix: u64,
    start: u32,
    length: u32,
}

impl Arena {
    fn push(&mut self, row: &[u8]) -> Result<(), IngestError> {
        let prefix = row
            .first_chunk()
            .map(|bytes| u64::from_be_bytes(*bytes))
            .ok_or_else(broken)?;
        let start = u32::try_from(self.bytes.len()).map_err(|_| broken())?;
        let length = u32::try_from(row.len()).map_err(|_| broken())?;
        self.bytes.extend_from_slice(row);
        self.rows.push(Place {
            prefix,
            start,
            length,
        });
        Ok(())
    }

    fn row(&self, place: Place) -> &[u8] {
        let start = place.start as usize;
        // INVARIANT: places are made by `push` alone, so the range is always there.
        self.bytes
            .get(start..start + place.length as usize)
            .unwrap_or(&[])
    }

    fn sort(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable_by(|a, b| {
            a.prefix
                .cmp(&b.prefix)
                .then_with(|| self.row(*a).cmp(self.row(*b)))
        });
        self.rows = rows;
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.rows.clear();
    }
}

/// Gives every row of `bucket` to `take`, in order of its bytes. Runs go to `folder`.
pub(crate) fn sorted(
    bucket: &Path,
    folder: &Path,
    memory: usize,
    mut take: impl FnMut(&[u8]) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let mut reader = RowReader::open(bucket)?;
    let mut arena = Arena::default();
    let mut runs: Vec<PathBuf> = Vec::new();
    let mut row = Vec::new();
    while reader.next(&mut row)? {
        if !arena.rows.is_empty() && arena.bytes.len() + row.len() > memory {
            let path = folder.join(format!("run-{:05}", runs.len()));
            spill(&mut arena, &path)?;
            runs.push(path);
        }
        arena.push(&row)?;
    }
    arena.sort();
    if runs.is_empty() {
        return arena
            .rows
            .iter()
            .try_for_each(|place| take(arena.row(*place)));
    }
    let path = folder.join(format!("run-{:05}", runs.len()));
    spill(&mut arena, &path)?;
    runs.push(path);
    drop(arena);
    merge(&runs, take)?;
    runs.iter().try_for_each(|run| {
        std::fs::remove_file(run).map_err(IngestError::io("remove a temporary file"))
    })
}

/// Writes the rows in memory, sorted, to a run.
fn spill(arena: &mut Arena, path: &Path) -> Result<(), IngestError> {
    arena.sort();
    let mut writer = RowWriter::create(path)?;
    for place in &arena.rows {
        writer.push(arena.row(*place))?;
    }
    arena.clear();
    writer.finish()
}

fn merge(
    runs: &[PathBuf],
    mut take: impl FnMut(&[u8]) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let mut readers = Vec::new();
    let mut heads = BinaryHeap::new();
    for (i, run) in runs.iter().enumerate() {
        let mut reader = RowReader::open(run)?;
        let mut row = Vec::new();
        if reader.next(&mut row)? {
            heads.push(Reverse((row, i)));
        }
        readers.push(reader);
    }
    while let Some(Reverse((mut row, i))) = heads.pop() {
        take(&row)?;
        if readers.get_mut(i).ok_or_else(broken)?.next(&mut row)? {
            heads.push(Reverse((row, i)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Any memory gives the same order as sorting all rows at once.
        #[test]
        fn runs_and_memory_agree(
            mut rows in proptest::collection::vec(proptest::collection::vec(0_u8..3, 8..14), 0..60),
            memory in 1_usize..400,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let bucket = folder.path().join("bucket");
            let mut writer = RowWriter::create(&bucket).unwrap();
            rows.iter().for_each(|row| writer.push(row).unwrap());
            writer.finish().unwrap();
            let mut out = Vec::new();
            sorted(&bucket, folder.path(), memory, |row| { out.push(row.to_vec()); Ok(()) }).unwrap();
            rows.sort();
            prop_assert_eq!(out, rows);
        }
    }
}
