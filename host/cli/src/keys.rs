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
    Ok(format!("sp-{}", HEXLOWER.encode(&random::<32>()?)))
}

/// Random bytes of the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the system gives no randomness; try again")?;
    Ok(bytes)
}
