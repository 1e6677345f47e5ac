//! The native harness: runs a job's function against fixtures, so that `cargo test` in the job's
//! project needs neither wasm nor a gate.
//!
//! It is no gate: it adds no noise, knows no budget and does not read SQL. `irongate job test`
//! runs the component on a synthetic twin of the data, with production noise.

mod fixture;
mod layout;
mod manifest;
mod mapper;

pub use layout::{lay_out, lay_out_units};
pub use mapper::{MapperHarness, Tried};

use crate::{Context, Error, Gate, Level, Options, Result, Table};
use manifest::Manifest;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

thread_local! {
    static LOG: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a log line for the outcome of the job that runs on this thread.
pub(crate) fn record_log(level: Level, text: &str) {
    LOG.with_borrow_mut(|log| log.push((level, text.to_owned())));
}

/// A question the job asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The statement.
    pub sql: String,
    /// How it may spend.
    pub options: Options,
}

/// What a job did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The outputs, in the order they were handed over.
    pub outputs: Vec<(String, Table)>,
    /// The questions, in order.
    pub asked: Vec<Asked>,
    /// The job's log.
    pub log: Vec<(Level, String)>,
}

impl Outcome {
    /// The output of this name.
    pub fn output(&self, name: &str) -> Option<&Table> {
        self.outputs
            .iter()
            .find(|(output, _)| output == name)
            .map(|(_, table)| table)
    }
}

/// Fixtures for one run of a job.
#[derive(Debug)]
pub struct Harness {
    project: PathBuf,
    manifest: Manifest,
    by_sql: Vec<(String, Result<Table>)>,
    in_order: VecDeque<Result<Table>>,
}

/// Statements are compared without regard to white space.
fn normal(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Harness {
    /// A harness for the project in this folder: `Harness::new(env!("CARGO_MANIFEST_DIR"))`.
    ///
    /// # Errors
    /// [`Error::Guest`] if its `irongate.toml` cannot be read.
    pub fn new(project: impl AsRef<Path>) -> Result<Self> {
        let project = project.as_ref().to_owned();
        let manifest = Manifest::read(&project.join("irongate.toml"))?;
        Ok(Self {
            project,
            manifest,
            by_sql: Vec::new(),
            in_order: VecDeque::new(),
        })
    }

    /// A table from a CSV file in the project's `fixtures` folder. Its header gives the types
    /// (`year:int64`), and `NAME:half_width` gives the noise intervals of column NAME. An empty
    /// field is null.
    ///
    /// # Errors
    /// [`Error::Guest`] names the file, the line and what is wrong.
    pub fn fixture(&self, file: &str) -> Result<Table> {
        fixture::read(&self.project.join("fixtures").join(file))
    }

    /// Answers this statement with a table, as often as it is asked.
    #[must_use]
    pub fn answer(mut self, sql: &str, table: Table) -> Self {
        self.by_sql.push((normal(sql), Ok(table)));
        self
    }

    /// Answers this statement with an error.
    #[must_use]
    pub fn refuse(mut self, sql: &str, error: Error) -> Self {
        self.by_sql.push((normal(sql), Err(error)));
        self
    }

    /// Answers the next statement for which there is no [`Harness::answer`].
    #[must_use]
    pub fn answer_next(mut self, table: Table) -> Self {
        self.in_order.push_back(Ok(table));
        self
    }

    /// Answers the next statement for which there is no [`Harness::answer`] with an error.
    #[must_use]
    pub fn refuse_next(mut self, error: Error) -> Self {
        self.in_order.push_back(Err(error));
        self
    }

    /// Runs the job once and checks its outputs against the manifest.
    ///
    /// # Errors
    /// The job's own error; [`Error::Rejected`] for a statement without a fixture, an output that
    /// does not fit the manifest, or a required one that is missing.
    pub fn run(self, job: fn(&mut Context) -> Result<()>) -> Result<Outcome> {
        LOG.take();
        let required = self.manifest.required();
        let state = Rc::new(RefCell::new(State {
            harness: self,
            outcome: Outcome::default(),
        }));
        job(&mut Context::new(Fixtures(Rc::clone(&state))))?;
        let mut outcome = std::mem::take(&mut state.borrow_mut().outcome);
        outcome.log = LOG.take();
        for name in required {
            if outcome.output(&name).is_none() {
                return Err(Error::Rejected(format!(
                    "output `{name}` is required and was not handed over"
                )));
            }
        }
        Ok(outcome)
    }
}

struct State {
    harness: Harness,
    outcome: Outcome,
}

struct Fixtures(Rc<RefCell<State>>);

impl Gate for Fixtures {
    fn query(&mut self, sql: &str, options: &Options) -> Result<Table> {
        let State { harness, outcome } = &mut *self.0.borrow_mut();
        outcome.asked.push(Asked {
            sql: sql.to_owned(),
            options: options.clone(),
        });
        if outcome.asked.len() > harness.manifest.queries() {
            return Err(Error::Rejected(
                "more queries than the manifest's `limits.queries`".into(),
            ));
        }
        let sql = normal(sql);
        if let Some((_, answer)) = harness.by_sql.iter().find(|(known, _)| *known == sql) {
            return answer.clone();
        }
        harness.in_order.pop_front().unwrap_or_else(|| {
            Err(Error::Rejected(format!(
                "the harness has no fixture for `{sql}`"
            )))
        })
    }

    fn output(&mut self, name: &str, table: Table) -> Result<()> {
        let State { harness, outcome } = &mut *self.0.borrow_mut();
        if outcome.output(name).is_some() {
            return Err(Error::Rejected(format!(
                "output `{name}` was handed over already"
            )));
        }
        harness.manifest.check(name, &table)?;
        outcome.outputs.push((name.to_owned(), table));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
