//! The command run as a child, and a gate that has come as far as a test needs it.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// Deadline of the jobs here: long enough for a busy machine, short enough to wait for.
pub(crate) const DEADLINE: &str = "6s";

/// Words that tell of the program instead of the matter.
const INNARDS: [&str; 11] = [
    "panicked",
    "RUST_BACKTRACE",
    "backtrace",
    "thread '",
    ".rs:",
    "irongate_",
    "Some(",
    "Err(",
    "Os {",
    "std::",
    "kind:",
];

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap().to_owned()
}

/// Builds of guests are kept beside the tests' own build, so that only the first takes long.
pub(crate) fn guests() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_irongate"));
    binary.ancestors().nth(2).unwrap().join("guests")
}

/// The command with nothing of this process's environment but what cargo needs.
pub(crate) fn irongate(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_irongate"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("CARGO_NET_OFFLINE", "true");
    command.env("IRONGATE_GUEST_TARGET_DIR", guests());
    command
}

/// Runs it, and holds what it says to what holds of every command.
pub(crate) fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let said = Said {
        code: output.status.code().expect("no signal ends the command"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    for word in INNARDS {
        assert!(!said.stderr.contains(word), "`{word}`: {said:?}");
    }
    said
}

/// Runs a command with `--json`: one document is all there is on standard output, and it has the form
/// that goes with the exit code.
pub(crate) fn answer(command: &mut Command) -> (i32, Value) {
    let said = said(command.arg("--json"));
    let document: Value =
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    let (line, rest) = said.stdout.split_once('\n').unwrap();
    assert!(line.starts_with('{') && rest.is_empty(), "{said:?}");
    if said.code == 0 {
        assert_eq!(fields(&document), ["data", "events", "ok"], "{said:?}");
        assert_eq!(document["ok"], true);
        assert!(
            document["events"]
                .as_array()
                .unwrap()
                .iter()
                .all(Value::is_u64)
        );
        assert!(!document["data"].is_null(), "{said:?}");
    } else {
        assert_eq!(fields(&document), ["code", "ok", "reasons"], "{said:?}");
        assert_eq!(document["ok"], false);
        let reasons = document["reasons"].as_array().unwrap();
        assert!(!reasons.is_empty(), "{said:?}");
        for reason in reasons {
            // A refused statement has its parts besides.
            let parts = ["construct", "example", "instead", "rule", "span"];
            let mut every = fields(reason);
            every.retain(|field| !parts.contains(field));
            assert_eq!(every, ["code", "en", "zh"], "{said:?}");
            for field in every {
                assert!(!reason[field].as_str().unwrap().is_empty(), "{said:?}");
            }
        }
        let expected = match said.code {
            2 => "usage",
            3 => "denied",
            4 => "rejected",
            5 => "failed",
            other => panic!("exit code {other}: {said:?}"),
        };
        assert_eq!(document["code"], expected, "{said:?}");
    }
    (said.code, document)
}

fn fields(value: &Value) -> Vec<&str> {
    let mut fields: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    fields.sort_unstable();
    fields
}

/// A folder with five parties' keys and a gate's home.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    /// The agency's public key.
    pub(crate) agency: String,
}

impl Site {
    /// Keys made, home opened, parties entered.
    pub(crate) fn new() -> Self {
        let mut site = Self {
            folder: tempfile::tempdir().unwrap(),
            agency: String::new(),
        };
        for (key, id, kind) in [
            ("agency", "", ""),
            ("operator", "city-data-co", "operator"),
            ("developer", "clinic-analytics", "developer"),
            ("provider", "health-bureau", "provider"),
            ("regulator", "health-commission", "regulator"),
        ] {
            let file = format!("{key}.key");
            let made = site.ok(&["key", "new", "--out", &file]);
            let public = made["public_key"].as_str().unwrap().to_owned();
            if id.is_empty() {
                site.agency = public;
                site.ok(&["init", "--key", &file]);
                continue;
            }
            site.ok(&[
                "party",
                "add",
                id,
                "--kind",
                kind,
                "--public-key",
                &public,
                "--key",
                "agency.key",
            ]);
        }
        site
    }

