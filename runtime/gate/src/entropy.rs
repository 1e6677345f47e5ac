//! Where random ids, salts, nonces and keys come from.

use ring::rand::{SecureRandom, SystemRandom};

/// The secure generator failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random generator failed; nothing was done")]
pub struct EntropyError;

/// A source of random bytes. Tests replay recorded ones; production has [`SystemEntropy`] alone.
pub trait Entropy: Send + Sync {
    /// Fills `buffer`.
    ///
    /// # Errors
    /// [`EntropyError`] if the generator fails: the caller does nothing then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's generator, through `ring`.
#[derive(Debug)]
pub struct SystemEntropy(SystemRandom);

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemEntropy {
    /// The generator.
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(buffer).map_err(|_| EntropyError)
    }
}

/// Random bytes of a fixed length.
///
/// # Errors
/// [`EntropyError`] if the generator fails.
pub fn random<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], EntropyError> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// A random id: `prefix-` and 80 random bits in lower-case hexadecimal.
///
/// # Errors
/// [`EntropyError`] if the generator fails.
pub fn random_id(prefix: &str, entropy: &dyn Entropy) -> Result<String, EntropyError> {
    Ok(format!(
        "{prefix}-{}",
        const_hex::encode(random::<10>(entropy)?)
    ))
}
