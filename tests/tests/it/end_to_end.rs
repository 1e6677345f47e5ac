//! One signed job, from its submission to a verified certificate.

use std::collections::BTreeMap;
use std::path::Path;

use irongate_gate::{CERTIFICATE, GateError, LOG_HASHES, RunOutcome, verify_release};
use irongate_policy::state::JobStatus;
use irongate_policy::{Code, Event, Fact, JobId, PublicKey};

use crate::data::Tables;
use crate::guest::{Step, ask};
use crate::world::{AGENCY, OPERATOR, PROVIDER, Size, World, id, key};

/// A release's files by name.
type Files = BTreeMap<String, Vec<u8>>;

pub(crate) const MEANS: &str =
    "SELECT year, level, AVG(visits) AS mean_visits FROM visits GROUP BY year, level";
pub(crate) const DAYS: &str = "SELECT year, SUM(days) AS days FROM stays GROUP BY year";

/// Two questions, both answers handed over as they came.
pub(crate) fn good_steps() -> Vec<Step> {
    vec![
        ask(MEANS, "0.02", 5),
        Step::Emit("visits"),
        ask(DAYS, "0.01", 5),
        Step::Emit("stays"),
        Step::Codes,
    ]
}

fn agency() -> PublicKey {
    key(AGENCY).public_key()
}

/// The world, and a release of the job of these steps in `release/`.
async fn released(root: &Path, steps: &[Step]) -> World {
    let world = World::make(root, &Tables::of(200), &Size::default()).await;
    let (_, outcome) = world.job("first", steps).await;
    let RunOutcome::Released { release } = outcome else {
        panic!("{outcome:?}");
    };
    let folder = root.join("release");
    world.gate.export_release(&release, &folder).await.unwrap();
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_job_is_released_with_a_certificate_that_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::make(dir.path(), &Tables::of(200), &Size::default()).await;
    let status = async |job: &JobId| world.gate.with_state(|s| s.jobs[job].status).await;

    let job = world
        .submit(world.package("means", &good_steps()))
        .await
        .unwrap();
    assert_eq!(status(&job).await, JobStatus::Checked);
    // One of the two reviewers that the grade asks for is not enough.
    let approve = || irongate_policy::request::ApproveJob { job: job.clone() };
    world.ok(AGENCY, approve()).await;
    let Err(GateError::Denied(denial)) = world.run(&job).await else {
        panic!("it ran without its quorum");
    };
    assert!(denial.has(Code::WrongState), "{denial}");
    world.ok(PROVIDER, approve()).await;
    assert_eq!(status(&job).await, JobStatus::Approved);

    let RunOutcome::Released { release } = world.run(&job).await.unwrap() else {
        panic!("not released");
    };
    assert_eq!(status(&job).await, JobStatus::Released);
    let folder = dir.path().join("release");
    let files = world.gate.export_release(&release, &folder).await.unwrap();
    let verified = verify_release(&folder, &agency(), None).unwrap();
    assert_eq!((&verified.release, &verified.job), (&release, &job));
    assert_eq!(
        verified.files.len(),
        11,
        "three outputs in three formats, the certificate, and the log's hashes"
    );
    assert_eq!(files.len(), 11);

    // The table is whole, and its values carry their intervals.
    let rows: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("visits.json")).unwrap()).unwrap();
    let rows = rows.as_array().unwrap();
    assert_eq!(rows.len(), 20, "every group of the declared domains");
    for row in rows {
        // No mean where the noisy count is not positive.
        let (mean, low) = (&row["mean_visits"], &row["mean_visits_low95"]);
        assert_eq!(mean.is_number(), low.is_number(), "{row}");
    }
    let codes = std::fs::read_to_string(folder.join("codes.csv")).unwrap();
    assert_eq!(codes, "code\n0\n0\n");

    check_log(&world, &job).await;
    world.close().await;
}

