//! The rules that look at all rows of one unit: duplicates and the row cap. Memory is bounded by the
//! cap, however many rows a unit has.

use crate::canonical::{RowLayout, UNIT_BYTES, broken, row_hash};
use crate::error::IngestError;
use ring::hmac;
use std::collections::BinaryHeap;

/// How many rows these rules dropped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnitDrops {
    pub(crate) duplicates: u64,
    pub(crate) beyond_cap: u64,
}

/// Takes rows in canonical order and gives each unit's standing rows, in canonical order.
pub(crate) struct UnitRules<'a> {
    layout: &'a RowLayout,
    max_rows: usize,
    key: hmac::Key,
    pub(crate) drops: UnitDrops,
    /// Rows of the unit at hand that stand so far, while it is within its cap.
    rows: Vec<Vec<u8>>,
    /// Buffers of rows to use again.
    spare: Vec<Vec<u8>>,
    /// Once the unit is past its cap: the rows that stand, the largest hash on top.
    capped: BinaryHeap<([u8; 32], Vec<u8>)>,
    /// The row before, and its occurrence among equal rows.
    last: Vec<u8>,
    occurrence: u64,
}

impl<'a> UnitRules<'a> {
    pub(crate) fn new(layout: &'a RowLayout, max_rows: u32, key: hmac::Key) -> Self {
        Self {
            layout,
            max_rows: max_rows as usize,
            key,
            drops: UnitDrops::default(),
            rows: Vec::new(),
            spare: Vec::new(),
            capped: BinaryHeap::new(),
            last: Vec::new(),
            occurrence: 0,
        }
    }

    /// Takes the next row; a unit that is thereby complete goes to `give`.
    pub(crate) fn push(
        &mut self,
        row: &[u8],
        give: impl FnMut(&[Vec<u8>]) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let unit = row.get(..UNIT_BYTES).ok_or_else(broken)?;
        if self.last.get(..UNIT_BYTES) == Some(unit) {
            if self.layout.unique > 0 {
                let known = self
                    .last
                    .get(..self.layout.unique_bytes(&self.last).ok_or_else(broken)?);
                if known.is_some_and(|known| row.starts_with(known)) {
                    self.drops.duplicates += 1;
                    return Ok(());
                }
            }
            self.occurrence = if self.last == row {
                self.occurrence + 1
            } else {
                0
            };
        } else {
            self.finish_unit(give)?;
            self.occurrence = 0;
        }
        self.last.clear();
        self.last.extend_from_slice(row);
        if self.capped.is_empty() && self.rows.len() < self.max_rows {
            let mut buffer = self.spare.pop().unwrap_or_default();
            buffer.clear();
            buffer.extend_from_slice(row);
            self.rows.push(buffer);
            return Ok(());
        }
        self.push_past_cap(row);
        Ok(())
    }

    fn push_past_cap(&mut self, row: &[u8]) {
        if self.capped.is_empty() {
            // The rows so far came in order, so equal ones are neighbours.
            let mut before: Option<(Vec<u8>, u64)> = None;
            for row in self.rows.drain(..) {
                let occurrence = match &before {
                    Some((last, occurrence)) if *last == row => occurrence + 1,
                    Some(_) | None => 0,
                };
                let hash = row_hash(&self.key, &row, occurrence);
                self.capped.push((hash, row.clone()));
                before = Some((row, occurrence));
            }
        }
        let hash = row_hash(&self.key, row, self.occurrence);
        self.drops.beyond_cap += 1;
        if let Some(mut largest) = self.capped.peek_mut()
            && hash < largest.0
        {
            *largest = (hash, row.to_vec());
        }
    }

    /// Gives the last unit.
    pub(crate) fn finish(
        &mut self,
        give: impl FnMut(&[Vec<u8>]) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        self.finish_unit(give)
    }

    fn finish_unit(
        &mut self,
        mut give: impl FnMut(&[Vec<u8>]) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        if !self.capped.is_empty() {
            self.rows = self.capped.drain().map(|(_, row)| row).collect();
            self.rows.sort_unstable();
        }
        if !self.rows.is_empty() {
            give(&self.rows)?;
        }
        self.spare.append(&mut self.rows);
        // A unit with many rows does not keep their buffers for all that follow.
        self.spare.truncate(SPARE_ROWS);
        Ok(())
    }
}

/// Row buffers kept for the next unit.
const SPARE_ROWS: usize = 1024;
