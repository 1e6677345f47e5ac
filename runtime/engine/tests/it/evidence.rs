//! Privacy evidence: what the argument claims is measured, and what is planted against it is found.

mod audit;
mod distinct;
mod expressions;
mod extremes;
mod failures;
mod fuzz;
mod given;
mod joins;
mod judge;
mod locality;
mod memory;
mod neighbours;
mod pair;
mod partitions;
mod queries;
mod relations;
mod statements;
mod tally;
mod trial;
mod windows;
mod world;
mod worst;

use self::pair::{Neighbours, runtime};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `work` for every number below `count` on all cores; what it gives back comes in any order.
fn on_all_cores<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        break;
                    }
                    let result = work(number);
                    results.lock().unwrap().push(result);
                }
            });
        }
    });
    results.into_inner().unwrap()
}
