//! What the tests need of the runtime is not in the command that is shipped.

use crate::Outcome;
use crate::process::{cargo, run, target};
use std::path::PathBuf;

/// Texts that are in a binary only with the features `fault-injection` of the engine and `failpoints` of
/// the store.
const MARKS: [&[u8]; 2] = [b"irongate-planted-fault", b"IRONGATE_FAILPOINT"];

/// Builds the command, with these further arguments: where it is. The tests' selection of packages, so that all share
/// one set of built dependencies.
///
/// # Errors
/// When it cannot be built.
pub(crate) fn irongate(further: &[&str]) -> Outcome<PathBuf> {
    let mut build = cargo(&["build", "--workspace", "--locked", "--bin", "irongate"]);
    build.args(further);
    run(build)?;
    Ok(target().join("debug/irongate"))
}

/// Builds the command as it is shipped, with these further arguments, and looks for marks in it.
///
/// # Errors
/// When it cannot be built or read.
pub(crate) fn has_marks(further: &[&str]) -> Outcome<bool> {
    let path = irongate(further)?;
    let bytes =
        std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    Ok(holds_any(&bytes))
}

fn holds_any(bytes: &[u8]) -> bool {
    MARKS
        .iter()
        .any(|mark| bytes.windows(mark.len()).any(|window| window == *mark))
}

#[cfg(test)]
mod tests {
    use super::holds_any;

    #[test]
    fn a_mark_is_found_anywhere() {
        assert!(holds_any(b"..irongate-planted-fault.."));
        assert!(holds_any(b"IRONGATE_FAILPOINT"));
        assert!(!holds_any(b"irongate-planted-faul"));
    }
}
