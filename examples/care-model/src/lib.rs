//! The mean coefficients of models that were fitted to blocks of people.

use irongate_guest::prelude::*;

/// One row: the means of the blocks' clamped coefficients.
pub const SQL: &str = "SELECT AVG(intercept) AS intercept, AVG(age) AS age, AVG(female) AS female, \
    AVG(income) AS income FROM model";

/// Asks, and hands over what comes back.
///
/// # Errors
/// What the gate says.
#[irongate_guest::job]
pub fn run(ctx: &mut Context) -> Result<()> {
    let table = ctx.query(SQL).rho("0.1").table()?;
    ctx.emit("model", table)
}
