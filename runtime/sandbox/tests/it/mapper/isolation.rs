//! Nothing of a unit's instance is there for the next.

use irongate_sandbox::{Code, MapperLimits};

use super::{AT_ONCE, Sandbox, called, number};

/// More calls than there are places for instances, in the one engine that a thread's calls run in.
const CALLS: usize = 40;

/// Guests that leave something behind wherever a guest can, and say what they found there. Each is called many times
/// in the same places: it always finds what the first found.
#[test]
fn nothing_is_carried_from_unit_to_unit() {
    let sandbox = Sandbox::new();
    let cases = [
        (
            "memory that was never written",
            number(
                "",
                "(block (result f64) (local.set $n (i32.load (i32.const 131068))) (i32.store (i32.const 131068) (i32.const 7)) (f64.convert_i32_s (local.get $n)))",
            ),
            0.0,
        ),
        (
            "memory near its start",
            number(
                "",
                "(block (result f64) (local.set $n (i32.load (i32.const 64))) (i32.store (i32.const 64) (i32.const 7)) (f64.convert_i32_s (local.get $n)))",
            ),
            0.0,
        ),
        (
            "memory that a segment fills",
            number(
                "(data (i32.const 512) \"\\05\")",
                "(block (result f64) (local.set $n (i32.load8_u (i32.const 512))) (i32.store8 (i32.const 512) (i32.const 7)) (f64.convert_i32_s (local.get $n)))",
            ),
            5.0,
        ),
        (
            "memory that is grown",
            number(
                "",
                "(block (result f64) (local.set $n (memory.size)) (drop (memory.grow (i32.const 3))) (i32.store (i32.const 262144) (i32.const 7)) (f64.convert_i32_s (local.get $n)))",
            ),
            2.0,
        ),
        (
            "what lies in grown memory",
            number(
                "",
                "(block (result f64) (drop (memory.grow (i32.const 3))) (local.set $n (i32.load (i32.const 262144))) (i32.store (i32.const 262144) (i32.const 7)) (f64.convert_i32_s (local.get $n)))",
            ),
            0.0,
        ),
        (
            "a global",
            number(
                "(global $g (mut i32) (i32.const 3))",
                "(block (result f64) (local.set $n (global.get $g)) (global.set $g (i32.const 7)) (f64.convert_i32_s (local.get $n)))",
            ),
            3.0,
        ),
        (
            "a table's element",
            number(
                "(table $t 2 funcref) (elem declare func $f) (func $f)",
                "(block (result f64) (local.set $n (ref.is_null (table.get $t (i32.const 1)))) (table.set $t (i32.const 1) (ref.func $f)) (f64.convert_i32_s (local.get $n)))",
            ),
            1.0,
        ),
        (
            "a table's size",
            number(
                "(table $t 2 funcref)",
                "(block (result f64) (local.set $n (table.size $t)) (drop (table.grow $t (ref.null func) (i32.const 5))) (f64.convert_i32_s (local.get $n)))",
            ),
            2.0,
        ),
        (
            // Copying from a dropped segment traps.
            "a dropped segment",
            number(
                "(data $d \"\\09\")",
                "(block (result f64) (memory.init $d (i32.const 64) (i32.const 0) (i32.const 1)) (data.drop $d) (f64.convert_i32_s (i32.load8_u (i32.const 64))))",
            ),
            9.0,
        ),
        (
            "a dropped element segment",
            number(
                "(table $t 2 funcref) (elem $e func $f) (func $f)",
                "(block (result f64) (table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1)) (elem.drop $e) (f64.convert_i32_s (ref.is_null (table.get $t (i32.const 0)))))",
            ),
            0.0,
        ),
    ];
    for (name, bytes, first) in cases {
        // In either of a place's engines.
        for rows_bytes in [0, 1 << 20] {
            let limits = MapperLimits {
                rows_bytes,
                ..MapperLimits::default()
            };
            let mapper = sandbox.mapper_with(&bytes, limits);
            for call in 0..CALLS {
                assert_eq!(called(&mapper, &[1]), Ok(first), "{name}, call {call}");
            }
        }
    }
}

