//! Which rows of a unit a mapper sees, and in which order: by what they hold alone.

use crate::bound::{Block, Choice};
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::Result;
use std::ops::Range;

/// The rows of batches, as bytes that are ordered as their columns are: nulls first, false before true, texts by
/// their bytes.
pub(super) struct Ordering {
    converter: RowConverter,
    rows: Rows,
    choice: Choice,
    most: usize,
    /// The rows that are seen.
    seen: Vec<usize>,
    /// Memory used again.
    blocks: Vec<Block>,
}

impl Ordering {
    /// For rows with these columns, of which the first is the unit and is not looked at; `most` of a unit are seen.
    pub(super) fn new(schema: &Schema, choice: Choice, most: usize) -> Result<Self> {
        let fields = schema.fields().iter().skip(1);
        let fields = fields.map(|field| SortField::new(field.data_type().clone()));
        let converter = RowConverter::new(fields.collect())?;
        Ok(Self {
            rows: converter.empty_rows(0, 0),
            converter,
            choice,
            most,
            seen: Vec::new(),
            blocks: Vec::new(),
        })
    }

    /// Takes the next batch in.
    pub(super) fn read(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows.clear();
        let columns = batch.columns().get(1..).unwrap_or_default();
        Ok(self.converter.append(&mut self.rows, columns)?)
    }

    /// The rows that are seen of one unit, which stand at `part` of the batch, in their order.
    pub(super) fn seen(&mut self, unit: u128, part: Range<usize>) -> &[usize] {
        let rows = &self.rows;
        let row = |at: &usize| rows.row(*at).data();
        self.seen.clear();
        if part.len() > self.most {
            let tag = |at: usize| (self.choice.mapped_row(unit, row(&at)), at);
            let mut tags: Vec<(u128, usize)> = part.map(tag).collect();
            tags.sort_unstable();
            // Rows that agree in their tag are alike, and are numbered.
            for alike in tags.chunk_by_mut(|a, b| a.0 == b.0) {
                for (number, (tag, _)) in (1..).zip(alike) {
                    let numbered = std::slice::from_mut(tag);
                    self.choice.number(numbered, &[number], &mut self.blocks);
                }
            }
            tags.sort_unstable();
            tags.truncate(self.most);
            self.seen.extend(tags.into_iter().map(|(_, at)| at));
        } else {
            self.seen.extend(part);
        }
        let is_ordered = self.seen.is_sorted_by(|a, b| row(a) <= row(b));
        if !is_ordered {
            self.seen.sort_unstable_by(|a, b| row(a).cmp(row(b)));
        }
        &self.seen
    }
}
