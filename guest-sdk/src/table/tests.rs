use super::*;
use crate::Released;

#[derive(Debug, PartialEq, irongate_guest_macros::Row)]
struct Visit {
    year: i64,
    #[row(rename = "mean_visits")]
    mean: Option<f64>,
}

#[derive(irongate_guest_macros::Row)]
struct Noisy {
    mean_visits: Option<Released<f64>>,
}

fn visits() -> Table {
    let mean = Column::from_parts(
        "mean_visits",
        Values::Float64s(vec![2.5, 0.0, 1.5]),
        vec![true, false, true],
        Some(vec![0.1, 0.2, 0.3]),
    );
    Table::new(vec![
        Column::new("year", Values::Int64s(vec![1986, 1985, 1984])),
        mean.unwrap(),
    ])
    .unwrap()
}

#[test]
fn rows_are_typed() {
    let rows: Vec<Visit> = visits().rows().unwrap();
    assert_eq!(
        rows[0],
        Visit {
            year: 1986,
            mean: Some(2.5)
        }
    );
    assert_eq!(
        rows[1],
        Visit {
            year: 1985,
            mean: None
        }
    );
    let noisy: Vec<Noisy> = visits().rows().unwrap();
    assert_eq!(
        noisy[2].mean_visits,
        Some(Released {
            value: 1.5,
            half_width: 0.3
        })
    );
    assert!(noisy[1].mean_visits.is_none());
}

#[test]
fn rows_that_do_not_fit_are_named() {
    let named = |result: Result<Vec<Visit>>| result.unwrap_err().to_string();
    let short = visits().select(&["year"]).unwrap();
    assert_eq!(
        named(short.rows()),
        "no column `mean_visits`; there are: year"
    );
    let text = Column::new("year", Values::Strings(vec!["1984".into()]));
    let mean = Column::new("mean_visits", Values::Float64s(vec![1.0]));
    let table = Table::new(vec![text, mean]).unwrap();
    assert_eq!(
        named(table.rows()),
        "column `year`, row 0: string where i64 is wanted"
    );
    let plain = Table::new(vec![Column::new(
        "mean_visits",
        Values::Float64s(vec![1.0]),
    )])
    .unwrap();
    assert!(plain.rows::<Noisy>().is_err());
}

#[test]
fn choosing_keeps_intervals_and_adding_has_none() {
    let table = visits()
        .filter(|row| Ok(row.get::<Option<f64>>("mean_visits")?.is_some()))
        .unwrap()
        .sort_by_key(|row| row.get::<i64>("year"))
        .unwrap()
        .rename("mean_visits", "mean")
        .unwrap()
        .with_column(Column::new("twice", Values::Float64s(vec![3.0, 5.0])))
        .unwrap();
    assert_eq!(
        table.column("year").unwrap().values(),
        &Values::Int64s(vec![1984, 1986])
    );
    assert_eq!(
        table.column("mean").unwrap().half_widths(),
        Some(&[0.3, 0.1][..])
    );
    assert_eq!(
        table.column("mean").unwrap().value(1),
        Some(Value::Float64(2.5))
    );
    assert_eq!(table.column("twice").unwrap().half_widths(), None);
}

#[test]
fn a_table_made_of_rows_has_no_intervals() {
    let rows: Vec<Visit> = visits().rows().unwrap();
    let table = Table::from_rows(&rows).unwrap();
    assert_eq!(table.rows::<Visit>().unwrap(), rows);
    assert!(
        table
            .columns()
            .iter()
            .all(|column| column.half_widths().is_none())
    );
    assert!(table.column("mean_visits").unwrap().has_nulls());
    assert_eq!(Table::from_rows::<Visit>(&[]).unwrap().columns().len(), 2);
}

#[test]
fn tables_refuse_what_does_not_fit() {
    let year = || Column::new("year", Values::Int64s(vec![1984]));
    let long = Column::new("other", Values::Int64s(vec![1, 2]));
    assert!(Table::new(vec![year(), year()]).is_err());
    assert!(Table::new(vec![year(), long]).is_err());
    assert!(visits().rename("mean_visits", "year").is_err());
    assert!(visits().rename("none", "other").is_err());
    assert!(visits().select(&["year", "year"]).is_err());
    assert!(Column::from_parts("x", Values::Bools(vec![true]), vec![true, true], None).is_err());
    assert!(Column::from_parts("x", Values::Bools(vec![true]), vec![], Some(vec![])).is_err());
    assert!(Column::from_values("x", Kind::Int64, &[Value::Bool(true)]).is_err());
}

#[test]
fn decimals_share_a_scale() {
    let number = |text: &str| Value::Decimal(text.parse().unwrap());
    let column = Column::from_values(
        "x",
        Kind::Decimal,
        &[number("1.5"), Value::Null, number("0.25")],
    )
    .unwrap();
    assert_eq!(
        column.values(),
        &Values::Decimals {
            scale: 2,
            units: vec![150, 0, 25]
        }
    );
    assert_eq!(column.value(1), Some(Value::Null));
    assert_eq!(column.value(3), None);
}