    /// As [`Site::new`], with `rwm5yr` published.
    pub(crate) fn published() -> Self {
        let site = Self::new();
        let fixture = checkout().join("fixtures/rwm5yr");
        std::fs::copy(fixture.join("rwm5yr.csv"), site.path("rwm5yr.csv")).unwrap();
        std::fs::copy(fixture.join("spec.toml"), site.path("spec.toml")).unwrap();
        let draft = site.ok(&["catalog", "ingest", "rwm5yr.csv", "--spec", "spec.toml"]);
        let change = draft["change"].as_str().unwrap();
        for key in ["provider.key", "regulator.key"] {
            site.ok(&[
                "catalog", "consent", "rwm5yr", "--change", change, "--key", key,
            ]);
        }
        site.ok(&[
            "catalog",
            "publish",
            "rwm5yr",
            "--batch",
            "2026-1",
            "--key",
            "agency.key",
        ]);
        site
    }

    /// As [`Site::published`], with a scenario of cap ρ = 0.06 that allows questions, and its bundle.
    pub(crate) fn granted() -> Self {
        let site = Self::published();
        let demo = checkout().join("fixtures/demo");
        let alone = |text: String| text.replace("[\"rwm5yr\", \"education\"]", "[\"rwm5yr\"]");
        let agreement = alone(std::fs::read_to_string(demo.join("agreement.toml")).unwrap());
        let (from, to) = term();
        let agreement = agreement
            .replace("from = \"2026-12-01\"", &format!("from = \"{from}\""))
            .replace("to = \"2029-12-01\"", &format!("to = \"{to}\""));
        site.write("agreement.toml", &agreement);
        let scenario = alone(std::fs::read_to_string(demo.join("scenario.toml")).unwrap());
        let open = "interactive = true\ndevelopers = [\"clinic-analytics\"]";
        let scenario = scenario
            .replace("interactive = false", open)
            .replace("cap = \"0.5\"", "cap = \"0.06\"");
        site.write("scenario.toml", &scenario);
        for words in [
            "agreement offer --file agreement.toml --key agency.key",
            "agreement accept health-2026 --key operator.key",
            "agreement consent health-2026 --key provider.key",
            "scenario propose --file scenario.toml --key operator.key",
            "scenario approve care-planning --key agency.key",
            "catalog bundle --scenario care-planning --out care-planning.bundle",
        ] {
            site.ok(&words.split(' ').collect::<Vec<_>>());
        }
        site
    }

    /// As [`Site::granted`], with the example job packed as `visits.igj`.
    pub(crate) fn packed() -> Self {
        let site = Self::granted();
        example(&site.path("job"));
        std::fs::copy(
            site.path("care-planning.bundle"),
            site.path("job/irongate.bundle.json"),
        )
        .unwrap();
        site.pack("operator.key", "visits.igj");
        site
    }

    /// Packs the project in `job`.
    pub(crate) fn pack(&self, key: &str, out: &str) {
        self.ok(&["job", "pack", "job", "--key", key, "--out", out]);
    }

    /// As [`Site::packed`], with the job approved. Gives its id.
    pub(crate) fn approved() -> (Self, String) {
        let site = Self::packed();
        let job = site.ok(&["job", "submit", "visits.igj"])["job"].clone();
        let job = job.as_str().unwrap().to_owned();
        for key in ["agency.key", "provider.key"] {
            site.ok(&["job", "approve", &job, "--key", key]);
        }
        (site, job)
    }

