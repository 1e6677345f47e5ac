//! A virtual clock and recorded entropy.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use irongate_gate::{Clock, Entropy, EntropyError, Sleep, Surroundings};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;

/// 2026-12-02T00:00:00+08:00, in milliseconds since 1970-01-01T00:00:00Z.
pub(crate) const START_MS: i64 = 1_796_140_800_000;

/// A clock that goes on by a millisecond each time it is read, and by a sleep's length at once. How
/// often it is read shows in the times it tells.
#[derive(Debug)]
pub(crate) struct Virtual(AtomicI64);

impl Virtual {
    pub(crate) fn at(ms: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(ms)))
    }

    pub(crate) fn pass(&self, duration: Duration) {
        let ms = i64::try_from(duration.as_millis()).unwrap();
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for Virtual {
    fn now_ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        self.pass(duration);
        Box::pin(std::future::ready(()))
    }
}

/// A clock that goes as time does, from [`START_MS`] and `ahead`.
pub(crate) struct Real {
    started: Instant,
    ahead: Duration,
}

impl Real {
    pub(crate) fn ahead_by(ahead: Duration) -> Self {
        Self {
            started: Instant::now(),
            ahead,
        }
    }
}

impl Clock for Real {
    fn now_ms(&self) -> i64 {
        let passed = self.ahead + self.started.elapsed();
        START_MS + i64::try_from(passed.as_millis()).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The bytes of a seeded generator, in order: the same seed is the same record.
struct Recorded(Mutex<ChaCha20Rng>);

impl Entropy for Recorded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        self.0.lock().unwrap().fill_bytes(buffer);
        Ok(())
    }
}

pub(crate) fn surroundings(clock: Arc<dyn Clock>, seed: u64) -> Surroundings {
    let entropy = Recorded(Mutex::new(ChaCha20Rng::seed_from_u64(seed)));
    Surroundings {
        clock,
        entropy: Arc::new(entropy),
    }
}
