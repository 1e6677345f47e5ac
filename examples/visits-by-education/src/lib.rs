//! Mean visits to a doctor, by year and level of education.

use irongate_guest::prelude::*;

/// One group of people.
#[derive(Debug, Row)]
pub struct Visits {
    /// The year.
    pub year: i64,
    /// Level of education, 1 (lowest) to 4.
    pub edlevel: i64,
    /// Mean visits a year, with its noise interval; none where the noisy count is not positive.
    pub mean_visits: Option<Released<f64>>,
}

/// The one question this job asks.
pub const SQL: &str =
    "SELECT year, edlevel, AVG(docvis) AS mean_visits FROM rwm5yr GROUP BY year, edlevel";

/// Asks, notes what is missing, and hands over the released table unchanged, so that its noise
/// intervals stay.
///
/// # Errors
/// What the gate says.
#[irongate_guest::job]
pub fn run(ctx: &mut Context) -> Result<()> {
    // A person is in the registry for five years at most, and in one group a year.
    let table = ctx.query(SQL).rho("0.04").max_groups_per_unit(5).max_rows_per_group(1).table()?;
    let rows: Vec<Visits> = table.rows()?;
    let missing = rows.iter().filter(|row| row.mean_visits.is_none()).count();
    log::info(format!("{} groups, {missing} without a mean", rows.len()));
    ctx.emit("visits", table)
}
