//! What each command does.

mod catalog;
mod grant;
mod home;
mod jobs;
mod log;
mod review;
mod show;

use crate::args::{Cli, Command, Key};
use crate::keys;
use crate::output::Answer;
use irongate_gate::{Gate, GateError, Home, Surroundings, SystemClock, SystemEntropy};
use irongate_policy::{Code, PartyId, Request};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Outcome = Result<Answer, GateError>;

fn surroundings() -> Surroundings {
    Surroundings {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::new()),
    }
}

/// The home a command works in.
struct Place(Option<PathBuf>);

impl Place {
    fn folder(&self) -> Result<&Path, GateError> {
        let named = self.0.as_deref();
        named.ok_or_else(|| GateError::rejected("name the home: `--home DIR` or IRONGATE_HOME"))
    }

    fn home(&self) -> Result<Home, GateError> {
        self.folder().map(Home::at)
    }

    async fn open(&self) -> Result<Gate, GateError> {
        let home = self.home()?;
        irongate_gate::start_trace(&home)?;
        Gate::open(home, surroundings()).await
    }

    /// Signs a request with a party's key file and submits it.
    async fn send(&self, key: &Path, request: impl Into<Request>, done: &str) -> Outcome {
        let gate = self.open().await?;
        let signed = gate.sign_with(&keys::read(key)?, request).await?;
        let events = gate.submit(signed).await?;
        gate.close().await?;
        Ok(logged(events, done))
    }
}

/// An answer that tells what was logged; nothing where the request repeated what was there.
fn logged(events: Vec<u64>, done: &str) -> Answer {
    let text = if events.is_empty() {
        format!("{done} (already so; nothing was logged)")
    } else {
        done.to_owned()
    };
    Answer {
        events,
        data: json!({}),
        text,
    }
}

/// Takes a text of the command line as an id.
fn id<T: std::str::FromStr<Err = irongate_policy::IdError>>(
    what: &str,
    text: &str,
) -> Result<T, GateError> {
    text.parse()
        .map_err(|error| GateError::rejected(format!("{what} `{text}`: {error}")))
}

pub(crate) async fn run(cli: Cli) -> Outcome {
    let place = Place(cli.home);
    match cli.command {
        Command::Key(Key::New { out }) => {
            let made = keys::new(&out, &SystemEntropy::new())?;
            let text = format!(
                "key {} written to {}\npublic key {}",
                made.id,
                out.display(),
                made.public_key
            );
            Answer::new(made, text)
        }
        Command::Init {
            key,
            id: party,
            pack,
        } => init(&place, &key, &party, pack.as_deref()).await,
        Command::Party(command) => grant::party(&place, command).await,
        Command::Catalog(command) => catalog::run(&place, command).await,
        Command::Agreement(command) => grant::agreement(&place, command).await,
        Command::Scenario(command) => grant::scenario(&place, command).await,
        Command::Job(command) => jobs::run(&place, command).await,
        Command::Query {
            question,
            deadline,
            key,
        } => jobs::query(&place, question, deadline, &key).await,
        Command::Explain { question } => jobs::explain(&place, question).await,
        Command::Budget(_) => show::budget(&place).await,
        Command::Log(command) => log::run(&place, command).await,
        Command::Release(command) => log::release(&place, command).await,
        Command::Home(command) => home::run(&place, command).await,
        Command::Freeze {
            target,
            reason,
            key,
        } => grant::freeze(&place, &target, reason, &key).await,
        Command::Thaw {
            target,
            reason,
            key,
        } => grant::thaw(&place, &target, reason, &key).await,
        Command::Denials => denials(),
        Command::CompileWorker => Err(GateError::rejected(
            "only the gate starts the compile worker",
        )),
    }
}

async fn init(place: &Place, key: &Path, party: &str, pack: Option<&Path>) -> Outcome {
    let key = keys::read(key)?;
    let party: PartyId = id("party", party)?;
    let pack = match pack {
        Some(path) => read_text(path)?,
        None => irongate_policy::pack::DEFAULT.to_owned(),
    };
    let (gate, events) = Gate::init(place.home()?, party, &key, &pack, surroundings()).await?;
    let data =
        json!({"origin": gate.origin(), "log_key": const_hex::encode(gate.log().key().public())});
    let text = if events.is_empty() {
        format!(
            "the home is there already, with this key and pack; its log is `{}`",
            gate.origin()
        )
    } else {
        format!("home made; its log is `{}`", gate.origin())
    };
    gate.close().await?;
    Ok(Answer { events, data, text })
}

fn denials() -> Outcome {
    let rows = Code::ALL.iter().map(|code| {
        json!({"code": code.as_str(), "zh": code.zh(), "en": code.en(),
               "remedy_zh": code.remedy_zh(), "remedy_en": code.remedy_en()})
    });
    let lines: Vec<String> = Code::ALL
        .iter()
        .map(|code| {
            format!(
                "{}\n  {}；{}\n  {}: {}",
                code.as_str(),
                code.zh(),
                code.remedy_zh(),
                code.en(),
                code.remedy_en()
            )
        })
        .collect();
    Answer::new(rows.collect::<Vec<_>>(), lines.join("\n"))
}

/// No text file given to a command is longer.
const MAX_TEXT_BYTES: u64 = 1 << 20;

fn read_text(path: &Path) -> Result<String, GateError> {
    let bytes = irongate_gate::read_given(path, MAX_TEXT_BYTES)?;
    String::from_utf8(bytes)
        .map_err(|_| GateError::rejected(format!("{}: not UTF-8", path.display())))
}

/// A table: drawn within the terminal's width where there is one, as wide as it is elsewhere. Its styles
/// reach terminals only: `output` strips them for everyone else.
fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_FULL_CONDENSED)
        .enforce_styling()
        .set_header(
            header
                .iter()
                .map(|name| Cell::new(name).add_attribute(Attribute::Bold)),
        );
    if table.is_tty() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for row in rows {
        table.add_row(row);
    }
    table.to_string()
}
