//! The plain query engine that governed and bounded queries are compared with.

#![expect(
    clippy::disallowed_methods,
    reason = "the plain query is what the others are compared with"
)]

use crate::{Outcome, Stored};
use datafusion::execution::context::SessionContext;
use datafusion::prelude::ParquetReadOptions;
use irongate_ingest::STORED_UNIT;

/// A session with DataFusion's defaults over the stored files.
///
/// # Errors
/// If a file is no Parquet file.
pub async fn plain(stored: &Stored) -> Outcome<SessionContext> {
    let context = SessionContext::new();
    for (name, files) in &stored.files {
        let files: Vec<String> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let mut frame = context
            .read_parquet(files, ParquetReadOptions::default())
            .await?;
        let table = stored.catalog.tables.get(name).ok_or("no table")?;
        // Statements call the unit by its declared name.
        if let Some(unit) = table.spec.unit_name() {
            frame = frame.with_column_renamed(STORED_UNIT, unit)?;
        }
        context.register_table(name.as_str(), frame.into_view())?;
    }
    Ok(context)
}

/// Runs a statement and counts its rows.
///
/// # Errors
/// If it does not run.
pub async fn collect(context: &SessionContext, sql: &str) -> Outcome<usize> {
    let batches = context.sql(sql).await?.collect().await?;
    Ok(batches.iter().map(|batch| batch.num_rows()).sum())
}
