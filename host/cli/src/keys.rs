//! Keys that sign: files with secret keys, and public keys as options.

use std::path::Path;

use anyhow::{Context as _, Result};
use specialis_bundle::{KeyError, PublicKey, SecretKey};

use crate::input::file;

/// Reads a secret key.
pub(crate) fn read(file: &Path) -> Result<SecretKey> {
    let shown = file.display();
    let text = file::text(file).with_context(|| format!("`{shown}` cannot be read; give a secret key"))?;
    SecretKey::from_pem(&text).with_context(|| format!("`{shown}`"))
}

/// Reads a public key, `ed25519:…`.
pub(crate) fn public(text: &str) -> Result<PublicKey, KeyError> {
    text.parse()
}
