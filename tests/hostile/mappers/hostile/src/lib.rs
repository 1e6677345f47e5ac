//! A mapper written in Rust to be heard of one person, by whatever the standard library has: the first row says what it does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    unconditional_recursion,
    reason = "what is tried is what goes wrong"
)]

use irongate_guest::prelude::*;
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// What to do.
#[derive(Debug, Clone, Copy, UnitRow)]
pub struct Row {
    /// One of the numbers below.
    pub act: i64,
}

/// What was found.
#[derive(Debug, Outputs)]
pub struct Found {
    /// A number.
    pub found: f64,
}

static CALLS: AtomicU32 = AtomicU32::new(0);
static KEPT: OnceLock<f64> = OnceLock::new();
static HELD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

thread_local! {
    static LAST: Cell<i64> = const { Cell::new(0) };
}

fn deep(n: u64) -> u64 {
    std::hint::black_box(deep(n + 1)) + 1
}

/// Does one thing, and says what it saw.
#[irongate_guest::mapper]
pub fn map(mut rows: Rows<'_, Row>) -> Found {
    let act = rows.next().map_or(0, |row| row.act);
    let found = match act {
        // Counts calls, in a static.
        1 => f64::from(CALLS.fetch_add(1, Ordering::SeqCst)),
        // Keeps the first call's number.
        2 => f64::from(u8::from(KEPT.set(7.0).is_err())),
        // Keeps bytes in a mutex.
        3 => {
            let mut held = HELD.lock().unwrap();
            held.extend([1; 1000]);
            held.len() as f64
        }
        // Keeps what the last call did.
        4 => LAST.replace(9) as f64,
        5 => panic!("heard of {act}"),
        // More than a call's memory.
        6 => Vec::<u8>::with_capacity(1 << 30).capacity() as f64,
        // A little, for ever.
        7 => loop {
            std::mem::forget(std::hint::black_box(vec![act; 4096]));
        },
        8 => deep(0) as f64,
        9 => loop {
            std::hint::black_box(act);
        },
        // A clock, of which there is none.
        10 => std::time::Instant::now().elapsed().as_secs_f64(),
        11 => std::time::SystemTime::now()
            .elapsed()
            .map_or(0.0, |t| t.as_secs_f64()),
        // Seeds that differ from process to process.
        12 => (RandomState::new().hash_one(act) >> 12) as f64,
        // The order of a map with such seeds.
        13 => {
            let map: HashMap<i64, i64> = (0..50).map(|n| (n, n)).collect();
            map.keys().fold(0, |sum, key| (sum * 31 + key) % 1_000_003) as f64
        }
        // Where memory lies.
        14 => std::ptr::from_ref(Box::leak(Box::new(act))).addr() as f64,
        15 => std::env::vars().count() as f64,
        16 => f64::from(u8::from(std::fs::read("/etc/passwd").is_ok())),
        17 => f64::from(u8::from(
            std::net::TcpStream::connect("127.0.0.1:22").is_ok(),
        )),
        18 => f64::from(u8::from(std::thread::spawn(|| ()).join().is_ok())),
        19 => std::process::exit(3),
        20 => f64::from(u8::from(
            std::panic::catch_unwind(|| panic!("caught")).is_err(),
        )),
        // An index beyond its rows.
        21 => [1.0, 2.0][std::hint::black_box(act) as usize],
        22 => 1.0 / (act - 22) as f64,
        23 => (1_i64 / std::hint::black_box(act - 23)) as f64,
        // Text that goes nowhere.
        24 => {
            println!("heard of {act}");
            eprintln!("heard of {act}");
            1.0
        }
        _ => 0.5,
    };
    Found { found }
}
