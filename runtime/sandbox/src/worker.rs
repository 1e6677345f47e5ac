//! The compile worker: locks itself in, reads, compiles, answers.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::ExitCode;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use crate::compile::{DONE, HEAD, Layers, MARK};
use crate::engine;

/// Address space of a worker: compiling the largest admitted component takes well under this.
const ADDRESS_SPACE: u64 = 4 << 30;
/// CPU seconds of a worker.
const CPU_SECONDS: u64 = 30;
/// Open files: the three pipes and what the runtime holds.
const FILES: u64 = 16;
/// Most bytes read: above what admission lets through.
const INPUT_BYTES: u64 = 64 << 20;

/// Runs the compile worker to its end: for a hidden subcommand, and nothing else in the process.
/// Reads a component from standard input and writes the artifact to standard output.
pub fn compile_worker_main() -> ExitCode {
    let answer = match lock_in() {
        Ok(layers) => match compile() {
            Ok((settings, artifact)) => {
                let mut body = (artifact.len() as u64).to_le_bytes().to_vec();
                body.extend_from_slice(&artifact);
                frame(DONE, layers, &settings, &body)
            }
            Err(text) => frame(1, layers, &[0; 32], text.as_bytes()),
        },
        Err(text) => frame(2, Layers(0), &[0; 32], text.as_bytes()),
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(&answer).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn frame(status: u8, layers: Layers, settings: &[u8; 32], body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + body.len());
    out.extend_from_slice(MARK);
    out.extend_from_slice(&[status, layers.0]);
    out.extend_from_slice(settings);
    out.extend_from_slice(body);
    out
}

fn compile() -> Result<([u8; 32], Vec<u8>), String> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(INPUT_BYTES)
        .read_to_end(&mut bytes)
        .map_err(|e| e.to_string())?;
    let engine = wasmtime::Engine::new(&engine::code_config()).map_err(|e| e.to_string())?;
    let artifact = engine
        .precompile_component(&bytes)
        .map_err(|e| e.to_string())?;
    Ok((engine::settings(&engine), artifact))
}

/// Puts every layer on that the kernel offers, for good: no files, sockets or programs from here on
/// in this process.
///
/// # Errors
/// When a resource limit does not hold. The other layers may be missing; the answer tells.
pub fn lock_in() -> Result<Layers, String> {
    for (resource, most) in [
        (Resource::As, ADDRESS_SPACE),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Nofile, FILES),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Nproc, 0),
    ] {
        // Never above what we were given, which only root could raise.
        let most = getrlimit(resource)
            .maximum
            .map_or(most, |now| now.min(most));
        setrlimit(
            resource,
            Rlimit {
                current: Some(most),
                maximum: Some(most),
            },
        )
        .map_err(|e| format!("a resource limit was refused: {e}"))?;
    }
    let mut layers = Layers::RLIMITS.0;
    if landlock().unwrap_or(false) {
        layers |= Layers::LANDLOCK.0;
    }
    if seccomp().is_some() {
        layers |= Layers::SECCOMP.0;
    }
    Ok(Layers(layers))
}

/// No file, no TCP, no signal or abstract socket outside. True if the file rules are in force.
fn landlock() -> Result<bool, landlock::RulesetError> {
    let abi = ABI::V6;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

/// Only what a single-threaded compiler needs; everything else fails with EPERM. No memory becomes
/// executable: the worker makes code, it runs none.
fn seccomp() -> Option<()> {
    const PLAIN: [i64; 31] = [
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_brk,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_sigaltstack,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_tgkill,
        libc::SYS_rseq,
        libc::SYS_set_robust_list,
        libc::SYS_restart_syscall,
        libc::SYS_clock_nanosleep,
        libc::SYS_fcntl,
        libc::SYS_poll,
    ];
    let not_executable = || {
        let condition = SeccompCondition::new(
            2,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::MaskedEq(u64::try_from(libc::PROT_EXEC).ok()?),
            0,
        );
        SeccompRule::new(vec![condition.ok()?]).ok()
    };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        PLAIN.iter().map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_mmap, vec![not_executable()?]);
    rules.insert(libc::SYS_mprotect, vec![not_executable()?]);
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Errno(u32::try_from(libc::EPERM).ok()?),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into().ok()?,
    )
    .ok()?;
    let program: BpfProgram = filter.try_into().ok()?;
    seccompiler::apply_filter_all_threads(&program).ok()
}
