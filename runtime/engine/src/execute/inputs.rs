//! Public inputs of private parts: most are read before anything private is, and those that use released
//! values once these are drawn.

use super::Run;
use super::draw::Drawn;
use super::tables::{Tables, collect, session};
use super::united::united;
use crate::released::ExecutionError;
use arrow::record_batch::RecordBatch;
use std::collections::BTreeMap;

/// The public inputs that have been read, by number.
pub(super) type Publics = BTreeMap<usize, RecordBatch>;

/// Reads what can be read now and was not yet: inputs that stand on no release beyond those drawn.
pub(super) async fn read(
    run: &Run<'_>,
    publics: &mut Publics,
    drawn: &[Drawn],
) -> Result<(), ExecutionError> {
    for (number, input) in run.query.publics.iter().enumerate() {
        if publics.contains_key(&number) || input.after > drawn.len() {
            continue;
        }
        let released: Vec<RecordBatch> = united(run.query, drawn)?
            .into_iter()
            .map(|drawn| drawn.table)
            .collect();
        let tables = Tables::public(run, &released);
        let batch = collect(&session(run.env)?, tables.fill(&input.plan)?, run.until).await?;
        if input.after > 0 && batch.num_rows() as u64 > input.rows_at_most {
            return Err(ExecutionError::Layout(
                "released values have more rows than by their form",
            ));
        }
        publics.insert(number, batch);
    }
    Ok(())
}
