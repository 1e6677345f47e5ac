//! The agency's private trace: one JSON line a step, in the home, never on a terminal.

use crate::error::GateError;
use crate::home::Home;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;
use tracing_subscriber::fmt::format::FmtSpan;

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
