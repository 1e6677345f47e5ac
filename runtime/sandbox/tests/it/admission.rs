//! What is not admitted, and why.

use irongate_sandbox::{AdmissionLimits, World, admit};
use proptest::prelude::*;

use crate::guests::{GATE, MEMORY, Sandbox, TABLES, component, good, run};
use crate::hostile::{PEAK_MIB, peak_mib};
use std::time::{Duration, Instant};

/// Longest that one refusal may take, in unoptimised tests on a busy machine.
const SECONDS: Duration = Duration::from_secs(10);

fn code(bytes: &[u8]) -> &'static str {
    match admit(bytes, World::Analyst, &AdmissionLimits::default()) {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("wat")
}

fn around(imports: &str, exports: &str) -> Vec<u8> {
    wat(&format!(
        r#"(component {imports}
        (core module $m (memory (export "m") 1) (func (export "f") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (alias core export $i "m" (core memory $mem))
        (func $run (result (result (error string))) (canon lift (core func $i "f") (memory $mem)))
        {exports})"#
    ))
}

const RUN: &str = r#"(export "run" (func $run))"#;

fn with_main(main: &str) -> Vec<u8> {
    component(MEMORY, &format!("{main} {}", run("")))
}

#[test]
fn each_refusal_has_its_code() {
    let d = AdmissionLimits::default();
    let deep = format!("(func {} {})", "(block ".repeat(300), ")".repeat(300));
    let huge = format!("(func {})", "(drop (i32.const 1234567))".repeat(60_000));
    let many = "(func)".repeat(21_000);
    let locals = format!("(func (local {}))", "i64 ".repeat(5_000));
    let data = "(data \"x\")".repeat(1_001);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("good", good(), "ok"),
        ("no imports", around("", RUN), "ok"),
        (
            "both imports",
            around(&format!("{TABLES}{GATE}"), RUN),
            "ok",
        ),
        (
            "undeclared import",
            around(r#"(import "x" (func))"#, RUN),
            "import",
        ),
        (
            "wasi",
            around(r#"(import "wasi:clocks/wall-clock@0.2.0" (instance))"#, RUN),
            "import",
        ),
        (
            "other version",
            around(&TABLES.replace("1.0.0", "1.0.1"), RUN),
            "import",
        ),
        (
            "mistyped function",
            around(
                &format!(
                    "{TABLES}{}",
                    GATE.replace("\"text\" string", "\"text\" u32")
                ),
                RUN,
            ),
            "import-type",
        ),
        (
            "extra function",
            around(
                &format!("{TABLES}{}", GATE.replace("\"log\"", "\"now\"")),
                RUN,
            ),
            "import-type",
        ),
        (
            "mistyped record",
            around(&TABLES.replace("\"scale\" u8", "\"scale\" u16"), RUN),
            "import-type",
        ),
        ("no export", around("", ""), "exports"),
        (
            "extra export",
            around("", &format!("{RUN} (export \"more\" (func $run))")),
            "exports",
        ),
        (
            "mistyped export",
            wat(
                r#"(component (core module $m (func (export "f"))) (core instance $i (instantiate $m)) (func $r (canon lift (core func $i "f"))) (export "run" (func $r)))"#,
            ),
            "exports",
        ),
        ("elf", b"\x7fELF and more".to_vec(), "artifact"),
        ("core module", wat("(module)"), "core-module"),
        ("nested component", around("(component)", RUN), "forbidden"),
        ("nesting bomb", with_main(&deep), "too-much"),
        ("huge function", with_main(&huge), "too-much"),
        ("many functions", with_main(&many), "too-much"),
        ("locals bomb", with_main(&locals), "too-much"),
        ("data segments", with_main(&data), "too-much"),
        (
            "initial memory bomb",
            component(
                &MEMORY.replace("\"memory\") 4", "\"memory\") 65536"),
                &run(""),
            ),
            "too-much",
        ),
        (
            "initial table bomb",
            with_main("(table 4000000000 funcref)"),
            "too-much",
        ),
        ("second memory", with_main("(memory 1)"), "too-much"),
        (
            "tail call",
            with_main("(func $t (return_call $t))"),
            "invalid",
        ),
        (
            "64-bit memory",
            component(
                &MEMORY.replace("\"memory\") 4", "\"memory\") i64 4"),
                "(func)",
            ),
            "invalid",
        ),
        (
            "relaxed simd",
            with_main(
                "(func (param v128) (result v128) (i32x4.relaxed_trunc_f32x4_s (local.get 0)))",
            ),
            "invalid",
        ),
        ("exception tag", with_main("(tag)"), "forbidden"),
        ("too large", vec![0; d.component_bytes + 1], "too-much"),
        ("empty", vec![], "invalid"),
    ];
    for (name, bytes, _) in &cases {
        let start = Instant::now();
        let _ = code(bytes);
        let took = start.elapsed();
        assert!(took < SECONDS, "{name} took {took:?}");
    }
    // This process did nothing else: tests run in one each.
    assert!(peak_mib() < PEAK_MIB, "{} MiB", peak_mib());
    let wrong: Vec<_> = cases
        .iter()
        .filter(|(_, bytes, want)| code(bytes) != *want)
        .map(|(name, bytes, want)| {
            let got = admit(bytes, World::Analyst, &d)
                .map(|_| ())
                .map_err(|e| e.to_string());
            format!("{name}: want {want}, got {got:?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The same host goes on.
    Sandbox::new().good_job();
}

#[test]
fn a_cut_component_is_never_admitted() {
    let bytes = good();
    for end in 0..bytes.len() {
        // What may be missing is a custom section at the end (id 0): it says nothing.
        assert!(
            code(&bytes[..end]) != "ok" || bytes[end] == 0,
            "cut at {end}"
        );
    }
}

proptest! {
    #[test]
    fn admission_never_panics_on_noise(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _code = code(&bytes);
    }

    #[test]
    fn admission_never_panics_on_mutants(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = good();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _code = code(&bytes);
    }
}
