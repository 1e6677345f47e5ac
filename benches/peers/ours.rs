//! Our side of the comparison with other systems: the rows as one Parquet file, and the engine's answers to a
//! task in the words that every peer's process uses (`peer.py`).

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use irongate_benches::{Outcome, Stored, Town};
use irongate_engine::{ExecutionEnv, LossRequest, QueryOptions, check, execute};
use irongate_fixtures::{TRIPS_SPEC, Trips};
use irongate_policy::Decimal;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// `COUNT(amount)`, as SmartNoise is asked; no amount is null.
const SQL: &str = "SELECT district, COUNT(amount) AS n, SUM(amount) AS total, AVG(amount) AS mean \
                   FROM trips GROUP BY district";
/// Long enough for the public worst case of data of this size.
const DEADLINE: Duration = Duration::from_secs(1_000_000);
const USAGE: &str =
    "give a task as JSON, or `export FILE ROWS RIDERS`; `cargo xtask bench peers` does";

/// What of a task concerns us: bounds of amounts and districts are in the published spec.
#[derive(Deserialize)]
struct Task {
    data: PathBuf,
    noise: Noise,
    epsilon: f64,
    rho: f64,
    groups: u32,
    rows: u32,
    runs: usize,
    /// Publish the rows anew before each answer: its keys, and so its choice of rows, are then its own.
    anew: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Noise {
    Laplace,
    Gaussian,
}

impl Task {
    fn options(&self) -> Outcome<QueryOptions> {
        let decimal = |loss: f64| loss.to_string().parse::<Decimal>();
        let loss = match self.noise {
            Noise::Laplace => LossRequest::Epsilon(decimal(self.epsilon)?),
            Noise::Gaussian => LossRequest::Rho(decimal(self.rho)?),
        };
        Ok(QueryOptions {
            max_groups_per_unit: Some(self.groups),
            max_rows_per_group: Some(self.rows),
            ..QueryOptions::new(loss)
        })
    }

    /// The rows, ingested and published in a home of their own.
    async fn publish(&self) -> Outcome<(TempDir, Stored)> {
        let folder = tempfile::tempdir()?;
        let (_, stored) = Town::found(folder.path(), &self.data, TRIPS_SPEC).await?;
        Ok((folder, stored))
    }
}

#[expect(clippy::print_stdout, reason = "answers are what this process is for")]
fn tell(fields: &serde_json::Value) {
    println!("{fields}");
}

/// `{district: [n, total, mean]}`, without the group of rows that have no district: nobody else has it.
fn table(batch: &RecordBatch) -> Outcome<BTreeMap<String, [f64; 3]>> {
    let column = |name: &str, to: &DataType| -> Outcome<ArrayRef> {
        let column = batch.column_by_name(name).ok_or("a column is missing")?;
        Ok(cast(column, to)?)
    };
    let districts = column("district", &DataType::Utf8)?;
    let number = |name| column(name, &DataType::Float64);
    let (n, total, mean) = (number("n")?, number("total")?, number("mean")?);
    let at = |column: &ArrayRef, row| column.as_primitive::<Float64Type>().value(row);
    Ok((0..batch.num_rows())
        .filter(|row| districts.is_valid(*row))
        .map(|row| {
            let district = districts.as_string::<i32>().value(row).to_owned();
            (district, [at(&n, row), at(&total, row), at(&mean, row)])
        })
        .collect())
}

async fn answer(task: &Task) -> Outcome<()> {
    let start = Instant::now();
    let mut home = task.publish().await?;
    tell(&json!({ "prepared": start.elapsed().as_secs_f64() }));
    let options = task.options()?;
    let env = ExecutionEnv {
        timeout: DEADLINE,
        ..ExecutionEnv::default()
    };
    for run in 0..task.runs {
        if task.anew && run > 0 {
            home = task.publish().await?;
        }
        let (_, stored) = &home;
        let start = Instant::now();
        let query = check(SQL, &stored.catalog, &options)?;
        let released = execute(&query, stored, &env).await?;
        let seconds = start.elapsed().as_secs_f64();
        tell(&json!({ "seconds": seconds, "table": table(&released.batch)? }));
    }
    Ok(())
}

fn export(file: &Path, rows: u64, riders: u64) -> Outcome<()> {
    let trips = Trips {
        rows,
        riders,
        seed: 1,
    };
    Ok(trips.write_parquet(BufWriter::new(File::create(file)?))?)
}

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["export", file, rows, riders] => export(Path::new(file), rows.parse()?, riders.parse()?),
        [task] => Runtime::new()?.block_on(answer(&serde_json::from_str(task)?)),
        _ => Err(USAGE.into()),
    }
}
