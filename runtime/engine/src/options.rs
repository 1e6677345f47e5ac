//! What a caller gives with a statement: the catalog's metadata, the loss asked for, the bounds.

use crate::mapper::MapperTable;
use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{Decimal, VersionId};
use std::collections::BTreeMap;

/// The tables a statement may name. Metadata alone: nothing in it is measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    /// By the name SQL uses (a dataset's name; quote it when it holds `-`).
    pub tables: BTreeMap<String, Table>,
    /// Mappers, by the name SQL uses.
    pub mappers: BTreeMap<String, MapperTable>,
}

/// One dataset at one immutable version.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the provider declared.
    pub spec: DatasetSpec,
    /// The version that will be read.
    pub version: VersionId,
}

/// The privacy loss asked for; it also chooses the noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossRequest {
    /// Pure ε: discrete Laplace noise.
    Epsilon(Decimal),
    /// ρ of zero-concentrated differential privacy: discrete Gaussian noise.
    Rho(Decimal),
}

/// Largest weight in [`Split::Shares`]: finer differences tell nothing.
pub const MAX_SHARE: u32 = 1_000;

/// How a statement's loss is divided over its aggregates, which `explain` lists in order. The sets of one
/// GROUP BY have their aggregates in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Split {
    /// As much for each noisy sum.
    #[default]
    Even,
    /// A weight for each aggregate.
    Shares(Vec<u32>),
    /// The least loss for which 95 % of the noise is within this of each COUNT and SUM: one number for all, or
    /// one for each. The loss of the request is then the most that may be spent.
    Accuracy(Vec<Decimal>),
}

/// Everything about a query but its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryOptions {
    /// The loss of the whole statement, for each namespace it reads.
    pub loss: LossRequest,
    /// How it is divided.
    pub split: Split,
    /// δ, needed only where group keys have no declared domain; `0` otherwise.
    pub delta: Decimal,
    /// C: groups one unit may touch in a release. Default: the smaller of the key domain's size and
    /// the unit's row cap.
    pub max_groups_per_unit: Option<u32>,
    /// m: rows one unit may have in one group. Default: the unit's row cap.
    pub max_rows_per_group: Option<u32>,
    /// L: distinct values of one unit that `COUNT(DISTINCT x)` counts in one group. Default, and at most: m.
    pub max_values_per_group: Option<u32>,
}

impl QueryOptions {
    /// This loss, divided evenly, without δ and with the caps that follow from metadata.
    pub fn new(loss: LossRequest) -> Self {
        Self {
            loss,
            split: Split::Even,
            delta: Decimal::ZERO,
            max_groups_per_unit: None,
            max_rows_per_group: None,
            max_values_per_group: None,
        }
    }
}
