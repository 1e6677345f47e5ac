//! Hostile jobs: each in a process of its own, with its end, seconds and peak memory.

use std::process::Command;
use std::time::{Duration, Instant};

use irongate_sandbox::Limits;

use crate::guests::{MEMORY, Sandbox, component, run};

struct Case {
    name: &'static str,
    memory: String,
    main: String,
    code: &'static str,
    residual: bool,
}

fn case(name: &'static str, main: &str, code: &'static str) -> Case {
    let residual = code == "backstop";
    Case {
        name,
        memory: MEMORY.into(),
        main: main.into(),
        code,
        residual,
    }
}

fn in_run(name: &'static str, body: &str, code: &'static str) -> Case {
    case(name, &run(body), code)
}

fn with_memory(name: &'static str, memory: &str, body: &str, code: &'static str) -> Case {
    Case {
        memory: memory.into(),
        ..in_run(name, body, code)
    }
}

const FOREVER: &str = "(loop $l (br $l))";
const LOG: &str = "(call $log (i32.const 1) (i32.const 1024) (i32.const 4096))";

/// `output` with one column whose record is written at 4096.
fn column(values: &str) -> String {
    format!(
        "{values} (call $output (i32.const 1040) (i32.const 6) (i32.const 4096) (i32.const 1) (i32.const 3072))"
    )
}

fn cases() -> Vec<Case> {
    let loop_in_realloc = MEMORY.replace("(local.set $at", &format!("{FOREVER} (local.set $at"));
    let far_realloc = MEMORY.replace("(local.get $at))", "(i32.const -8))");
    let odd_realloc = MEMORY.replace("(local.get $at))", "(i32.const 8193))");
    let store = |at: u32, value: &str| format!("(i32.store (i32.const {at}) (i32.const {value}))");
    vec![
        in_run(
            "grow within the limit",
            "(drop (memory.grow (i32.const 100)))",
            "ok",
        ),
        in_run("loop in run", FOREVER, "out-of-fuel"),
        case(
            "loop in start",
            &format!("(func $s {FOREVER}) (start $s) {}", run("")),
            "out-of-fuel",
        ),
        with_memory(
            "loop in realloc",
            &loop_in_realloc,
            "(call $ask)",
            "out-of-fuel",
        ),
        in_run(
            "bulk fill loop",
            "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 262144)) (br $l))",
            "out-of-fuel",
        ),
        in_run(
            "memory bomb",
            "(loop $l (drop (memory.grow (i32.const 16))) (br $l))",
            "memory",
        ),
        case(
            "table bomb",
            &format!(
                "(table $t 1 funcref) {}",
                run("(loop $l (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $l))")
            ),
            "table",
        ),
        case(
            "deep recursion",
            &format!(
                "(func $r (param i64) (call $r (local.get 0)) (call $r (local.get 0))) {}",
                run("(call $r (i64.const 1))")
            ),
            "stack",
        ),
        in_run("unreachable", "unreachable", "trap"),
        in_run(
            "out-of-bounds load",
            "(drop (i32.load (i32.const -4)))",
            "trap",
        ),
        in_run(
            "query flood",
            "(loop $l (call $ask) (br $l))",
            "query-limit",
        ),
        in_run(
            "log flood",
            &format!("(loop $l {LOG} (br $l))"),
            "log-bytes",
        ),
        in_run(
            "host-call flood",
            "(loop $l (call $log (i32.const 1) (i32.const 1024) (i32.const 0)) (br $l))",
            "host-call-limit",
        ),
        in_run(
            "text out of bounds",
            "(call $log (i32.const 1) (i32.const -16) (i32.const 64))",
            "bad-value",
        ),
        in_run(
            "text of overflowing length",
            "(call $log (i32.const 1) (i32.const 1024) (i32.const -1))",
            "bad-value",
        ),
        in_run(
            "text not UTF-8",
            "(call $log (i32.const 1) (i32.const 7000) (i32.const 4))",
            "bad-value",
        ),
        in_run(
            "text cut within a character",
            "(i32.store8 (i32.const 1100) (i32.const 0xe9)) (call $log (i32.const 1) (i32.const 1100) (i32.const 1))",
            "bad-value",
        ),
        in_run(
            "unknown level",
            "(call $log (i32.const 9) (i32.const 1024) (i32.const 1))",
            "bad-value",
        ),
        in_run(
            "list out of bounds",
            "(call $output (i32.const 1040) (i32.const 6) (i32.const 4096) (i32.const 0x7fffffff) (i32.const 3072))",
            "bad-value",
        ),
        in_run(
            "list not aligned",
            "(call $output (i32.const 1040) (i32.const 6) (i32.const 4097) (i32.const 1) (i32.const 3072))",
            "bad-value",
        ),
        in_run(
            "return pointer out of bounds",
            "(call $output (i32.const 1040) (i32.const 0) (i32.const 4096) (i32.const 0) (i32.const -64))",
            "bad-value",
        ),
        in_run("unknown variant", &column(&store(4104, "77")), "bad-value"),
        with_memory(
            "realloc out of bounds",
            &far_realloc,
            "(call $ask)",
            "bad-value",
        ),
        with_memory(
            "realloc not aligned",
            &odd_realloc,
            "(call $ask)",
            "bad-value",
        ),
        in_run(
            "huge output of columns",
            "(drop (memory.grow (i32.const 900))) (call $output (i32.const 1040) (i32.const 6) (i32.const 4096) (i32.const 1000000) (i32.const 3072))",
            "output-bytes",
        ),
        in_run(
            "huge output of empty strings",
            &format!(
                "(drop (memory.grow (i32.const 900))) {}",
                column(&format!(
                    "{} {} {}",
                    store(4104, "3"),
                    store(4108, "262144"),
                    store(4112, "7000000")
                ))
            ),
            "output-bytes",
        ),
        in_run(
            "output flood",
            &format!(
                "(loop $l {} (br $l))",
                column(&format!(
                    "{} {} {}",
                    store(4104, "0"),
                    store(4108, "0"),
                    store(4112, "200000")
                ))
            ),
            "output-bytes",
        ),
        case("memory not provisioned", &run(""), "not-provisioned"),
        in_run(
            "huge statement",
            "(drop (memory.grow (i32.const 10))) (call $query (i32.const 65536) (i32.const 262145) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2048))",
            "output-bytes",
        ),
        in_run("bytes returned", "(call $ask)", "returned-bytes"),
        in_run(
            "an error of its own",
            "(i32.store8 (i32.const 16) (i32.const 1)) (i32.store (i32.const 20) (i32.const 1024)) (i32.store (i32.const 24) (i32.const 4096))",
            "guest-error",
        ),
        in_run("loop past the backstop", FOREVER, "backstop"),
    ]
}

