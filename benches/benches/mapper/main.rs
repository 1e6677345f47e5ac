//! What a unit's own instance costs.
//!
//! `calls` measures ways to call a guest, below everything the product adds: a component or its core module, in an
//! instance of its own for each unit or in one that is shared, and how much of a memory is reset by copying.

mod calls;

use irongate_benches::{Outcome, machine};

/// How much is measured: in full, or only that it works.
#[derive(Clone, Copy)]
struct Size {
    /// Units of one sample.
    units: u32,
    /// Times that all ways are measured in turn: a machine that is slower for a while is so for all.
    rounds: usize,
}

const FULL: Size = Size {
    units: 20_000,
    rounds: 15,
};
const SMOKE: Size = Size {
    units: 50,
    rounds: 1,
};

#[expect(clippy::print_stderr, reason = "for the person at the terminal")]
fn main() -> Outcome<()> {
    let smoke = std::env::args().any(|word| word == "--smoke");
    let size = if smoke { SMOKE } else { FULL };
    eprintln!("mapper bench on {}", machine()?);
    calls::measure(size)
}
