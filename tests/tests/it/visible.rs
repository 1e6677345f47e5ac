//! Everything that an operator can see of a home.

use std::collections::BTreeMap;
use std::path::Path;

use irongate_gate::QueryOptions;
use irongate_policy::state::JobStatus;

use crate::end_to_end::MEANS;
use crate::world::{JOBS, QUESTIONS, World, id};

/// Bytes by what they are.
pub(crate) type Seen = BTreeMap<String, Vec<u8>>;

/// Every file under a folder, by its path there.
pub(crate) fn files(folder: &Path) -> Seen {
    fn collect(root: &Path, folder: &Path, seen: &mut Seen) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, seen);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                seen.insert(name.to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut seen = Seen::new();
    collect(folder, folder, &mut seen);
    seen
}

pub(crate) fn rho(amount: &str) -> QueryOptions {
    QueryOptions {
        rho: Some(amount.into()),
        max_groups_per_unit: Some(5),
        max_rows_per_group: Some(1),
        ..QueryOptions::default()
    }
}

/// The exported log with its checkpoint, every release, the bundles, an explanation, and every job's
/// state and account's balance. Exports are written under `folder`, which must not exist.
pub(crate) async fn operators_view(world: &World, folder: &Path) -> Seen {
    let mut seen = Seen::new();
    let mut add = |prefix: &str, files: Seen| {
        seen.extend(
            files
                .into_iter()
                .map(|(name, bytes)| (format!("{prefix}/{name}"), bytes)),
        );
    };
    std::fs::create_dir(folder).unwrap();
    let log = folder.join("log");
    assert!(world.gate.log().export(&log).await.is_ok());
    add("log", files(&log));
    let (jobs, accounts, releases) = world
        .gate
        .with_state(|state| {
            let jobs: Vec<_> = state.jobs.iter().map(|job| format!("{job:#?}")).collect();
            let accounts: Vec<_> = state.accounts.iter().map(|a| format!("{a:#?}")).collect();
            let out = state
                .jobs
                .values()
                .filter(|job| job.status == JobStatus::Released);
            let releases: Vec<_> = out.filter_map(|job| job.outputs.clone()).collect();
            (jobs, accounts, releases)
        })
        .await;
    for (release, _) in releases {
        let folder = folder.join(release.as_str());
        // An interactive question's release has no files: its table was the answer.
        if world.gate.release_statement(&release).await.is_ok() {
            world.gate.export_release(&release, &folder).await.unwrap();
            add(release.as_str(), files(&folder));
        }
    }
    for scenario in [JOBS, QUESTIONS] {
        let bundle = world.gate.bundle(&id(scenario)).await.unwrap();
        seen.insert(format!("bundle of {scenario}"), bundle);
    }
    let explain = world
        .gate
        .explain(&id(QUESTIONS), MEANS, &rho("0.02"))
        .await;
    let explain = serde_json::to_vec(&explain.unwrap()).unwrap();
    seen.insert("explain".into(), explain);
    seen.insert("jobs".into(), jobs.join("\n").into_bytes());
    seen.insert("accounts".into(), accounts.join("\n").into_bytes());
    seen
}
