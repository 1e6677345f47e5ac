//! What a caller gives with a statement: the catalog's metadata, the loss asked for, the bounds.

use irongate_policy::dataset::DatasetSpec;
use irongate_policy::{Decimal, VersionId};
use std::collections::BTreeMap;

/// The tables a statement may name. Metadata alone: nothing in it is measured.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// By the name SQL uses (a dataset's name; quote it when it holds `-`).
    pub tables: BTreeMap<String, Table>,
}

/// One dataset at one immutable version.
#[derive(Debug, Clone)]
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

/// Everything about a query but its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryOptions {
    /// The loss of the whole statement, for each namespace it reads.
    pub loss: LossRequest,
    /// δ, needed only where group keys have no declared domain; `0` otherwise.
    pub delta: Decimal,
    /// C: groups one unit may touch in a release. Default: the smaller of the key domain's size and
    /// the unit's row cap.
    pub max_groups_per_unit: Option<u32>,
    /// m: rows one unit may have in one group. Default: the unit's row cap.
    pub max_rows_per_group: Option<u32>,
}
