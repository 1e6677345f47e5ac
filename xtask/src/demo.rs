//! `cargo xtask demo`: the whole path with the command line alone, told to someone new to it.

use crate::process::{note, root, say};
use crate::stage::Stage;
use crate::{Outcome, date};
use serde_json::Value;
use std::path::Path;

/// Exit codes of the command, as `docs/guides` lists them.
const DENIED: i32 = 3;
const REJECTED: i32 = 4;

/// The example's project.
const JOB: &str = "visits-by-education";

/// Who takes part: the file of the key, the id in the log, the kind, and how the story calls them.
const PARTIES: [(&str, &str, &str, &str); 5] = [
    ("agency", "agency", "agency", "the agency (实施机构)"),
    (
        "operator",
        "city-data-co",
        "operator",
        "the operator (运营机构)",
    ),
    (
        "developer",
        "clinic-analytics",
        "developer",
        "the developer (开发主体)",
    ),
    (
        "provider",
        "health-bureau",
        "provider",
        "the data provider (数据提供单位)",
    ),
    (
        "regulator",
        "health-commission",
        "regulator",
        "the industry regulator (行业主管部门)",
    ),
];

/// Runs the demo in `target/demo-home`, made afresh.
///
/// # Errors
/// When any command ends with another exit code than the story says.
pub(crate) fn run() -> Outcome {
    let mut stage = Stage::afresh("demo-home")?;
    let agency = parties(&mut stage)?;
    data(&mut stage)?;
    mandate(&mut stage)?;
    write_job(&mut stage)?;
    let release = job(&mut stage)?;
    check(&mut stage, &release, &agency)?;
    refusals(&mut stage)?;
    say("\nDone. Every exit code was as told above; look around in target/demo-home.");
    Ok(())
}

/// Five parties, each with a key of its own. Gives back the agency's public key.
fn parties(stage: &mut Stage) -> Outcome<String> {
    stage.chapter("Five parties, each with a key of its own");
    let mut keys = Vec::new();
    for (file, _, _, who) in PARTIES {
        let words = ["key", "new", "--out", &key(file)];
        stage.act(&format!("{who} makes a key, and keeps it"), &words)?;
        let made = serde_json::from_str(&stage.read(&key(file))?);
        let made = made.map_err(|error| format!("{}: {error}", key(file)))?;
        keys.push(text(&made, "public_key")?);
    }
    stage.act(
        "the agency opens the gate",
        &["init", "--key", "agency.key"],
    )?;
    for ((_, id, kind, who), public) in PARTIES.iter().zip(&keys).skip(1) {
        let words = [
            "party",
            "add",
            id,
            "--kind",
            kind,
            "--public-key",
            public,
            "--key",
            "agency.key",
        ];
        stage.act(&format!("the agency enters {who}"), &words)?;
    }
    keys.into_iter()
        .next()
        .ok_or_else(|| "no key was made".to_owned())
}

/// Real data in, by the consent of two others than the agency.
fn data(stage: &mut Stage) -> Outcome {
    stage.chapter("Real data: ingested, consented to, published");
    for name in ["rwm5yr", "education"] {
        let fixture = root().join("fixtures").join(name);
        let file = format!("{name}.csv");
        stage.bring(&fixture.join(&file), &file)?;
        let spec = format!("{name}.toml");
        // Five parties are enough for a story: one bureau and one commission answer for both tables.
        let told = read(&fixture.join("spec.toml"))?;
        let told = told.replace("\"education-bureau\"", "\"health-bureau\"");
        stage.write(
            &spec,
            &told.replace("\"education-commission\"", "\"health-commission\""),
        )?;
        let why =
            format!("the provider's file `{name}` is cleaned, pseudonymised and stored as a draft");
        let draft = stage.act_for(&why, &["catalog", "ingest", &file, "--spec", &spec])?;
        let change = text(&draft, "change")?;
        for (file, _, _, who) in PARTIES.iter().skip(3) {
            let words = [
                "catalog",
                "consent",
                name,
                "--change",
                &change,
                "--key",
                &key(file),
            ];
            stage.act(&format!("{who} signs that very change"), &words)?;
        }
    }
    let words = [
        "catalog",
        "publish",
        "rwm5yr",
        "education",
        "--batch",
        "2026-1",
        "--key",
        "agency.key",
    ];
    stage.act("the agency publishes the batch", &words)?;
    stage.act(
        "what anyone may now see of it",
        &["catalog", "show", "rwm5yr"],
    )
}

