//! Keys that sign: files with secret keys, and public keys as options. Tokens that let a caller in.

use std::path::Path;

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;
use specialis_bundle::{KeyError, PublicKey, SecretKey};

use crate::input::file;

/// Reads a secret key.
pub(crate) fn read(file: &Path) -> Result<SecretKey> {
    let shown = file.display();
    let text = file::text(file).with_context(|| format!("`{shown}` cannot be read; give a secret key"))?;
    SecretKey::from_pem(&text).with_context(|| format!("`{shown}`"))
}

/// Reads a public key, `ed25519:…`, which may go on `,sm2:…`.
pub(crate) fn public(text: &str) -> Result<PublicKey, KeyError> {
    text.parse()
}

/// A token nobody can guess.
pub(crate) fn new_token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gives no randomness: {error}"))?;
    Ok(format!("sp-{}", HEXLOWER.encode(&bytes)))
}
