//! Jobs for the tests: analyst components written in WAT from a list of steps.

use std::fmt::Write as _;

/// What a job does next.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Asks; whatever the answer is, goes on.
    Ask(Question),
    /// Hands the last answer over, as it came, as this output; traps if there is none or it is refused.
    Emit(&'static str),
    /// Logs the first value of the last answer's first column, as its 64 bits in hexadecimal. Does
    /// nothing if there was no answer.
    Tell,
    /// Hands over one integer for each question so far as the output `codes`: 0 answered, 1 denied,
    /// 2 rejected, 3 failed.
    Codes,
    /// Traps.
    Trap,
    /// Uses up its fuel.
    Spin,
    /// Ends with an error of this text.
    Fail(&'static str),
}

/// One question, charged in ρ, for one row and `groups` groups a unit at most.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) sql: String,
    pub(crate) rho: String,
    pub(crate) groups: u32,
}

pub(crate) fn ask(sql: &str, rho: &str, groups: u32) -> Step {
    Step::Ask(Question {
        sql: sql.into(),
        rho: rho.into(),
        groups,
    })
}

const TABLES: &str = r#"
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

/// Answers lie at 2048, results of outputs at 3072, codes from 4096, what is told at 5993, constants
/// from 8192, and what the host writes from 65536.
const REST: &str = r#"
(core module $mem
  (memory (export "memory") 16)
  (global $next (mut i32) (i32.const 65536))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $at) (local.get 3)))
    (local.get $at)))
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
  (data (i32.const 5993) "handed ")
  (func $tell (local $bits i64) (local $at i32) (local $digit i32)
    (local.set $bits (i64.load (i32.load offset=12 (i32.load (i32.const 2052)))))
    (local.set $at (i32.const 6016))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (local.set $digit (i32.and (i32.wrap_i64 (local.get $bits)) (i32.const 15)))
      (i32.store8 (local.get $at) (i32.add (local.get $digit)
        (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10)))))
      (local.set $bits (i64.shr_u (local.get $bits) (i64.const 4)))
      (br_if $next (i32.gt_u (local.get $at) (i32.const 6000))))
    (call $log (i32.const 1) (i32.const 5993) (i32.const 23)))
  @DATA@
  (func (export "run") (result i32)
    @BODY@
    (i32.const 16)))
(core instance $main (instantiate $main
  (with "env" (instance (export "memory" (memory $memory))))
  (with "gate" (instance (export "query" (func $query)) (export "output" (func $output))
    (export "log" (func $log))))))
(func $run (result (result (error string)))
  (canon lift (core func $main "run") (memory $memory) (realloc $realloc)))
(export "run" (func $run))
"#;

/// Constants on their way into data segments.
#[derive(Default)]
struct Data {
    segments: String,
    next: usize,
}

impl Data {
    fn put(&mut self, bytes: &[u8]) -> usize {
        let at = 8192 + self.next;
        self.next += bytes.len().next_multiple_of(8);
        assert!(self.next < 57_344, "too many constants");
        let hex: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        writeln!(self.segments, "(data (i32.const {at}) \"{hex}\")").unwrap();
        at
    }

    fn text(&mut self, text: &str) -> String {
        format!(
            "(i32.const {}) (i32.const {})",
            self.put(text.as_bytes()),
            text.len()
        )
    }
}

/// A column record of `codes`: name, integers at 4096, no validity, no half-widths.
fn codes_column(data: &mut Data, rows: u32) -> usize {
    let name = u32::try_from(data.put(b"code")).unwrap();
    let words = [name, 4, 1, 4096, rows, 0, 0, 0, 0, 0, 0];
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    data.put(&bytes)
}

/// The component of a job that takes these steps and ends well unless a step says otherwise.
pub(crate) fn component(steps: &[Step]) -> Vec<u8> {
    let (mut data, mut body, mut asked) = (Data::default(), String::new(), 0_u32);
    for step in steps {
        let code = match step {
            Step::Ask(question) => {
                let at = 4096 + 8 * asked;
                asked += 1;
                let (sql, rho) = (data.text(&question.sql), data.text(&question.rho));
                format!(
                    "(call $query {sql} (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) {rho}
                       (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const {groups})
                       (i32.const 1) (i32.const 1) (i32.const 2048))
                     (i64.store (i32.const {at}) (if (result i64) (i32.load8_u (i32.const 2048))
                       (then (i64.add (i64.const 1) (i64.load8_u (i32.const 2052)))) (else (i64.const 0))))",
                    groups = question.groups
                )
            }
            Step::Emit(name) => format!(
                "(if (i32.load8_u (i32.const 2048)) (then unreachable))
                 (call $output {} (i32.load (i32.const 2052)) (i32.load (i32.const 2056)) (i32.const 3072))
                 (if (i32.load8_u (i32.const 3072)) (then unreachable))",
                data.text(name)
            ),
            Step::Tell => "(if (i32.eqz (i32.load8_u (i32.const 2048))) (then (call $tell)))".into(),
            Step::Codes => format!(
                "(call $output {} (i32.const {}) (i32.const 1) (i32.const 3072))
                 (if (i32.load8_u (i32.const 3072)) (then unreachable))",
                data.text("codes"),
                codes_column(&mut data, asked)
            ),
            Step::Trap => "unreachable".into(),
            Step::Spin => "(loop $spin (br $spin))".into(),
            Step::Fail(text) => {
                let at = data.put(text.as_bytes());
                format!(
                    "(i32.store (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (i32.const {at}))
                     (i32.store (i32.const 24) (i32.const {})) (return (i32.const 16))",
                    text.len()
                )
            }
        };
        body.push_str(&code);
        body.push('\n');
    }
    let rest = REST
        .replace("@DATA@", &data.segments)
        .replace("@BODY@", &body);
    wat::parse_str(format!("(component {TABLES}{rest})")).expect("wat")
}
