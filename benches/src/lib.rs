//! What the benchmarks share: a home with published data, and measurements as lines of JSON.

mod line;
mod plain;
mod spans;
mod stored;
mod town;

pub use line::{Line, machine, median, median_ms};
pub use plain::{collect, plain};
pub use spans::Spans;
pub use stored::Stored;
pub use town::Town;

/// What a step of a benchmark gives, or why it failed.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
