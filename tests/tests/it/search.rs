//! Looking for bytes, in every form in which they could be written.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE};

use crate::visible::Seen;

/// Plain text, hexadecimal in both cases, and base64 at each of its three alignments.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let bytes = text.as_bytes();
    let hex = const_hex::encode(bytes);
    let mut forms = vec![bytes.to_vec(), hex.to_uppercase().into(), hex.into()];
    for skipped in 0..3 {
        // What surrounds the text decides the first and last characters: leave them out.
        let padded = [&vec![0; skipped][..], bytes].concat();
        let text = STANDARD.encode(&padded[..padded.len() / 3 * 3]);
        forms.push(text.as_bytes()[4 * usize::from(skipped > 0)..].to_vec());
    }
    forms
}

/// Where any of these texts stands in any form, as `secret: place`.
pub(crate) fn texts_in(seen: &Seen, secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for secret in secrets {
        for form in forms(secret) {
            assert!(form.len() >= 6, "too short to look for: {secret}");
            let places = seen.iter().filter(|(_, bytes)| contains(bytes, &form));
            found.extend(places.map(|(place, _)| format!("{secret}: {place}")));
        }
    }
    found
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    // The first byte alone rules most places out.
    bytes
        .windows(wanted.len())
        .any(|window| window[0] == wanted[0] && window == wanted)
}

/// Bytes of a digest that are looked for: a digest cut to 128 bits is found too.
const HEAD: usize = 16;

/// The heads of digests, each with what it is a digest of.
#[derive(Default)]
pub(crate) struct Heads(HashMap<[u8; HEAD], String>);

impl Heads {
    pub(crate) fn add(&mut self, bytes: &[u8], what: impl Into<String>) {
        let head = bytes[..HEAD].try_into().unwrap();
        self.0.entry(head).or_insert_with(|| what.into());
    }

    /// The SHA-256 of `content`.
    pub(crate) fn digest_of(&mut self, content: &[u8], what: impl Into<String>) {
        self.add(irongate_policy::Digest::of(content).as_bytes(), what);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where any of them stands, raw, in hexadecimal or in base64.
    pub(crate) fn found_in(&self, seen: &Seen) -> HashSet<String> {
        let mut found = HashSet::new();
        for (place, bytes) in seen {
            let mut look = |head: &[u8]| {
                if let Some(what) = self.0.get(head) {
                    found.insert(format!("{what}: {place}"));
                }
            };
            bytes.windows(HEAD).for_each(&mut look);
            for window in bytes.windows(2 * HEAD) {
                if window.iter().all(u8::is_ascii_hexdigit)
                    && let Ok(head) = const_hex::decode(window)
                {
                    look(&head);
                }
            }
            for window in bytes.windows(24) {
                for alphabet in [STANDARD, URL_SAFE] {
                    if let Some(head) = decoded(&alphabet, window) {
                        look(&head);
                    }
                }
            }
        }
        found
    }
}

/// The first bytes of a piece of base64.
fn decoded(alphabet: &GeneralPurpose, window: &[u8]) -> Option<[u8; HEAD]> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    if !window.iter().all(is_base64) {
        return None;
    }
    alphabet.decode(window).ok()?[..HEAD].try_into().ok()
}
