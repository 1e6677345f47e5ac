//! Health risk by its trend and by education, from a score that a mapper computes of each person's years.

use irongate_guest::prelude::*;

/// People by the trend of their visits, with their mean score.
pub const BY_TREND: &str =
    "SELECT trend, COUNT(*) AS people, AVG(score) AS mean_score FROM risk GROUP BY trend";

/// Mean score by level of education in the last year.
pub const BY_EDUCATION: &str = "SELECT v.edlevel, AVG(r.score) AS mean_score \
    FROM rwm5yr v JOIN risk r ON v.id = r.id WHERE v.year = 1988 GROUP BY v.edlevel";

/// Asks both questions and hands over what comes back, unchanged.
///
/// # Errors
/// What the gate says.
#[irongate_guest::job]
pub fn run(ctx: &mut Context) -> Result<()> {
    // A person has one trend.
    let by_trend = ctx.query(BY_TREND).rho("0.02").table()?;
    // And one row in a year.
    let query = ctx.query(BY_EDUCATION).rho("0.02");
    let by_education = query.max_groups_per_unit(1).max_rows_per_group(1).table()?;
    ctx.emit("by_trend", by_trend)?;
    ctx.emit("by_education", by_education)
}
