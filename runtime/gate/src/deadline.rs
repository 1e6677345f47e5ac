//! Deadlines: operators see how work on data ended when its deadline comes, neither before nor after.

use crate::clock::Clock;
use irongate_engine::Planned;
use irongate_policy::manifest::Seconds;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// When an end is shown. The gate's clock decides what operators see; work is limited in real time.
pub(crate) struct Deadline {
    shown_at_ms: i64,
    length: Duration,
    work_until: Option<Instant>,
    planned: Mutex<Planned>,
}

impl Deadline {
    /// A deadline that starts now.
    pub(crate) fn start(clock: &dyn Clock, length: Seconds) -> Self {
        let shown_after = i64::from(length.0).saturating_mul(1000);
        let work_for = Duration::from_secs(u64::from(length.0));
        Self {
            shown_at_ms: clock.now_ms().saturating_add(shown_after),
            length: work_for,
            work_until: Instant::now().checked_add(work_for),
            planned: Mutex::default(),
        }
    }

    /// How long it is from its start: declared, so what follows from it is public.
    pub(crate) fn length(&self) -> Duration {
        self.length
    }

    /// What is planned so far of the queries that have to end by then.
    pub(crate) fn planned(&self) -> Planned {
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another query was let in, with which so much is planned.
    pub(crate) fn plan(&self, planned: Planned) {
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = planned;
    }

    /// How long work may still take. Measured: nothing that operators see before the deadline may
    /// follow from it.
    pub(crate) fn left(&self) -> Duration {
        self.work_until.map_or(Duration::MAX, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    /// Waits for the deadline. Says whether there was anything left to wait for: work that ended
    /// later has failed, because the moment of its end would tell how long it took.
    #[must_use]
    pub(crate) async fn wait(&self, clock: &dyn Clock) -> bool {
        let left = self.shown_at_ms.saturating_sub(clock.now_ms());
        let in_time = left >= 0 && !self.left().is_zero();
        clock
            .sleep(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
            .await;
        in_time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Sleep;
    use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

    /// Time passes only where somebody sleeps.
    struct Virtual(AtomicI64);

    impl Clock for Virtual {
        fn now_ms(&self) -> i64 {
            self.0.load(SeqCst)
        }
        fn sleep(&self, duration: Duration) -> Sleep {
            self.0
                .fetch_add(i64::try_from(duration.as_millis()).unwrap(), SeqCst);
            Box::pin(std::future::ready(()))
        }
    }

    #[tokio::test]
    async fn an_end_is_shown_at_the_deadline_and_late_work_has_failed() {
        let clock = Virtual(AtomicI64::new(1_000));
        let deadline = Deadline::start(&clock, Seconds(5));
        clock.0.store(2_500, SeqCst);
        assert!(deadline.wait(&clock).await);
        assert_eq!(clock.now_ms(), 6_000, "however long the work took");
        clock.0.store(6_001, SeqCst);
        assert!(!deadline.wait(&clock).await, "a moment late");
        assert!(deadline.left() <= Duration::from_secs(5));
        let past = Deadline::start(&clock, Seconds(0));
        assert!(past.left().is_zero() && !past.wait(&clock).await);
    }
}
