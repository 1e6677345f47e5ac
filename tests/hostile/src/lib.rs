//! A job that asks nothing: its mapper is what is tried.

use irongate_guest::prelude::*;

/// Nothing.
///
/// # Errors
/// None.
#[irongate_guest::job]
pub fn run(_: &mut Context) -> Result<()> {
    Ok(())
}