/// What the operator may do, with what, until when.
fn mandate(stage: &mut Stage) -> Outcome {
    stage.chapter("A mandate: an agreement, and a scenario with its privacy budget");
    let demo = root().join("fixtures/demo");
    let today = date::today();
    let agreement = with_term(&read(&demo.join("agreement.toml"))?, today);
    stage.write("agreement.toml", &agreement)?;
    // A small budget, so that its end comes within the story; and questions may be asked without a job.
    let scenario = changed(
        &read(&demo.join("scenario.toml"))?,
        "cap = \"0.5\"",
        "cap = \"0.06\"",
    )?;
    // The developer is bound to the scenario by name: it may submit jobs beside the operator.
    let open = "interactive = true\ndevelopers = [\"clinic-analytics\"]";
    stage.write(
        "scenario.toml",
        &changed(&scenario, "interactive = false", open)?,
    )?;
    let told: [(&str, &[&str]); 5] = [
        (
            "the agency offers an agreement, three years from today",
            &[
                "agreement",
                "offer",
                "--file",
                "agreement.toml",
                "--key",
                "agency.key",
            ],
        ),
        (
            "the operator accepts it",
            &[
                "agreement",
                "accept",
                "health-2026",
                "--key",
                "operator.key",
            ],
        ),
        (
            "the data provider agrees to the use of its data: without it, nothing comes into force",
            &[
                "agreement",
                "consent",
                "health-2026",
                "--key",
                "provider.key",
            ],
        ),
        (
            "the operator proposes a scenario",
            &[
                "scenario",
                "propose",
                "--file",
                "scenario.toml",
                "--key",
                "operator.key",
            ],
        ),
        (
            "the agency approves it, which opens its account",
            &[
                "scenario",
                "approve",
                "care-planning",
                "--key",
                "agency.key",
            ],
        ),
    ];
    for (why, words) in told {
        stage.act(why, words)?;
    }
    Ok(())
}

/// The developer's side: public metadata is all it has.
fn write_job(stage: &mut Stage) -> Outcome {
    stage.chapter("A job, written where there is no data");
    let words = [
        "catalog",
        "bundle",
        "--scenario",
        "care-planning",
        "--out",
        "care-planning.bundle",
    ];
    stage.act(
        "the agency hands out names, types and bounds, nothing measured",
        &words,
    )?;
    let new = ["job", "new", JOB, "--bundle", "care-planning.bundle"];
    stage.act(
        "the developer starts a project: it builds as it is, and needs no checkout of this one",
        &new,
    )?;
    note("demo: the developer writes its question into the project (examples/visits-by-education)");
    let example = root().join("examples").join(JOB);
    for file in [
        "irongate.toml",
        "src/lib.rs",
        "tests/native.rs",
        "fixtures/visits.csv",
    ] {
        stage.bring(&example.join(file), &format!("{JOB}/{file}"))?;
    }
    stage.show_file(&format!("{JOB}/src/lib.rs"))?;
    let told: [(&str, &[&str]); 4] = [
        (
            "the developer compiles the job to WebAssembly",
            &["job", "build", JOB],
        ),
        (
            "the developer checks it against the manifest and the contract",
            &["job", "check", JOB],
        ),
        (
            "the developer tries it on invented rows, at no cost",
            &["job", "test", JOB],
        ),
        (
            "the developer signs the package",
            &[
                "job",
                "pack",
                JOB,
                "--key",
                "developer.key",
                "--out",
                "visits.igj",
            ],
        ),
    ];
    for (why, words) in told {
        stage.act(why, words)?;
    }
    Ok(())
}

