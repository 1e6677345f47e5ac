//! Analyst components in WAT, and a host to run them with.

use std::sync::{Arc, Mutex};

use irongate_sandbox::table::{Column, Table, Values};
use irongate_sandbox::{
    AdmissionLimits, ArtifactCache, Compiler, Engine, Failure, Finished, GuestError, Host, Level,
    Limits, Provision, QueryOptions, World, admit,
};

pub(crate) const TABLES: &str = r#"
(import "irongate:sandbox/tables@1.0.0" (instance $tables
  (type $d0 (record (field "scale" u8) (field "units" (list s64))))
  (export "decimals" (type $decimals (eq $d0)))
  (type $v0 (variant (case "bools" (list bool)) (case "int64s" (list s64))
    (case "float64s" (list f64)) (case "strings" (list string)) (case "dates" (list s32))
    (case "timestamps" (list s64)) (case "decimals" $decimals)))
  (export "values" (type $values (eq $v0)))
  (type $c0 (record (field "name" string) (field "values" $values)
    (field "valid" (list bool)) (field "half-widths" (option (list f64)))))
  (export "column" (type $column (eq $c0)))
  (type $t0 (record (field "columns" (list $column))))
  (export "table" (type $table (eq $t0)))))
(alias export $tables "table" (type $table))
"#;

pub(crate) const GATE: &str = r#"
(import "irongate:sandbox/gate@1.0.0" (instance $gate
  (alias outer 1 $table (type $t0))
  (export "table" (type $table (eq $t0)))
  (type $q0 (record (field "epsilon" (option string)) (field "rho" (option string))
    (field "delta" (option string)) (field "max-groups-per-unit" (option u32))
    (field "max-rows-per-group" (option u32)) (field "max-values-per-group" (option u32))
    (field "accuracy" (list string)) (field "shares" (list u32))))
  (export "query-options" (type $options (eq $q0)))
  (type $e0 (variant (case "denied" (list string)) (case "rejected" string) (case "failed")))
  (export "error" (type $error (eq $e0)))
  (type $l0 (enum "debug" "info" "warn" "error"))
  (export "level" (type $level (eq $l0)))
  (export "query" (func (param "sql" string) (param "options" $options)
    (result (result $table (error $error)))))
  (export "output" (func (param "name" string) (param "table" $table)
    (result (result (error $error)))))
  (export "log" (func (param "level" $level) (param "text" string)))))
"#;

/// The memory's own module: pages, and a realloc.
pub(crate) const MEMORY: &str = r#"
(memory (export "memory") 4)
(global $next (mut i32) (i32.const 8192))
(func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
  (global.set $next (i32.add (local.get $at) (local.get 3)))
  (local.get $at))
"#;

