//! Mappers: what one unit's call gives, and that nothing of it is there for the next.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use irongate_sandbox::{
    AdmissionLimits, ArtifactCache, Code, Failure, Mapped, Mapper, MapperEngine, MapperLimits,
    NoMapper, World, admit,
};

use crate::guests::{compiler, good};

mod attacks;
mod isolation;

/// Calls at once that the engine is provisioned for.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// Two pages, and a realloc that never frees.
const MEMORY: &str = r#"
(memory (export "memory") 2)
(global $next (mut i32) (i32.const 4096))
(func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
  (global.set $next (i32.add (local.get $at) (local.get 3)))
  (local.get $at))
(func $answer (param f64) (result i32)
  (f64.store (i32.const 2048) (local.get 0))
  (i32.store (i32.const 2064) (i32.const 2048))
  (i32.store (i32.const 2068) (i32.const 1))
  (i32.const 2064))
"#;

/// A component whose `map` is this: its parameters are where the rows are, and how long they are.
fn component(memory: &str, map: &str) -> Vec<u8> {
    lifted(memory, map, "")
}

/// The same with more options of the lift.
fn lifted(memory: &str, map: &str, options: &str) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(component
          (core module $m {memory} {map})
          (core instance $i (instantiate $m))
          (alias core export $i "memory" (core memory $memory))
          (func (export "map") (param "rows" (list u8)) (result (list f64))
            (canon lift (core func $i "map") (memory $memory)
              (realloc (core func $i "realloc")) {options})))"#
    ))
    .expect("wat")
}

/// The same with a body that leaves a number.
fn number(more: &str, body: &str) -> Vec<u8> {
    let map = format!(
        "{more} (func (export \"map\") (param $at i32) (param $length i32) (result i32) (local $i i32) (local $n i32)
           (call $answer {body}))"
    );
    component(MEMORY, &map)
}

/// The sum of the rows' bytes.
fn sum() -> Vec<u8> {
    number(
        "",
        "(block (result f64)
           (loop $more
             (local.set $n (i32.add (local.get $n)
               (i32.load8_u (i32.add (local.get $at) (local.get $i)))))
             (local.set $i (i32.add (local.get $i) (i32.const 1)))
             (br_if $more (i32.lt_u (local.get $i) (local.get $length))))
           (f64.convert_i32_u (local.get $n)))",
    )
}

struct Sandbox {
    engine: MapperEngine,
    cache: ArtifactCache,
    _dir: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            engine: MapperEngine::new(AT_ONCE).unwrap(),
            cache: ArtifactCache::new(dir.path(), &[7; 32]),
            _dir: dir,
        }
    }

    fn try_mapper(&self, bytes: &[u8], limits: MapperLimits) -> Result<Mapper, Failure> {
        let admitted = admit(bytes, World::Mapper, &AdmissionLimits::default()).expect("admitted");
        let mapper = self
            .engine
            .mapper(&self.cache, &compiler(), &admitted, limits);
        mapper.map_err(|error| match error {
            NoMapper::Start(failure) => failure,
            NoMapper::Compile(error) => panic!("{error}"),
        })
    }

    fn mapper_with(&self, bytes: &[u8], limits: MapperLimits) -> Mapper {
        self.try_mapper(bytes, limits).expect("a mapper")
    }

    fn mapper(&self, bytes: &[u8]) -> Mapper {
        self.mapper_with(bytes, MapperLimits::default())
    }
}

/// What a mapper of one output says of these rows.
fn called(mapper: &Mapper, rows: &[u8]) -> Result<f64, Code> {
    let mut output = [f64::MAX];
    match mapper.map(rows, &mut output).expect("not aborted") {
        Mapped::Values => Ok(output[0]),
        Mapped::Default(code) => Err(code),
    }
}

#[test]
fn a_mapper_sees_its_rows() {
    let sandbox = Sandbox::new();
    let mapper = sandbox.mapper(&sum());
    assert_eq!(called(&mapper, &[1, 2, 250]), Ok(253.0));
    let long = vec![3; 50_000];
    assert_eq!(called(&mapper, &long), Ok(150_000.0));
}

