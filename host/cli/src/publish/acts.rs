//! Papers that people sign: the list of approvers, manifests, acts.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use specialis::{
    APPROVERS_FILE, Approvers, MANIFEST_FILE, Paper, REVOCATION_FILE, ROLLBACK_FILE, RevocationAct, RollbackAct,
};
use specialis_bundle::{Envelope, PublicKey};
use specialis_core::Date;

use crate::key;
use crate::out::{self, End};

pub(super) fn approvers(
    dir: &Path,
    expires: Date,
    root_key: &Path,
    approvers: &[(String, PublicKey)],
    out: &mut dyn Write,
) -> Result<End> {
    let root = key::read(root_key)?;
    let list = Approvers { approvers: approvers.iter().cloned().collect(), expires };
    let mut envelope = list.envelope()?;
    envelope.sign(&root);
    out::replace(&dir.join(APPROVERS_FILE), &envelope.to_json())?;
    writeln!(out, "{} approvers until {expires}, under the root key {}", approvers.len(), root.public())?;
    Ok(End::All)
}

pub(super) fn sign(dir: &Path, key: &Path, act: Option<&str>, out: &mut dyn Write) -> Result<End> {
    let key = key::read(key)?;
    let file = dir.join(act.unwrap_or(MANIFEST_FILE));
    let shown = file.display();
    let bytes = std::fs::read(&file).with_context(|| format!("`{shown}` cannot be read; write it first"))?;
    let mut envelope = Envelope::parse(&bytes).map_err(|e| anyhow!("`{shown}`: {e}"))?;
    envelope.sign(&key);
    out::replace(&file, &envelope.to_json())?;
    writeln!(out, "`{shown}` is signed by {} keys, the last {}", envelope.key_ids().count(), key.public().id())?;
    Ok(End::All)
}

pub(super) fn rollback(
    dir: &Path,
    expires: Date,
    (from, to): (&str, &str),
    reason: &str,
    keys: &[PathBuf],
    out: &mut dyn Write,
) -> Result<End> {
    let act = RollbackAct { from: from.to_owned(), to: to.to_owned(), reason: reason.to_owned(), expires };
    write(&dir.join(ROLLBACK_FILE), &act, keys, out)
}

pub(super) fn revoke(
    dir: &Path,
    expires: Date,
    digests: &[String],
    reason: &str,
    keys: &[PathBuf],
    out: &mut dyn Write,
) -> Result<End> {
    let act = RevocationAct { digests: digests.iter().cloned().collect(), reason: reason.to_owned(), expires };
    write(&dir.join(REVOCATION_FILE), &act, keys, out)
}

fn write(file: &Path, paper: &impl Paper, keys: &[PathBuf], out: &mut dyn Write) -> Result<End> {
    let mut envelope = paper.envelope()?;
    for key in keys {
        envelope.sign(&key::read(key)?);
    }
    out::replace(file, &envelope.to_json())?;
    writeln!(out, "`{}` is signed by {} keys and counts until {}", file.display(), keys.len(), paper.expires())?;
    Ok(End::All)
}