/// The log tells the whole path in order, verifies, and the end is at the deadline.
async fn check_log(world: &World, job: &JobId) {
    let log = world.gate.log();
    let size = log.size().await.unwrap();
    let events: Vec<Event> = log
        .read(0..size)
        .await
        .unwrap()
        .iter()
        .map(|entry| serde_json::from_slice(&entry.body).unwrap())
        .collect();
    let of_job = events
        .iter()
        .filter(|event| event.event.job() == Some(job))
        .map(|event| match &event.event {
            Fact::JobSubmitted { .. } => "submitted",
            Fact::JobChecked { .. } => "checked",
            Fact::JobApprovalGiven { .. } => "approval",
            Fact::JobApproved { .. } => "approved",
            Fact::JobStarted { .. } => "started",
            Fact::QueryReserved { .. } => "reserved",
            Fact::QueryReleased { .. } => "released",
            Fact::JobReleased { .. } => "out",
            other => panic!("{other:?}"),
        });
    assert_eq!(
        of_job.collect::<Vec<_>>().join(" "),
        "submitted checked approval approval approved started reserved released reserved released out"
    );
    let at = |wanted: fn(&Fact) -> bool| {
        let of_job = |event: &&Event| event.event.job() == Some(job) && wanted(&event.event);
        events.iter().find(of_job).unwrap().at.0
    };
    let started = at(|fact| matches!(fact, Fact::JobStarted { .. }));
    let out = at(|fact| matches!(fact, Fact::JobReleased { .. }));
    assert!(
        out - started >= 20_000,
        "it left {} ms after its start",
        out - started
    );
    // Both who submitted and who started it signed for it.
    let signer = |wanted: fn(&Fact) -> bool| {
        let event = events.iter().find(|event| wanted(&event.event)).unwrap();
        event.signed.as_ref().unwrap().statement.signer.clone()
    };
    let submitted = signer(|fact| matches!(fact, Fact::JobSubmitted { .. }));
    let run = signer(|fact| matches!(fact, Fact::JobStarted { .. }));
    assert_eq!((submitted, run), (id(OPERATOR), id(AGENCY)));
    assert!(log.audit(None).await.unwrap().is_ok());
}

