//! Two protected tables of one namespace, one of another, and a public one, in the storage layout.

use crate::mappers::mappers;
use arrow::array::{
    ArrayRef, AsArray, Date32Array, Decimal128Array, FixedSizeBinaryArray, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use irongate_engine::{
    Catalog, DataAccess, LossRequest, MapUnit, Mapped, QueryOptions, Stopped, Table,
};
use irongate_policy::dataset::*;
use irongate_policy::{
    Currency, DatasetId, ElementId, Grade, NamespaceId, NamespaceKey, PartyId, VersionId,
};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{WriterProperties, WriterVersion};
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) fn column(
    name: &str,
    kind: ColumnType,
    role: Role,
    domain: Option<Vec<DomainValue>>,
    bounds: Option<(&str, &str)>,
    null: NullRule,
) -> Column {
    Column {
        name: name.into(),
        kind,
        role,
        grade: Grade::General3,
        domain,
        bounds: bounds.map(|(lo, hi)| Bounds {
            lo: lo.parse().unwrap(),
            hi: hi.parse().unwrap(),
        }),
        out_of_range: OutOfRange::Clamp,
        null,
        measure: None,
    }
}

pub(crate) fn spec(name: &str, namespace: Option<&str>, columns: Vec<Column>) -> DatasetSpec {
    let text = || Bilingual {
        zh: "测试".into(),
        en: "test".into(),
    };
    DatasetSpec {
        name: DatasetId::new(name).unwrap(),
        title: text(),
        provider: PartyId::new("p").unwrap(),
        regulator: PartyId::new("r").unwrap(),
        source_element: ElementId::new("e").unwrap(),
        legal_basis: "test".into(),
        update_frequency: UpdateFrequency::None,
        source: Source {
            format: Format::Csv,
            null_values: vec![],
            ignore: vec![],
        },
        protection: namespace.map_or(Protection::Public, |n| {
            Protection::Protected(Box::new(Protected {
                unit: Unit {
                    namespace: NamespaceId::new(n).unwrap(),
                    columns: vec!["id".into()],
                    max_rows: 5,
                    linked: std::collections::BTreeSet::new(),
                    unique_within_unit: vec![],
                },
                budget: Budget {
                    currency: Currency::Rho,
                    cap: "2".parse().unwrap(),
                    delta: "1e-6".parse().unwrap(),
                },
                units_at_most: 10_000,
                size_class: SizeClass::Small,
            }))
        }),
        columns,
    }
}

pub(crate) fn catalog() -> Catalog {
    let id = || {
        column(
            "id",
            ColumnType::Int64,
            Role::Unit,
            None,
            None,
            NullRule::Drop,
        )
    };
    let district = || {
        column(
            "district",
            ColumnType::Int64,
            Role::Key,
            Some((1..=3).map(DomainValue::Int).collect()),
            None,
            NullRule::Drop,
        )
    };
    let visits = vec![
        id(),
        district(),
        column(
            "amount",
            ColumnType::Int64,
            Role::Measure,
            None,
            Some(("0", "10")),
            NullRule::Keep,
        ),
        column(
            "cost",
            ColumnType::Decimal { scale: 2 },
            Role::Measure,
            None,
            Some(("0", "5.5")),
            NullRule::Drop,
        ),
        column(
            "free",
            ColumnType::Int64,
            Role::Attribute,
            None,
            None,
            NullRule::Keep,
        ),
        column(
            "note",
            ColumnType::String,
            Role::Attribute,
            None,
            None,
            NullRule::Drop,
        ),
    ];
    let people = vec![
        id(),
        column(
            "age",
            ColumnType::Int64,
            Role::Attribute,
            None,
            Some(("0", "120")),
            NullRule::Drop,
        ),
    ];
    let areas = vec![
        district(),
        column(
            "area",
            ColumnType::String,
            Role::Attribute,
            None,
            None,
            NullRule::Drop,
        ),
    ];
    // From 2020 to 2023, in days and microseconds since 1970.
    let stays = vec![
        id(),
        column(
            "seq",
            ColumnType::Int64,
            Role::Attribute,
            None,
            Some(("0", "9")),
            NullRule::Drop,
        ),
        column(
            "day",
            ColumnType::Date,
            Role::Attribute,
            None,
            Some(("18262", "19722")),
            NullRule::Drop,
        ),
        column(
            "at",
            ColumnType::Timestamp,
            Role::Attribute,
            None,
            Some(("1577836800000000", "1704067199999999")),
            NullRule::Drop,
        ),
        column(
            "free_day",
            ColumnType::Date,
            Role::Attribute,
            None,
            None,
            NullRule::Drop,
        ),
    ];
    let tables = [
        ("stays", Some("person"), stays),
        ("visits", Some("person"), visits),
        ("people", Some("person"), people.clone()),
        ("firms", Some("firm"), people),
        ("areas", None, areas),
    ];
    Catalog {
        tables: tables
            .into_iter()
            .map(|(n, ns, c)| {
                let mut spec = spec(n, ns, c);
                if let ("stays", Protection::Protected(p)) = (n, &mut spec.protection) {
                    p.unit.unique_within_unit = vec!["seq".into()];
                }
                let version = VersionId::new("v1").unwrap();
                (n.to_owned(), Table { spec, version })
            })
            .collect(),
        mappers: mappers(),
    }
}

