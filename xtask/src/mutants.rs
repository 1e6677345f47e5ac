//! `cargo xtask mutants`: the privacy-critical modules changed in small ways, one change at a time. A change
//! that no test finds is a survivor; `xtask/mutants.toml` lists and explains them, with the digest of the
//! module they were found in.

pub(crate) mod list;

use self::list::{List, Listed, Survivor};
use crate::process::{cargo, note, root, say, target};
use crate::{Outcome, setup};
use serde::Deserialize;
use std::path::Path;
use std::process::Stdio;

/// A module, the crate it is of, and which of the crate's tests must find its mutants.
pub(crate) struct Module {
    pub(crate) file: &'static str,
    package: &'static str,
    /// Which of its tests are built: all where this is empty.
    built: &'static [&'static str],
    /// Which of those are run, as nextest selects them.
    tests: &'static str,
}

/// Tests that stand beside the code.
const BESIDE: &[&str] = &["--lib"];

const fn policy(file: &'static str) -> Module {
    Module {
        file,
        package: "irongate-policy",
        built: &[],
        tests: "all()",
    }
}

/// Bounding has tests beside it that try small domains whole.
const fn bounding(file: &'static str) -> Module {
    Module {
        file,
        package: "irongate-engine",
        built: BESIDE,
        tests: "test(bound::)",
    }
}

/// Mappers have tests of their own, by their names.
const fn mapper(file: &'static str) -> Module {
    Module {
        file,
        package: "irongate-engine",
        built: &[],
        tests: "test(mapp)",
    }
}

/// The evidence takes minutes a run, and is left out.
const fn engine(file: &'static str) -> Module {
    Module {
        file,
        package: "irongate-engine",
        built: &[],
        tests: "not test(evidence) and not test(fuzz)",
    }
}

/// The modules whose every line privacy rests on.
pub(crate) const MODULES: &[Module] = &[
    policy("policy/src/loss.rs"),
    policy("policy/src/account.rs"),
    policy("policy/src/bound.rs"),
    policy("policy/src/mapper.rs"),
    Module {
        file: "runtime/engine/src/clamp.rs",
        package: "irongate-engine",
        built: BESIDE,
        tests: "test(clamp::)",
    },
    bounding("runtime/engine/src/bound.rs"),
    Module {
        file: "runtime/engine/src/bound/choice.rs",
        package: "irongate-engine",
        // Rows for mappers are chosen there too.
        built: &[],
        tests: "test(bound::) or test(mapp)",
    },
    bounding("runtime/engine/src/bound/compact.rs"),
    bounding("runtime/engine/src/bound/copies.rs"),
    bounding("runtime/engine/src/bound/distinct.rs"),
    bounding("runtime/engine/src/bound/identity.rs"),
    bounding("runtime/engine/src/bound/kept.rs"),
    bounding("runtime/engine/src/bound/least.rs"),
    bounding("runtime/engine/src/bound/numbers.rs"),
    bounding("runtime/engine/src/bound/open.rs"),
    bounding("runtime/engine/src/bound/parts.rs"),
    bounding("runtime/engine/src/bound/pass.rs"),
    bounding("runtime/engine/src/bound/units.rs"),
    engine("runtime/engine/src/bound/exec.rs"),
    engine("runtime/engine/src/bound/groups.rs"),
    engine("runtime/engine/src/execute/held.rs"),
    mapper("runtime/engine/src/execute/mapped.rs"),
    mapper("runtime/engine/src/execute/mapped/blocks.rs"),
    mapper("runtime/engine/src/execute/mapped/order.rs"),
    mapper("runtime/engine/src/execute/mapped/outputs.rs"),
    mapper("runtime/engine/src/execute/mapped/planner.rs"),
    engine("runtime/engine/src/execute/outlast.rs"),
    engine("runtime/engine/src/execute/unit_work.rs"),
    engine("runtime/engine/src/execute/whole_units.rs"),
    engine("runtime/engine/src/execute/worst.rs"),
    mapper("runtime/engine/src/mapper/layout.rs"),
    engine("runtime/engine/src/noise.rs"),
    engine("runtime/engine/src/noise/measurement.rs"),
    engine("runtime/engine/src/check/loss.rs"),
    engine("runtime/engine/src/release.rs"),
    engine("runtime/engine/src/release/aggregate.rs"),
    mapper("runtime/engine/src/release/aggregate/blocks.rs"),
    engine("runtime/engine/src/release/aggregate/call.rs"),
    engine("runtime/engine/src/release/bins.rs"),
    engine("runtime/engine/src/release/grouping.rs"),
    engine("runtime/engine/src/release/key.rs"),
    engine("runtime/engine/src/release/moments.rs"),
    engine("runtime/engine/src/release/output.rs"),
    engine("runtime/engine/src/total.rs"),
    engine("runtime/engine/src/total/arithmetic.rs"),
    engine("runtime/engine/src/total/function.rs"),
    engine("runtime/engine/src/total/moment.rs"),
    engine("runtime/engine/src/total/text.rs"),
    engine("runtime/engine/src/zone.rs"),
    engine("runtime/engine/src/zone/aggregate.rs"),
    mapper("runtime/engine/src/zone/blocks.rs"),
    engine("runtime/engine/src/zone/deterministic.rs"),
    engine("runtime/engine/src/zone/distinct.rs"),
    engine("runtime/engine/src/zone/join.rs"),
    mapper("runtime/engine/src/zone/mapper.rs"),
    engine("runtime/engine/src/zone/public.rs"),
    engine("runtime/engine/src/zone/recursion.rs"),
    engine("runtime/engine/src/zone/release.rs"),
    engine("runtime/engine/src/zone/subquery.rs"),
    engine("runtime/engine/src/zone/union.rs"),
    engine("runtime/engine/src/zone/window.rs"),
];

