//! Mappers: code that is not ours, called for each unit over its raw rows; SQL reads its outputs as a table.
//!
//! What is known of that table follows from the declaration alone: one row of a unit at most, and values within
//! declared bounds. So whatever the code does, the rules for private rows hold for what it gives.

mod layout;
mod node;

pub(crate) use self::layout::{Cells, Head};
pub(crate) use self::node::MapperNode;
use crate::bound::Choice;
use crate::total::{Calendar, Known};
use arrow::datatypes::{DataType, Field};
use irongate_policy::dataset::{DECIMAL_PRECISION, DomainValue};
use irongate_policy::mapper::{Mapper, MapperOutput, OutputValue};
use std::sync::Arc;
use std::time::Instant;

/// A mapper that a statement may name as a table.
#[derive(Debug, Clone, PartialEq)]
pub struct MapperTable {
    /// What the manifest declares.
    pub declared: Arc<Mapper>,
    /// SHA-256 of the component.
    pub component: [u8; 32],
}

/// What a mapper gave for one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Mapped {
    /// As many numbers as are declared.
    Numbers,
    /// No numbers, for a reason that lies in the unit's rows and the code: the declared defaults stand for them.
    Default,
}

/// A call that the machine ended: no function of the rows, so the whole execution fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Stopped(pub String);

/// The code of a mapper, ready to be called: the same rows must always give the same.
pub trait MapUnit: Send + Sync {
    /// Calls it with the rows of one unit as `guest-sdk/wit/rows.md` lays them out. `outputs` has a place for each
    /// declared output; what stands there afterwards counts if [`Mapped::Numbers`] is returned. Blocks.
    ///
    /// # Errors
    /// [`Stopped`], with a text for the agency's log.
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped>;
}

/// What one run calls a mapper with.
#[derive(Clone)]
pub(crate) struct Ready {
    pub(crate) code: Arc<dyn MapUnit>,
    /// How rows beyond the declared cap are chosen.
    pub(crate) choice: Choice,
    /// No unit is begun after.
    pub(crate) until: Instant,
    /// Partitions that are read at a time for blocks.
    pub(crate) at_once: usize,
}

/// The column of an output.
pub(crate) fn field(output: &MapperOutput) -> Field {
    Field::new(&output.name, kind(output), false)
}

/// The type of an output: whole numbers are integers.
pub(crate) fn kind(output: &MapperOutput) -> DataType {
    match &output.value {
        OutputValue::Category { .. } => DataType::Utf8,
        OutputValue::Number { scale: 0, .. } => DataType::Int64,
        OutputValue::Number { scale, .. } => {
            DataType::Decimal128(DECIMAL_PRECISION, i8::try_from(*scale).unwrap_or(i8::MAX))
        }
    }
}

/// What is publicly known of an output.
pub(crate) fn known(output: &MapperOutput) -> Known {
    let counts = output.counts();
    let range = counts.map(|(lo, hi, _)| (i128::from(lo), i128::from(hi)));
    let known = match &output.value {
        OutputValue::Category { keys, .. } => Known {
            domain: Some(keys.iter().cloned().map(DomainValue::Text).collect()),
            text: keys.iter().map(|key| key.len() as u64).max(),
            ..Known::default()
        },
        OutputValue::Number { scale: 0, .. } => Known::listed(range),
        OutputValue::Number { .. } => Known {
            range,
            ..Known::default()
        },
    };
    Known {
        text: Some(known.text.unwrap_or(0)),
        calendar: Calendar::Inside,
        ..known
    }
}
