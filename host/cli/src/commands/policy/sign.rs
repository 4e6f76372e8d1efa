//! `policy sign`: a signature on a policy file, in its place.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result};
use specialis_core::{Date, SigningRole};

use crate::keys;
use crate::output::{self, Exit};
use crate::policies;

pub(super) fn run(file: &Path, key: &Path, role: SigningRole, expires: Date, out: &mut dyn Write) -> Result<Exit> {
    let key = keys::read(key)?;
    let (name, bytes) = policies::read(file)?;
    let bundle = policies::parse(&name, &bytes)?;
    let bytes = bundle.sign(&key, role, expires).with_context(|| format!("policy `{name}`"))?;
    output::replace(file, &bytes)?;
    let manifest = &bundle.manifest;
    let (role, id) = (role.as_str(), key.public().id());
    writeln!(out, "{} {} signed as {role} by key {id} until {expires}", manifest.id, manifest.version)?;
    writeln!(out, "{}", specialis_bundle::digest_of(&bytes))?;
    Ok(Exit::Complete)
}
