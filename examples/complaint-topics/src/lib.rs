//! What callers of the hotline complain about most, by district.

use irongate_guest::prelude::*;

/// Callers by district and by the topic of most of their complaints.
pub const SQL: &str = "SELECT d.district, t.topic, COUNT(*) AS callers \
    FROM (SELECT DISTINCT caller, district FROM complaints) d JOIN topic t ON d.caller = t.caller \
    GROUP BY d.district, t.topic";

/// Asks, and hands over what comes back.
///
/// # Errors
/// What the gate says.
#[irongate_guest::job]
pub fn run(ctx: &mut Context) -> Result<()> {
    // A caller counts in one district.
    let table = ctx.query(SQL).rho("0.04").max_groups_per_unit(1).max_rows_per_group(1).table()?;
    ctx.emit("topics", table)
}
