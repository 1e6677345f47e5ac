//! The log as files (C2SP tlog-tiles): `checkpoint`, `tile/L/N[.p/W]`, `tile/entries/N[.p/W]`.
//!
//! An entry in a bundle is salt ‖ body, so an export discloses every leaf: it is for those who may
//! read the whole log.

use std::path::Path;

use tlog_tiles::Tile;

use crate::error::StoreError;
use crate::key::LogKey;
use crate::merkle::{HashTable, SALT_LEN, leaf_bytes};
use crate::reader::Reader;
use crate::verify::{Entry, Finding, LogVerifier, Verified};

/// Height of a tile: 256 hashes wide, as C2SP tlog-tiles fixes it.
const HEIGHT: u8 = 8;

/// Entries per bundle: the width of a tile.
const WIDTH: u64 = 1 << HEIGHT;

/// A tile's path. The library writes Go's form, `tile/8/L/N` and `tile/8/data/N`; C2SP leaves the
/// height out and calls the bundles `entries`.
fn path_of(tile: &Tile) -> String {
    let path = tile.path();
    let rest = path.strip_prefix("tile/8/").unwrap_or(&path);
    match rest.strip_prefix("data/") {
        Some(rest) => format!("tile/entries/{rest}"),
        None => format!("tile/{rest}"),
    }
}

/// The bundle at the same place as a leaf tile.
fn bundle_of(tile: &Tile) -> Tile {
    let mut bundle = *tile;
    bundle.set_is_data();
    bundle
}

fn first_entry(tile: &Tile) -> u64 {
    tile.level_index() * WIDTH
}

impl Reader {
    /// Writes the log of the newest checkpoint as files into `folder`, which must be empty or not
    /// exist. The checkpoint comes last: a folder with one is complete.
    ///
    /// # Errors
    /// When the folder is not empty, a file cannot be written, or the log does not verify.
    pub async fn export(&self, folder: &Path) -> Result<Verified, StoreError> {
        std::fs::create_dir_all(folder).map_err(StoreError::io("cannot create", folder))?;
        let mut files = std::fs::read_dir(folder).map_err(StoreError::io("cannot read", folder))?;
        if files.next().is_some() {
            return Err(StoreError::Exists(folder.to_path_buf()));
        }
        let checkpoint = self.checkpoint().await?;
        for tile in Tile::new_tiles(HEIGHT, 0, checkpoint.size()) {
            let hashes = self.hashes(&hash_indexes(&tile)).await?;
            write(folder, &path_of(&tile), &tile.read_data(&hashes)?)?;
            if tile.level() == 0 {
                let first = first_entry(&tile);
                let entries = self.read(first..first + u64::from(tile.width())).await?;
                let mut bundle = Vec::new();
                for entry in &entries {
                    let leaf = leaf_bytes(&entry.salt, &entry.body);
                    let length = u16::try_from(leaf.len()).map_err(|_| {
                        StoreError::Damaged(format!("entry {} is too long", entry.index))
                    })?;
                    bundle.extend_from_slice(&length.to_be_bytes());
                    bundle.extend_from_slice(&leaf);
                }
                write(folder, &path_of(&bundle_of(&tile)), &bundle)?;
            }
        }
        write(folder, "checkpoint", checkpoint.note().as_bytes())?;
        verify_export(folder, None, self.key()).map_err(StoreError::Refused)
    }
}

fn hash_indexes(tile: &Tile) -> Vec<u64> {
    let start = tile.level_index() * WIDTH;
    let level = HEIGHT * tile.level();
    (start..start + u64::from(tile.width()))
        .map(|n| tlog_tiles::stored_hash_index(level, n))
        .collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(StoreError::io("cannot create", parent))?;
    }
    std::fs::write(&path, bytes).map_err(StoreError::io("cannot write", &path))
}

/// Verifies an exported log: its entries against its checkpoint and a kept one, its tiles against
/// its entries. Needs the folder and the public key alone.
///
/// # Errors
/// Everything found wrong, as in [`crate::verify::verify_log`].
pub fn verify_export(
    folder: &Path,
    kept: Option<&str>,
    key: &LogKey,
) -> Result<Verified, Vec<Finding>> {
    let missing = |file: &str| Finding::File {
        file: file.to_owned(),
    };
    let read = |file: &str| std::fs::read(folder.join(file)).map_err(|_| missing(file));
    let note = read("checkpoint")
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| missing("checkpoint")))
        .map_err(|finding| vec![finding])?;
    let mut verifier = LogVerifier::new(&note, kept, key);
    // Without a checkpoint that opens, nothing says how many entries there are to read.
    let Some(size) = verifier.stated_size() else {
        return verifier.finish();
    };
    let mut hashes = HashTable::default();
    let tiles = Tile::new_tiles(HEIGHT, 0, size);
    for tile in tiles.iter().filter(|tile| tile.level() == 0) {
        let file = path_of(&bundle_of(tile));
        let entries = read(&file)
            .ok()
            .and_then(|bytes| unbundle(&bytes, first_entry(tile)));
        match entries {
            Some(entries) if entries.len() == tile.width() as usize => {
                entries
                    .iter()
                    .for_each(|entry| hashes.0.extend(verifier.push(entry)));
            }
            _ => {
                verifier.report(missing(&file));
                return verifier.finish();
            }
        }
    }
    for tile in &tiles {
        let file = path_of(tile);
        let given = read(&file).ok();
        if given.is_none() || given != tile.read_data(&hashes).ok() {
            verifier.report(missing(&file));
        }
    }
    verifier.finish()
}

/// Splits a bundle; nothing when it is malformed.
fn unbundle(mut bytes: &[u8], first: u64) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (leaf, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        let (salt, body) = leaf.split_first_chunk::<SALT_LEN>()?;
        let index = first.checked_add(entries.len() as u64)?;
        entries.push(Entry {
            index,
            salt: *salt,
            body: body.to_vec(),
        });
        bytes = rest;
    }
    Some(entries)
}
