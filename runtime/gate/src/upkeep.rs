//! Looking after a home: checked, backed up, restored.
//!
//! A backup holds the home's keys and data, and is to be kept as the home is. What it leaves out, the
//! artifact cache and the agency's trace, comes back by itself or is of no use elsewhere.

use crate::ask::RELEASE;
use crate::certificate::ReleaseStatement;
use crate::entropy::{Entropy, random_id};
use crate::error::GateError;
use crate::gate::{Gate, log_signer};
use crate::home::{Home, private_folder, read_limited, write_private};
use crate::package::Package;
use crate::run::{FILE, PACKAGE, STATEMENT};
use irongate_ingest::{Manifest, verify_files};
use irongate_policy::event::JobOrder;
use irongate_policy::state::{Change, Job};
use irongate_policy::{Digest, JobId, ReleaseId};
use irongate_store::StoreError;
use serde::Serialize;
use std::path::Path;

/// What a home was found to hold.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HomeReport {
    /// Log entries, all of which verify.
    pub entries: u64,
    /// The newest checkpoint.
    pub checkpoint: String,
    /// Dataset versions whose files are those the log commits to.
    pub versions: usize,
    /// Jobs whose packages are those the log names.
    pub jobs: usize,
    /// Stored tables and files of releases that are those the log names.
    pub releases: usize,
}

fn log_failed(error: StoreError) -> GateError {
    match error {
        StoreError::Refused(findings) => {
            GateError::Rejected(findings.iter().map(ToString::to_string).collect())
        }
        other => GateError::failed("the log", other),
    }
}

impl Gate {
    /// Checks the whole home against its log.
    ///
    /// # Errors
    /// [`GateError::Rejected`] with everything that does not hold.
    pub async fn check_home(&self) -> Result<HomeReport, GateError> {
        let mut problems = Vec::new();
        let mut report = HomeReport::default();
        match self.log().audit(None).await.map_err(log_failed)? {
            Ok(verified) => {
                report.entries = verified.checkpoint.size();
                report.checkpoint = verified.checkpoint.note().to_owned();
            }
            Err(findings) => problems.extend(findings.iter().map(ToString::to_string)),
        }
        let (changes, jobs, stored) = self
            .with_state(|state| {
                let datasets = state.datasets.values();
                let changes = datasets.flat_map(|dataset| dataset.changes.values().cloned());
                let jobs = state.jobs.iter().map(|(id, job)| (id.clone(), job.clone()));
                let stored = state.stored.values();
                let stored = stored.map(|stored| (stored.release.clone(), stored.table));
                (
                    changes.collect::<Vec<_>>(),
                    jobs.collect::<Vec<_>>(),
                    stored.collect::<Vec<_>>(),
                )
            })
            .await;
        for change in &changes {
            report.versions += 1;
            problems.extend(self.version_problem(change));
        }
        for (id, job) in &jobs {
            if let JobOrder::Package(_) = job.order {
                report.jobs += 1;
                report.releases += usize::from(job.outputs.is_some());
                problems.extend(self.job_problems(id, job).await);
            }
        }
        for (release, table) in &stored {
            report.releases += 1;
            problems.extend(self.changed(RELEASE, release.as_str(), table).await);
        }
        if problems.is_empty() {
            Ok(report)
        } else {
            Err(GateError::Rejected(problems))
        }
    }

    /// What is wrong with a stored version, if anything is.
    fn version_problem(&self, change: &Change) -> Option<String> {
        let draft = &change.draft;
        let name = format!("dataset `{}` version `{}`", draft.spec.name, draft.version);
        if let Some(protected) = draft.spec.protected()
            && let Err(error) = self.home().namespace_key(&protected.unit.namespace)
        {
            return Some(format!("{name}: its namespace's key: {error}"));
        }
        let folder = self.home().version(&draft.spec.name, &draft.version);
        let manifest = match Manifest::read(&folder) {
            Ok(manifest) => manifest,
            Err(error) => return Some(format!("{name}: {error}")),
        };
        if manifest.commitment().0 != *draft.commitment.as_bytes() {
            return Some(format!("{name}: it is not what the log commits to"));
        }
        let files = verify_files(&folder, &manifest);
        files.err().map(|error| format!("{name}: {error}"))
    }

    async fn job_problems(&self, id: &JobId, job: &Job) -> Vec<String> {
        let mut problems = Vec::new();
        let package = self.required_document(PACKAGE, id.as_str()).await;
        let package = package.and_then(|bytes| Package::read(&bytes));
        let digest = package.and_then(|package| package.contents.digest());
        let is_ordered = match &job.order {
            JobOrder::Package(order) => digest.is_ok_and(|digest| digest == order.package),
            JobOrder::Query(_) => true,
        };
        if !is_ordered {
            problems.push(format!("job `{id}`: its package is missing or changed"));
        }
        if let Some((release, outputs)) = &job.outputs {
            problems.extend(self.release_problems(release, outputs).await);
        }
        problems
    }

