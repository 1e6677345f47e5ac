//! Mappers that a hostile author writes in Rust: built as any job is, and called between other persons' calls.

use crate::support::{answer, checkout, irongate};
use irongate_guest::testing::lay_out;
use irongate_guest::{Column, Table, UnitRow, Values};
use irongate_sandbox::{
    AdmissionLimits, ArtifactCache, Compiler, Mapped, Mapper, MapperEngine, MapperLimits, World,
    admit,
};
use std::num::NonZeroUsize;

#[derive(UnitRow)]
#[expect(dead_code, reason = "laid out, not read")]
struct Row {
    act: i64,
}

/// What comes of each act: a number, or why the default stands for it. The acts are told in
/// `tests/hostile/mappers/hostile/src/lib.rs`.
const ACTS: [(i64, &str); 24] = [
    (1, "0"),
    (2, "0"),
    (3, "1000"),
    (4, "0"),
    (5, "trap"),
    (6, "out-of-fuel"),
    (7, "memory"),
    (8, "stack"),
    (9, "out-of-fuel"),
    (10, "trap"),
    (11, "trap"),
    (12, "same"),
    (13, "same"),
    (14, "same"),
    (15, "trap"),
    (16, "0"),
    (17, "0"),
    (18, "trap"),
    (19, "trap"),
    (20, "trap"),
    (21, "trap"),
    (22, "inf"),
    (23, "trap"),
    (24, "1"),
];

fn called(mapper: &Mapper, act: i64) -> String {
    let table = Table::new(vec![Column::new("act", Values::Int64s(vec![act]))]).unwrap();
    let mut found = [f64::MAX];
    let rows = lay_out::<Row>(&table).unwrap();
    match mapper.map(&rows, &mut found).expect("not aborted") {
        Mapped::Values => found[0].to_string(),
        Mapped::Default(code) => code.as_str().to_owned(),
    }
}

fn mapper(component: &[u8], folder: &std::path::Path) -> Mapper {
    let compiler = Compiler::new(
        env!("CARGO_BIN_EXE_irongate"),
        ["compile-worker".to_owned()],
    );
    let admitted = admit(component, World::Mapper, &AdmissionLimits::default()).unwrap();
    let engine = MapperEngine::new(NonZeroUsize::MIN).unwrap();
    let cache = ArtifactCache::new(folder, &[1; 32]);
    let mapper = engine.mapper(&cache, &compiler, &admitted, MapperLimits::default());
    mapper.unwrap()
}

#[test]
fn mappers_in_rust_are_heard_of_nobody() {
    let project = checkout().join("tests/hostile");
    let (code, built) = answer(irongate(&project).args(["job", "build", "."]));
    assert_eq!(code, 0, "{built}");
    let component = std::fs::read(project.join("hostile.wasm")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let one = mapper(&component, dir.path());
    // As in another process: what is random there would be other here.
    let another = mapper(&component, dir.path());
    let mut wrong = Vec::new();
    for (act, expected) in ACTS {
        let first = called(&one, act);
        if expected != "same" && first != expected {
            wrong.push(format!("act {act}: {first}"));
        }
        for _ in 0..3 {
            // Another person's call, and the same again.
            for (mapper, act, expected) in [
                (&one, 99, "0.5"),
                (&one, act, first.as_str()),
                (&another, act, first.as_str()),
            ] {
                let found = called(mapper, act);
                if found != expected {
                    wrong.push(format!("act {act}, after others: {found}, not {expected}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
