//! The job's log. The agency reads it; operators do not.

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug,
    /// What the job does.
    Info,
    /// Something unexpected that the job copes with.
    Warn,
    /// Something the job does not cope with.
    Error,
}

/// Writes a line to the job's log.
pub fn write(level: Level, text: impl AsRef<str>) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::log(level, text.as_ref());
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::record_log(level, text.as_ref());
}

/// Writes a line of [`Level::Debug`].
pub fn debug(text: impl AsRef<str>) {
    write(Level::Debug, text);
}

/// Writes a line of [`Level::Info`].
pub fn info(text: impl AsRef<str>) {
    write(Level::Info, text);
}

/// Writes a line of [`Level::Warn`].
pub fn warn(text: impl AsRef<str>) {
    write(Level::Warn, text);
}

/// Writes a line of [`Level::Error`].
pub fn error(text: impl AsRef<str>) {
    write(Level::Error, text);
}
