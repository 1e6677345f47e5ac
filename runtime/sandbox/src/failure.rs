//! How a job ends when it does not end well.

/// Why a job stopped. Each has a stable string ([`Code::as_str`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Fuel ran out.
    OutOfFuel,
    /// It asked for more memory than its limit.
    Memory,
    /// It asked for more table elements than its limit.
    Table,
    /// Its calls nested too deep.
    Stack,
    /// It trapped: unreachable code, a division by zero, an access out of bounds.
    Trap,
    /// It broke the canonical ABI: a pointer out of bounds, text that is not UTF-8.
    BadValue,
    /// Too many calls into the gate.
    HostCallLimit,
    /// Too many queries.
    QueryLimit,
    /// Too many bytes returned to it.
    ReturnedBytes,
    /// Too many bytes handed over as outputs, or in one statement.
    OutputBytes,
    /// Too many bytes logged.
    LogBytes,
    /// `run` returned an error.
    GuestError,
    /// The limits are not what the engine was provisioned for. Nothing ran.
    NotProvisioned,
    /// The wall-clock backstop. Residual.
    Backstop,
    /// The machine ran short, or the host failed. Residual.
    Host,
}

impl Code {
    /// The stable string of this code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfFuel => "out-of-fuel",
            Self::Memory => "memory",
            Self::Table => "table",
            Self::Stack => "stack",
            Self::Trap => "trap",
            Self::BadValue => "bad-value",
            Self::HostCallLimit => "host-call-limit",
            Self::QueryLimit => "query-limit",
            Self::ReturnedBytes => "returned-bytes",
            Self::OutputBytes => "output-bytes",
            Self::LogBytes => "log-bytes",
            Self::GuestError => "guest-error",
            Self::NotProvisioned => "not-provisioned",
            Self::Backstop => "backstop",
            Self::Host => "host",
        }
    }

    /// Whether this end is *not* a function of the job, its inputs and its limits: it was aborted,
    /// and counts against the namespace's allowance once data was touched.
    #[must_use]
    pub fn is_residual(self) -> bool {
        match self {
            Self::Backstop | Self::Host => true,
            Self::OutOfFuel
            | Self::Memory
            | Self::Table
            | Self::Stack
            | Self::Trap
            | Self::BadValue
            | Self::HostCallLimit
            | Self::QueryLimit
            | Self::ReturnedBytes
            | Self::OutputBytes
            | Self::LogBytes
            | Self::GuestError
            | Self::NotProvisioned => false,
        }
    }
}

/// A job that did not finish. `text` is for the agency: a guest may have written it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the job stopped: {}", code.as_str())]
pub struct Failure {
    /// Why.
    pub code: Code,
    /// More, where there is more to say; at most [`Failure::TEXT_BYTES`].
    pub text: String,
    /// Fuel used. Never shown to a guest.
    pub fuel_used: u64,
}

impl Failure {
    /// Most bytes of `text` kept: enough for a message, too few to carry data away in a log.
    pub const TEXT_BYTES: usize = 1024;

    pub(crate) fn new(code: Code, text: impl AsRef<str>, fuel_used: u64) -> Self {
        let text = text.as_ref();
        let mut end = text.len().min(Self::TEXT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self {
            code,
            text: text.get(..end).unwrap_or_default().to_owned(),
            fuel_used,
        }
    }
}

/// A job that finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Fuel used. Never shown to a guest.
    pub fuel_used: u64,
    /// Calls into the gate.
    pub host_calls: u64,
    /// Calls to `query` among them.
    pub queries: u64,
    /// Bytes of tables handed over.
    pub output_bytes: u64,
}