/// Fuel that one unit left is not another's, and what one used up is not missing: a guest that takes as much fuel as
/// its rows say ends in the same way whoever was before it.
#[test]
fn fuel_is_each_units_own() {
    let sandbox = Sandbox::new();
    let limits = MapperLimits {
        fuel: 100_000,
        ..MapperLimits::default()
    };
    // Turns as many times, a thousand for each of the rows' first byte.
    let bytes = number(
        "",
        "(block (result f64)
           (local.set $n (i32.mul (i32.load8_u (local.get $at)) (i32.const 1000)))
           (loop $more (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $more (local.get $n)))
           (f64.const 1))",
    );
    let mapper = sandbox.mapper_with(&bytes, limits);
    let least = (1..=250_u8)
        .find(|n| called(&mapper, &[*n]).is_err())
        .unwrap();
    assert!(least > 2);
    for _ in 0..20 {
        assert_eq!(called(&mapper, &[least - 1]), Ok(1.0));
        assert_eq!(called(&mapper, &[255]), Err(Code::OutOfFuel));
        assert_eq!(called(&mapper, &[least - 1]), Ok(1.0));
        assert_eq!(called(&mapper, &[least]), Err(Code::OutOfFuel));
    }
}

/// A slot that another operator's mapper filled is empty for the next.
#[test]
fn nothing_of_another_mapper_is_left() {
    let sandbox = Sandbox::new();
    let fills = sandbox.mapper(&number(
        "",
        "(block (result f64) (drop (memory.grow (i32.const 8)))
           (memory.fill (i32.const 8192) (i32.const 170) (i32.const 600000)) (f64.const 1))",
    ));
    let looks = |pages: &str| {
        sandbox.mapper(&number(
            "",
            &format!(
                "(block (result f64) (drop (memory.grow (i32.const {pages}))) (local.set $i (i32.const 8192))
                   (loop $more
                     (local.set $n (i32.or (local.get $n) (i32.load (local.get $i))))
                     (local.set $i (i32.add (local.get $i) (i32.const 64)))
                     (br_if $more (i32.lt_u (local.get $i) (i32.mul (memory.size) (i32.const 65536)))))
                   (f64.convert_i32_s (local.get $n)))"
            ),
        ))
    };
    let others = [looks("0"), looks("7")];
    for _ in 0..2 {
        for (mapper, output) in [(&fills, 1.0), (&others[0], 0.0), (&others[1], 0.0)] {
            for _ in 0..CALLS {
                assert_eq!(called(mapper, &[1]), Ok(output));
            }
        }
    }
}

/// In any order, on any number of threads, between any others: the same units have the same outputs.
#[test]
fn outputs_are_the_same_in_any_order_and_on_any_threads() {
    let sandbox = Sandbox::new();
    // It leaves traces of its rows, and traps, loops and grows for some.
    let bytes = number(
        "(global $g (mut i32) (i32.const 0))",
        "(block (result f64)
           (local.set $n (i32.add (i32.load8_u (local.get $at)) (i32.add (global.get $g) (i32.load (i32.const 100000)))))
           (global.set $g (local.get $n))
           (i32.store (i32.const 100000) (local.get $n))
           (if (i32.eq (i32.rem_u (local.get $n) (i32.const 7)) (i32.const 3)) (then unreachable))
           (if (i32.eq (i32.rem_u (local.get $n) (i32.const 11)) (i32.const 3)) (then (loop $l (br $l))))
           (drop (memory.grow (i32.rem_u (local.get $n) (i32.const 5))))
           (f64.convert_i32_u (i32.add (local.get $n) (memory.size))))",
    );
    let mapper = sandbox.mapper(&bytes);
    let units: Vec<[u8; 2]> = (0..=255).map(|n| [n, 0]).collect();
    let each = |units: &[[u8; 2]]| {
        units
            .iter()
            .map(|rows| called(&mapper, rows))
            .collect::<Vec<_>>()
    };
    let expected = each(&units);
    assert!(expected.iter().any(Result::is_err) && expected.iter().any(Result::is_ok));
    let mut reversed = units.clone();
    reversed.reverse();
    let mut outputs = each(&reversed);
    outputs.reverse();
    assert_eq!(outputs, expected);
    for threads in [2, 3, AT_ONCE.get()] {
        let outputs: Vec<_> = std::thread::scope(|scope| {
            let parts = units.chunks(units.len().div_ceil(threads));
            let running: Vec<_> = parts.map(|part| scope.spawn(|| each(part))).collect();
            running
                .into_iter()
                .flat_map(|part| part.join().unwrap())
                .collect()
        });
        assert_eq!(outputs, expected, "{threads} threads");
    }
}
