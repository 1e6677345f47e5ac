//! Release certificates: what was released, from what, under whose approval, and the proof that the
//! log says so. Verified offline with the agency's public key alone.

use crate::error::GateError;
use crate::gate::log_key;
use crate::home::{read_given, read_limited};
use crate::outputs::Provenance;
use irongate_policy::command::Charges;
use irongate_policy::{
    DatasetId, Digest, Event, Fact, JobId, PartyId, PublicKey, ReleaseId, Request, ScenarioId,
    Signed, VersionId, canonical_json,
};
use irongate_store::verify::{verify_inclusion, verify_leaves};
use irongate_store::{Digest as LeafHash, InclusionProof, LogKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// The certificate's file name.
pub const CERTIFICATE: &str = "certificate.json";
/// The file with the hash of every log entry up to the certificate's checkpoint, 32 bytes each. Against
/// a checkpoint kept from before, they show that the log was neither cut nor rewritten. Leaves are salted:
/// their hashes tell nothing of entries that are not disclosed.
pub const LOG_HASHES: &str = "log.hashes";
/// No certificate is longer: a statement names at most a few hundred queries and files.
const MAX_CERTIFICATE_BYTES: u64 = 4 << 20;
/// No released file is longer than what a job may put out.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// What the log commits to by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseStatement {
    /// Version of this format.
    pub format: u32,
    /// The log it is in.
    pub origin: String,
    /// The release.
    pub release: ReleaseId,
    /// The job that made it.
    pub job: JobId,
    /// The scenario it serves.
    pub scenario: ScenarioId,
    /// Digest of the package that ran: manifest, component and sources.
    pub package: Digest,
    /// The policy pack it was decided under.
    pub pack: Digest,
    /// Who approved the job.
    pub approvals: BTreeSet<PartyId>,
    /// The data, by random version id and hiding commitment; never a digest of content.
    pub datasets: Vec<DatasetRef>,
    /// Every underlying release.
    pub queries: Vec<QueryRef>,
    /// The outputs.
    pub outputs: Vec<OutputRef>,
}

/// A dataset version that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DatasetRef {
    pub dataset: DatasetId,
    pub version: VersionId,
    pub commitment: Digest,
}

/// One query and what it cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryRef {
    /// The released table.
    pub release: ReleaseId,
    /// Digest of the bounded plan, its parameters, loss and data versions.
    pub plan: Digest,
    /// What was charged; empty where a stored release was handed out again.
    pub charges: Charges,
}

/// One output, in every format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OutputRef {
    pub name: String,
    pub columns: Vec<ColumnRef>,
    pub files: Vec<FileRef>,
}

/// Where a column's values come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct ColumnRef {
    pub name: String,
    pub provenance: Provenance,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FileRef {
    pub name: String,
    pub digest: Digest,
}

/// The certificate as exported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Version of this format.
    pub format: u32,
    /// What was released.
    pub statement: ReleaseStatement,
    /// The agency's signed word for the log's key and origin, as the log's first entry carries it. The
    /// entry itself is left out: nothing here would prove the rest of it.
    pub genesis: Signed,
    /// The log entry that released it.
    pub entry: EntryRef,
    /// That the entry is in the log.
    pub proof: InclusionProof,
    /// The signed checkpoint the proof leads to.
    pub checkpoint: String,
}

/// A disclosed log entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRef {
    /// Its position.
    pub index: u64,
    /// Its salt, in hexadecimal.
    pub salt: String,
    /// Its event.
    pub event: Event,
}

/// What a verified release is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedRelease {
    /// The release.
    pub release: ReleaseId,
    /// The job.
    pub job: JobId,
    /// The log's origin.
    pub origin: String,
    /// Entries under the checkpoint.
    pub log_size: u64,
    /// Entries under the kept checkpoint that the log was shown to continue, if one was given.
    pub since: Option<u64>,
    /// The files that were checked.
    pub files: Vec<String>,
}

impl Certificate {
    /// The certificate's bytes: canonical JSON (RFC 8785), so that each certificate has one form.
    ///
    /// # Errors
    /// [`GateError`] if it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, GateError> {
        Ok(canonical_json(self)?)
    }
}