/// What cargo-mutants says of a run.
#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    scenario: serde_json::Value,
    summary: String,
}

/// Runs the named modules, or all, and notes what came of each in the list.
///
/// # Errors
/// When a module is not listed here, cargo-mutants fails, or a survivor is not explained.
pub(crate) fn run(names: &[String]) -> Outcome {
    setup::for_mutants()?;
    let of_name = |name: &String| {
        let found = MODULES.iter().find(|module| module.file == name);
        found.ok_or_else(|| format!("`{name}` is not among the modules that are mutated"))
    };
    let modules: Vec<&Module> = match names {
        [] => MODULES.iter().collect(),
        names => names.iter().map(of_name).collect::<Outcome<_>>()?,
    };
    let mut list = List::read()?;
    let mut unexplained = 0;
    for module in modules {
        let listed = mutated(module, &list)?;
        say(&format!(
            "{}: {} caught, {} timed out, {} do not compile, {} survive",
            listed.file,
            listed.caught,
            listed.timed_out,
            listed.unviable,
            listed.survivor.len()
        ));
        let unknown = listed.survivor.iter().filter(|s| s.why.is_empty());
        for survivor in unknown {
            unexplained += 1;
            say(&format!("  not explained: {}", survivor.mutant));
        }
        list.put(listed);
        list.write()?;
    }
    match unexplained {
        0 => Ok(()),
        more => Err(format!(
            "{more} survivors are not explained: write a test that finds each, or why none can, in {}",
            list::FILE
        )),
    }
}

