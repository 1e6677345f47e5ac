//! What a mapper says of one person.

use crate::rows::{ColumnNeeded, Input};

/// Calls a mapper's function for one person's rows, as they are laid out. Rows of another mapper give no outputs, for
/// which the declared defaults stand.
pub fn of<'a, I: Input<'a>, O: Outputs>(
    buffer: &'a [u8],
    function: impl FnOnce(I) -> O,
) -> Vec<f64> {
    match I::read(buffer) {
        Ok(rows) => function(rows).values(),
        Err(_) => Vec::new(),
    }
}

/// A function under `#[irongate_guest::mapper]`, as a type of its name: what tests call.
pub trait Mapper {
    /// The columns it reads.
    fn columns() -> &'static [ColumnNeeded];
    /// Whether it sees blocks of people.
    fn is_of_blocks() -> bool;
    /// The names of its outputs, in order.
    fn outputs() -> &'static [&'static str];
    /// Its numbers for one person's rows, as they are laid out; none if they are another mapper's rows.
    fn map(rows: &[u8]) -> Vec<f64>;
}

/// The columns that a mapper's function reads.
pub const fn columns<'a, I: Input<'a>, O>(_: fn(I) -> O) -> &'static [ColumnNeeded] {
    I::COLUMNS
}

/// Whether a mapper's function takes blocks of people.
pub const fn is_of_blocks<'a, I: Input<'a>, O>(_: fn(I) -> O) -> bool {
    I::IS_BLOCK
}

/// The names of what a mapper's function returns.
pub const fn names<'a, I: Input<'a>, O: Outputs>(_: fn(I) -> O) -> &'static [&'static str] {
    O::NAMES
}

/// A struct of a mapper's outputs, derived with `#[derive(Outputs)]`: its fields are the declared outputs, in order.
pub trait Outputs {
    /// The outputs' names.
    const NAMES: &'static [&'static str];

    /// The outputs as the sandbox takes them.
    fn values(&self) -> Vec<f64>;
}

/// A type that an output may have. What is not a number stands for the declared default.
pub trait Output {
    /// As the sandbox takes it.
    fn value(&self) -> f64;
}

impl Output for f64 {
    fn value(&self) -> f64 {
        *self
    }
}

/// Integers, and indexes into the declared keys of a category. Beyond 2⁵³ they are rounded.
macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Output for $type {
            #[expect(clippy::cast_precision_loss, reason = "documented: rounded beyond 2^53")]
            fn value(&self) -> f64 {
                *self as f64
            }
        }
    )*};
}

integers! { i64 usize }

impl Output for i32 {
    fn value(&self) -> f64 {
        f64::from(*self)
    }
}

impl Output for u32 {
    fn value(&self) -> f64 {
        f64::from(*self)
    }
}

impl Output for bool {
    fn value(&self) -> f64 {
        f64::from(u8::from(*self))
    }
}

/// Nothing is the declared default.
impl<T: Output> Output for Option<T> {
    fn value(&self) -> f64 {
        self.as_ref().map_or(f64::NAN, Output::value)
    }
}
