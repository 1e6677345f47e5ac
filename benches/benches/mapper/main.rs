//! What a unit's own instance costs.
//!
//! `isolated` measures the product's calls, `queries` whole statements, `fuel` how long a unit of it may take. `calls` measures ways to call a guest, below everything the product adds: a component or its core module, in an
//! instance of its own for each unit or in one that is shared, and how much of a memory is reset by copying.

mod calls;
mod fuel;
mod isolated;
mod operators;
mod queries;
mod score;

use irongate_benches::{Outcome, machine};
use std::path::Path;

/// How much is measured: in full, or only that it works.
#[derive(Clone, Copy)]
struct Size {
    /// Units of one sample.
    units: u32,
    /// Times that all ways are measured in turn: a machine that is slower for a while is so for all.
    rounds: usize,
    /// Persons of a statement.
    persons: u32,
}

const FULL: Size = Size {
    units: 20_000,
    rounds: 15,
    persons: 100_000,
};
const SMOKE: Size = Size {
    units: 50,
    rounds: 1,
    persons: 200,
};

#[expect(clippy::print_stderr, reason = "for the person at the terminal")]
fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [word, ..] if word == score::WORKER => {
            return match irongate_sandbox::compile_worker_main() {
                std::process::ExitCode::SUCCESS => Ok(()),
                _ => Err("the compile worker failed".into()),
            };
        }
        [word, folder] if word == queries::ONE => return queries::one(Path::new(folder)),
        _ => {}
    }
    let smoke = words.iter().any(|word| word == "--smoke");
    let size = if smoke { SMOKE } else { FULL };
    eprintln!("mapper bench on {}", machine()?);
    let is_for = |part: &str| {
        let mut names = words.iter().filter(|word| !word.starts_with("--"));
        names.clone().next().is_none() || names.any(|name| name == part)
    };
    if is_for("calls") {
        calls::measure(size)?;
    }
    if is_for("fuel") {
        fuel::measure(size)?;
    }
    if is_for("isolated") {
        isolated::measure(size)?;
    }
    if is_for("queries") {
        queries::measure(size, tempfile::tempdir()?.path())?;
    }
    Ok(())
}
