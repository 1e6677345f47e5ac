//! What cannot be run: a mapper whose code is missing, files that are not in the layout.

use super::{With, code, wait};
use crate::fixture::{Data, Visit, catalog, data_as_it_is, options};
use crate::run::VISITS;
use irongate_engine::{DataAccess, ExecutionEnv, ExecutionError, Mapped, check, execute, prepare};
use irongate_policy::{DatasetId, NamespaceId, NamespaceKey, VersionId};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Data without any code.
struct Without(Data);

impl DataAccess for Without {
    fn files(&self, dataset: &DatasetId, version: &VersionId) -> Result<Vec<PathBuf>, String> {
        self.0.files(dataset, version)
    }
    fn key(&self, namespace: &NamespaceId) -> Result<NamespaceKey, String> {
        self.0.key(namespace)
    }
}

#[test]
fn without_its_code_nothing_runs() {
    let query = check("SELECT COUNT(*) FROM spend", &catalog(), &options()).unwrap();
    let data = Without(data_as_it_is(&VISITS, 1));
    let error = wait(prepare(&query, &data, &ExecutionEnv::default())).unwrap_err();
    assert!(matches!(error, ExecutionError::Access(_)), "{error}");
}

/// Such a unit would be called twice, and would have two rows where one is bounded.
#[test]
fn a_unit_whose_rows_stand_apart_fails_the_whole() {
    let visits: [Visit; 3] = [
        (1, 1, Some(3), 100, None, "a"),
        (2, 1, Some(4), 100, None, "a"),
        (1, 2, Some(5), 100, None, "a"),
    ];
    let query = check("SELECT COUNT(*) FROM spend", &catalog(), &options()).unwrap();
    let env = ExecutionEnv::default();
    let answered = |visits: &[Visit]| {
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let code = code(move |_, _| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Mapped::Default)
        });
        let data = With {
            data: data_as_it_is(visits, 1),
            code,
        };
        let released = wait(async {
            prepare(&query, &data, &env).await?;
            execute(&query, &data, &env).await
        });
        (released, calls.load(Ordering::Relaxed))
    };
    let [one, two, again] = visits;
    let (released, calls) = answered(&[one, again, two]);
    assert!(released.is_ok() && calls == 2, "{calls} calls");
    let (released, calls) = answered(&visits);
    let error = released.unwrap_err();
    assert!(error.to_string().contains("unit order"), "{error}");
    assert!(calls <= 2, "{calls} calls");
}
