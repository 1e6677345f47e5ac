//! How long a unit of fuel may take: deadlines are planned with a rate, and an author may look for what is slower.

use crate::Size;
use crate::operators::{self, Chain, LOCALS, Numbers};
use crate::score::Sandbox;
use irongate_benches::{Line, Outcome, median};
use irongate_sandbox::{AdmissionLimits, Code, Mapped, Mapper, MapperLimits, World, admit};
use std::num::NonZeroUsize;
use std::time::Instant;

/// The rate that deadlines are planned with, ns: `FUEL` of `runtime/engine/src/execute/unit_work.rs`.
const PLANNED_NS: f64 = 4.0;
/// The same for memory beyond a core's second cache: `FAR_TIMES` as long.
const PLANNED_FAR_NS: f64 = 64.0;
/// Fuel of a call, all of which is used up.
const FUEL: u64 = 10_000_000;
/// The same of a chain of operators, of which there are many.
const CHAIN_FUEL: u64 = 1_000_000;
/// How often a chain is measured; the least counts, as elsewhere the median of more.
const CHAIN_ROUNDS: usize = 5;
/// The slowest chains that are told of.
const SLOWEST: usize = 8;
/// Of all chains, each so many are tried where it only has to work.
const SAMPLE: usize = 40;
/// Memory in which each load waits for the one before, KiB.
const NEAR_KIB: u32 = 512;
const FAR_KIB: [u32; 3] = [2_048, 8_192, 16_384];
/// Bytes between two such loads: a line of a cache.
const LINE: u32 = 64;
/// The same where it only has to work.
const LITTLE_FUEL: u64 = 10_000;

/// How often a body stands in its loop: the loop itself takes little beside it.
const TIMES: usize = 32;

/// Loops without end, by what they turn over. Locals: `$n` of 32 bits, `$w` of 64, `$x` a double, `$v` a vector. The
/// one byte of input is at `$rows`, and `$size` is one, which the compiler does not know: it leaves out what does nothing.
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
    (
        "table-set",
        "(table.set $t (local.tee $n (i32.sub (local.get $size) (local.get $n))) (ref.func $f))",
    ),
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
        "(memory.init $d (local.get $rows) (i32.const 0) (local.get $size))",
    ),
    (
        "copy",
        "(memory.copy (i32.const 0) (i32.const 524288) (i32.const 500000))",
    ),
    (
        "copy-little",
        "(memory.copy (local.get $rows) (i32.const 64) (local.get $size))",
    ),
    (
        "fill-little",
        "(memory.fill (local.get $rows) (i32.const 64) (local.get $size))",
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
            (func (export "map") (param $rows i32) (param $size i32) (result i32)
              (local $n i32) (local $w i64) (local $x f64) (local $v v128)
              (loop $l {body} (br $l)) (i32.const 0)))
          (core instance $i (instantiate $m))
          (func (export "map") (param "rows" (list u8)) (result (list f64))
            (canon lift (core func $i "map") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
    ))?)
}

/// Loads that each wait for the one before, over all lines of so much memory in no order that a processor foresees.
fn chase(kib: u32) -> Outcome<Vec<u8>> {
    const DEEP: usize = 16;
    let lines = kib * 1024 / LINE;
    let loads = (0..DEEP).fold("(local.get $n)".to_owned(), |term, _| {
        format!("(i32.load {term})")
    });
    let body = format!("(local.set $n {loads})").repeat(TIMES);
    Ok(wat::parse_str(format!(
        r#"(component
          (core module $m
            (memory (export "memory") {pages})
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "map") (param i32 i32) (result i32)
              (local $n i32) (local $k i32)
              ;; each line holds the place of another; a full period, since the factor is one more than a multiple of four
              (loop $f
                (i32.store
                  (i32.mul (local.get $k) (i32.const {LINE}))
                  (i32.mul
                    (i32.and
                      (i32.add (i32.mul (local.get $k) (i32.const 1664525)) (i32.const 1013904223))
                      (i32.const {last}))
                    (i32.const {LINE})))
                (local.set $k (i32.add (local.get $k) (i32.const 1)))
                (br_if $f (i32.lt_u (local.get $k) (i32.const {lines}))))
              (loop $l {body} (br $l)) (i32.const 0)))
          (core instance $i (instantiate $m))
          (func (export "map") (param "rows" (list u8)) (result (list f64))
            (canon lift (core func $i "map") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#,
        pages = kib / 64,
        last = lines - 1,
    ))?)
}

