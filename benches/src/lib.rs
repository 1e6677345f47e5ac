//! What the benchmarks share: a home with published data, and measurements as lines of JSON.

mod line;
mod spans;
mod town;

pub use line::{Line, machine, median_ms};
pub use spans::Spans;
pub use town::{Stored, Town};