    async fn release_problems(&self, release: &ReleaseId, outputs: &Digest) -> Vec<String> {
        let bytes = self.required_document(STATEMENT, release.as_str()).await;
        let statement = bytes
            .ok()
            .filter(|bytes| Digest::of(bytes) == *outputs)
            .and_then(|bytes| serde_json::from_slice::<ReleaseStatement>(&bytes).ok());
        let Some(statement) = statement else {
            return vec![format!("release `{release}`: missing or changed")];
        };
        let mut problems = Vec::new();
        for file in statement.outputs.iter().flat_map(|output| &output.files) {
            let id = format!("{release}/{}", file.name);
            problems.extend(self.changed(FILE, &id, &file.digest).await);
        }
        problems
    }

    async fn changed(&self, kind: &str, id: &str, digest: &Digest) -> Option<String> {
        let bytes = self.required_document(kind, id).await;
        let holds = bytes.is_ok_and(|bytes| Digest::of(&bytes) == *digest);
        (!holds).then(|| format!("{kind} `{id}`: missing or changed"))
    }

    /// Writes everything a home needs to come back to a new folder, and says at which checkpoint.
    ///
    /// # Errors
    /// [`GateError`] if the folder exists, or the home does not hold.
    pub async fn back_up(&self, to: &Path) -> Result<HomeReport, GateError> {
        let report = self.check_home().await?;
        if to.exists() {
            return Err(GateError::rejected(format!(
                "{}: there already; name a new folder",
                to.display()
            )));
        }
        let staged = Staged::beside(to, self.around().entropy.as_ref())?;
        let copy = Home::at(&staged.0);
        private_folder(&staged.0)?;
        let verified = self.log().backup(&copy.log()).await;
        let _verified = verified.map_err(log_failed)?;
        copy_rest(self.home(), &copy)?;
        staged.install(to)?;
        Ok(report)
    }
}

/// Brings a backup back as a home at `to`, where nothing may be. Against a kept checkpoint, a backup that
/// is behind it, or of another history, is refused.
///
/// # Errors
/// [`GateError`] if something is there, or the backup does not hold.
pub async fn restore_home(
    backup: &Path,
    to: &Path,
    kept: Option<&str>,
    around: crate::Surroundings,
) -> Result<HomeReport, GateError> {
    if to.exists() {
        return Err(GateError::rejected(format!(
            "{}: there already; move it away first, and give its newest checkpoint with `--since`",
            to.display()
        )));
    }
    let source = Home::at(backup);
    if !source.log().exists() {
        return Err(GateError::rejected(format!(
            "{}: not a backup; make one with `irongate home backup`",
            backup.display()
        )));
    }
    let staged = Staged::beside(to, around.entropy.as_ref())?;
    let home = Home::at(&staged.0);
    home.create()?;
    copy_rest(&source, &home)?;
    let origin = read_limited(&home.origin(), 255)?;
    let origin = String::from_utf8(origin)
        .map_err(|_| GateError::rejected("the backup's origin is damaged"))?;
    let signer = log_signer(&home, &origin, around.entropy.as_ref())?;
    let restored = irongate_store::restore(&source.log(), &home.log(), kept, signer.key()).await;
    let _verified = restored.map_err(log_failed)?;
    let gate = Gate::open(home, around).await?;
    let report = gate.check_home().await;
    gate.close().await?;
    let report = report?;
    staged.install(to)?;
    Ok(report)
}

/// Copies what lies beside the log: origin, keys and data.
fn copy_rest(from: &Home, to: &Home) -> Result<(), GateError> {
    write_private(&to.origin(), &read_limited(&from.origin(), 255)?)?;
    copy_folder(&from.keys(), &to.keys())?;
    copy_folder(&from.data(), &to.data())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), GateError> {
    let named =
        |error: std::io::Error| GateError::failed(&format!("copying {}", from.display()), error);
    private_folder(to)?;
    for entry in std::fs::read_dir(from).map_err(named)? {
        let entry = entry.map_err(named)?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(named)?.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            // The copy keeps the file's private mode.
            std::fs::copy(&path, &target).map_err(named)?;
            let copied = std::fs::File::open(&target);
            copied.and_then(|file| file.sync_all()).map_err(named)?;
        }
    }
    Ok(())
}

/// A folder in the making: it gets its name whole, or is removed.
struct Staged(std::path::PathBuf);

impl Staged {
    fn beside(to: &Path, entropy: &dyn Entropy) -> Result<Self, GateError> {
        let name = to
            .file_name()
            .ok_or_else(|| GateError::rejected(format!("{}: no folder name", to.display())))?;
        let staged = format!(".{}.{}", name.to_string_lossy(), random_id("new", entropy)?);
        Ok(Self(to.with_file_name(staged)))
    }

    fn install(self, to: &Path) -> Result<(), GateError> {
        std::fs::rename(&self.0, to)
            .map_err(|error| GateError::failed(&format!("making {}", to.display()), error))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Gone already where it was installed.
        if self.0.exists()
            && let Err(error) = std::fs::remove_dir_all(&self.0)
        {
            tracing::warn!("{} stays behind: {error}", self.0.display());
        }
    }
}