/// A release's files by name.
fn files(folder: &Path) -> Files {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn write(folder: &Path, files: &Files) {
    std::fs::create_dir(folder).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

/// Every byte of every file, its lowest bit flipped, and the one that tells upper case from lower: also
/// where that leaves JSON, text or Parquet well formed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_changed_byte_of_a_release_fails_verification() {
    let dir = tempfile::tempdir().unwrap();
    let steps = [ask(DAYS, "0.01", 5), Step::Emit("stays"), Step::Codes];
    released(dir.path(), &steps).await.close().await;
    let original = files(&dir.path().join("release"));
    let places: Vec<(&String, usize)> = original
        .iter()
        .flat_map(|(name, bytes)| (0..bytes.len()).map(move |at| (name, at)))
        .collect();
    let passed = std::thread::scope(|scope| {
        let halves = places.chunks(places.len().div_ceil(2)).enumerate();
        let workers: Vec<_> = halves
            .map(|(half, places)| {
                let (original, folder) = (&original, dir.path().join(half.to_string()));
                scope.spawn(move || {
                    write(&folder, original);
                    let mut passed = Vec::new();
                    for (name, at) in places {
                        let path = folder.join(name);
                        for bit in [1, 0x20] {
                            let mut bytes = original[*name].clone();
                            bytes[*at] ^= bit;
                            std::fs::write(&path, &bytes).unwrap();
                            if verify_release(&folder, &agency(), None).is_ok() {
                                passed.push((name.to_string(), *at));
                            }
                        }
                        std::fs::write(&path, &original[*name]).unwrap();
                    }
                    assert!(
                        verify_release(&folder, &agency(), None).is_ok(),
                        "put back, it holds"
                    );
                    passed
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect::<Vec<_>>()
    });
    println!("{} bytes of {} files flipped", places.len(), original.len());
    let around = |(name, at): &(String, usize)| {
        let bytes = &original[name];
        let from = at.saturating_sub(20);
        let text = String::from_utf8_lossy(&bytes[from..bytes.len().min(at + 20)]).into_owned();
        format!("{name} at {at}: …{text}…")
    };
    let shown: Vec<_> = passed.iter().take(5).map(around).collect();
    assert!(passed.is_empty(), "{} passed: {shown:#?}", passed.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_with_a_file_too_many_too_few_or_of_another_fails_verification() {
    let dir = tempfile::tempdir().unwrap();
    let world = released(dir.path(), &good_steps()).await;
    let second = world.job("again", &good_steps()).await.1;
    let RunOutcome::Released { release } = second else {
        panic!("{second:?}");
    };
    let folder = dir.path().join("second");
    world.gate.export_release(&release, &folder).await.unwrap();
    world.close().await;
    let (first, second) = (files(&dir.path().join("release")), files(&folder));
    let mut cases = 0;
    let mut refused = |change: &dyn Fn(&mut Files), what: &str| {
        let mut changed = first.clone();
        change(&mut changed);
        let folder = dir.path().join(format!("case-{cases}"));
        cases += 1;
        write(&folder, &changed);
        let outcome = verify_release(&folder, &agency(), None);
        assert!(outcome.is_err(), "{what}: {outcome:?}");
    };
    for name in first.keys() {
        refused(
            &|files| drop(files.remove(name)),
            &format!("without {name}"),
        );
        let empty = |files: &mut BTreeMap<_, _>| drop(files.insert(name.clone(), Vec::new()));
        refused(&empty, &format!("empty {name}"));
        let longer = |files: &mut Files| files.get_mut(name).unwrap().push(b'\n');
        refused(&longer, &format!("longer {name}"));
    }
    // Somebody else's signature, of which nothing is verified here.
    let countersigned = |files: &mut Files| {
        let certificate = files.get_mut("certificate.json").unwrap();
        let mut told: serde_json::Value = serde_json::from_slice(certificate).unwrap();
        let note = told["checkpoint"].as_str().unwrap();
        told["checkpoint"] = format!("{note}\u{2014} city-audit-bureau dGhpcyBpcyBub25l\n").into();
        *certificate = irongate_policy::canonical_json(&told).unwrap();
    };
    refused(&countersigned, "countersigned");
    for name in ["extra.csv", ".hidden", "certificate.json.bak"] {
        let add = |files: &mut BTreeMap<_, _>| drop(files.insert(name.to_owned(), Vec::new()));
        refused(&add, name);
    }
    let swap = |files: &mut Files| {
        let (a, b) = (files["visits.csv"].clone(), files["stays.csv"].clone());
        files.insert("visits.csv".into(), b);
        files.insert("stays.csv".into(), a);
    };
    refused(&swap, "two files swapped");
    // The second job reused the first one's releases, so only its certificate tells it apart.
    assert_eq!(first["visits.csv"], second["visits.csv"]);
    let mut mixed = first.clone();
    mixed.insert(LOG_HASHES.into(), second[LOG_HASHES].clone());
    assert_ne!(
        mixed.insert(CERTIFICATE.into(), second[CERTIFICATE].clone()),
        second.get(CERTIFICATE).cloned()
    );
    let folder = dir.path().join("mixed");
    write(&folder, &mixed);
    let verified = verify_release(&folder, &agency(), None).unwrap();
    assert_eq!(verified.release, release, "it is the second one, whole");
    std::fs::create_dir(folder.join("more")).unwrap();
    assert!(
        verify_release(&folder, &agency(), None).is_err(),
        "a folder in it"
    );
    let release = dir.path().join("release");
    let stranger = key(OPERATOR).public_key();
    assert!(
        verify_release(&release, &stranger, None).is_err(),
        "another's key"
    );
    assert!(
        verify_release(&release, &agency(), None).is_ok(),
        "untouched"
    );
    println!("{cases} altered releases refused");
}
