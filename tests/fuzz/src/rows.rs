//! Whatever bytes a mapper is called with: the reader of rows refuses them, or reads within them.
//!
//! `cargo xtask fuzz` runs it.
#![no_main]
#![allow(
    unsafe_code,
    reason = "a test; the entry point that the fuzzer's library looks for is written by its macro"
)]

use irongate_guest::{Date, Decimal, Rows, Timestamp, UnitRow, Units};
use libfuzzer_sys::fuzz_target;

/// A column of each kind, with nulls and without.
#[derive(UnitRow)]
struct Row<'a> {
    truth: bool,
    number: i64,
    double: f64,
    decimal: Option<Decimal>,
    day: Date,
    at: Option<Timestamp>,
    text: &'a str,
    other: Option<&'a str>,
}

/// Bytes that a row takes of its buffer at least, and so how many there are at most.
fn looked_at(row: &Row<'_>) -> usize {
    let numbers = i64::from(row.truth) ^ row.number ^ i64::from(row.day.days());
    let more = row.decimal.map_or(0, Decimal::units) ^ row.at.map_or(0, Timestamp::micros);
    std::hint::black_box((numbers ^ more, row.double));
    row.text.len() + row.other.map_or(0, str::len)
}

fuzz_target!(|bytes: &[u8]| {
    // The checksum of names is no secret: whoever lays rows out knows it.
    let mut buffer = bytes.to_vec();
    let names = irongate_guest::rows::checksum(Row::COLUMNS).to_le_bytes();
    for (to, from) in buffer.iter_mut().skip(12).zip(names) {
        *to = from;
    }
    if let Ok(rows) = Rows::<Row<'_>>::new(&buffer) {
        assert!(rows.len() <= buffer.len());
        let texts: Vec<usize> = rows.map(|row| looked_at(&row)).collect();
        assert!(texts.iter().all(|length| *length <= 2 * buffer.len()));
    }
    if let Ok(units) = Units::<Row<'_>>::new(&buffer) {
        assert!(units.len() <= buffer.len());
        for rows in units {
            assert!(rows.len() <= buffer.len());
            for row in rows {
                assert!(looked_at(&row) <= 2 * buffer.len());
            }
        }
    }
});