/// Other caps of a protected table than the catalog declares.
pub(crate) fn declare(catalog: &mut Catalog, table: &str, caps: impl FnOnce(&mut Protected)) {
    let spec = &mut catalog.tables.get_mut(table).unwrap().spec;
    match &mut spec.protection {
        Protection::Protected(protected) => caps(protected),
        Protection::Public => panic!("{table} is public"),
    }
}

pub(crate) fn options() -> QueryOptions {
    QueryOptions::new(LossRequest::Epsilon("100000".parse().unwrap()))
}

/// Files in a temporary folder.
pub(crate) struct Data {
    pub(crate) dir: tempfile::TempDir,
}

impl DataAccess for Data {
    fn files(&self, dataset: &DatasetId, _: &VersionId) -> Result<Vec<PathBuf>, String> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.dir.path())
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| {
                p.file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with(dataset.as_str())
            })
            .collect();
        files.sort();
        Ok(files)
    }
    fn key(&self, _: &NamespaceId) -> Result<NamespaceKey, String> {
        Ok(NamespaceKey::new([9; 32]))
    }
    fn mapper(&self, _: &str) -> Result<Arc<dyn MapUnit>, String> {
        Ok(Arc::new(Hashing))
    }
}

/// The code of every mapper: numbers, often beyond their bounds, that any change of the rows changes; and for some
/// rows none.
struct Hashing;

