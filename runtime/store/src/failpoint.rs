//! Failpoints: named places where a test stops the process, to see what a crash there leaves.
//!
//! A crate lists its places as an enum implementing [`Point`] and calls [`hit`] at each. Without
//! the feature `failpoints` that call is empty and nothing can be armed; shipped binaries are
//! built without it. A child process is armed through its environment: see `arm_from_env`.

/// A place where the process can be stopped. Implemented by one enum per crate.
pub trait Point: Copy {
    /// The place's name, unique over all crates: `crate.place`.
    fn name(self) -> &'static str;
}

/// The store's places, in the order an append passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failpoint {
    /// An append was taken from the queue; nothing is written.
    BeforeAppend,
    /// Entries, hashes, documents and checkpoint are written; the transaction is open.
    AfterInsert,
    /// The transaction is durable; nobody was told.
    AfterCommit,
}

impl Failpoint {
    /// Every place, for tests that go through them all.
    pub const ALL: [Self; 3] = [Self::BeforeAppend, Self::AfterInsert, Self::AfterCommit];
}

impl Point for Failpoint {
    fn name(self) -> &'static str {
        match self {
            Self::BeforeAppend => "store.before-append",
            Self::AfterInsert => "store.after-insert",
            Self::AfterCommit => "store.after-commit",
        }
    }
}

/// Passes a place. Does nothing in builds without the feature `failpoints`.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub fn hit(_point: impl Point) {}

#[cfg(feature = "failpoints")]
pub use armed::{ENV, arm, arm_from_env, disarm_all, hit, hits};

#[cfg(feature = "failpoints")]
mod armed {
    use std::collections::BTreeMap;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::Point;

    /// Environment variable that [`arm_from_env`] reads: `name=n`, several separated by commas.
    pub const ENV: &str = "IRONGATE_FAILPOINT";

    #[derive(Default)]
    struct Places {
        hits: BTreeMap<&'static str, u64>,
        aborts: BTreeMap<String, u64>,
    }

    static PLACES: Mutex<Places> = Mutex::new(Places {
        hits: BTreeMap::new(),
        aborts: BTreeMap::new(),
    });

    fn places() -> MutexGuard<'static, Places> {
        PLACES.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the process (abort: no destructor runs, nothing is flushed) when the place is passed
    /// for the `nth` time, counted from 1 and from the start of the process.
    pub fn arm(point: impl Point, nth: u64) {
        places().aborts.insert(point.name().to_owned(), nth);
    }

    /// Arms what [`ENV`] names. Call it first thing in a child process.
    ///
    /// # Errors
    /// When the variable is set and not of its form: a crash test must not pass because of a typo.
    pub fn arm_from_env() -> Result<(), String> {
        let Ok(text) = std::env::var(ENV) else {
            return Ok(());
        };
        for item in text.split(',') {
            let parsed = item
                .split_once('=')
                .and_then(|(name, n)| Some((name, n.parse().ok()?)));
            let Some((name, nth)) = parsed else {
                return Err(format!("{ENV}: `{item}` is not of the form name=number"));
            };
            places().aborts.insert(name.to_owned(), nth);
        }
        Ok(())
    }

    /// Forgets what was armed and counted.
    pub fn disarm_all() {
        *places() = Places::default();
    }

    /// How often the place was passed.
    pub fn hits(point: impl Point) -> u64 {
        places().hits.get(point.name()).copied().unwrap_or(0)
    }

    /// Passes a place.
    pub fn hit(point: impl Point) {
        let mut places = places();
        let count = places.hits.entry(point.name()).or_insert(0);
        *count += 1;
        let count = *count;
        if places.aborts.get(point.name()) == Some(&count) {
            std::process::abort();
        }
    }
}
