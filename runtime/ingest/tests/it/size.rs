//! Ten million rows in under 2 GiB, measured in a child process.

use crate::support::{Site, spec};
use irongate_fixtures::{VISITS_SPEC, Visits};
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const TEST: &str = "size::ten_million_rows_take_less_than_two_gibibytes";
/// Set in the child: the file to ingest.
const CHILD: &str = "IRONGATE_INGEST_CHILD";
const ROWS: u64 = 10_000_000;
/// The largest row cap there is.
const CAP: u64 = 1_000_000;
/// So many that its bucket is sorted in runs on disk.
const HEAVY: u64 = 3_000_000;
const LIMIT_KIB: u64 = 2 << 20;
const PEAK: &str = "VmHWM:";

#[test]
fn ten_million_rows_take_less_than_two_gibibytes() {
    if let Some(file) = std::env::var_os(CHILD) {
        child(Path::new(&file));
        return;
    }
    let site = Site::new();
    let file = site.path("visits.csv");
    let visits = Visits {
        rows: ROWS,
        units: 3_000_000,
        heavy_rows: HEAVY,
        seed: 1,
    };
    visits
        .write_csv(BufWriter::new(File::create(&file).unwrap()))
        .unwrap();
    let start = Instant::now();
    let out = Command::new(std::env::current_exe().unwrap())
        .args([TEST, "--exact", "--nocapture"])
        .env(CHILD, &file)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let peak = text.split_once(PEAK).expect("the child says its peak").1;
    let peak: u64 = peak.split_whitespace().next().unwrap().parse().unwrap();
    println!(
        "{ROWS} rows: {:.1} s, peak {} MiB",
        start.elapsed().as_secs_f64(),
        peak / 1024
    );
    assert!(peak < LIMIT_KIB, "{peak} KiB");
}

fn child(file: &Path) {
    let site = Site::new();
    let spec = spec(&VISITS_SPEC.replace("max_rows = 8", &format!("max_rows = {CAP}")));
    let version = site.ingest_file(&spec, file, "v1", 1).unwrap();
    let report = &version.ingested.report;
    assert_eq!(
        (report.rows_read, report.rows_kept, report.units),
        (ROWS, ROWS - (HEAVY - CAP), 3_000_001)
    );
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!(
        "{}",
        status.lines().find(|line| line.starts_with(PEAK)).unwrap()
    );
}
