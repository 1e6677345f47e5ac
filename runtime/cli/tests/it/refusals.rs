//! Exit codes, and what goes with them.

use crate::support::{Site, answer, irongate, said};

#[test]
fn the_command_line_that_does_not_read_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for words in [
        &["no-such-command"][..],
        &["key", "new"],
        &["budget", "show", "--no-such-option"],
        &[
            "query",
            "SELECT 1",
            "--scenario",
            "s",
            "--key",
            "k",
            "--rho",
            "1",
            "--epsilon",
            "1",
        ],
        &["log", "prove", "minus-one"],
        &[],
    ] {
        let told = said(irongate(folder.path()).args(words));
        assert_eq!(
            (told.code, told.stdout.as_str()),
            (2, ""),
            "{words:?}: {told:?}"
        );
        assert!(
            told.stderr.contains("--help") || told.stderr.contains("Usage"),
            "{told:?}"
        );
        // A program that asks for JSON gets it here too.
        assert_eq!(
            answer(irongate(folder.path()).args(words)).0,
            2,
            "{words:?}"
        );
    }
    let help = said(irongate(folder.path()).arg("--help"));
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
}

#[test]
fn each_way_to_be_turned_away_has_its_exit_code() {
    let site = Site::new();
    site.write("no.key", "{}");
    site.write("no.toml", "format = 1\nid = 3\n");
    site.write("no.igj", "not a tar");
    std::fs::create_dir(site.path("taken")).unwrap();
    site.write("taken/file", "");
    let key = "agency.key";
    for (words, code) in [
        // What is not in the log, or may not be done by this party.
        ("agreement accept nobody --key operator.key", 4),
        ("scenario approve nobody --key agency.key", 4),
        ("job show job-0", 4),
        ("job approve job-0 --key agency.key", 3),
        ("catalog show nothing", 4),
        ("freeze dataset:nothing --reason r --key agency.key", 3),
        ("freeze everything --reason r --key agency.key", 4),
        (
            "party add x --kind king --public-key 00 --key agency.key",
            4,
        ),
        ("freeze all --reason r --key operator.key", 3),
        // Files that are not what they should be.
        ("freeze all --reason r --key no.key", 4),
        ("agreement offer --file no.toml --key agency.key", 4),
        ("scenario propose --file no.toml --key operator.key", 4),
        ("catalog ingest no.toml --spec no.toml", 4),
        ("job submit no.igj", 4),
        ("job check taken", 4),
        ("job pack taken --key operator.key --out x.igj", 4),
        ("job test taken", 4),
        ("release verify taken --agency-key 00", 4),
        ("release export nothing --out y", 4),
        ("log export --out taken", 4),
        ("log verify --since no.toml", 4),
        ("home restore taken", 4),
        ("home backup --out taken", 4),
        // Files that are not there.
        ("agreement offer --file gone.toml --key agency.key", 4),
        ("agreement offer --file taken --key agency.key", 4),
        ("freeze all --reason r --key gone.key", 4),
        ("catalog ingest gone.csv --spec no.toml", 4),
        ("catalog ingest no.toml --spec gone.toml", 4),
        ("job submit gone.igj", 4),
        ("log verify --since gone", 4),
        ("release verify gone --agency-key 00", 4),
    ] {
        let words: Vec<&str> = words.split(' ').collect();
        let (found, document) = site.answer(&words);
        assert_eq!(found, code, "{words:?}: {document}");
        // People are told the same on standard error, and nothing on standard output.
        let told = said(&mut site.command(&words));
        assert_eq!((told.code, told.stdout.as_str()), (code, ""), "{told:?}");
        assert!(told.stderr.lines().count() >= 2, "{told:?}");
    }
    // Without a home, the command says what to name.
    let (code, document) = answer(irongate(site.folder.path()).args(["budget", "show"]));
    assert_eq!(code, 4);
    assert!(document.to_string().contains("IRONGATE_HOME"));
    let other = ["--home", "elsewhere", "init", "--key", key];
    assert_eq!(
        site.answer(&other).0,
        0,
        "`--home` goes before the environment"
    );
}