/// Runs one module's mutants.
fn mutated(module: &Module, list: &List) -> Outcome<Listed> {
    note(&format!("mutants: {}", module.file));
    let sha256 = list::digest(module.file)?;
    let out = target().join("mutants").join(module.file.replace('/', "-"));
    std::fs::create_dir_all(&out)
        .map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    let mut command = cargo(&[
        "mutants",
        "--no-config",
        "--no-shuffle",
        "--colors",
        "never",
    ]);
    command
        .args(["--test-tool", "nextest", "--package", module.package])
        .args(["--file", module.file])
        .arg("--dir")
        .arg(root())
        .arg("--output")
        .arg(&out)
        // Built into the same folder: what it depends on is there already.
        .env("CARGO_TARGET_DIR", target())
        // One function differs from mutant to mutant: that alone is compiled, in a seventh of the time.
        .env("CARGO_INCREMENTAL", "1")
        // Of another profile, what is built of a mutant is never taken for what is built of the module itself.
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        // That a case fails is enough; the least one that does takes long to find.
        .env("PROPTEST_MAX_SHRINK_ITERS", "0")
        // Where others use the machine too, a test that is slow is not one that hangs.
        .args(["--minimum-test-timeout", "240"])
        .args(
            module
                .built
                .iter()
                .map(|target| format!("--cargo-arg={target}")),
        )
        .args([
            "--",
            "--locked",
            "--max-fail=1:immediate",
            "-E",
            module.tests,
        ])
        .stdin(Stdio::null());
    let status = command
        .status()
        .map_err(|error| format!("cannot start cargo-mutants: {error}"))?;
    // 0: all caught; 2: some survive; 3: some timed out.
    if !matches!(status.code(), Some(0 | 2 | 3)) {
        return Err(format!(
            "cargo-mutants on {} ended with {status}",
            module.file
        ));
    }
    if list::digest(module.file)? != sha256 {
        return Err(format!(
            "{} was changed meanwhile; run it again",
            module.file
        ));
    }
    let outcomes = outcomes(&out.join("mutants.out/outcomes.json"))?;
    Ok(listed(module.file, sha256, &outcomes, list))
}

fn outcomes(path: &Path) -> Outcome<Outcomes> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// A run as it is listed; explanations of survivors that were there before are kept.
fn listed(file: &str, sha256: String, outcomes: &Outcomes, list: &List) -> Listed {
    let of = |summary: &str| {
        let of = outcomes
            .outcomes
            .iter()
            .filter(|one| one.summary == summary);
        of.map(|one| name(&one.scenario)).collect::<Vec<_>>()
    };
    let survivors = of("MissedMutant").into_iter().map(|mutant| Survivor {
        why: list.why(file, &mutant).unwrap_or_default(),
        mutant,
    });
    Listed {
        file: file.to_owned(),
        sha256,
        caught: of("CaughtMutant").len(),
        timed_out: of("Timeout").len(),
        unviable: of("Unviable").len(),
        survivor: survivors.collect(),
    }
}

/// A mutant's name without its file: `22:11: replace > with == in clamp`.
fn name(scenario: &serde_json::Value) -> String {
    let whole = scenario.pointer("/Mutant/name");
    let whole = whole
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    let cut = whole.split_once(".rs:").map(|(_, name)| name);
    cut.unwrap_or(whole).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_listed_and_known_survivors_stay_explained() {
        let one = |name: &str, summary: &str| {
            let scenario = serde_json::json!({ "Mutant": { "name": name } });
            serde_json::json!({ "scenario": scenario, "summary": summary })
        };
        let outcomes = serde_json::json!({ "outcomes": [
            { "scenario": "Baseline", "summary": "Success" },
            one("a/b.rs:1:2: replace > with <", "CaughtMutant"),
            one("a/b.rs:3:4: replace + with -", "MissedMutant"),
            one("a/b.rs:5:6: replace f with ()", "MissedMutant"),
            one("a/b.rs:7:8: replace g with ()", "Unviable"),
            one("a/b.rs:9:9: replace h with ()", "Timeout"),
        ] });
        let outcomes: Outcomes = serde_json::from_value(outcomes).unwrap();
        let mut list = List::default();
        list.put(Listed {
            file: "a/b.rs".into(),
            survivor: vec![Survivor {
                // Where it stands may have changed since.
                mutant: "2:4: replace + with -".into(),
                why: "both are zero".into(),
            }],
            ..Listed::default()
        });
        let listed = listed("a/b.rs", "ab".into(), &outcomes, &list);
        assert_eq!(
            (listed.caught, listed.timed_out, listed.unviable),
            (1, 1, 1)
        );
        let survivors = listed.survivor.iter();
        let survivors: Vec<_> = survivors
            .map(|s| (s.mutant.as_str(), s.why.as_str()))
            .collect();
        assert_eq!(
            survivors,
            [
                ("3:4: replace + with -", "both are zero"),
                ("5:6: replace f with ()", "")
            ]
        );
    }
}