/// Guests of the SDK free what they returned in `post-return`, and an allocator writes over what is freed.
#[test]
fn numbers_are_taken_before_the_guest_frees_them() {
    let sandbox = Sandbox::new();
    let map = r#"
      (func (export "map") (param i32 i32) (result i32) (call $answer (f64.const 7)))
      (func (export "free") (param i32)
        (memory.fill (i32.const 2048) (i32.const 255) (i32.const 64)))"#;
    let bytes = lifted(MEMORY, map, r#"(post-return (core func $i "free"))"#);
    assert_eq!(called(&sandbox.mapper(&bytes), &[1]), Ok(7.0));
}

#[test]
fn what_is_no_mapper_is_not_admitted() {
    let code = |bytes: &[u8]| match admit(bytes, World::Mapper, &AdmissionLimits::default()) {
        Ok(_) => "ok",
        Err(error) => error.code(),
    };
    let with = |before: &str, after: &str| {
        let text = format!(
            r#"(component {before}
              (core module $m (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
                (func (export "map") (param i32 i32) (result i32) (i32.const 0)))
              (core instance $i (instantiate $m))
              {after})"#
        );
        wat::parse_str(text).expect("wat")
    };
    let lift = |name: &str, kind: &str| {
        format!(
            r#"(func (export "{name}") {kind} (canon lift (core func $i "map")
                 (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))"#
        )
    };
    let map = lift("map", r#"(param "rows" (list u8)) (result (list f64))"#);
    assert_eq!(code(&with("", &map)), "ok");
    for (before, after, expected) in [
        // A job of the other world, and either with what the other has.
        (
            r#"(import "wasi:clocks/wall-clock@0.2.0" (instance))"#,
            map.as_str(),
            "import",
        ),
        (
            r#"(import "irongate:sandbox/gate@1.0.0" (instance))"#,
            &map,
            "import",
        ),
        ("", "", "exports"),
        (
            "",
            &lift("run", r#"(param "rows" (list u8)) (result (list f64))"#),
            "exports",
        ),
        (
            "",
            &lift("map", r#"(param "rows" (list s8)) (result (list f64))"#),
            "exports",
        ),
        (
            "",
            &lift("map", r#"(param "rows" (list u8)) (result (list f32))"#),
            "exports",
        ),
        (
            "",
            &lift("map", r#"(param "row" (list u8)) (result (list f64))"#),
            "exports",
        ),
        (
            "",
            &format!(
                "{map} {}",
                lift("map2", r#"(param "rows" (list u8)) (result (list f64))"#)
            ),
            "exports",
        ),
    ] {
        assert_eq!(code(&with(before, after)), expected, "{before} {after}");
    }
    assert_eq!(code(&good()), "import");
    let as_job = admit(&sum(), World::Analyst, &AdmissionLimits::default());
    assert_eq!(as_job.err().map(|error| error.code()), Some("exports"));
}

/// What stops a mapper for a reason of its own gives the default, always, and the unit after it is none the wiser.
#[test]
fn whatever_a_mapper_does_wrong_gives_the_default() {
    let sandbox = Sandbox::new();
    let far = MEMORY.replace(
        "(local.get $at))\n(func $answer",
        "(i32.const -8))\n(func $answer",
    );
    let map = |body: &str| format!("(func (export \"map\") (param i32 i32) (result i32) {body})");
    let list = |at: &str, length: &str| {
        map(&format!(
            "(i32.store (i32.const 2064) (i32.const {at})) (i32.store (i32.const 2068) (i32.const {length})) (i32.const 2064)"
        ))
    };
    let cases = [
        (
            "unreachable",
            component(MEMORY, &map("unreachable")),
            Code::Trap,
        ),
        (
            "division",
            component(
                MEMORY,
                &map(
                    "(i32.div_u (i32.const 1) (local.get 0)) (drop (i32.div_u (i32.const 1) (i32.const 0)))",
                ),
            ),
            Code::Trap,
        ),
        (
            "a loop",
            component(MEMORY, &map("(loop $l (br $l)) (i32.const 0)")),
            Code::OutOfFuel,
        ),
        (
            "recursion",
            component(
                MEMORY,
                &format!(
                    "(func $f (result i32) (i32.add (i32.const 1) (call $f))) {}",
                    map("(call $f)")
                ),
            ),
            Code::Stack,
        ),
        (
            "too much memory",
            component(
                MEMORY,
                &map("(drop (memory.grow (i32.const 1000))) (i32.const 0)"),
            ),
            Code::Memory,
        ),
        (
            "out of bounds",
            component(MEMORY, &map("(i32.load (i32.const 1000000))")),
            Code::Trap,
        ),
        (
            "a list out of bounds",
            component(MEMORY, &list("131072", "1")),
            Code::BadValue,
        ),
        (
            "an endless list",
            component(MEMORY, &list("2048", "-1")),
            Code::BadValue,
        ),
        (
            "a list that is not aligned",
            component(MEMORY, &list("2049", "1")),
            Code::BadValue,
        ),
        (
            "no numbers",
            component(MEMORY, &list("2048", "0")),
            Code::BadValue,
        ),
        (
            "two numbers",
            component(MEMORY, &list("2048", "2")),
            Code::BadValue,
        ),
        (
            "an answer out of bounds",
            component(MEMORY, &map("(i32.const -4)")),
            Code::BadValue,
        ),
        (
            "no place for the rows",
            component(&far, &map("(i32.const 2064)")),
            Code::BadValue,
        ),
    ];
    let honest = sandbox.mapper(&sum());
    for (name, bytes, code) in cases {
        let mapper = sandbox.mapper(&bytes);
        for _ in 0..3 {
            assert_eq!(called(&mapper, &[1]), Err(code), "{name}");
            assert_eq!(called(&honest, &[4, 5]), Ok(9.0), "after {name}");
        }
    }
    let not_a_number = sandbox.mapper(&number("", "(f64.div (f64.const 0) (f64.const 0))"));
    assert!(called(&not_a_number, &[1]).unwrap().is_nan());
}

/// What no unit could have an instance of is refused beforehand, rather than default for every unit.
#[test]
fn a_mapper_that_cannot_start_is_refused() {
    let sandbox = Sandbox::new();
    let map = |more: &str| {
        let map = "(func (export \"map\") (param i32 i32) (result i32) (i32.const 2064))";
        component(MEMORY, &format!("{more} {map}"))
    };
    for (name, bytes, code) in [
        (
            "it traps",
            map("(func $s unreachable) (start $s)"),
            Code::Trap,
        ),
        (
            "it has no end",
            map("(func $s (loop $l (br $l))) (start $s)"),
            Code::OutOfFuel,
        ),
        (
            "a segment is out of bounds",
            map("(data (i32.const 131072) \"x\")"),
            Code::Trap,
        ),
        (
            "it begins with more memory than it may have",
            component(
                &MEMORY.replace("\"memory\") 2", "\"memory\") 17"),
                "(func (export \"map\") (param i32 i32) (result i32) (i32.const 2064))",
            ),
            Code::Memory,
        ),
    ] {
        let refused = sandbox.try_mapper(&bytes, MapperLimits::default());
        assert_eq!(
            refused.err().map(|failure| failure.code),
            Some(code),
            "{name}"
        );
    }
}

#[test]
fn what_the_machine_ends_is_no_default() {
    let sandbox = Sandbox::new();
    let endless = component(
        MEMORY,
        "(func (export \"map\") (param i32 i32) (result i32) (loop $l (br $l)) (i32.const 0))",
    );
    let limits = MapperLimits {
        fuel: 500_000_000,
        ..MapperLimits::default()
    };
    let mapper = sandbox.mapper_with(&endless, limits);
    assert_eq!(called(&mapper, &[1]), Err(Code::OutOfFuel));
    // Its memory may reach beyond a cache, so it has sixteen times as long.
    let mapper = mapper.with_backstop(Duration::from_millis(20));
    let began = Instant::now();
    let aborted = mapper.map(&[1], &mut [0.0]).unwrap_err();
    assert_eq!(aborted.to_string(), "a mapper was aborted: backstop");
    assert!(began.elapsed() > Duration::from_millis(16 * 20 - 50));

    let default = MapperLimits::default;
    for too_much in [
        MapperLimits {
            memory_bytes: 1 << 40,
            ..default()
        },
        MapperLimits {
            table_elements: 1 << 40,
            ..default()
        },
        MapperLimits {
            stack_bytes: 1 << 16,
            ..default()
        },
    ] {
        let refused = sandbox.try_mapper(&endless, too_much);
        assert_eq!(
            refused.err().map(|failure| failure.code),
            Some(Code::NotProvisioned)
        );
    }
}

/// Deadlines are planned with one time for all fuel. What each costs is as `cargo xtask bench mapper -- fuel` finds it.
#[test]
fn operators_that_take_long_cost_more_fuel() {
    let sandbox = Sandbox::new();
    let fuel = |body: &str| {
        let more = format!("(func $more (local $x f64) (local $v v128) {body})");
        let mapper = sandbox.mapper(&number(&more, "(call $more) (f64.const 1)"));
        mapper.map_measured(&[1], &mut [0.0]).unwrap().1.fuel
    };
    let nothing = fuel("");
    for (operator, cost) in [
        ("(i32.xor (i32.const 1) (i32.const 2))", 1 + 2),
        ("(i32.load (i32.const 8))", 4 + 1),
        ("(v128.load (i32.const 8))", 4 + 1),
        ("(i64.div_s (i64.const 8) (i64.const 3))", 8 + 2),
        ("(f64.add (local.get $x) (local.get $x))", 3 + 2),
        ("(f64.nearest (local.get $x))", 6 + 1),
        ("(f32x4.max (local.get $v) (local.get $v))", 6 + 2),
        ("(f64.mul (local.get $x) (local.get $x))", 24 + 2),
        ("(f64.div (local.get $x) (local.get $x))", 24 + 2),
        ("(f64.sqrt (local.get $x))", 24 + 1),
        ("(f32.demote_f64 (local.get $x))", 24 + 1),
        ("(f64x2.mul (local.get $v) (local.get $v))", 24 + 2),
    ] {
        let took = fuel(&format!("(drop {operator})"));
        assert_eq!(took - nothing, cost, "{operator}");
    }
}

/// Else a call of one person's rows could meet the backstop, which is no default.
#[test]
fn fuel_that_could_outlast_the_backstop_is_refused() {
    let sandbox = Sandbox::new();
    let limits = |fuel| MapperLimits {
        fuel,
        ..MapperLimits::default()
    };
    // As a policy allows at most.
    let most = 500_000_000;
    assert!(sandbox.try_mapper(&sum(), limits(most)).is_ok());
    let refused = sandbox.try_mapper(&sum(), limits(most + 1)).err();
    assert_eq!(
        refused.map(|failure| failure.code),
        Some(Code::NotProvisioned)
    );
}