/// Verifies an exported release: needs the folder and the agency's public key alone. A checkpoint `kept`
/// from before shows in addition that the log continues it.
///
/// # Errors
/// [`GateError::Rejected`] naming what does not hold.
pub fn verify_release(
    folder: &Path,
    agency: &PublicKey,
    kept: Option<&str>,
) -> Result<VerifiedRelease, GateError> {
    let refuse = |text: &str| Err(GateError::rejected(format!("{}: {text}", folder.display())));
    let bytes = read_given(&folder.join(CERTIFICATE), MAX_CERTIFICATE_BYTES)?;
    let Ok(certificate) = serde_json::from_slice::<Certificate>(&bytes) else {
        return refuse("the certificate cannot be read");
    };
    if certificate.format != 1
        || certificate.statement.format != 1
        || certificate.to_bytes()? != bytes
    {
        return refuse("the certificate is not in its one canonical form");
    }
    let statement = &certificate.statement;
    let signed = &certificate.genesis;
    let Request::Genesis(genesis) = &signed.statement.request else {
        return refuse("the agency's statement does not open a log");
    };
    let (origin, key) = (&signed.statement.origin, &genesis.log_key);
    if !signed.is_by(agency) || genesis.key != *agency || statement.origin != *origin {
        return refuse("the agency's signature does not stand under this log");
    }
    let Ok(salt) = const_hex::decode_to_array::<_, 32>(&certificate.entry.salt) else {
        return refuse("the entry's salt cannot be read");
    };
    if const_hex::encode(salt) != certificate.entry.salt {
        return refuse("the entry's salt is not in its one form");
    }
    let entry = canonical_json(&certificate.entry.event)?;
    let key = log_key(origin, key)?;
    let checkpoint = verify_inclusion(
        &certificate.checkpoint,
        &key,
        certificate.entry.index,
        &salt,
        &entry,
        &certificate.proof,
    );
    let checkpoint = match checkpoint {
        Ok(checkpoint) if checkpoint.is_signed_once() => checkpoint,
        Ok(_) => return refuse("the checkpoint has signatures beside the log's"),
        Err(error) => return refuse(&error.to_string()),
    };
    let expected = Fact::JobReleased {
        job: statement.job.clone(),
        release: statement.release.clone(),
        outputs: Digest::of_json(statement)?,
    };
    if certificate.entry.event.event != expected {
        return refuse("the log entry does not release this statement");
    }
    let since = verify_hashes(folder, &certificate.checkpoint, kept, &key)?;
    let files = verify_files(folder, statement)?;
    Ok(VerifiedRelease {
        release: statement.release.clone(),
        job: statement.job.clone(),
        origin: origin.clone(),
        log_size: checkpoint.size(),
        since,
        files,
    })
}

/// The hashes of all entries lead to the checkpoint, and from the kept one. Gives the kept one's size.
fn verify_hashes(
    folder: &Path,
    checkpoint: &str,
    kept: Option<&str>,
    key: &LogKey,
) -> Result<Option<u64>, GateError> {
    let bytes = read_limited(&folder.join(LOG_HASHES), MAX_FILE_BYTES)?;
    let (leaves, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(GateError::rejected(format!("{LOG_HASHES}: cut short")));
    }
    let leaves = leaves.iter().map(|leaf| LeafHash(*leaf));
    verify_leaves(leaves, checkpoint, kept, key)
        .map(|verified| verified.since)
        .map_err(|findings| {
            GateError::Rejected(
                findings
                    .iter()
                    .map(|f| format!("{LOG_HASHES}: {f}"))
                    .collect(),
            )
        })
}

/// Every named file is there unchanged, and nothing else is.
fn verify_files(folder: &Path, statement: &ReleaseStatement) -> Result<Vec<String>, GateError> {
    let named =
        |error: std::io::Error| GateError::failed(&format!("reading {}", folder.display()), error);
    let mut problems = Vec::new();
    let mut expected = BTreeSet::from([CERTIFICATE.to_owned(), LOG_HASHES.to_owned()]);
    for file in statement.outputs.iter().flat_map(|output| &output.files) {
        expected.insert(file.name.clone());
        let is_plain =
            Path::new(&file.name).components().count() == 1 && !file.name.starts_with('.');
        let holds = is_plain
            && read_limited(&folder.join(&file.name), MAX_FILE_BYTES)
                .is_ok_and(|bytes| Digest::of(&bytes) == file.digest);
        if !holds {
            problems.push(format!("{}: missing or changed", file.name));
        }
    }
    for entry in std::fs::read_dir(folder).map_err(named)? {
        let name = entry
            .map_err(named)?
            .file_name()
            .to_string_lossy()
            .into_owned();
        if !expected.contains(&name) {
            problems.push(format!("{name}: not part of the release"));
        }
    }
    if problems.is_empty() {
        Ok(expected.into_iter().collect())
    } else {
        Err(GateError::Rejected(problems))
    }
}