#[test]
fn a_denial_tells_every_reason_and_what_to_do() {
    let site = Site::granted();
    site.ok(&["freeze", "all", "--reason", "drill", "--key", "agency.key"]);
    site.ok(&[
        "freeze",
        "operator:city-data-co",
        "--reason",
        "drill",
        "--key",
        "agency.key",
    ]);
    let words = crate::support::question("SELECT COUNT(*) AS n FROM rwm5yr", "0.001");
    let told = said(&mut site.command(&words));
    assert_eq!(told.code, 3);
    for part in [
        "denied",
        "frozen",
        "(all)",
        "(operator:city-data-co)",
        "what to do",
    ] {
        assert!(told.stderr.contains(part), "{part}: {told:?}");
    }
    let (_, document) = site.answer(&words);
    let reason = document["reasons"][0].clone();
    assert!(
        reason["zh"].as_str().unwrap().contains("已冻结"),
        "{reason}"
    );
    assert!(
        reason["zh"].as_str().unwrap().contains("解冻"),
        "the remedy: {reason}"
    );
}

/// A site whose job has a mapper, of this component.
fn with_mapper(component: impl AsRef<[u8]>) -> Site {
    let site = Site::packed();
    let manifest = std::fs::read_to_string(site.path("job/irongate.toml")).unwrap();
    let mapper = r#"
[mappers.risk]
component = "risk.wasm"
input = "SELECT year, docvis FROM rwm5yr"
max_rows = 5
outputs = [{ name = "score", bounds = ["0", "100"], resolution = "0.1", default = "0" }]
"#;
    site.write("job/irongate.toml", &format!("{manifest}{mapper}"));
    std::fs::write(site.path("job/risk.wasm"), component).unwrap();
    site.pack("operator.key", "with.igj");
    site
}

/// Whoever approves a job sees of each mapper what it is made of and reads.
#[test]
fn a_job_to_be_approved_shows_what_its_mapper_is_made_of() {
    let component = r#"(component
      (core module $m
        (memory (export "memory") 1)
        ;; a list of one number, which is zero
        (data (i32.const 16) "\20\00\00\00\01\00\00\00")
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "map") (param i32 i32) (result i32) (loop (nop)) (i32.const 16)))
      (core instance $i (instantiate $m))
      (func (export "map") (param "rows" (list u8)) (result (list f64))
        (canon lift (core func $i "map") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;
    let site = with_mapper(wat::parse_str(component).unwrap());
    let submitted = site.ok(&["job", "submit", "with.igj"]);
    let id = submitted["job"].as_str().unwrap();
    let shown = site.ok(&["job", "show", id]);
    assert_eq!(shown["state"], "checked", "{shown}");
    let risk = &shown["mappers"]["risk"];
    assert_eq!(risk["imports"], serde_json::json!([]), "{shown}");
    assert_eq!(risk["code"]["loops"], 1, "{shown}");
    assert_eq!(risk["code"]["initial_memory_bytes"], 65_536, "{shown}");
    assert_eq!(risk["input"], "SELECT year, docvis FROM rwm5yr", "{shown}");
    let text = said(&mut site.command(&["job", "show", id])).stdout;
    for line in [
        "mapper risk",
        "  imports       nothing",
        "  sees          at most 5 rows of one unit: SELECT year, docvis FROM rwm5yr",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

/// Whoever reviews a refused job finds out why without building it again.
#[test]
fn a_refused_job_shows_which_mapper_is_refused() {
    let site = with_mapper("this is no component");
    site.refused(&["job", "submit", "with.igj"], 4);
    let jobs = site.ok(&["job", "list"]);
    let [job] = jobs.as_array().unwrap().as_slice() else {
        panic!("{jobs}");
    };
    let id = job["job"].as_str().unwrap();
    let shown = site.ok(&["job", "show", id]);
    assert_eq!(shown["state"], "rejected");
    let why = shown["mappers"]["risk"]["refused"].as_str().unwrap();
    assert!(why.starts_with("not a valid component"), "{why}");
    let text = said(&mut site.command(&["job", "show", id]));
    assert!(text.stdout.contains(&format!("refused: {why}")), "{text:?}");
}
