//! Cards by how their taps chain to trips.

use irongate_guest::prelude::*;

/// Cards of each kind, with their mean numbers of trips and transfers.
pub const SQL: &str = "SELECT kind, COUNT(*) AS cards, AVG(trips) AS trips, AVG(transfers) AS transfers \
    FROM chains GROUP BY kind";

/// Asks, and hands over what comes back.
///
/// # Errors
/// What the gate says.
#[irongate_guest::job]
pub fn run(ctx: &mut Context) -> Result<()> {
    let table = ctx.query(SQL).rho("0.04").table()?;
    ctx.emit("chains", table)
}