/// A chain of operators over numbers.
fn chained(chain: &Chain, numbers: Numbers) -> Outcome<Vec<u8>> {
    let data: String = numbers
        .data()
        .iter()
        .map(|byte| format!("\\{byte:02x}"))
        .collect();
    let (load, body) = (numbers.load(chain.lanes), chain.body.repeat(TIMES / 4));
    Ok(wat::parse_str(format!(
        r#"(component
          (core module $m
            (memory (export "memory") 1) (data (i32.const 8) "{data}")
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "map") (param i32 i32) (result i32)
              {LOCALS} {load} (loop $l {body} (br $l)) (i32.const 0)))
          (core instance $i (instantiate $m))
          (func (export "map") (param "rows" (list u8)) (result (list f64))
            (canon lift (core func $i "map") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
    ))?)
}

/// A sandbox whose calls use all of their fuel.
struct Burner(Sandbox);

impl Burner {
    fn mapper(&self, component: &[u8], limits: MapperLimits) -> Outcome<Mapper> {
        let admitted = admit(component, World::Mapper, &AdmissionLimits::default())?;
        let Sandbox {
            engine,
            cache,
            compiler,
            ..
        } = &self.0;
        Ok(engine.mapper(cache, compiler, &admitted, limits)?)
    }

    /// A call, ns.
    fn call(name: &str, mapper: &Mapper) -> Outcome<f64> {
        let start = Instant::now();
        let mapped = mapper.map(&[1], &mut [0.0])?;
        let time = start.elapsed().as_secs_f64() * 1e9;
        match mapped {
            Mapped::Default(Code::OutOfFuel) => Ok(time),
            other => Err(format!("{name}: it did not use up its fuel: {other:?}").into()),
        }
    }

    /// The slowest chains of operators: a unit of fuel, ns.
    fn operators(&self, is_full: bool) -> Outcome<Vec<(f64, String)>> {
        let (fuel, step) = match is_full {
            true => (CHAIN_FUEL, 1),
            false => (LITTLE_FUEL, SAMPLE),
        };
        let mut all = Vec::new();
        for (numbers, of) in [(Numbers::Plain, "plain"), (Numbers::Subnormal, "subnormal")] {
            for chain in operators::all().iter().step_by(step) {
                let limits = MapperLimits {
                    fuel,
                    ..MapperLimits::default()
                };
                let mapper = self.mapper(&chained(chain, numbers)?, limits)?;
                let mut least = f64::INFINITY;
                for _ in 0..CHAIN_ROUNDS {
                    least = least.min(Self::call(&chain.name, &mapper)?);
                }
                all.push((least / fuel as f64, format!("{of}/{}", chain.name)));
            }
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0));
        all.truncate(SLOWEST);
        Ok(all)
    }

    /// Loads that wait for each other: a unit of fuel, ns. What is written first is in both of two calls.
    fn chase(&self, size: Size, kib: u32, fuel: u64) -> Outcome<f64> {
        let component = chase(kib)?;
        let limits = |fuel| MapperLimits {
            fuel,
            memory_bytes: u64::from(kib) << 10,
            ..MapperLimits::default()
        };
        let less = self.mapper(&component, limits(fuel))?;
        let more = self.mapper(&component, limits(2 * fuel))?;
        let mut times = Vec::new();
        for _ in 0..size.rounds {
            let [less, more] = [Self::call("chase", &less)?, Self::call("chase", &more)?];
            times.push((more - less) / fuel as f64);
        }
        Ok(median(times))
    }
}

pub(crate) fn measure(size: Size) -> Outcome<()> {
    let is_full = size.rounds > 1;
    let fuel = if is_full { FUEL } else { LITTLE_FUEL };
    let burner = Burner(Sandbox::new(NonZeroUsize::MIN)?);
    let told = |what: &str, time, rounds| {
        Line::new(format!("mapper/fuel/{what}"), time, "ns", rounds).print();
    };
    let mut worst: f64 = 0.0;
    for (name, body) in LOOPS {
        let limits = MapperLimits {
            fuel,
            ..MapperLimits::default()
        };
        let mapper = burner.mapper(&component(body)?, limits)?;
        let mut times = Vec::new();
        for _ in 0..size.rounds {
            times.push(Burner::call(name, &mapper)? / fuel as f64);
        }
        let time = median(times);
        worst = worst.max(time);
        told(name, time, size.rounds);
    }
    for (time, name) in burner.operators(is_full)? {
        worst = worst.max(time);
        told(&name, time, CHAIN_ROUNDS);
    }
    let near = burner.chase(size, NEAR_KIB, fuel)?;
    told("chase-near", near, size.rounds);
    let mut far: f64 = 0.0;
    for kib in FAR_KIB {
        far = far.max(burner.chase(size, kib, fuel)?);
    }
    // Of so little fuel, what an instance takes would count.
    let line = |what: &str, time, most| {
        let line = Line::new(format!("mapper/fuel/{what}"), time, "ns", size.rounds);
        if is_full { line.at_most(most) } else { line }.print();
    };
    line("slowest", worst.max(near), PLANNED_NS);
    line("slowest-far", far, PLANNED_FAR_NS);
    Ok(())
}