/// Submission to release. Gives back the release's id.
fn job(stage: &mut Stage) -> Outcome<String> {
    stage.chapter("Submitted, approved, run, released");
    let submitted = stage.act_for(
        "the package is submitted: signature, contents, component and policy are checked",
        &["job", "submit", "visits.igj"],
    )?;
    let id = text(&submitted, "job")?;
    stage.act(
        "the agency reviews what it reads, may spend and would output",
        &["job", "show", &id],
    )?;
    for (file, _, _, who) in [&PARTIES[0], &PARTIES[3]] {
        let why = format!("{who} approves: data of this grade asks for two");
        stage.act(&why, &["job", "approve", &id, "--key", &key(file)])?;
    }
    let ran = stage.act_for(
        "the agency runs it; the result is out at the deadline its manifest declares, whenever it ended",
        &["job", "run", &id, "--key", "agency.key"],
    )?;
    let release = text(&ran, "release")?;
    Ok(release)
}

/// The table that left, its price, and the proof that it may be believed.
fn check(stage: &mut Stage, release: &str, agency: &str) -> Outcome {
    stage.chapter("What left, what it cost, and whether to believe it");
    stage.act(
        "the agency hands the release over: the table, its noise intervals and a certificate",
        &["release", "export", release, "--out", "released"],
    )?;
    let verify = ["release", "verify", "released", "--agency-key", agency];
    stage.act(
        "anyone verifies it, with the agency's public key alone",
        &verify,
    )?;
    stage.act("the log is whole", &["log", "verify"])?;
    stage.act(
        "what is spent and left, in every account the question hit: as ρ, and as ε for people",
        &["budget", "show"],
    )
}

/// Three ways to be turned away, each held to its reason.
fn refusals(stage: &mut Stage) -> Outcome {
    stage.chapter("What the gate refuses");
    let ask = |sql: &'static str, rho: &'static str| {
        [
            "query",
            sql,
            "--scenario",
            "care-planning",
            "--key",
            "operator.key",
            "--rho",
            rho,
        ]
    };
    let more = ask(
        "SELECT year, COUNT(*) AS n FROM rwm5yr GROUP BY year",
        "0.05",
    );
    stage.refused(
        "the operator asks for more than its scenario has left: denied",
        &more,
        DENIED,
        "budget-exhausted",
    )?;
    let person = ask("SELECT id, docvis FROM rwm5yr", "0.01");
    stage.refused(
        "the operator asks for a person's id: rejected, and told why",
        &person,
        REJECTED,
        "id",
    )?;
    let freeze = [
        "freeze",
        "dataset:rwm5yr",
        "--reason",
        "drill",
        "--key",
        "agency.key",
    ];
    stage.act("the agency freezes the dataset", &freeze)?;
    let small = ask("SELECT COUNT(*) AS n FROM rwm5yr", "0.001");
    stage.refused(
        "a small question, of a frozen dataset: denied",
        &small,
        DENIED,
        "frozen",
    )
}

fn key(of: &str) -> String {
    format!("{of}.key")
}

pub(crate) fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// The string at `field` of a command's `data`.
pub(crate) fn text(data: &Value, field: &str) -> Outcome<String> {
    let found = data.get(field).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| format!("the answer has no `{field}`: {data}"))
}

/// A text with one place changed; an error if the place is not there, so that a step cannot lose its point.
pub(crate) fn changed(whole: &str, from: &str, to: &str) -> Outcome<String> {
    if whole.contains(from) {
        Ok(whole.replacen(from, to, 1))
    } else {
        Err(format!("expected `{from}` in the manifest"))
    }
}

/// The agreement with its term starting today, three years long.
pub(crate) fn with_term(agreement: &str, today: date::Date) -> String {
    let line = |line: &str| match line.split('=').next().map(str::trim) {
        Some("from") => format!("from = \"{today}\""),
        Some("to") => format!("to = \"{}\"", today.years_on(3)),
        _ => line.to_owned(),
    };
    agreement.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::{changed, with_term};
    use crate::date::Date;

    #[test]
    fn the_term_starts_today_and_nothing_else_changes() {
        let today = Date {
            year: 2028,
            month: 2,
            day: 29,
        };
        let text = "id = \"a\"\nfrom = \"2026-12-01\"  # Asia/Shanghai\nto = \"2029-12-01\"\n";
        assert_eq!(
            with_term(text, today),
            "id = \"a\"\nfrom = \"2028-02-29\"\nto = \"2031-02-28\"\n"
        );
    }

    #[test]
    fn a_change_that_finds_no_place_is_an_error() {
        assert_eq!(changed("a b", "b", "c"), Ok("a c".to_owned()));
        assert!(changed("a b", "x", "c").is_err());
    }
}
