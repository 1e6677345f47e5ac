//! The `irongate` command.

mod args;
mod commands;
mod developer;
mod keys;
mod mappers;
mod output;
mod progress;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    if matches!(cli.command, args::Command::CompileWorker) {
        return irongate_gate::compile_worker();
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return output::finish(
                Err(irongate_gate::GateError::failed("starting", error)),
                cli.json,
            );
        }
    };
    let as_json = cli.json;
    let outcome = runtime.block_on(commands::run(cli));
    // What ran past its deadline is left behind: waiting for it would tell how long it takes.
    runtime.shutdown_background();
    output::finish(outcome, as_json)
}