fn limits(name: &str) -> Limits {
    let mut limits = Limits {
        fuel: 200_000_000,
        ..Limits::default()
    };
    match name {
        "loop past the backstop" => {
            limits.fuel = u64::MAX / 2;
            limits.backstop = Duration::from_millis(300);
        }
        "bytes returned" => limits.returned_bytes = 100,
        "memory not provisioned" => limits.memory_bytes = 1 << 40,
        _ => {}
    }
    limits
}

pub(crate) fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

/// Seconds for one case: fuel of 200 million in unoptimised tests on a busy machine.
const SECONDS: u64 = 20;
/// Peak memory of a case's process, MiB: the engine, a job's 64 MiB, and what is copied.
pub(crate) const PEAK_MIB: u64 = 320;

#[test]
#[ignore = "a child of `every_hostile_job_ends_as_stated`"]
fn child() {
    let Ok(name) = std::env::var("HOSTILE_CASE") else {
        return;
    };
    let case = cases().into_iter().find(|c| c.name == name).unwrap();
    let sandbox = Sandbox::new();
    let bytes = component(&case.memory, &case.main);
    let start = Instant::now();
    let (ended, _) = sandbox.run(&bytes, &limits(&name));
    let took = start.elapsed();
    let (code, residual) = match &ended {
        Ok(_) => ("ok", false),
        Err(failure) => (failure.code.as_str(), failure.code.is_residual()),
    };
    assert_eq!(
        (code, residual),
        (case.code, case.residual),
        "{name}: {ended:?}"
    );
    assert!(took < Duration::from_secs(SECONDS), "{name} took {took:?}");
    assert!(peak_mib() < PEAK_MIB, "{name} took {} MiB", peak_mib());
    if let Err(failure) = &ended {
        assert!(failure.text.len() <= 1024);
    }
    // The same process goes on.
    sandbox.good_job();
}

#[test]
fn every_hostile_job_ends_as_stated() {
    let mut failed = Vec::new();
    for case in cases() {
        let out = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "hostile::child", "--nocapture"])
            .env("HOSTILE_CASE", case.name)
            .output()
            .unwrap();
        if !out.status.success() {
            let text = String::from_utf8_lossy(&out.stderr).into_owned();
            let said: Vec<_> = text
                .lines()
                .filter(|l| !l.contains("backtrace"))
                .take(8)
                .collect();
            failed.push(format!("{}: {} {}", case.name, out.status, said.join(" ")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
