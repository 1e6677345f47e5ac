use super::*;
use crate::testing::{lay_out, lay_out_units};
use crate::{Column, Table, Value, Values};

#[derive(Debug, PartialEq, crate::UnitRow)]
struct Visit<'a> {
    year: i64,
    note: Option<&'a str>,
    #[row(rename = "cost")]
    paid: Option<Decimal>,
    was_urgent: bool,
    day: Date,
    at: Option<Timestamp>,
}

fn decimal(units: i64) -> Value {
    Value::Decimal(Decimal::new(units, 2).unwrap())
}

fn table() -> Table {
    let column = |name: &str, kind, values: &[Value]| Column::from_values(name, kind, values);
    let date = |days| Value::Date(Date::from_days(days));
    Table::new(vec![
        // Not in the order of the struct's fields, and one column more.
        column(
            "note",
            Kind::String,
            &[
                Value::String("两".into()),
                Value::Null,
                Value::String("a".into()),
            ],
        )
        .unwrap(),
        column(
            "year",
            Kind::Int64,
            &[Value::Int64(1985), Value::Int64(-3), Value::Int64(1985)],
        )
        .unwrap(),
        Column::new("unread", Values::Bools(vec![true, true, false])),
        column(
            "cost",
            Kind::Decimal,
            &[decimal(-150), decimal(7), Value::Null],
        )
        .unwrap(),
        column(
            "was_urgent",
            Kind::Bool,
            &[Value::Bool(true), Value::Bool(false), Value::Bool(true)],
        )
        .unwrap(),
        column("day", Kind::Date, &[date(20_000), date(-1), date(0)]).unwrap(),
        column(
            "at",
            Kind::Timestamp,
            &[
                Value::Null,
                Value::Timestamp(Timestamp::from_micros(5)),
                Value::Null,
            ],
        )
        .unwrap(),
    ])
    .unwrap()
}

fn expected() -> [Visit<'static>; 3] {
    let paid = |units| Decimal::new(units, 2);
    [
        Visit {
            year: -3,
            note: None,
            paid: paid(7),
            was_urgent: false,
            day: Date::from_days(-1),
            at: Some(Timestamp::from_micros(5)),
        },
        Visit {
            year: 1985,
            note: Some("a"),
            paid: None,
            was_urgent: true,
            day: Date::from_days(0),
            at: None,
        },
        Visit {
            year: 1985,
            note: Some("两"),
            paid: paid(-150),
            was_urgent: true,
            day: Date::from_days(20_000),
            at: None,
        },
    ]
}

#[test]
fn rows_are_read_in_their_order() {
    let buffer = lay_out::<Visit<'_>>(&table()).unwrap();
    let rows = Rows::<Visit<'_>>::new(&buffer).unwrap();
    assert_eq!((rows.len(), rows.get(3)), (3, None));
    assert_eq!(rows.get(1).as_ref(), expected().get(1));
    assert_eq!(rows.collect::<Vec<_>>(), expected());
}

#[test]
fn the_layout_is_the_documented_one() {
    #[derive(crate::UnitRow)]
    struct Row<'a> {
        #[expect(dead_code, reason = "laid out, not read")]
        n: Option<i64>,
        #[expect(dead_code, reason = "laid out, not read")]
        text: &'a str,
    }
    let table = Table::new(vec![
        Column::from_values("n", Kind::Int64, &[Value::Int64(258), Value::Null]).unwrap(),
        Column::new("text", Values::Strings(vec!["ab".into(), "c".into()])),
    ])
    .unwrap();
    let words: [[u8; 8]; 9] = [
        [1, 0, 0, 0, 2, 0, 0, 0],             // version, rows
        [2, 0, 0, 0, 0x8c, 0x81, 0x38, 0x0b], // columns, and the checksum of "n" and "text"
        [1, 0, 1, 0, 0, 0, 0, 0],             // int64, nullable
        [5, 0, 0, 0, 0, 0, 0, 0],             // string
        [2, 0, 0, 0, 0, 0, 0, 0],             // the second row has a number: nulls come first
        [0; 8],
        [2, 1, 0, 0, 0, 0, 0, 0], // 258
        [1, 0, 0, 0, 3, 0, 0, 0], // where the texts end
        *b"cab\0\0\0\0\0",
    ];
    assert_eq!(lay_out::<Row<'_>>(&table).unwrap(), words.concat());
}

#[test]
fn a_double_reads_numbers() {
    #[derive(Debug, PartialEq, crate::UnitRow)]
    struct Row {
        cost: Option<f64>,
        year: f64,
    }
    let buffer = lay_out::<Row>(&table()).unwrap();
    let rows: Vec<_> = Rows::<Row>::new(&buffer)
        .unwrap()
        .map(|row| (row.cost, row.year))
        .collect();
    assert_eq!(
        rows,
        [(None, 1985.0), (Some(-1.5), 1985.0), (Some(0.07), -3.0)]
    );
}

