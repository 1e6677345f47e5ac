//! One pair of neighbouring databases, and what comes of a statement on both.

use super::judge::{groups, violations};
use crate::fixture::{Data, Visit, data};
use irongate_engine::{
    CheckedQuery, ExecutionEnv, Fault, assumed, bounded, bounded_given, given, prepare,
};

/// Two databases that differ by every row of one privacy unit.
pub(crate) struct Neighbours {
    pub(crate) with: Data,
    pub(crate) without: Data,
}

impl Neighbours {
    pub(crate) fn new(visits: &[Visit], gone: u8, files: usize) -> Self {
        let rest: Vec<Visit> = visits.iter().filter(|v| v.0 != gone).copied().collect();
        Self {
            with: data(visits, files),
            without: data(&rest, files),
        }
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// What came of one accepted statement.
pub(crate) struct Ran {
    pub(crate) counted: bool,
    pub(crate) wrong: Vec<String>,
}

/// Asks both; nothing if nothing is released, or if the machine has no room for the worst case.
pub(crate) fn ran(
    sql: &str,
    query: &CheckedQuery,
    pair: &Neighbours,
    fault: Option<Fault>,
) -> Option<Ran> {
    let env = ExecutionEnv {
        fault,
        // Cases run side by side; `partitions` holds that partitions change nothing.
        cores: std::num::NonZeroUsize::MIN,
        ..ExecutionEnv::default()
    };
    let runtime = runtime();
    if query.charges().is_empty() {
        return None;
    }
    // What the machine has no room for is refused before anything is read.
    runtime.block_on(prepare(query, &pair.with, &env)).ok()?;
    let seen = runtime.block_on(given(query, &pair.with, &env));
    // A release may use values of another: both sides see the same.
    let of = |data: &Data| {
        let result = match &seen {
            Ok(seen) => runtime.block_on(bounded_given(query, data, &env, seen)),
            Err(_) => runtime.block_on(bounded(query, data, &env)),
        };
        result.map(|releases| releases.iter().map(groups).collect::<Vec<_>>())
    };
    let told = |text: String| format!("{text}\n  in {sql}");
    Some(match (of(&pair.with), of(&pair.without)) {
        (Ok(with), Ok(without)) if seen.is_ok() => Ran {
            counted: with != without,
            wrong: violations(&assumed(query).unwrap(), &with, &without)
                .into_iter()
                .map(told)
                .collect(),
        },
        // What is computed of released values may fail as public SQL may, and what stands on them then fails
        // whoever is in the data.
        (Err(with), Err(without))
            if seen.is_err()
                && query.explain().releases.len() > 1
                && with.to_string() == without.to_string() =>
        {
            Ran {
                counted: false,
                wrong: Vec::new(),
            }
        }
        // Nothing that fails may depend on whose rows there are: an accepted statement does not fail.
        (with, without) => Ran {
            counted: false,
            wrong: vec![told(format!(
                "failed: {:?}, {:?}, {:?}",
                seen.as_ref().err().map(ToString::to_string),
                with.err().map(|e| e.to_string()),
                without.err().map(|e| e.to_string())
            ))],
        },
    })
}
