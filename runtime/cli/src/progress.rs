//! That something is going on, wherever a step takes longer than a person would wait in silence.
//!
//! A spinner on a terminal; plain lines elsewhere, so that whoever reads a log or runs the command from
//! another program sees it too. Both on standard error.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A step that is shorter is not worth a word.
const SILENT: Duration = Duration::from_secs(2);
/// How often a plain line says that it goes on.
const EVERY: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(200);

/// A step under way; gone when dropped.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    lines: Option<(Sender<()>, JoinHandle<()>)>,
}

/// Says what is being done until the value is dropped.
pub(crate) fn doing(what: &'static str) -> Progress {
    if std::io::stderr().is_terminal() {
        let bar = ProgressBar::new_spinner().with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        return Progress {
            bar: Some(bar),
            lines: None,
        };
    }
    let (stop, stopped) = channel();
    let lines = std::thread::spawn(move || {
        let start = Instant::now();
        let mut wait = SILENT;
        while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            say(what, start.elapsed());
            wait = EVERY;
        }
    });
    Progress {
        bar: None,
        lines: Some((stop, lines)),
    }
}

fn say(what: &str, elapsed: Duration) {
    use std::io::Write;
    // Who does not read progress does not miss it.
    drop(writeln!(
        anstream::stderr(),
        "{what} … {} s",
        elapsed.as_secs()
    ));
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if let Some((stop, lines)) = self.lines.take() {
            drop(stop);
            drop(lines.join());
        }
    }
}
