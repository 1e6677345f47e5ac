//! Whatever bytes come as a statement: the checker does not panic or take long, and what it accepts has
//! the neighbour property on a small pair of databases.
//!
//! `cargo xtask fuzz` runs it.
#![no_main]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    unsafe_code,
    reason = "a test; the entry point that the fuzzer's library looks for is written by its macro"
)]

#[path = "../../../runtime/engine/tests/it/fixture.rs"]
mod fixture;
#[path = "../../../runtime/engine/tests/it/evidence/judge.rs"]
mod judge;
#[path = "../../../runtime/engine/tests/it/mappers.rs"]
mod mappers;
#[path = "../../../runtime/engine/tests/it/evidence/pair.rs"]
mod pair;

use fixture::{Visit, catalog, options};
use irongate_engine::check;
use libfuzzer_sys::{Corpus, fuzz_target};
use pair::{Neighbours, ran};
use std::cell::OnceCell;

/// Longest statement, bytes: long ones have cases of their own.
const LONGEST: usize = 2_000;
/// Who is in one database and not in the other.
const GONE: u8 = 7;

/// A few units with many rows, all districts, and nulls.
fn visits() -> Vec<Visit> {
    let visit = |i: i64| {
        let unit = [GONE, 3, 130, 255, GONE][i as usize % 5];
        let amount = (i % 7 != 0).then_some(i % 11);
        let note = ["", "follow-up", "x", "ok"][i as usize % 4];
        (
            unit,
            1 + i % 3,
            amount,
            i128::from(i * 37 % 551),
            (i % 3 == 0).then_some(i - 20),
            note,
        )
    };
    (0..40).map(visit).collect()
}

thread_local! {
    static PAIR: OnceCell<Neighbours> = const { OnceCell::new() };
}

fuzz_target!(|sql: &str| -> Corpus {
    if sql.len() > LONGEST {
        return Corpus::Reject;
    }
    if let Ok(query) = check(sql, &catalog(), &options()) {
        PAIR.with(|pair| {
            let pair = pair.get_or_init(|| Neighbours::new(&visits(), GONE, 2));
            if let Some(ran) = ran(sql, &query, pair, None) {
                assert!(ran.wrong.is_empty(), "{:#?}", ran.wrong);
            }
        });
    }
    Corpus::Keep
});
