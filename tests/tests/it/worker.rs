//! This binary as the sandbox's compile worker.

use irongate_sandbox::{Compiler, compile_worker_main};

/// Does nothing but read its standard input when run otherwise.
#[test]
#[ignore = "a child of the sandbox"]
fn as_worker() {
    let code = compile_worker_main();
    std::process::exit(i32::from(code != std::process::ExitCode::SUCCESS));
}

pub(crate) fn compiler() -> Compiler {
    let args = [
        "--ignored",
        "--exact",
        "worker::as_worker",
        "--nocapture",
        "--test-threads=1",
    ];
    Compiler::new(std::env::current_exe().unwrap(), args.map(String::from))
}
