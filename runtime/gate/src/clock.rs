//! Where time comes from: code only, never a flag or a file.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of the present time, in milliseconds since 1970-01-01T00:00:00Z.
pub trait Clock: Send + Sync {
    /// Now.
    fn now_ms(&self) -> i64;

    /// Lets `duration` pass: how the gate holds a job's slot until its deadline.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// Resolves when the time has passed; boxed, so that a test's virtual clock can pass it at once.
pub type Sleep = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock"
        )]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}