    /// As [`Site::approved`], with the job run and its release exported to `released`. Gives the ids of
    /// the job and the release.
    pub(crate) fn released() -> (Self, String, String) {
        let (site, job) = Self::approved();
        let ran = site.ok(&["job", "run", &job, "--key", "agency.key"]);
        assert_eq!(ran["state"], "released");
        let release = ran["release"].as_str().unwrap().to_owned();
        site.ok(&["release", "export", &release, "--out", "released"]);
        (site, job, release)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The command in this folder, with this home.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = irongate(self.folder.path());
        command.env("IRONGATE_HOME", self.path("home")).args(words);
        command
    }

    /// A command's whole document.
    pub(crate) fn answer(&self, words: &[&str]) -> (i32, Value) {
        answer(&mut self.command(words))
    }

    /// The data of a command that must work.
    pub(crate) fn ok(&self, words: &[&str]) -> Value {
        let (code, document) = self.answer(words);
        assert_eq!(code, 0, "{words:?}: {document}");
        document["data"].clone()
    }

    /// The reasons' codes of a command that must be refused.
    pub(crate) fn refused(&self, words: &[&str], code: i32) -> Vec<String> {
        let (found, document) = self.answer(words);
        assert_eq!(found, code, "{words:?}: {document}");
        let reasons = document["reasons"].as_array().unwrap();
        let text = |reason: &Value| reason["code"].as_str().unwrap().to_owned();
        reasons.iter().map(text).collect()
    }

    /// The present checkpoint, written to a file.
    pub(crate) fn keep_checkpoint(&self, name: &str) -> u64 {
        let verified = self.ok(&["log", "verify"]);
        self.write(name, verified["checkpoint"].as_str().unwrap());
        verified["entries"].as_u64().unwrap()
    }

    /// Entries in the log.
    pub(crate) fn log_size(&self) -> u64 {
        self.ok(&["log", "verify"])["entries"].as_u64().unwrap()
    }

    /// What is left in the scenario's account.
    pub(crate) fn left(&self) -> String {
        let accounts = self.ok(&["budget", "show"]);
        let scenario = accounts.as_array().unwrap().iter();
        let mut scenario = scenario.filter(|row| {
            row["account"]
                .as_str()
                .unwrap()
                .starts_with("scenario care-planning")
        });
        scenario.next().unwrap()["left"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// The example, built, as a project of its own at `to`, with a short deadline. It is built where it
/// lies; only the first test waits for that.
pub(crate) fn example(to: &Path) {
    static BUILT: OnceLock<()> = OnceLock::new();
    let example = checkout().join("examples/visits-by-education");
    BUILT.get_or_init(|| {
        let said = said(irongate(&example).args(["job", "build"]));
        assert_eq!(said.code, 0, "{said:?}");
    });
    for file in ["Cargo.toml", "Cargo.lock", "src/lib.rs", "job.wasm"] {
        let target = to.join(file);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::copy(example.join(file), target).unwrap();
    }
    let manifest = std::fs::read_to_string(example.join("irongate.toml")).unwrap();
    let from = "deadline = \"15s\"";
    assert!(manifest.contains(from));
    let manifest = manifest.replace(from, &format!("deadline = \"{DEADLINE}\""));
    std::fs::write(to.join("irongate.toml"), manifest).unwrap();
}

/// A term that has begun: from today, in Asia/Shanghai, to the next New Year but one.
fn term() -> (String, String) {
    let today = Command::new("date")
        .env("TZ", "UTC-8")
        .arg("+%Y-%m-%d")
        .output()
        .unwrap();
    let today = String::from_utf8(today.stdout).unwrap().trim().to_owned();
    let year: u32 = today[..4].parse().unwrap();
    (today, format!("{}-01-01", year + 2))
}

/// A question of this cost to the scenario.
pub(crate) fn question<'a>(sql: &'a str, rho: &'a str) -> Vec<&'a str> {
    vec![
        "query",
        sql,
        "--scenario",
        "care-planning",
        "--key",
        "operator.key",
        "--rho",
        rho,
        "--deadline",
        "4s",
    ]
}

/// Every file under a folder, by path.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
