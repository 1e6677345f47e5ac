//! How long a unit of fuel may take: deadlines are planned with a rate, and an author may look for what is slower.

use crate::Size;
use crate::score::Sandbox;
use irongate_benches::{Line, Outcome, median};
use irongate_sandbox::{AdmissionLimits, Code, Mapped, MapperLimits, World, admit};
use std::num::NonZeroUsize;
use std::time::Instant;

/// The rate that deadlines are planned with, ns: `FUEL` of `runtime/engine/src/execute/unit_work.rs`.
const PLANNED_NS: f64 = 4.0;
/// Fuel of a call, all of which is used up.
const FUEL: u64 = 10_000_000;
/// The same where it only has to work.
const LITTLE_FUEL: u64 = 10_000;

/// How often a body stands in its loop: the loop itself takes little beside it.
const TIMES: usize = 32;

/// Loops without end, by what they turn over. Locals: `$n` of 32 bits, `$w` of 64, `$x` a double, `$v` a vector.
const LOOPS: [(&str, &str); 24] = [
    ("nothing", ""),
    ("grow-by-nothing", "(drop (memory.grow (i32.const 0)))"),
    (
        "grow-table-by-nothing",
        "(drop (table.grow $t (ref.null func) (i32.const 0)))",
    ),
    ("memory-size", "(drop (memory.size))"),
    ("reference", "(drop (ref.func $f))"),
    ("table-get", "(drop (table.get $t (i32.const 999)))"),
    ("table-set", "(table.set $t (i32.const 1) (ref.null func))"),
    (
        "fill-table",
        "(table.fill $t (i32.const 0) (ref.null func) (i32.const 1))",
    ),
    (
        "copy-table",
        "(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1))",
    ),
    (
        "init-table",
        "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0))",
    ),
    ("drop-element", "(elem.drop $e)"),
    ("drop-data", "(data.drop $d)"),
    (
        "init-memory",
        "(memory.init $d (i32.const 0) (i32.const 0) (i32.const 0))",
    ),
    (
        "copy",
        "(memory.copy (i32.const 0) (i32.const 524288) (i32.const 500000))",
    ),
    (
        "copy-little",
        "(memory.copy (i32.const 0) (i32.const 64) (i32.const 1))",
    ),
    (
        "fill-little",
        "(memory.fill (i32.const 0) (i32.const 64) (i32.const 1))",
    ),
    ("call", "(call $f)"),
    (
        "call-indirect",
        "(call_indirect $t (type $none) (i32.const 999))",
    ),
    (
        "divide",
        "(local.set $w (i64.div_u (i64.const -1) (i64.or (local.get $w) (i64.const 1))))",
    ),
    (
        "remainder",
        "(local.set $w (i64.rem_s (i64.const 0x7fffffffffffffff) (i64.or (local.get $w) (i64.const 3))))",
    ),
    (
        "root",
        "(local.set $x (f64.sqrt (f64.add (local.get $x) (f64.const 2))))",
    ),
    (
        "least",
        "(local.set $x (f64.min (f64.mul (local.get $x) (f64.const 1.5)) (f64.const 9)))",
    ),
    (
        "vector-root",
        "(local.set $v (f64x2.sqrt (f64x2.div (local.get $v) (v128.const f64x2 3 7))))",
    ),
    (
        "far-loads",
        "(local.set $n (i32.add (i32.load (i32.and (local.get $n) (i32.const 0xffffc))) (i32.mul (local.get $n) (i32.const 0x9e3779b1))))",
    ),
];

fn component(body: &str) -> Outcome<Vec<u8>> {
    let body = body.repeat(TIMES);
    Ok(wat::parse_str(format!(
        r#"(component
          (core module $m
            (type $none (func)) (table $t 1000 funcref) (elem (table $t) (i32.const 999) func $f) (elem $e func $f)
            (func $f) (memory (export "memory") 16) (data $d "a")
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "map") (param i32 i32) (result i32)
              (local $n i32) (local $w i64) (local $x f64) (local $v v128)
              (loop $l {body} (br $l)) (i32.const 0)))
          (core instance $i (instantiate $m))
          (func (export "map") (param "rows" (list u8)) (result (list f64))
            (canon lift (core func $i "map") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
    ))?)
}

pub(crate) fn measure(size: Size) -> Outcome<()> {
    let is_full = size.rounds > 1;
    let limits = MapperLimits {
        fuel: if is_full { FUEL } else { LITTLE_FUEL },
        ..MapperLimits::default()
    };
    let sandbox = Sandbox::new(NonZeroUsize::MIN)?;
    let mut worst: f64 = 0.0;
    for (name, body) in LOOPS {
        let component = component(body)?;
        let admitted = admit(&component, World::Mapper, &AdmissionLimits::default())?;
        let mapper =
            sandbox
                .engine
                .mapper(&sandbox.cache, &sandbox.compiler, &admitted, limits.clone())?;
        let mut times = Vec::new();
        for _ in 0..size.rounds {
            let start = Instant::now();
            let mapped = mapper.map(&[1], &mut [0.0])?;
            times.push(start.elapsed().as_secs_f64() * 1e9 / limits.fuel as f64);
            if mapped != Mapped::Default(Code::OutOfFuel) {
                return Err(format!("{name}: it did not use up its fuel: {mapped:?}").into());
            }
        }
        let time = median(times);
        worst = worst.max(time);
        Line::new(format!("mapper/fuel/{name}"), time, "ns", size.rounds).print();
    }
    let line = Line::new("mapper/fuel/slowest", worst, "ns", size.rounds);
    // Of so little fuel, what an instance takes would count.
    if is_full {
        line.at_most(PLANNED_NS)
    } else {
        line
    }
    .print();
    Ok(())
}