impl MapUnit for Hashing {
    fn map(&self, rows: &[u8], outputs: &mut [f64]) -> Result<Mapped, Stopped> {
        let fnv = rows.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
            (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        if fnv.is_multiple_of(7) {
            return Ok(Mapped::Default);
        }
        for (output, at) in outputs.iter_mut().zip(0..) {
            *output = match (fnv >> (9 * (at % 6))) % 50 {
                0 => f64::NAN,
                number => number as f64 / 2.0 - 5.0,
            };
        }
        Ok(Mapped::Numbers)
    }
}

/// Writes a file in the storage layout: rows in unit order, the unit first.
pub(crate) fn write(dir: &std::path::Path, name: &str, columns: Vec<(&str, ArrayRef, bool)>) {
    let columns = columns.into_iter().map(|(name, column, is_nullable)| {
        let is_unit = matches!(column.data_type(), DataType::FixedSizeBinary(_));
        let stored = is_unit.then(|| cast(&column, &DataType::Binary).unwrap());
        (name, stored.unwrap_or(column), is_nullable)
    });
    write_as_it_is(dir, name, columns.collect());
}

/// Writes a file with its columns as they are: pseudonyms of fixed length, as they once were stored.
pub(crate) fn write_as_it_is(
    dir: &std::path::Path,
    name: &str,
    columns: Vec<(&str, ArrayRef, bool)>,
) {
    let schema = Schema::new(
        columns
            .iter()
            .map(|(n, a, null)| Field::new(*n, a.data_type().clone(), *null))
            .collect::<Vec<_>>(),
    );
    let batch = RecordBatch::try_new(
        Arc::new(schema),
        columns.into_iter().map(|(_, a, _)| a).collect(),
    )
    .unwrap();
    let mut writer = ArrowWriter::try_new(
        std::fs::File::create(dir.join(name)).unwrap(),
        batch.schema(),
        Some(
            WriterProperties::builder()
                .set_writer_version(WriterVersion::PARQUET_2_0)
                .build(),
        ),
    )
    .unwrap();
    // As ingest does: no row group has pseudonyms that differ in their first four bits.
    let mut rest = batch;
    while rest.num_rows() > 0 {
        let units = cast(rest.column(0), &DataType::Binary);
        let cut = match units
            .as_ref()
            .ok()
            .and_then(|units| units.as_binary_opt::<i32>())
        {
            Some(units) => {
                let cells = units.iter().map(|unit| unit.unwrap()[0] >> 4);
                let first = cells.clone().next();
                cells.take_while(|cell| Some(*cell) == first).count()
            }
            None => rest.num_rows(),
        };
        writer.write(&rest.slice(0, cut)).unwrap();
        writer.flush().unwrap();
        rest = rest.slice(cut, rest.num_rows() - cut);
    }
    writer.close().unwrap();
}

/// A visit: unit, district, amount, cost in hundredths, free, note.
pub(crate) type Visit = (u8, i64, Option<i64>, i128, Option<i64>, &'static str);

fn units(of: impl Iterator<Item = u8>) -> ArrayRef {
    Arc::new(FixedSizeBinaryArray::try_from_iter(of.map(|u| [u; 16])).unwrap())
}

/// One stay for each visit: the first of a unit on 2 February 2021, each next one 250 days later.
fn write_stays(dir: &std::path::Path, visits: &[Visit]) {
    if visits.is_empty() {
        return;
    }
    let place = |at: usize| visits[..at].iter().filter(|v| v.0 == visits[at].0).count();
    let seq: Vec<i64> = (0..visits.len()).map(|at| place(at) as i64).collect();
    let days: Vec<i32> = seq.iter().map(|s| 18_660 + 250 * *s as i32).collect();
    let at = days.iter().zip(&seq);
    let at = at.map(|(day, seq)| (i64::from(*day) * 24 + seq) * 3_600_000_000);
    let day = || Arc::new(Date32Array::from(days.clone())) as ArrayRef;
    write(
        dir,
        "stays-0.parquet",
        vec![
            ("unit", units(visits.iter().map(|v| v.0)), false),
            ("seq", Arc::new(Int64Array::from(seq.clone())), false),
            ("day", day(), false),
            (
                "at",
                Arc::new(TimestampMicrosecondArray::from_iter_values(at)),
                false,
            ),
            ("free_day", day(), false),
        ],
    );
}

/// Writes visits sorted by unit into files of whole units.
pub(crate) fn data(visits: &[Visit], files: usize) -> Data {
    let mut visits = visits.to_vec();
    visits.sort();
    data_as_it_is(&visits, files)
}

/// Writes visits, which are in unit order, into files of whole units.
pub(crate) fn data_as_it_is(visits: &[Visit], files: usize) -> Data {
    let dir = tempfile::tempdir().unwrap();
    for f in 0..files {
        let part: Vec<&Visit> = visits
            .iter()
            .filter(|v| usize::from(v.0) * files / 256 == f)
            .collect();
        if part.is_empty() {
            continue;
        }
        let cost = part
            .iter()
            .map(|v| Some(v.3))
            .collect::<Decimal128Array>()
            .with_precision_and_scale(18, 2)
            .unwrap();
        write(
            dir.path(),
            &format!("visits-{f}.parquet"),
            vec![
                ("unit", units(part.iter().map(|v| v.0)), false),
                (
                    "district",
                    Arc::new(part.iter().map(|v| Some(v.1)).collect::<Int64Array>()),
                    false,
                ),
                (
                    "amount",
                    Arc::new(part.iter().map(|v| v.2).collect::<Int64Array>()),
                    true,
                ),
                ("cost", Arc::new(cost), false),
                (
                    "free",
                    Arc::new(part.iter().map(|v| v.4).collect::<Int64Array>()),
                    true,
                ),
                (
                    "note",
                    Arc::new(part.iter().map(|v| Some(v.5)).collect::<StringArray>()),
                    false,
                ),
            ],
        );
    }
    write_stays(dir.path(), visits);
    let mut people: Vec<u8> = visits.iter().map(|v| v.0).collect();
    people.dedup();
    if !people.is_empty() {
        write(
            dir.path(),
            "people-0.parquet",
            vec![
                ("unit", units(people.iter().copied()), false),
                (
                    "age",
                    Arc::new(
                        people
                            .iter()
                            .map(|u| Some(i64::from(*u)))
                            .collect::<Int64Array>(),
                    ),
                    false,
                ),
            ],
        );
    }
    write(
        dir.path(),
        "areas-0.parquet",
        vec![
            ("district", Arc::new(Int64Array::from(vec![1, 2, 3])), false),
            (
                "area",
                Arc::new(StringArray::from(vec!["north", "north", "south"])),
                false,
            ),
        ],
    );
    Data { dir }
}
