//! The agency's private trace: one JSON line a step, in the home, never on a terminal.

use crate::error::GateError;
use crate::home::Home;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Sends spans and events to the home's private trace. Does nothing where there is no home yet, or
/// a trace has been started.
///
/// # Errors
/// [`GateError::Failed`] if the trace cannot be opened.
pub fn start_trace(home: &Home) -> Result<(), GateError> {
    if !home.log().exists() {
        return Ok(());
    }
    let path = home.trace();
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&path)
        .map_err(|error| GateError::failed(&format!("opening {}", path.display()), error))?;
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_span_events(FmtSpan::CLOSE)
        .with_env_filter("warn,irongate_gate=info,irongate_sandbox=info")
        .with_writer(Mutex::new(file))
        .finish();
    // A second start in one process keeps the first.
    match tracing::subscriber::set_global_default(subscriber) {
        Ok(()) | Err(_) => Ok(()),
    }
}

/// What a job and the gate said of it during a trial, where there is nothing to keep from the developer.
#[derive(Debug, Clone, Default)]
pub struct Witness(Arc<Mutex<Vec<String>>>);

/// Collects what the running of jobs says, from now on.
pub fn start_witness() -> Witness {
    let witness = Witness::default();
    let subscriber = tracing_subscriber::registry().with(witness.clone());
    // A second start in one process keeps the first.
    match tracing::subscriber::set_global_default(subscriber) {
        Ok(()) | Err(_) => witness,
    }
}

impl Witness {
    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl<S: tracing::Subscriber> Layer<S> for Witness {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != "irongate_gate::run" {
            return;
        }
        let mut message = Message::default();
        event.record(&mut message);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(message.0);
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