const REST: &str = r#"
(core module $mem @MEMORY@)
(core instance $mem (instantiate $mem))
(alias core export $mem "memory" (core memory $memory))
(alias core export $mem "realloc" (core func $realloc))
(core func $query (canon lower (func $gate "query") (memory $memory) (realloc $realloc)))
(core func $output (canon lower (func $gate "output") (memory $memory) (realloc $realloc)))
(core func $log (canon lower (func $gate "log") (memory $memory) (realloc $realloc)))
(core module $main
  (import "env" "memory" (memory 0))
  (import "gate" "query" (func $query-at (param i32 i32)))
  (import "gate" "output" (func $output (param i32 i32 i32 i32 i32)))
  (import "gate" "log" (func $log (param i32 i32 i32)))
  ;; The parameters as they lie in memory: no L, no accuracy, no shares.
  (func $query (param $sql i32) (param $sql-length i32) (param $has-epsilon i32) (param $epsilon i32) (param $epsilon-length i32)
    (param $has-rho i32) (param $rho i32) (param $rho-length i32) (param $has-delta i32) (param $delta i32) (param $delta-length i32)
    (param $has-groups i32) (param $groups i32) (param $has-rows i32) (param $rows i32) (param $answer i32)
    (i32.store offset=0 (i32.const 7168) (local.get $sql))
    (i32.store offset=4 (i32.const 7168) (local.get $sql-length))
    (i32.store offset=8 (i32.const 7168) (local.get $has-epsilon))
    (i32.store offset=12 (i32.const 7168) (local.get $epsilon))
    (i32.store offset=16 (i32.const 7168) (local.get $epsilon-length))
    (i32.store offset=20 (i32.const 7168) (local.get $has-rho))
    (i32.store offset=24 (i32.const 7168) (local.get $rho))
    (i32.store offset=28 (i32.const 7168) (local.get $rho-length))
    (i32.store offset=32 (i32.const 7168) (local.get $has-delta))
    (i32.store offset=36 (i32.const 7168) (local.get $delta))
    (i32.store offset=40 (i32.const 7168) (local.get $delta-length))
    (i32.store offset=44 (i32.const 7168) (local.get $has-groups))
    (i32.store offset=48 (i32.const 7168) (local.get $groups))
    (i32.store offset=52 (i32.const 7168) (local.get $has-rows))
    (i32.store offset=56 (i32.const 7168) (local.get $rows))
    (call $query-at (i32.const 7168) (local.get $answer)))
  (data (i32.const 1024) "SELECT 1")
  (data (i32.const 1040) "visits")
  (data (i32.const 7000) "\ff\fe\fd\fc")
  (func $ask
    (call $query (i32.const 1024) (i32.const 8) (i32.const 1) (i32.const 1024) (i32.const 1)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2048)))
  @MAIN@)
(core instance $main (instantiate $main
  (with "env" (instance (export "memory" (memory $memory))))
  (with "gate" (instance (export "query" (func $query)) (export "output" (func $output))
    (export "log" (func $log))))))
(func $run (result (result (error string)))
  (canon lift (core func $main "run") (memory $memory) (realloc $realloc) @LIFT@))
(export "run" (func $run))
"#;

/// A component around a memory module and a main module.
pub(crate) fn component(memory: &str, main: &str) -> Vec<u8> {
    lifted(memory, main, "")
}

/// The same with more options of the lift.
pub(crate) fn lifted(memory: &str, main: &str, options: &str) -> Vec<u8> {
    let rest = REST.replace("@MEMORY@", memory).replace("@MAIN@", main);
    let rest = rest.replace("@LIFT@", options);
    wat::parse_str(format!("(component {TABLES}{GATE}{rest})")).expect("wat")
}

/// A body for `run` that returns `ok` after it.
pub(crate) fn run(body: &str) -> String {
    format!("(func (export \"run\") (result i32) {body} (i32.const 16))")
}

/// A job that asks with every option there is.
pub(crate) fn asks_with_everything() -> Vec<u8> {
    asks_with_everything_of(2)
}

/// The same with so many weights, and half as many numbers.
pub(crate) fn asks_with_everything_of(shares: u32) -> Vec<u8> {
    // Places and lengths of texts: "SELECT 1" lies at 1024, and parts of it serve as numbers.
    let params = [
        [1024, 8].as_slice(),
        &[1, 1024, 1],
        &[1, 1025, 1],
        &[1, 1026, 1],
        &[1, 4],
        &[1, 3],
        &[1, 2],
        &[7400, (shares / 2).max(2)],
        &[7420, shares],
    ]
    .concat();
    let lists = [1025, 1, 1026, 2, 0, 5, 6];
    let data = |at: u32, words: &[u32]| {
        let bytes = words.iter().flat_map(|word| word.to_le_bytes());
        let hex: String = bytes.map(|byte| format!("\\{byte:02x}")).collect();
        format!("(data (i32.const {at}) \"{hex}\")")
    };
    let run = run("(call $query-at (i32.const 7200) (i32.const 2048))");
    let data = data(7200, &params) + &data(7400, &lists);
    component(MEMORY, &format!("{data} {run}"))
}