#[test]
fn other_columns_are_not_read() {
    #[derive(crate::UnitRow)]
    struct Text<'a> {
        #[expect(dead_code, reason = "never read")]
        year: &'a str,
    }
    #[derive(crate::UnitRow)]
    struct Number {
        #[expect(dead_code, reason = "never read")]
        year: i64,
    }
    #[derive(crate::UnitRow)]
    struct Maybe {
        year: Option<i64>,
    }
    #[derive(crate::UnitRow)]
    struct Renamed {
        #[expect(dead_code, reason = "never read")]
        years: Option<i64>,
    }
    assert!(lay_out::<Text<'_>>(&table()).is_err());
    let buffer = lay_out::<Maybe>(&table()).unwrap();
    assert!(Rows::<Text<'_>>::new(&buffer).is_err());
    assert!(Rows::<Number>::new(&buffer).is_err(), "it may hold nulls");
    assert!(Rows::<Renamed>::new(&buffer).is_err(), "another name");
    assert!(
        Rows::<Visit<'_>>::new(&buffer).is_err(),
        "columns are missing"
    );
    assert_eq!(
        Rows::<Maybe>::new(&buffer)
            .unwrap()
            .map(|row| row.year)
            .max(),
        Some(Some(1985))
    );
    let all = lay_out::<Visit<'_>>(&table()).unwrap();
    assert!(Rows::<Number>::new(&all).is_err(), "there are more columns");
}

/// A buffer that is cut anywhere, or has one byte changed, is refused or read as rows of some kind: nothing else.
#[test]
fn broken_buffers_are_refused_or_read_within_bounds() {
    let buffer = lay_out::<Visit<'_>>(&table()).unwrap();
    for length in 0..buffer.len() {
        assert!(
            Rows::<Visit<'_>>::new(&buffer[..length]).is_err(),
            "{length} bytes"
        );
    }
    for at in 0..buffer.len() {
        for change in [1, 0x80, 0xff] {
            let mut broken = buffer.clone();
            broken[at] ^= change;
            if let Ok(rows) = Rows::<Visit<'_>>::new(&broken) {
                let texts = rows
                    .clone()
                    .filter_map(|row| row.note)
                    .map(str::len)
                    .sum::<usize>();
                assert!(rows.count() <= buffer.len() * 8 && texts <= buffer.len() * 8);
            }
        }
    }
}

/// What a block's people are read as, one after another.
fn people(buffer: &[u8]) -> Option<Vec<usize>> {
    let units = Units::<Visit<'_>>::new(buffer).ok()?;
    Some(
        units
            .map(|rows| rows.map(|row| row.note.map_or(0, str::len) + 1).sum())
            .collect(),
    )
}

#[test]
fn people_are_read_one_after_another() {
    let table = table();
    let nobody = table.clone().filter(|_| Ok(false)).unwrap();
    let buffer = lay_out_units::<Visit<'_>>(&[&table, &nobody, &table]).unwrap();
    let units = Units::<Visit<'_>>::new(&buffer).unwrap();
    assert_eq!((units.len(), units.rows().count()), (3, 6));
    let rows: Vec<usize> = units.map(|rows| rows.len()).collect();
    assert_eq!(rows, [3, 0, 3]);
    // One person's rows are no block, nor the other way about.
    assert!(Rows::<Visit<'_>>::new(&buffer).is_err());
    assert!(people(&lay_out::<Visit<'_>>(&table).unwrap()).is_none());
    assert_eq!(
        people(&lay_out_units::<Visit<'_>>(&[]).unwrap()),
        Some(vec![])
    );
}

#[test]
fn broken_blocks_are_refused_or_read_within_bounds() {
    let table = table();
    let buffer = lay_out_units::<Visit<'_>>(&[&table, &table]).unwrap();
    for length in 0..buffer.len() {
        assert!(people(&buffer[..length]).is_none(), "{length} bytes");
    }
    for at in 0..buffer.len() {
        for change in [1, 0x80, 0xff] {
            let mut broken = buffer.clone();
            broken[at] ^= change;
            let read = people(&broken).unwrap_or_default();
            assert!(read.iter().all(|bytes| *bytes <= buffer.len() * 8));
        }
    }
}

#[test]
fn no_rows_are_rows_too() {
    let buffer = lay_out::<Visit<'_>>(&table().filter(|_| Ok(false)).unwrap()).unwrap();
    let rows = Rows::<Visit<'_>>::new(&buffer).unwrap();
    assert!(rows.is_empty());
    assert_eq!(rows.count(), 0);
}
