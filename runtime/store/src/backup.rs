//! Backup and restore.

use std::path::Path;

use crate::db;
use crate::error::StoreError;
use crate::key::LogKey;
use crate::lock::Lock;
use crate::reader::Reader;
use crate::store::{LOCK_WAIT, fresh_beside, install};
use crate::verify::Verified;

impl Reader {
    /// Writes a consistent copy of the store (log and documents) to `to`, mode 0600, while
    /// appends go on. Verifies the copy before it gets its name.
    ///
    /// # Errors
    /// When `to` exists or cannot be written, or the store does not verify.
    pub async fn backup(&self, to: &Path) -> Result<Verified, StoreError> {
        let temporary = fresh_beside(to)?;
        let name = temporary.to_str().ok_or_else(|| {
            let source = std::io::Error::from(std::io::ErrorKind::InvalidFilename);
            StoreError::io("cannot back up to", to)(source)
        })?;
        let mut conn = db::connect(&db::options(self.path()).read_only(true)).await?;
        sqlx::query("VACUUM INTO ?")
            .bind(name)
            .execute(&mut conn)
            .await?;
        install_verified(&temporary, to, None, self.key()).await
    }
}

/// Restores a file that [`Reader::backup`] wrote to `to`, where nothing may be yet: a store in use is moved away first, and
/// its checkpoint given as `kept`, so that nothing it acknowledged is lost unseen.
///
/// # Errors
/// [`StoreError::Refused`] when the backup does not verify, is behind the kept checkpoint, or
/// does not continue it; [`StoreError::Exists`] when `to` is taken.
pub async fn restore(
    backup: &Path,
    to: &Path,
    kept: Option<&str>,
    key: &LogKey,
) -> Result<Verified, StoreError> {
    let _lock = Lock::take(to, LOCK_WAIT).await?;
    if to
        .try_exists()
        .map_err(StoreError::io("cannot look for", to))?
    {
        return Err(StoreError::Exists(to.to_path_buf()));
    }
    let temporary = fresh_beside(to)?;
    // Copying onto the file keeps its private mode only if it is written, not replaced.
    let mut source = std::fs::File::open(backup).map_err(StoreError::io("cannot read", backup))?;
    let mut target = std::fs::OpenOptions::new()
        .write(true)
        .open(&temporary)
        .map_err(StoreError::io("cannot write", &temporary))?;
    std::io::copy(&mut source, &mut target).map_err(StoreError::io("cannot copy", backup))?;
    install_verified(&temporary, to, kept, key).await
}

/// Gives a copy its name if it verifies, and removes it otherwise.
async fn install_verified(
    copy: &Path,
    to: &Path,
    kept: Option<&str>,
    key: &LogKey,
) -> Result<Verified, StoreError> {
    let verified = match verify(copy, kept, key).await {
        Ok(verified) => install(copy, to).map(|()| verified),
        Err(error) => Err(error),
    };
    if verified.is_err() {
        std::fs::remove_file(copy).map_err(StoreError::io("cannot remove", copy))?;
    }
    verified
}

async fn verify(path: &Path, kept: Option<&str>, key: &LogKey) -> Result<Verified, StoreError> {
    let reader = Reader::open(path, key.clone()).await?;
    let outcome = reader.audit(kept).await;
    reader.close().await;
    outcome?.map_err(StoreError::Refused)
}
