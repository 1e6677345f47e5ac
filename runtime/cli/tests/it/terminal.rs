//! Colour is for terminals.

use crate::support::{Site, checkout, irongate};
use std::process::{Command, Stdio};

const ESCAPE: char = '\u{1b}';

/// What the command says on both streams, and its exit code.
fn told(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let both = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(both).unwrap(),
    )
}

/// The command on a terminal: util-linux's `script` gives it one.
fn on_a_terminal(site: &Site, words: &str, plain: bool) -> (i32, String) {
    let mut command = Command::new("script");
    let line = format!("{} {words}", env!("CARGO_BIN_EXE_irongate"));
    command
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .current_dir(site.folder.path())
        .stdin(Stdio::null())
        .env("IRONGATE_HOME", site.path("home"))
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR");
    if plain {
        command.env("NO_COLOR", "1");
    }
    told(&mut command)
}

#[test]
fn colour_reaches_terminals_alone_and_not_who_asked_for_none() {
    let site = Site::new();
    let shown: &[&str] = &["log", "show"];
    let missing: &[&str] = &["job", "show", "job-0"];
    for (words, code) in [(shown, 0), (missing, 4)] {
        let (found, piped) = told(&mut site.command(words));
        assert_eq!(found, code);
        assert!(!piped.contains(ESCAPE), "{piped}");
        let line = words.join(" ");
        let (found, seen) = on_a_terminal(&site, &line, false);
        assert_eq!(found, code, "{seen}");
        assert!(seen.contains(ESCAPE), "{seen}");
        let (_, plain) = on_a_terminal(&site, &line, true);
        assert!(!plain.contains(ESCAPE), "{plain}");
        // Programs get none, terminal or not.
        let (_, document) = on_a_terminal(&site, &format!("{line} --json"), false);
        assert!(!document.contains(ESCAPE), "{document}");
    }
}

#[test]
fn tables_and_plans_read_well() {
    let site = Site::granted();
    let text = |words: &[&str]| {
        let (code, text) = told(&mut site.command(words));
        assert_eq!(code, 0, "{text}");
        text
    };
    let budget = text(&["budget", "show"]);
    for part in ["scenario care-planning in patient", "cap", "left", "0.06"] {
        assert!(budget.contains(part), "{part}: {budget}");
    }
    let shown = text(&["catalog", "show", "rwm5yr"]);
    for part in [
        "德国健康登记",
        "unit: never shown",
        "decimal",
        "0 to 60",
        "1984, 1985",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let sql = "SELECT year, AVG(docvis) AS v FROM rwm5yr GROUP BY year";
    let plan = text(&[
        "explain",
        sql,
        "--scenario",
        "care-planning",
        "--rho",
        "0.01",
    ]);
    for part in [
        "cost: ρ 0.0",
        "protecting one patient",
        "year: 5 declared values",
        "clamped to [0, 60]",
        "95 % of its noise within ±",
        "public: above the releases, at no cost",
        "private: each row depends on public data and one patient's rows alone",
    ] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    // No text for people shows how the program writes its values to itself.
    for said in [
        budget,
        shown,
        plan,
        text(&["log", "show"]),
        text(&["catalog", "list"]),
    ] {
        for word in ["Some(", "None", "{ ", "(nano)"] {
            assert!(!said.contains(word), "{word}: {said}");
        }
    }
}

#[test]
fn a_step_of_more_than_two_seconds_says_that_it_goes_on() {
    let site = Site::granted();
    let sql = "SELECT COUNT(*) AS n FROM rwm5yr";
    let mut words = crate::support::question(sql, "0.001");
    words.push("--json");
    let output = site.command(&words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("the answer is out at the deadline … 2 s"),
        "{told}"
    );
    let quick = irongate(&checkout()).arg("denials").output().unwrap();
    assert!(quick.stderr.is_empty());
}
