//! A recursion that is called as a table is.

use crate::fixture::{catalog, options};
use irongate_engine::check;
use irongate_policy::dataset::NullRule;

/// The same words join a private part with a table, and then with a round whose columns are those of the table.
#[test]
fn a_round_is_not_taken_for_a_table_of_its_name() {
    let mut catalog = catalog();
    let areas = catalog.tables.get_mut("areas").unwrap();
    for column in &mut areas.spec.columns {
        column.null = NullRule::Keep;
    }
    let counts = "(SELECT v.district, COUNT(*) AS n FROM visits v JOIN areas ON v.district = areas.district GROUP BY v.district)";
    let recursion = format!(
        "(WITH RECURSIVE areas AS (SELECT 1 AS district, 'a' AS area UNION ALL SELECT q.n, 'a' FROM {counts} q) SELECT * FROM areas)"
    );
    let sql =
        format!("SELECT x.n, y.area FROM {counts} x JOIN {recursion} y ON x.district = y.district");
    let refused = check(&sql, &catalog, &options()).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("second term"), "{refused}");
}
