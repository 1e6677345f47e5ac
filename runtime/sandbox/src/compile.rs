//! Compilation, in a process that has nothing to give away.
//!
//! The parent hands admitted bytes to a worker on its standard input and takes the artifact from
//! its standard output. The worker starts with no environment, in an empty folder, and locks itself
//! in ([`crate::worker`]) before it reads a byte.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::admit::Admitted;

/// What starts the worker's answer. Anything before it (a test harness's banner) is skipped.
pub(crate) const MARK: &[u8; 16] = b"\0irongate-aot-1\0";
/// Mark, status, layers, settings digest.
pub(crate) const HEAD: usize = 16 + 1 + 1 + 32;
/// Status of an answer that carries an artifact; any other carries a message.
pub(crate) const DONE: u8 = 0;
/// Most bytes before the mark.
const BANNER: usize = 4096;
/// Most bytes of a message.
const MESSAGE: usize = 512;

/// A layer the worker put around itself, as bits of one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layers(pub(crate) u8);

impl Layers {
    /// Resource limits hold.
    pub const RLIMITS: Self = Self(1);
    /// No file can be opened.
    pub const LANDLOCK: Self = Self(2);
    /// No socket, no program, no process.
    pub const SECCOMP: Self = Self(4);

    /// Whether all of `other` hold.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Why there is no artifact.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The worker could not be started or talked to.
    #[error("the compile worker cannot be used: {0}")]
    Worker(String),
    /// It took longer than [`Compiler::WALL`].
    #[error("compiling took too long; make the job smaller")]
    TooLong,
    /// The worker ended without an answer: it met one of its limits.
    #[error("the compile worker met its limits; make the job smaller")]
    Limits,
    /// It answered that it could not compile.
    #[error("the job cannot be compiled: {0}")]
    Refused(String),
    /// What it made does not fit the engine.
    #[error("the compiled job does not fit the engine: {0}")]
    Load(String),
}

/// Starts compile workers.
#[derive(Debug, Clone)]
pub struct Compiler {
    worker: PathBuf,
    args: Vec<String>,
}

impl Compiler {
    /// Wall-clock time a worker may take. Its CPU limit is lower; this one is for a stalled one.
    pub const WALL: Duration = Duration::from_secs(60);
    /// Most bytes of an artifact: several times the largest that admission lets come about.
    pub const ARTIFACT_BYTES: u64 = 256 << 20;

    /// `worker args…` runs [`crate::compile_worker_main`].
    pub fn new(worker: impl Into<PathBuf>, args: impl IntoIterator<Item = String>) -> Self {
        Self {
            worker: worker.into(),
            args: args.into_iter().collect(),
        }
    }

    /// Compiles admitted bytes. The result is ours to load: see [`crate::cache`].
    pub(crate) fn compile(
        &self,
        admitted: &Admitted,
        settings: &[u8; 32],
    ) -> Result<Vec<u8>, CompileError> {
        let answer = self.exchange(admitted.bytes())?;
        if answer.settings != *settings {
            return Err(CompileError::Worker("it is of another build".into()));
        }
        for (layer, name) in [(Layers::LANDLOCK, "landlock"), (Layers::SECCOMP, "seccomp")] {
            if !answer.layers.contains(layer) {
                tracing::warn!(target: "irongate::sandbox", layer = name, "the compile worker runs without this layer: the kernel does not offer it");
            }
        }
        Ok(answer.body)
    }

    /// Runs a worker over `input`.
    fn exchange(&self, input: &[u8]) -> Result<Answer, CompileError> {
        let error = |e: std::io::Error| CompileError::Worker(e.to_string());
        let folder = tempfile::tempdir().map_err(error)?;
        let mut child = Command::new(&self.worker)
            .args(&self.args)
            .env_clear()
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(error)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(CompileError::Worker("no pipes".into()));
        };
        let most = Self::ARTIFACT_BYTES + (HEAD + BANNER) as u64;
        let (read, late) = std::thread::scope(|scope| {
            // A worker that dies early breaks this pipe; what it said, or did not, is what counts.
            scope.spawn(move || stdin.write_all(input).ok());
            let reader = scope.spawn(move || {
                let mut bytes = Vec::new();
                stdout.take(most).read_to_end(&mut bytes).map(|_| bytes)
            });
            let start = Instant::now();
            let mut late = false;
            while !reader.is_finished() {
                if start.elapsed() > Self::WALL {
                    late = true;
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            // Whatever it is still doing, it has been heard: reaped below, so it cannot linger.
            let killed = child.kill();
            let waited = child.wait();
            (reader.join(), late || killed.is_err() || waited.is_err())
        });
        if late {
            return Err(CompileError::TooLong);
        }
        let bytes = read
            .map_err(|_| CompileError::Worker("its answer was not read".into()))?
            .map_err(error)?;
        Answer::parse(bytes)
    }
}

struct Answer {
    layers: Layers,
    settings: [u8; 32],
    body: Vec<u8>,
}

impl Answer {
    fn parse(mut bytes: Vec<u8>) -> Result<Self, CompileError> {
        let mark = bytes
            .windows(MARK.len())
            .take(BANNER)
            .position(|w| w == MARK)
            .ok_or(CompileError::Limits)?;
        bytes.drain(..mark);
        let Some((head, body)) = bytes.split_at_checked(HEAD) else {
            return Err(CompileError::Limits);
        };
        let (Some(&status), Some(&layers)) = (head.get(16), head.get(17)) else {
            return Err(CompileError::Limits);
        };
        let mut settings = [0; 32];
        settings.copy_from_slice(head.get(18..HEAD).unwrap_or(&[0; 32]));
        if status != DONE {
            let text = body.get(..MESSAGE).unwrap_or(body);
            return Err(CompileError::Refused(
                String::from_utf8_lossy(text).into_owned(),
            ));
        }
        let Some((length, body)) = body.split_at_checked(8) else {
            return Err(CompileError::Limits);
        };
        let length = length
            .iter()
            .rev()
            .fold(0u64, |n, b| (n << 8) | u64::from(*b));
        if body.len() as u64 != length {
            return Err(CompileError::Limits);
        }
        Ok(Self {
            layers: Layers(layers),
            settings,
            body: body.to_vec(),
        })
    }
}