/// A good job: asks, and hands the answer over as it came.
pub(crate) fn good() -> Vec<u8> {
    component(
        MEMORY,
        &run(r#"
        (call $ask)
        (if (i32.load8_u (i32.const 2048)) (then unreachable))
        (call $log (i32.const 1) (i32.const 1040) (i32.const 6))
        (call $output (i32.const 1040) (i32.const 6) (i32.load (i32.const 2052))
          (i32.load (i32.const 2056)) (i32.const 3072))
        (if (i32.load8_u (i32.const 3072)) (then unreachable))
        "#),
    )
}

/// What a job did.
#[derive(Default, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) queries: Vec<(String, QueryOptions)>,
    pub(crate) outputs: Vec<(String, Table)>,
    pub(crate) logs: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Recorder(pub(crate) Arc<Mutex<Seen>>);

/// Every type of column, with nulls and intervals.
pub(crate) fn table() -> Table {
    let column = |name: &str, values| Column {
        name: name.into(),
        values,
        valid: vec![true, false],
        half_widths: None,
    };
    let mut columns = vec![
        column("b", Values::Bools(vec![true, false])),
        column("i", Values::Int64s(vec![i64::MIN, 7])),
        column("s", Values::Strings(vec!["铁门关".into(), String::new()])),
        column("d", Values::Dates(vec![-1, 20_000])),
        column("t", Values::Timestamps(vec![1, 2])),
        column(
            "n",
            Values::Decimals {
                scale: 3,
                units: vec![1500, -1],
            },
        ),
    ];
    columns.push(Column {
        name: "f".into(),
        values: Values::Float64s(vec![0.5, -2.0]),
        valid: vec![],
        half_widths: Some(vec![0.1, 0.2]),
    });
    Table { columns }
}

impl Host for Recorder {
    fn query(&mut self, sql: &str, options: &QueryOptions) -> Result<Table, GuestError> {
        self.0
            .lock()
            .unwrap()
            .queries
            .push((sql.into(), options.clone()));
        Ok(table())
    }
    fn output(&mut self, name: &str, table: Table) -> Result<(), GuestError> {
        self.0.lock().unwrap().outputs.push((name.into(), table));
        Ok(())
    }
    fn log(&mut self, _: Level, text: &str) {
        self.0.lock().unwrap().logs.push(text.into());
    }
}

/// This test binary as a compile worker.
pub(crate) fn compiler() -> Compiler {
    let args = [
        "--ignored",
        "--exact",
        "worker::as_worker",
        "--nocapture",
        "--test-threads=1",
    ];
    Compiler::new(std::env::current_exe().unwrap(), args.map(String::from))
}

pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) cache: ArtifactCache,
    pub(crate) dir: tempfile::TempDir,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::new(Provision::default()).unwrap();
        Self {
            engine,
            cache: ArtifactCache::new(dir.path(), &[7; 32]),
            dir,
        }
    }

    pub(crate) fn run(&self, bytes: &[u8], limits: &Limits) -> (Result<Finished, Failure>, Seen) {
        let admitted = admit(bytes, World::Analyst, &AdmissionLimits::default()).expect("admitted");
        let artifact = self
            .cache
            .artifact(&self.engine, &compiler(), &admitted)
            .expect("compiled");
        let host = Recorder::default();
        let ended = self
            .engine
            .run_analyst(&artifact, limits, Box::new(host.clone()));
        let seen = std::mem::take(&mut *host.0.lock().unwrap());
        (ended, seen)
    }

    /// A good job comes through, exactly.
    pub(crate) fn good_job(&self) -> Finished {
        let (ended, seen) = self.run(&good(), &Limits::default());
        let finished = ended.expect("a good job finishes");
        assert_eq!(seen.outputs, [("visits".to_owned(), table())]);
        assert_eq!(seen.logs, ["visits"]);
        assert_eq!(seen.queries[0].0, "SELECT 1");
        assert_eq!(seen.queries[0].1.epsilon.as_deref(), Some("S"));
        finished
    }
}
