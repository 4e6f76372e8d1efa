//! Documents that people sign: the list of approvers, manifests, acts.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use specialis::{
    APPROVERS_FILE, Approvers, MANIFEST_FILE, Paper, REVOCATION_FILE, ROLLBACK_FILE, RevocationAct, RollbackAct,
};
use specialis_bundle::{Envelope, PublicKey};
use specialis_core::Date;

use crate::keys;
use crate::output::{self, Exit};

pub(super) fn approvers(
    dir: &Path,
    expires: Date,
    root_key: &Path,
    approvers: &[(String, PublicKey)],
    out: &mut dyn Write,
) -> Result<Exit> {
    let root = keys::read(root_key)?;
    let list = Approvers { approvers: approvers.iter().cloned().collect(), expires };
    let mut envelope = list.envelope()?;
    envelope.sign(&root);
    output::replace(&dir.join(APPROVERS_FILE), &envelope.to_json())?;
    writeln!(out, "{} approvers until {expires}, under the root key {}", approvers.len(), root.public())?;
    Ok(Exit::Complete)
}

pub(super) fn sign(dir: &Path, key: &Path, act: Option<&str>, out: &mut dyn Write) -> Result<Exit> {
    let key = keys::read(key)?;
    let file = dir.join(act.unwrap_or(MANIFEST_FILE));
    let shown = file.display();
    let bytes = std::fs::read(&file).with_context(|| format!("`{shown}` cannot be read; write it first"))?;
    let mut envelope = Envelope::parse(&bytes).with_context(|| format!("`{shown}`"))?;
    envelope.sign(&key);
    output::replace(&file, &envelope.to_json())?;
    writeln!(out, "`{shown}` is signed by {} keys, the last {}", envelope.key_ids().count(), key.public().id())?;
    Ok(Exit::Complete)
}

/// How an act is signed.
pub(super) struct Signing<'a> {
    /// The watched folder that gets the act.
    pub(super) folder: &'a Path,
    /// The last day on which the act counts.
    pub(super) expires: Date,
    /// Why.
    pub(super) reason: &'a str,
    /// The approvers' keys.
    pub(super) keys: &'a [PathBuf],
}

pub(super) fn rollback(signing: &Signing<'_>, from: &str, to: &str, out: &mut dyn Write) -> Result<Exit> {
    let (reason, expires) = (signing.reason.to_owned(), signing.expires);
    let act = RollbackAct { from: from.to_owned(), to: to.to_owned(), reason, expires };
    write(ROLLBACK_FILE, &act, signing, out)
}

pub(super) fn revoke(signing: &Signing<'_>, digests: &[String], out: &mut dyn Write) -> Result<Exit> {
    let (reason, expires) = (signing.reason.to_owned(), signing.expires);
    let act = RevocationAct { digests: digests.iter().cloned().collect(), reason, expires };
    write(REVOCATION_FILE, &act, signing, out)
}

fn write(name: &str, act: &impl Paper, signing: &Signing<'_>, out: &mut dyn Write) -> Result<Exit> {
    let mut envelope = act.envelope()?;
    for key in signing.keys {
        envelope.sign(&keys::read(key)?);
    }
    let file = signing.folder.join(name);
    output::replace(&file, &envelope.to_json())?;
    let n_keys = signing.keys.len();
    writeln!(out, "`{}` is signed by {n_keys} keys and counts until {}", file.display(), act.expires())?;
    Ok(Exit::Complete)
}
