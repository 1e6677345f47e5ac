//! The synthetic twin: data from a spec alone, in the storage layout, so that jobs can be tried on
//! machines that never see real data.

use crate::bucket::Buckets;
use crate::canonical::{Cell, Pseudonyms, RowLayout, UNIT_BYTES};
use crate::error::IngestError;
use crate::ingest::{Draft, row_bytes};
use crate::manifest::Manifest;
use crate::sort::SORT_BYTES;
use irongate_policy::dataset::{Column, ColumnType, DatasetSpec, DomainValue, NullRule};
use irongate_policy::{NamespaceKey, VersionId};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use std::path::Path;

/// The most units of a twin, whatever is declared: a job is tried in seconds.
pub const MAX_TWIN_UNITS: u64 = 2000;
/// The most rows one of its units gets.
pub const MAX_TWIN_ROWS: u32 = 20;
/// Rows of a public table none of whose columns has a domain.
const PUBLIC_ROWS: usize = 100;
/// One value in so many is null, where nulls are kept.
const NULL_ONE_IN: u32 = 10;
/// Range of an integer or decimal without bounds, in stored units.
const FREE_RANGE: (i64, i64) = (0, 100);
/// Range of a date without bounds: 2020-01-01 to 2025-12-31, in days.
const FREE_DAYS: (i64, i64) = (18_262, 20_453);
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// Different texts of a column without domain.
const FREE_TEXTS: u32 = 10;

/// Generates a dataset from its spec alone: values uniform over domain or bounds, units up to the
/// declared bound or [`MAX_TWIN_UNITS`], one to `max_rows` (or [`MAX_TWIN_ROWS`]) rows each. Twins of
/// one namespace and seed share their units. In a public table row `i` takes the `i`-th value of each
/// domain, so a code list is complete.
///
/// # Errors
/// [`IngestError::Exists`] if the folder is there already; else what failed.
pub fn twin(spec: &DatasetSpec, seed: u64, out_dir: &Path) -> Result<Manifest, IngestError> {
    let mut key = [0; NamespaceKey::LENGTH];
    key.iter_mut()
        .zip(seed.to_be_bytes())
        .for_each(|(to, from)| *to = from);
    let key = NamespaceKey::new(key);
    let layout = RowLayout::new(spec);
    let columns: Vec<&Column> = spec.stored_columns().collect();
    let in_order: Vec<&Column> = layout
        .cells
        .iter()
        .filter_map(|(i, _)| columns.get(*i).copied())
        .collect();
    let draft = Draft::create(out_dir)?;
    let mut buckets = Buckets::create(&draft.work, 0)?;
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    match spec.protected() {
        None => {
            let domains = in_order
                .iter()
                .filter_map(|column| column.domain.as_ref().map(Vec::len));
            for i in 0..domains.max().unwrap_or(PUBLIC_ROWS) {
                let cells = in_order
                    .iter()
                    .map(|column| listed(column, i).unwrap_or_else(|| random(column, &mut rng)));
                buckets.push(&row_bytes(&[0; UNIT_BYTES], cells))?;
            }
        }
        Some(protected) => {
            let mut pseudonyms = Pseudonyms::new(&key);
            let namespace = protected.unit.namespace.as_str();
            for unit in 0..protected.units_at_most.min(MAX_TWIN_UNITS) {
                let name = (ColumnType::String, Cell::Text(namespace.into()));
                let ordinal = (ColumnType::Int64, Cell::Int(unit.cast_signed()));
                let id = pseudonyms.of([name, ordinal].into_iter());
                let id = id.ok_or(IngestError::Internal {
                    step: "form a pseudonym",
                })?;
                for _ in 0..rng.random_range(1..=protected.unit.max_rows.min(MAX_TWIN_ROWS)) {
                    let cells = in_order.iter().map(|column| random(column, &mut rng));
                    buckets.push(&row_bytes(&id, cells))?;
                }
            }
        }
    }
    let stored = draft.store(spec, &layout, buckets, &key, SORT_BYTES, &mut |_| {})?;
    let version =
        VersionId::new(format!("twin-{seed}")).map_err(IngestError::internal("name a twin"))?;
    let manifest = stored.manifest(spec, &version, &[0; 32])?;
    draft.publish(&manifest)?;
    Ok(manifest)
}

/// The `i`-th value of a column's domain, over and over.
fn listed(column: &Column, i: usize) -> Option<Cell<'static>> {
    let domain = column.domain.as_ref()?;
    domain
        .get(i.checked_rem(domain.len())?)
        .map(|value| declared(column, value))
}

fn declared(column: &Column, value: &DomainValue) -> Cell<'static> {
    match (column.stored_value(value), value) {
        (Some(stored), _) => Cell::Int(stored),
        (None, DomainValue::Bool(value)) => Cell::Bool(*value),
        (None, DomainValue::Int(value)) => Cell::Int(*value),
        (None, DomainValue::Text(text)) => Cell::Text(text.clone().into()),
    }
}

fn random(column: &Column, rng: &mut ChaCha20Rng) -> Cell<'static> {
    if column.null == NullRule::Keep && rng.random_ratio(1, NULL_ONE_IN) {
        return Cell::Null;
    }
    if let Some(domain) = &column.domain {
        return listed(column, rng.random_range(0..domain.len().max(1))).unwrap_or(Cell::Null);
    }
    let free = match column.kind {
        ColumnType::Bool => return Cell::Bool(rng.random()),
        ColumnType::String => {
            return Cell::Text(format!("text-{}", rng.random_range(0..FREE_TEXTS)).into());
        }
        ColumnType::Int64 | ColumnType::Decimal { .. } => FREE_RANGE,
        ColumnType::Date => FREE_DAYS,
        ColumnType::Timestamp => (FREE_DAYS.0 * MICROS_PER_DAY, FREE_DAYS.1 * MICROS_PER_DAY),
    };
    let (lo, hi) = column.stored_bounds().unwrap_or(free);
    Cell::Int(rng.random_range(lo..=hi))
}
